//! Best so far over rounds as lines on a log axis: one series a colour, a letter at each end. Text, so that it scrolls with text.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Line as Stroke};

use super::frame::Look;
use super::mark::Symbols;
use super::text::{fit, fit_right};
use crate::config::theme::Role;
use crate::domain::codegen::Work;

/// Cells of the axis at the left.
const AXIS: usize = 8;

/// A line of the chart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    /// Its name.
    pub name: String,
    /// Its colour.
    pub role: Role,
    /// Best score after each round; 0 while nothing is correct.
    pub best: Vec<f64>,
}

/// What scores are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Speedups, on a log axis from 1 upward.
    Times,
    /// Shares of tests passed, from 0 to 1.
    Share,
}

impl Scale {
    /// Of the work that is scored.
    pub(crate) fn of(work: &Work) -> Self {
        match work.is_optimise() {
            true => Self::Times,
            false => Self::Share,
        }
    }

    fn height(self, score: f64) -> f64 {
        match self {
            Self::Times => score.max(1.0).log2(),
            Self::Share => score.clamp(0.0, 1.0),
        }
    }

    /// Heights that are named on an axis up to `top`, so many at most: doublings, or halves of the whole.
    fn named(self, top: f64, most: usize) -> Vec<f64> {
        match self {
            Self::Times => {
                let doublings = top.floor().clamp(1.0, 64.0) as u32;
                let most = u32::try_from(most.max(2)).unwrap_or(2);
                let step = doublings.div_ceil(most - 1).max(1);
                let named = (0..=doublings / step).map(|n| f64::from(n * step));
                named.collect()
            }
            Self::Share => vec![0.0, 0.5, 1.0],
        }
    }

    fn words(self, height: f64, times: &str) -> String {
        match self {
            Self::Times => format!("{:.0}{times}", height.exp2()),
            Self::Share => format!("{:.0} %", height * 100.0),
        }
    }
}

/// The chart in lines; empty where there is no room or nothing to show.
pub(crate) fn lines(
    look: &Look,
    scale: Scale,
    series: &[Series],
    cells: usize,
    height: usize,
) -> Vec<Line<'static>> {
    let rounds = series.iter().map(|s| s.best.len()).max().unwrap_or(0);
    let most = series
        .iter()
        .flat_map(|s| &s.best)
        .fold(1.0_f64, |a, b| a.max(*b));
    if rounds == 0 || cells < AXIS + 16 || height < 5 {
        return Vec::new();
    }
    let top = match scale {
        Scale::Times => (most * 1.05).max(2.0).log2(),
        Scale::Share => 1.0,
    };
    let (wide, high) = (cells - AXIS, height - 2);
    let area = Rect::new(
        0,
        0,
        u16::try_from(wide).unwrap_or(u16::MAX),
        u16::try_from(high).unwrap_or(u16::MAX),
    );
    let mut buf = Buffer::empty(area);
    let last = (rounds - 1).max(1) as f64;
    let marker = match look.symbols {
        Symbols::Unicode => Marker::Quadrant,
        Symbols::Ascii => Marker::Block,
    };
    Canvas::default()
        .marker(marker)
        .x_bounds([0.0, last])
        .y_bounds([0.0, top])
        .paint(|canvas| {
            for one in series {
                let colour = look.theme.style(one.role).fg.unwrap_or_default();
                let points = one.best.iter().map(|score| scale.height(*score));
                let points: Vec<(f64, f64)> =
                    points.enumerate().map(|(x, y)| (x as f64, y)).collect();
                for pair in points.windows(2) {
                    // Best so far changes at a round's end: steps, not slopes.
                    let [(x1, y1), (x2, y2)] = [pair[0], pair[1]];
                    canvas.draw(&Stroke::new(x1, y1, x2, y1, colour));
                    canvas.draw(&Stroke::new(x2, y1, x2, y2, colour));
                }
                if let [(_, y)] = points.as_slice() {
                    canvas.draw(&Stroke::new(0.0, *y, last, *y, colour));
                }
            }
        })
        .render(area, &mut buf);
    let mut out: Vec<Line> = (0..area.height)
        .map(|y| row(look, scale, &buf, y, top))
        .collect();
    out.push(feet(look, rounds, wide));
    out.push(legend(look, series, cells));
    out
}

fn row(look: &Look, scale: Scale, buf: &Buffer, y: u16, top: f64) -> Line<'static> {
    let last = f64::from((buf.area.height - 1).max(1));
    let here = |height: &f64| ((1.0 - height / top) * last).round() == f64::from(y);
    let named = scale.named(top, usize::from(buf.area.height / 2 + 1));
    let label = named.into_iter().find(here);
    let label = label.map_or_else(String::new, |height| {
        scale.words(height, look.pick("×", "x"))
    });
    let mut spans = vec![look.span(Role::Dim, format!("{} ", fit_right(&label, AXIS - 2)))];
    spans.push(look.span(Role::Border, look.pick("│", "|")));
    for x in 0..buf.area.width {
        let cell = &buf[(x, y)];
        let symbol = match (cell.symbol(), look.symbols) {
            ("█", Symbols::Ascii) => "#",
            (symbol, _) => symbol,
        };
        let style = Style::new().fg(cell.fg);
        spans.push(Span::styled(symbol.to_owned(), style));
    }
    Line::from(spans)
}

/// The rounds below the chart.
fn feet(look: &Look, rounds: usize, wide: usize) -> Line<'static> {
    let mut text = " ".repeat(AXIS);
    let last = rounds - 1;
    for round in 0..rounds {
        let name = format!("r{round}");
        // Where the round lies on the axis; the last one ends with it.
        let at = (round * wide.saturating_sub(1)) / last.max(1);
        let at = AXIS + at.min(wide.saturating_sub(name.len()));
        let gap = at.checked_sub(text.len());
        let end = AXIS + wide.saturating_sub(format!(" r{last}").len());
        // The last one is never left out for the one before it.
        if let Some(gap) = gap.filter(|_| round == last || at + name.len() <= end) {
            text.push_str(&" ".repeat(gap));
            text.push_str(&name);
        }
    }
    Line::from(look.span(Role::Dim, text))
}

fn legend(look: &Look, series: &[Series], cells: usize) -> Line<'static> {
    let per = (cells.saturating_sub(AXIS) / series.len().max(1)).max(8);
    let mut spans = vec![Span::raw(" ".repeat(AXIS))];
    for (at, one) in series.iter().enumerate() {
        let shape = look.pick("━ ", "# ");
        // Of lines that are the same only one can be seen.
        let same = series[..at].iter().any(|other| other.best == one.best);
        let name = match same {
            true => format!("{} (the same)", one.name),
            false => one.name.clone(),
        };
        let name = fit(&name, per - 2);
        spans.push(look.span(one.role, format!("{shape}{name}")));
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::theme::{Depth, Theme};

    #[test]
    fn the_line_climbs_in_steps_and_the_axis_names_the_top() {
        let look = Look {
            theme: Theme::load("dark", &[], Depth::None).0,
            symbols: Symbols::Ascii,
        };
        let one = Series {
            name: "best".to_owned(),
            role: Role::Better,
            best: vec![1.0, 8.0],
        };
        let lines = lines(&look, Scale::Times, &[one], 32, 7);
        let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
        assert_eq!(
            text,
            [
                "       |                       #",
                "    4x |                       #",
                "       |                       #",
                "       |                       #",
                "    1x |########################",
                "        r0                    r1",
                "        # best                  ",
            ]
        );
        assert_eq!(super::lines(&look, Scale::Times, &[], 32, 7), []);
    }
}
