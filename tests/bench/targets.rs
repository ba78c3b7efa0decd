//! The parts of the table that look at the screens themselves: how soon they are there, answer, and what they hold.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::pty::{Frame, Pty};
use super::record::{Record, source};
use super::server::Server;
use super::{Length, Row};
use lessonl::domain::event::Fact;
use lessonl::domain::id::{AgentId, CandidateId, LessonId, Round, UnitId};

/// A small run, eight agents by twenty rounds, a long source, many lessons.
const SMALL: &str = "20260101-000000-0001";
const LARGE: &str = "20260101-000000-0002";
const LONG: &str = "20260101-000000-0003";
const BANK: &str = "20260101-000000-0004";

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Median and 99th percentile, milliseconds.
fn spread(mut times: Vec<f64>) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    let last = times.len().saturating_sub(1);
    (times[last / 2], times[last * 99 / 100])
}

fn store_once(home: &Path, id: &str, make: impl FnOnce() -> Record) -> usize {
    let marker = home.join(format!("{id}.stored"));
    if marker.exists() {
        return std::fs::read_to_string(marker).unwrap().parse().unwrap();
    }
    let count = make().store(home);
    std::fs::write(marker, count.to_string()).unwrap();
    count
}

fn small(home: &Path) {
    store_once(home, SMALL, || {
        let original = source(60, 9, "was");
        let mut record = Record::begin(SMALL, 3, 4, &original);
        record.rounds(3, 4, &source(60, 9, "is"));
        record
    });
}

fn large(home: &Path) -> usize {
    store_once(home, LARGE, || {
        let original = source(120, 9, "was");
        let mut record = Record::begin(LARGE, 8, 20, &original);
        record.rounds(8, 20, &source(120, 9, "is"));
        record
    })
}

/// Opens a stored run at its end.
fn open(home: &Path, id: &str, columns: u16, rows: u16) -> Pty {
    let mut pty = Pty::start(
        home,
        &["replay", id, "--speed", "0", "--theme", "dark"],
        columns,
        rows,
    );
    pty.until("REPLAY END");
    pty.during(Duration::from_millis(300));
    pty
}

/// Drops a file's pages from memory, so that the next start reads it from the disk.
fn evict(path: &str) {
    let file = std::fs::File::open(path).unwrap();
    file.sync_all().unwrap();
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
}

/// Process start to first frame, with the question for the terminal's background.
pub(crate) fn start(home: &Path, _: Length) -> Vec<Row> {
    small(home);
    let mut times = Vec::new();
    for n in 0..12 {
        if n == 0 {
            evict(env!("CARGO_BIN_EXE_lessonl"));
        }
        let mut pty = Pty::start(home, &["replay", SMALL, "--speed", "0"], 120, 40);
        let first = pty.frame(Duration::from_secs(20)).unwrap();
        times.push(millis(first.at - pty.started));
        pty.until("REPLAY END");
        pty.leave("q");
    }
    let first = times.remove(0);
    let (median, most) = spread(times);
    vec![Row {
        metric: "process start → first frame",
        target: "≤ 40 ms warm, ≤ 120 ms cold",
        figure: format!("{median:.0} ms, worst of 11 {most:.0} ms; cold {first:.0} ms"),
        met: Some(median <= 40.0 && first <= 120.0),
    }]
}

/// Key to frame on every screen, and what a frame costs inside.
pub(crate) fn keys(home: &Path, length: Length) -> Vec<Row> {
    large(home);
    let mut rows = Vec::new();
    let mut pty = open(home, LARGE, 120, 40);
    let mut times = Vec::new();
    let repeats = if length == Length::Full { 6 } else { 2 };
    for _ in 0..repeats {
        for screen in ["1", "2", "3", "4", "5", "6"] {
            for key in [screen, "j", "j", "j", "k", "\t", "j", "\x04"] {
                times.extend(pty.answered(key).map(millis));
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
    let asked = repeats * 6 * 8;
    let answered = times.len();
    let (median, most) = spread(times);
    rows.push(Row {
        metric: "key → frame flushed, all screens, 120×40",
        target: "p50 ≤ 4 ms, p99 ≤ 16 ms",
        figure: format!("p50 {median:.1} ms, p99 {most:.1} ms ({answered} of {asked} keys)"),
        met: Some(median <= 4.0 && most <= 16.0),
    });
    pty.leave("q");
    for (columns, height, limit) in [(200, 60, 4.0), (250, 80, 6.0)] {
        let mut pty = open(home, LARGE, columns, height);
        for screen in ["1", "2", "3", "4", "5", "6"] {
            for key in [screen, "j", "k", "j", "k", "j", "k"] {
                pty.answered(key);
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let figure = overlay(&mut pty, "draw");
        let most = figure
            .split("p99 ")
            .nth(1)
            .and_then(|t| t.split(' ').next()?.parse().ok());
        rows.push(Row {
            metric: if columns == 200 {
                "processor time of draw and write, 200×60"
            } else {
                "processor time of draw and write, 250×80"
            },
            target: if columns == 200 {
                "p99 ≤ 4 ms"
            } else {
                "p99 ≤ 6 ms"
            },
            figure,
            met: most.map(|most: f64| most <= limit),
        });
        pty.leave("q");
    }
    rows
}

/// A line of the overlay that tells what drawing costs.
fn overlay(pty: &mut Pty, name: &str) -> String {
    pty.press("\x1b[24~");
    pty.until("frames ");
    let screen = pty.terminal.screen().contents();
    let line = screen
        .lines()
        .find_map(|line| line.split_once(&format!("{name}  ")));
    let text = line.map_or("", |(_, rest)| rest);
    text.trim_matches(|c: char| c.is_whitespace() || c == '│')
        .to_owned()
}

/// A finished run without anybody at the keys.
pub(crate) fn idle(home: &Path, length: Length) -> Vec<Row> {
    small(home);
    let mut pty = open(home, SMALL, 120, 40);
    let seconds = if length == Length::Full { 10 } else { 4 };
    let before = pty.cpu();
    let frames = pty.during(Duration::from_secs(seconds)).len();
    let spent = pty.cpu() - before;
    pty.leave("q");
    let share = spent.as_secs_f64() / seconds as f64 * 100.0;
    vec![Row {
        metric: "idle: draws and processor",
        target: "0 draws/s, ≤ 0.1 % of a core",
        figure: format!("{frames} draws in {seconds} s, {share:.3} %"),
        met: Some(frames == 0 && share <= 0.1),
    }]
}

/// The difference of a source of 2,000 lines.
pub(crate) fn difference(home: &Path, _: Length) -> Vec<Row> {
    store_once(home, LONG, || {
        let mut record = Record::begin(LONG, 1, 1, &source(2_000, 25, "was"));
        record.rounds(1, 1, &source(2_000, 25, "is"));
        record
    });
    let (mut plain, mut coloured) = (Vec::new(), Vec::new());
    let mut scrolling = Vec::new();
    for _ in 0..5 {
        let mut pty = open(home, LONG, 120, 40);
        pty.press("1");
        pty.during(Duration::from_millis(300));
        let pressed = pty.press("2");
        let mut shown = (None, None);
        while let Some(frame) = pty.frame(Duration::from_millis(1_500)) {
            let screen = pty.terminal.screen();
            let Some(row) = screen
                .rows(0, 120)
                .position(|row| row.contains("values[25]"))
            else {
                continue;
            };
            let row = u16::try_from(row).unwrap();
            let colours: std::collections::BTreeSet<String> = (40..118)
                .filter_map(|column| screen.cell(row, column))
                .filter(|cell| cell.has_contents())
                .map(|cell| format!("{:?}", cell.fgcolor()))
                .collect();
            let slot = if colours.len() > 2 {
                &mut shown.1
            } else {
                &mut shown.0
            };
            slot.get_or_insert(millis(frame.at - pressed));
        }
        plain.extend(shown.0.or(shown.1));
        coloured.extend(shown.1);
        for key in ["\t", "]", "]", "\x04", "\x04", "\x04", "j", "j", "G", "g"] {
            scrolling.extend(pty.answered(key).map(millis));
            std::thread::sleep(Duration::from_millis(20));
        }
        // The screen left is the one opened next time: it would have the comparison before the key.
        pty.answered("1");
        pty.leave("q");
    }
    let row = |metric, target, times: Vec<f64>, limit: f64| {
        let (median, most) = spread(times);
        Row {
            metric,
            target,
            figure: format!("{median:.1} ms, worst {most:.1} ms"),
            met: Some(median <= limit),
        }
    };
    vec![
        row(
            "2,000-line difference: plain",
            "≤ 16 ms from the key",
            plain,
            16.0,
        ),
        row(
            "2,000-line difference: coloured",
            "≤ 150 ms from the key",
            coloured,
            150.0,
        ),
        row(
            "2,000-line difference: scrolling",
            "keys never wait (≤ 16 ms)",
            scrolling,
            16.0,
        ),
    ]
}

/// What long runs hold in memory, and whether it grows.
pub(crate) fn memory(home: &Path, length: Length) -> Vec<Row> {
    let facts = large(home);
    let mut pty = open(home, LARGE, 120, 40);
    for screen in ["1", "2", "3", "4", "5", "6"] {
        pty.answered(screen);
    }
    pty.press("1");
    pty.during(Duration::from_millis(500));
    let first = pty.memory();
    let passes = if length == Length::Full { 60 } else { 10 };
    for _ in 0..passes {
        // From the first round to the end, facts being told again.
        for key in ["{", "{", "{", "{", "{", "{", "}", "}", "}", "}", "}", "}"] {
            pty.press(key);
            pty.during(Duration::from_millis(10));
        }
    }
    pty.during(Duration::from_millis(500));
    let last = pty.memory();
    pty.leave("q");
    let mut rows = vec![
        Row {
            metric: "memory: 20 rounds × 8 agents",
            target: "≤ 60 MB",
            figure: format!("{first:.0} MB ({facts} facts)"),
            met: Some(first <= 60.0),
        },
        Row {
            metric: "memory after going back and forth",
            target: "flat",
            figure: format!("{last:.0} MB after {passes} passes over six rounds"),
            met: Some(last <= first * 1.15 + 2.0),
        },
    ];
    if length == Length::Full {
        rows.push(bank(home));
    }
    rows
}

fn bank(home: &Path) -> Row {
    const AGENTS: usize = 8;
    const ROUNDS: u16 = 12_500;
    store_once(home, BANK, || {
        let mut record = Record::begin(BANK, AGENTS, 1, &source(20, 9, "was"));
        record.rounds(AGENTS as u8, 1, &source(20, 9, "is"));
        let pattern = record.lesson();
        for n in 1..=ROUNDS {
            for agent in (0..AGENTS as u8).map(AgentId) {
                let mut lesson = pattern.clone();
                lesson.id = LessonId::Learned(CandidateId::first(Round(n), agent));
                lesson.text =
                    format!("Lesson {n}: keep what is used together in one line of cache.");
                lesson.speedup = f64::from(n % 97) / 10.0;
                lesson.agent = Some(agent);
                let unit = UnitId(0);
                record.push(Fact::LessonLearned { unit, lesson });
            }
        }
        record
    });
    let mut pty = open(home, BANK, 120, 40);
    pty.answered("4");
    let mut times = Vec::new();
    for _ in 0..10 {
        for key in ["j", "\x04", "G", "g", "s", "s"] {
            times.extend(pty.answered(key).map(millis));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    let memory = pty.memory();
    pty.leave("q");
    let (median, most) = spread(times);
    Row {
        metric: "100,000 lessons in the bank: key → frame",
        target: "p99 ≤ 16 ms",
        figure: format!("p50 {median:.1} ms, p99 {most:.1} ms, {memory:.0} MB"),
        met: Some(most <= 16.0),
    }
}

/// Twenty sizes a second.
pub(crate) fn resize(home: &Path, length: Length) -> Vec<Row> {
    large(home);
    let mut pty = open(home, LARGE, 120, 40);
    let count = if length == Length::Full { 100 } else { 40 };
    let mut frames = 0;
    for n in 0..count {
        let (columns, rows) = [
            (120, 40),
            (200, 50),
            (60, 18),
            (30, 8),
            (250, 80),
            (81, 25),
            (1, 1),
        ][n % 7];
        pty.resize(columns, rows);
        frames += pty.during(Duration::from_millis(50)).len();
    }
    pty.resize(120, 40);
    pty.during(Duration::from_millis(300));
    let alive = pty.answered("1").is_some() || pty.answered("2").is_some();
    pty.leave("q");
    vec![Row {
        metric: "resize storm, 20 a second",
        target: "one relayout per frame, no panic",
        figure: format!("{count} sizes, {frames} frames, alive: {alive}"),
        met: Some(alive && frames <= count + 5),
    }]
}

/// Eight agents at 200 words a second each.
pub(crate) fn streaming(home: &Path, length: Length) -> Vec<Row> {
    let seconds = if length == Length::Full { 10 } else { 4 };
    let original = include_str!("../../benchmarks/pareval/dense_la/axpy/original.cpp");
    // A server is asked four things at a time, so eight streams need two.
    let time = Duration::from_secs(2 * seconds + 8);
    let servers = [(); 2].map(|()| Server::start(200, time, original));
    let agents: Vec<String> = (0..8)
        .map(|n| format!("agent{n}=fast@http://127.0.0.1:{}", servers[n % 2].port))
        .collect();
    let streaming = || -> usize {
        let counts = servers.iter().map(|s| s.streaming.load(Ordering::SeqCst));
        counts.sum()
    };
    let mut arguments = vec![
        "run",
        "pareval/dense_la/axpy",
        "--rounds",
        "1",
        "--theme",
        "dark",
    ];
    for agent in &agents {
        arguments.extend(["--agent", agent]);
    }
    let mut pty = Pty::start(home, &arguments, 200, 50);
    // The original is compiled and timed first.
    for _ in 0..600 {
        if streaming() >= 8 {
            break;
        }
        pty.during(Duration::from_millis(100));
    }
    let streams = streaming();
    let shown = pty.terminal.screen().contents();
    assert_eq!(streams, 8, "streams under way\n{shown}");
    pty.until("tiling");
    pty.during(Duration::from_secs(1));
    let before = (pty.drawing(), pty.cpu());
    let frames: Vec<Frame> = pty.during(Duration::from_secs(seconds));
    let spent = (pty.drawing() - before.0, pty.cpu() - before.1);
    let mut sizes: Vec<f64> = frames.iter().map(|frame| frame.bytes as f64).collect();
    sizes.push(0.0);
    let (bytes, _) = spread(sizes);
    let rate = frames.len() as f64 / seconds as f64;
    let share = |spent: Duration| spent.as_secs_f64() / seconds as f64 * 100.0;
    // What hears the models and keeps the facts works with or without screens.
    let (share, whole) = (share(spent.0), share(spent.1));
    let mut times = Vec::new();
    for n in 0..seconds * 10 {
        let key = ["j", "k", "2", "1", "4", "1"][usize::try_from(n).unwrap() % 6];
        times.extend(pty.answered(key).map(millis));
        std::thread::sleep(Duration::from_millis(60));
    }
    let (median, most) = spread(times);
    pty.press("q");
    pty.leave("x");
    vec![
        Row {
            metric: "8 agents × 200 words/s, 200×50",
            target: "≤ 5 % of a core, ≤ 30 draws/s, ≤ 4 KB",
            figure: format!(
                "screens {share:.1} % (all threads {whole:.1} %), {rate:.1} draws/s, median {bytes:.0} bytes"
            ),
            met: Some(share <= 5.0 && rate <= 30.5 && bytes <= 4096.0),
        },
        Row {
            metric: "key → frame while eight agents stream",
            target: "p50 ≤ 4 ms, p99 ≤ 16 ms",
            figure: format!("p50 {median:.1} ms, p99 {most:.1} ms"),
            met: Some(median <= 4.0 && most <= 16.0),
        },
    ]
}
