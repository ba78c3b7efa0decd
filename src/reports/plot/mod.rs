//! Series → SVG pictures. Drawn with `plotters`; words are set by us. Pure: the same series give the same text.
//! Never reads a run (module `gather` does) and never writes a file.

mod forest;
mod heat;
mod lines;
mod scatter;

pub use forest::forest;
pub use heat::heat;
pub use lines::lines;
pub use scatter::scatter;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// A picture and the words for whoever cannot see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// Short name, fit for a file: `speedup-over-rounds`.
    pub name: String,
    /// What it shows, in a sentence or two.
    pub caption: String,
    /// The picture.
    pub svg: String,
}

/// Colours that people with any colour vision tell apart (Okabe and Ito 2008), without the yellow, which is too light on white.
const PALETTE: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
    RGBColor(70, 70, 70),
];
const INK: RGBColor = RGBColor(45, 45, 45);
const FAINT: RGBColor = RGBColor(210, 210, 210);
const MIDDLE: RGBColor = RGBColor(130, 130, 130);
const FONT: &str = "sans-serif";

fn colour(at: usize) -> RGBColor {
    PALETTE[at % PALETTE.len()]
}

fn words(size: i32, colour: RGBColor, horizontal: HPos) -> TextStyle<'static> {
    (FONT, size)
        .into_font()
        .color(&colour)
        .pos(Pos::new(horizontal, VPos::Center))
}

/// Plotters writes to text and can only fail where we hand it an empty range; such a plot is simply not there.
fn drawn(
    size: (u32, u32),
    draw: impl FnOnce(&DrawingArea<SVGBackend<'_>, plotters::coord::Shift>) -> Result<(), Failed>,
) -> Option<String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&WHITE).ok()?;
        draw(&area).ok()?;
        area.present().ok()?;
    }
    Some(svg)
}

/// Something could not be drawn.
struct Failed;

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for Failed {
    fn from(_: DrawingAreaErrorKind<E>) -> Self {
        Self
    }
}

/// Round values on a logarithmic axis from `lo` to `hi`: 1, 2, 5 in every power of ten, thinned to at most eight; over a
/// narrow range, even steps.
fn log_ticks(lo: f64, hi: f64) -> Vec<f64> {
    if hi / lo < 5.0 {
        let step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]
            .map(|step| step * 10_f64.powi((hi.log10().floor() as i32).max(0)))
            .into_iter()
            .find(|step| (hi - lo) / step <= 6.0)
            .unwrap_or(hi - lo);
        let first = (lo / step).ceil() as i64;
        return (first..)
            .map(|n| n as f64 * step)
            .take_while(|tick| *tick <= hi)
            .collect();
    }
    let (first, last) = (lo.log10().floor() as i32, hi.log10().ceil() as i32);
    let mut ticks: Vec<f64> = (first..=last)
        .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)))
        .filter(|tick| (lo * 0.999..=hi * 1.001).contains(tick))
        .collect();
    if ticks.len() > 8 {
        ticks.retain(|tick| (tick.log10() - tick.log10().round()).abs() < 1e-9);
    }
    ticks
}

/// A number for an axis: `0.002`, `0.5`, `1`, `20`, `3k`, `1.5M`.
fn short(value: f64) -> String {
    if value > 0.0 && value < 0.1 {
        // one digit that counts: ticks are 1, 2, 5
        let digits = (-value.log10()).ceil() as usize;
        return format!("{value:.digits$}");
    }
    let (value, unit) = match value.abs() {
        v if v >= 1e6 => (value / 1e6, "M"),
        v if v >= 1e4 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let digits = match value.abs() {
        v if v >= 10.0 || (v - v.round()).abs() < 1e-9 => 0,
        v if (v * 10.0 - (v * 10.0).round()).abs() < 1e-9 => 1,
        _ => 2,
    };
    format!("{value:.digits$}{unit}")
}

/// Text of at most `most` characters.
fn clipped(text: &str, most: usize) -> String {
    let clean = super::table::one_line(text);
    if clean.chars().count() <= most {
        return clean;
    }
    let kept: String = clean.chars().take(most.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axis_numbers_are_short() {
        let all = [0.0002, 0.05, 0.5, 1.0, 2.5, 20.0, 15_000.0, 1_500_000.0].map(short);
        assert_eq!(
            all,
            ["0.0002", "0.05", "0.5", "1", "2.5", "20", "15k", "1.5M"]
        );
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(log_ticks(0.9, 5.0), [1.0, 2.0, 5.0]);
        assert_eq!(
            log_ticks(0.95, 1.5),
            [1.0, 1.1, 1.2000000000000002, 1.3, 1.4000000000000001, 1.5].map(|t: f64| t)
        );
        assert_eq!(
            log_ticks(1.0, 10_000.0),
            [1.0, 10.0, 100.0, 1000.0, 10_000.0]
        );
    }

    #[test]
    fn hostile_words_stay_text() {
        let plot = lines(
            "x",
            &[(
                "</svg><script>alert(1)</script>".to_owned(),
                vec![(0, 1.0), (1, 2.0)],
            )],
        )
        .unwrap();
        assert!(!plot.svg.contains("<script>"), "{}", plot.svg);
        assert_eq!(plot.svg.matches("</svg>").count(), 1);
    }
}
