//! Speedup over rounds, a line per way of working: the form of the paper's Figure 3. Never fits or smooths.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::{FAINT, INK, MIDDLE, Plot, clipped, colour, drawn, log_ticks, short, words};

const SIZE: (u32, u32) = (760, 380);
const LEFT: i32 = 64;
const RIGHT: i32 = 560;
const TOP: i32 = 20;
const BOTTOM: i32 = 330;

/// Lines of (round, geometric mean speedup so far), labelled at their end. `None` if no line has a point.
pub fn lines(name: &str, series: &[(String, Vec<(u16, f64)>)]) -> Option<Plot> {
    let points = series.iter().flat_map(|(_, points)| points);
    let last_round = points.clone().map(|(round, _)| *round).max()?;
    let most = points.map(|(_, speedup)| *speedup).fold(1.0, f64::max);
    let (lo, hi) = (0.95, (most * 1.1).max(1.5));
    let x = |round: u16| LEFT + i32::from(round) * (RIGHT - LEFT) / i32::from(last_round.max(1));
    let y = |speedup: f64| {
        let share = (speedup / lo).ln() / (hi / lo).ln();
        BOTTOM - (share * f64::from(BOTTOM - TOP)) as i32
    };
    let svg = drawn(SIZE, |area| {
        for tick in log_ticks(lo, hi) {
            area.draw(&PathElement::new(
                vec![(LEFT, y(tick)), (RIGHT, y(tick))],
                FAINT,
            ))?;
            let label = format!("{}×", short(tick));
            area.draw(&Text::new(
                label,
                (LEFT - 8, y(tick)),
                words(16, INK, HPos::Right),
            ))?;
        }
        let every = usize::from(last_round / 12 + 1);
        for round in (0..=last_round).step_by(every) {
            area.draw(&Text::new(
                round.to_string(),
                (x(round), BOTTOM + 16),
                words(16, INK, HPos::Center),
            ))?;
        }
        area.draw(&PathElement::new(
            vec![(LEFT, y(1.0)), (RIGHT, y(1.0))],
            MIDDLE,
        ))?;
        let middle = ((LEFT + RIGHT) / 2, BOTTOM + 38);
        area.draw(&Text::new("round", middle, words(16, INK, HPos::Center)))?;
        for (at, (_, points)) in series.iter().enumerate() {
            let path: Vec<(i32, i32)> = points.iter().map(|(r, s)| (x(*r), y(*s))).collect();
            if let Some(end) = path.last() {
                // A way of working with fewer rounds keeps what it had.
                let kept = vec![*end, (RIGHT, end.1)];
                area.draw(&PathElement::new(kept, colour(at).mix(0.6)))?;
            }
            area.draw(&PathElement::new(path.clone(), colour(at).stroke_width(2)))?;
            for point in path {
                area.draw(&Circle::new(point, 4, colour(at).filled()))?;
            }
        }
        for (at, (label, height)) in labels(series, &y).into_iter() {
            let text = clipped(label, 24);
            area.draw(&Text::new(
                text,
                (RIGHT + 12, height),
                words(16, colour(at), HPos::Left),
            ))?;
        }
        Ok(())
    })?;
    Some(Plot {
        name: name.to_owned(),
        caption: "Geometric mean over problems of the best measured speedup so far, wrong or slower counted as 1, after each \
                  round. What ended early keeps what it had: the thin line. These are first measurements, before the best is \
                  measured afresh."
            .to_owned(),
        svg,
    })
}

/// Where each line's label goes: at its end, moved down until it no longer covers another one.
fn labels<'a>(
    series: &'a [(String, Vec<(u16, f64)>)],
    y: &dyn Fn(f64) -> i32,
) -> Vec<(usize, (&'a str, i32))> {
    let mut ends: Vec<(usize, (&str, i32))> = series
        .iter()
        .enumerate()
        .filter_map(|(at, (label, points))| {
            let (_, last) = points.last()?;
            Some((at, (label.as_str(), y(*last))))
        })
        .collect();
    ends.sort_by_key(|(_, (_, height))| *height);
    for at in 1..ends.len() {
        let above = ends[at - 1].1.1;
        ends[at].1.1 = ends[at].1.1.max(above + 16);
    }
    // What was pushed over the edge pushes the others up again.
    let mut lowest = BOTTOM + 4;
    for (_, (_, height)) in ends.iter_mut().rev() {
        *height = (*height).min(lowest);
        lowest = *height - 16;
    }
    ends
}
