//! Performance against what it took, with the Pareto front: the form of the paper's Figure 4, a point per way of working.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::{FAINT, INK, MIDDLE, Plot, clipped, colour, drawn, log_ticks, short, words};
use crate::gather::{Axis, Point};

const SIZE: (u32, u32) = (760, 400);
const LEFT: i32 = 64;
const RIGHT: i32 = 560;
const TOP: i32 = 20;
const BOTTOM: i32 = 340;

/// Points, a colour each, the front as a line. `None` if there are fewer than two: nothing stands beside one.
pub fn scatter(name: &str, points: &[Point], axis: Axis) -> Option<Plot> {
    let bounds = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, 0.0_f64), |(lo, hi), v| {
            (lo.min(v), hi.max(v))
        })
    };
    if points.len() < 2 {
        return None;
    }
    let runs = || points.iter().flat_map(|p| &p.runs);
    let (cheapest, dearest) = bounds(&mut points.iter().map(|p| p.cost).chain(runs().map(|r| r.0)));
    let (_, fastest) = bounds(&mut points.iter().map(|p| p.speedup).chain(runs().map(|r| r.1)));
    let (x_lo, x_hi) = (cheapest / 1.3, dearest * 1.3);
    let (y_lo, y_hi) = (0.95, (fastest * 1.15).max(1.5));
    let along = |value: f64, lo: f64, hi: f64| (value / lo).ln() / (hi / lo).ln();
    let x = |cost: f64| LEFT + (along(cost, x_lo, x_hi) * f64::from(RIGHT - LEFT)) as i32;
    let y = |speedup: f64| {
        BOTTOM - (along(speedup.max(y_lo), y_lo, y_hi) * f64::from(BOTTOM - TOP)) as i32
    };
    let mut labels: Vec<&str> = Vec::new();
    for point in points {
        if !labels.contains(&point.label.as_str()) {
            labels.push(&point.label);
        }
    }
    let svg = drawn(SIZE, |area| {
        for tick in log_ticks(y_lo, y_hi) {
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
        for tick in log_ticks(x_lo, x_hi) {
            area.draw(&PathElement::new(
                vec![(x(tick), TOP), (x(tick), BOTTOM)],
                FAINT,
            ))?;
            area.draw(&Text::new(
                short(tick),
                (x(tick), BOTTOM + 16),
                words(16, INK, HPos::Center),
            ))?;
        }
        area.draw(&PathElement::new(
            vec![(LEFT, y(1.0)), (RIGHT, y(1.0))],
            MIDDLE,
        ))?;
        let what = match axis {
            Axis::Tokens => "tokens in and out per problem",
            Axis::Seconds => "wall seconds per problem",
            Axis::Dollars => "US dollars per problem",
        };
        let middle = ((LEFT + RIGHT) / 2, BOTTOM + 38);
        area.draw(&Text::new(what, middle, words(16, INK, HPos::Center)))?;
        let mut front: Vec<(i32, i32)> = points
            .iter()
            .filter(|p| p.front)
            .map(|p| (x(p.cost), y(p.speedup)))
            .collect();
        front.sort_unstable();
        area.draw(&PathElement::new(front, MIDDLE.stroke_width(1)))?;
        for point in points {
            let at = labels.iter().position(|l| *l == point.label).unwrap_or(0);
            let place = (x(point.cost), y(point.speedup));
            if point.runs.len() > 1 {
                for (cost, speedup) in &point.runs {
                    let run = (x(*cost), y(*speedup));
                    area.draw(&Circle::new(run, 3, colour(at).stroke_width(1)))?;
                }
            }
            area.draw(&Circle::new(place, 5, colour(at).filled()))?;
            if point.front {
                area.draw(&Circle::new(place, 8, MIDDLE.stroke_width(1)))?;
            }
        }
        for (at, label) in labels.iter().enumerate() {
            let height = TOP + 10 + 20 * at as i32;
            area.draw(&Circle::new((RIGHT + 20, height), 5, colour(at).filled()))?;
            let text = clipped(label, 22);
            area.draw(&Text::new(
                text,
                (RIGHT + 32, height),
                words(16, INK, HPos::Left),
            ))?;
        }
        Ok(())
    })?;
    let what = match axis {
        Axis::Dollars => "the money it took per problem, where every price is known",
        Axis::Tokens => "the tokens it took per problem",
        Axis::Seconds => {
            "the wall time it took per problem, waiting for models and for the machine included"
        }
    };
    Some(Plot {
        name: name.to_owned(),
        caption: format!(
            "Geometric mean speedup of each way of working against {what}; both axes logarithmic. Ringed ones are on the Pareto \
             front: no other is both cheaper and faster. Small circles are its single runs."
        ),
        svg,
    })
}
