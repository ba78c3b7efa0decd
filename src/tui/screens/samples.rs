//! The launches behind a figure: what the interval means, what would resolve it, their distribution and their order. Pure.

use ratatui::text::Line;

use crate::config::theme::Role;
use crate::domain::measurement::{Launch, Measurement, Verdict, ratio};
use crate::domain::units::Nanos;
use crate::widgets::frame::{Look, text_line};
use crate::widgets::text::wrap;

const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const ASCII: [&str; 8] = ["1", "2", "3", "4", "5", "6", "7", "8"];
/// Rows of the histogram.
const ROWS: usize = 3;
/// Rows of all that is shown of the launches, at most.
pub(crate) const MOST: usize = ROWS + 6;

/// How long one call took on both sides: the medians over the launches, and the range of all of them.
pub(crate) fn times(look: &Look, m: &Measurement) -> String {
    let (before, after) = m.times();
    let range = |of: fn(&Launch) -> Nanos| {
        let all = m.launches.iter().map(of);
        let ends = all.fold(None, |ends: Option<(Nanos, Nanos)>, at| {
            Some(ends.map_or((at, at), |(lo, hi)| (lo.min(at), hi.max(at))))
        });
        ends.map_or_else(String::new, |(lo, hi)| format!(" ({lo} to {hi})"))
    };
    format!(
        "{before}{} {} {after}{} per call",
        range(|launch| launch.original),
        look.pick("→", "->"),
        range(|launch| launch.candidate)
    )
}

/// What may be said of a measurement, and where it says nothing, what would resolve it.
pub(crate) fn meaning(m: &Measurement) -> String {
    match m.verdict {
        Verdict::Faster => "The whole interval is above 1.01: faster than the original.".to_owned(),
        Verdict::Slower => "The whole interval is below 0.99: slower than the original.".to_owned(),
        Verdict::Same => {
            "The whole interval is within 0.99 to 1.01: as fast as the original.".to_owned()
        }
        Verdict::Unresolved => format!(
            "The interval reaches over 0.99 or 1.01 after all {} planned launches: nothing can be said. {}",
            m.launches.len(),
            remedy(m)
        ),
    }
}

/// What would resolve it, by how much narrower the interval would have to be. Its width falls with the root of the launches.
fn remedy(m: &Measurement) -> String {
    let s = m.speedup;
    let (lo, mid, hi) = (s.lo.ln(), s.estimate.ln(), s.hi.ln());
    let half = (hi - mid).max(mid - lo);
    let (below, above) = (0.99_f64.ln(), 1.01_f64.ln());
    let room = if mid > above {
        mid - above
    } else if mid < below {
        below - mid
    } else {
        (above - mid).min(mid - below)
    };
    if !half.is_finite() || !room.is_finite() || half <= 0.0 {
        return "A quieter machine may.".to_owned();
    }
    let times = (half / room.max(1e-9)).powi(2);
    let launches = (times * m.launches.len() as f64 - 1e-6).ceil();
    if launches > 2_000.0 {
        return "It lies too near the limit for more launches to help; only a quieter machine may."
            .to_owned();
    }
    format!(
        "About {launches:.0} launches would at this noise; an interval {:.1} times narrower on a quieter machine does as well.",
        times.sqrt()
    )
}

fn ratios(m: &Measurement) -> Vec<f64> {
    let ratios = m.launches.iter().map(|l| l.log_ratio.exp());
    ratios.filter(|r| r.is_finite()).collect()
}

fn ends(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (low, high)
}

/// The launches: their distribution, and their order.
pub(crate) fn lines(look: &Look, m: &Measurement, cells: usize) -> Vec<Line<'static>> {
    let mut lines = histogram(look, m, cells);
    lines.extend(strip(look, m, cells));
    lines
}

/// The distribution of the launches' ratios: a bin with anything in it is never empty to the eye.
fn histogram(look: &Look, m: &Measurement, cells: usize) -> Vec<Line<'static>> {
    let values = ratios(m);
    let (low, high) = ends(&values);
    if values.len() < 2 || high <= low {
        return Vec::new();
    }
    let bins = cells.saturating_sub(4).clamp(4, 60);
    let mut counts = vec![0_usize; bins];
    for value in &values {
        let at = ((value - low) / (high - low) * (bins - 1) as f64).round();
        counts[(at as usize).min(bins - 1)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(1).max(1);
    let mut lines = vec![text_line(
        look,
        Role::Title,
        format!("{} launches by speedup", values.len()),
    )];
    for row in (0..ROWS).rev() {
        let cell = |count: &usize| {
            let eighths = (count * ROWS * 8)
                .div_ceil(most)
                .saturating_sub(row * 8)
                .min(8);
            match eighths {
                0 => " ",
                n => look.symbols.pick(BARS[n - 1], "#"),
            }
        };
        let bars: String = counts.iter().map(cell).collect();
        lines.push(text_line(look, Role::Better, format!("  {bars}")));
    }
    let (left, right) = (ratio(low), ratio(high));
    let gap = bins.saturating_sub(left.len() + right.len()).max(1);
    lines.push(text_line(
        look,
        Role::Dim,
        format!("  {left}{}{right}", " ".repeat(gap)),
    ));
    lines
}

/// One bar per launch in the order they ran, so that a drift shows.
fn strip(look: &Look, m: &Measurement, cells: usize) -> Vec<Line<'static>> {
    let values = ratios(m);
    let (low, high) = ends(&values);
    if values.len() < 2 || low <= 0.0 {
        return Vec::new();
    }
    let spread = (high - low).max(1e-12);
    let bars: String = values
        .iter()
        .take(cells.saturating_sub(2))
        .map(|value| {
            let level = ((value - low) / spread * 7.0).round().clamp(0.0, 7.0) as usize;
            look.symbols.pick(BARS[level], ASCII[level])
        })
        .collect();
    let range = (high / low - 1.0) * 100.0;
    let half = values.len() / 2;
    let mean = |part: &[f64]| part.iter().map(|v| v.ln()).sum::<f64>() / part.len().max(1) as f64;
    let drift = (mean(&values[half..]) - mean(&values[..half])) * 100.0;
    let words =
        format!("in order; spread {range:.1} %, second half {drift:+.1} % against the first");
    let mut lines = vec![text_line(look, Role::Accent, format!("  {bars}"))];
    let words = wrap(&words, cells.saturating_sub(2), 3).into_iter();
    lines.extend(words.map(|l| text_line(look, Role::Dim, format!("  {l}"))));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::measurement::{Launch, Speedup};
    use crate::domain::units::Nanos;
    use crate::widgets::mark::Symbols;

    fn measured(lo: f64, estimate: f64, hi: f64, ratios: &[f64]) -> Measurement {
        let launch = |r: &f64| Launch {
            log_ratio: r.ln(),
            original: Nanos(1),
            candidate: Nanos(1),
            cpu_log_ratio: None,
            wall_log_ratio: None,
        };
        Measurement {
            speedup: Speedup { estimate, lo, hi },
            verdict: Verdict::Unresolved,
            launches: ratios.iter().map(launch).collect(),
            rounds: 1,
            calls: 1,
            size: 1,
            seed: 1,
            spent: Nanos(1),
        }
    }

    #[test]
    fn four_times_the_launches_halve_an_interval() {
        let edge = 1.01_f64 * 0.02_f64.exp();
        let m = measured(
            edge * (-0.04_f64).exp(),
            edge,
            edge * 0.04_f64.exp(),
            &[1.0; 10],
        );
        assert!(meaning(&m).contains("About 40 launches"), "{}", meaning(&m));
        let m = measured(0.9, 1.01, 1.2, &[1.0; 10]);
        assert!(
            meaning(&m).contains("too near the limit"),
            "{}",
            meaning(&m)
        );
    }

    #[test]
    fn a_single_outlier_is_seen() {
        let (theme, _) =
            crate::config::theme::Theme::load("dark", &[], crate::config::theme::Depth::None);
        let look = Look {
            theme,
            symbols: Symbols::Unicode,
        };
        let mut ratios = vec![1.0; 60];
        ratios.push(2.0);
        let lines = histogram(&look, &measured(1.0, 1.0, 1.0, &ratios), 20);
        assert_eq!(lines[3].to_string().trim_end().chars().last(), Some('▁'));
        assert!(histogram(&look, &measured(1.0, 1.0, 1.0, &[1.0]), 20).is_empty());
    }
}
