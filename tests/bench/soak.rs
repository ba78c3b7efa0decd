//! An hour's worth of events: a run of twenty rounds by eight agents, then all the words that eight agents say in an hour,
//! told to `lessonl watch` through the run's socket: a minute's words at once, the next when these are seen.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

use lessonl::domain::event::{Event, Fact, Pulse};
use lessonl::domain::id::{AgentId, AskId, CandidateId, Purpose, Round, RunId, UnitId};

use super::pty::Pty;
use super::record::{Record, source};
use super::{Length, Row};

const RUN: &str = "20260101-000000-0005";
const AGENTS: u8 = 8;
const ROUNDS: u16 = 20;
/// Words an agent says in a second.
const RATE: usize = 200;

/// Words between two waits: a minute's.
const STEP: usize = 60 * RATE * AGENTS as usize;

/// Runs it.
pub(crate) fn rows(home: &Path, length: Length) -> Vec<Row> {
    let seconds = if length == Length::Full { 3_600 } else { 360 };
    let words = seconds * RATE * usize::from(AGENTS);
    let original = source(120, 9, "was");
    let mut record = Record::begin(RUN, usize::from(AGENTS), ROUNDS + 1, &original);
    let asked = record.asked(Round(ROUNDS), AgentId(0), &original);
    record.rounds(AGENTS, ROUNDS, &source(120, 9, "is"));
    record.push(Fact::RoundStarted {
        unit: UnitId(0),
        round: Round(ROUNDS),
    });
    for agent in 0..AGENTS {
        record.push(about(&asked, agent));
    }
    // The store knows the beginning, as it would of a run under way; the rest comes through the socket.
    let told = record.store_beginning(home);
    let run = RunId::new(RUN).unwrap();
    let database = home.join("data/lessonl.db");
    let _claim = lessonl::store::claim(&database, &run).unwrap();
    let folder = home.join("data/watch");
    std::fs::create_dir_all(&folder).unwrap();
    let listener = UnixListener::bind(folder.join(format!("{RUN}.sock"))).unwrap();
    let mut pty = Pty::start(home, &["watch", RUN, "--theme", "dark"], 120, 40);
    let (stream, _) = listener.accept().unwrap();
    let mut feed = Feed::new(stream);
    for fact in told {
        feed.tell(&Event::Fact(Box::new(fact)));
    }
    feed.flush();
    pty.until(&format!("round {}/{}", ROUNDS + 1, ROUNDS + 1));
    pty.during(Duration::from_millis(500));
    let facts = pty.memory();
    let early = say(&mut feed, &mut pty, words / 20, "tenth");
    let late = say(&mut feed, &mut pty, words - words / 20, "last");
    // The run goes on for all the watcher knows: it asks before it leaves.
    pty.press("q");
    pty.leave("d");
    vec![Row {
        metric: "memory in an hour of 8 agents × 200 words/s",
        target: "flat",
        figure: format!(
            "{facts:.0} MB, then {early:.0} MB after 3 min, {late:.0} MB at the end ({words} events)"
        ),
        met: Some(late <= early * 1.1 + 2.0),
    }]
}

/// The same question to another agent.
fn about(fact: &Fact, agent: u8) -> Fact {
    let mut fact = fact.clone();
    if let Fact::AskSent { ask, .. } = &mut fact {
        ask.about = CandidateId::first(Round(ROUNDS), AgentId(agent));
    }
    fact
}

/// Says words, and waits now and then until they are seen, since a program that is fed faster than it can read holds what
/// waits; gives back the memory held at the end, MB.
fn say(feed: &mut Feed, pty: &mut Pty, words: usize, mark: &str) -> f64 {
    for n in 1..=words {
        let text = if n / usize::from(AGENTS) % 12 == 11 {
            "cache.\n"
        } else {
            "tiling "
        };
        feed.say((n % usize::from(AGENTS)) as u8, text);
        if n % STEP == 0 || n == words {
            let seen = format!("seen {mark} {n}.");
            feed.say(0, &format!("\n{seen}\n"));
            feed.flush();
            pty.until(&seen);
        }
    }
    pty.during(Duration::from_millis(500));
    pty.memory()
}

/// The socket of a run under way.
struct Feed(BufWriter<UnixStream>);

impl Feed {
    fn new(stream: UnixStream) -> Self {
        let heard = BufReader::new(stream.try_clone().unwrap());
        // What the watcher orders is heard, so that it never waits.
        std::thread::spawn(move || heard.lines().count());
        let mut feed = Self(BufWriter::with_capacity(1 << 16, stream));
        feed.0.write_all(b"lessonl watch 1\n").unwrap();
        feed
    }

    fn tell(&mut self, event: &Event) {
        serde_json::to_writer(&mut self.0, event).unwrap();
        self.0.write_all(b"\n").unwrap();
    }

    fn say(&mut self, agent: u8, text: &str) {
        let ask = AskId {
            about: CandidateId::first(Round(ROUNDS), AgentId(agent)),
            purpose: Purpose::Rewrite,
        };
        let (unit, text) = (UnitId(0), text.to_owned());
        self.tell(&Event::Pulse(Pulse::AnswerDelta { unit, ask, text }));
    }

    fn flush(&mut self) {
        self.0.flush().unwrap();
    }
}
