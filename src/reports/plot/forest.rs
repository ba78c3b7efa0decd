//! Measured candidates with their intervals on a logarithmic axis around 1. Never shows an estimate without its interval.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::{FAINT, INK, MIDDLE, Plot, clipped, drawn, log_ticks, short, words};
use crate::domain::measurement::Verdict;
use crate::gather::Branch;

const LEFT: i32 = 190;
const RIGHT: i32 = 560;
const WIDTH: u32 = 760;
const TOP: i32 = 14;
const HIGH: i32 = 24;

/// A row per candidate. `None` if there is none.
pub fn forest(name: &str, branches: &[Branch], left_out: usize) -> Option<Plot> {
    if branches.is_empty() {
        return None;
    }
    let all = branches.iter().map(|branch| branch.speedup);
    let lo = all.clone().map(|s| s.lo).fold(0.8, f64::min).max(1e-4) / 1.05;
    let hi = all.map(|s| s.hi).fold(1.25, f64::max).min(1e5) * 1.05;
    let x = |value: f64| {
        let share = (value.clamp(lo, hi) / lo).ln() / (hi / lo).ln();
        LEFT + (share * f64::from(RIGHT - LEFT)) as i32
    };
    let bottom = TOP + HIGH * branches.len() as i32;
    let svg = drawn((WIDTH, (bottom + 34) as u32), |area| {
        for tick in log_ticks(lo, hi) {
            area.draw(&PathElement::new(
                vec![(x(tick), TOP), (x(tick), bottom)],
                FAINT,
            ))?;
            let label = format!("{}×", short(tick));
            area.draw(&Text::new(
                label,
                (x(tick), bottom + 16),
                words(16, INK, HPos::Center),
            ))?;
        }
        area.draw(&PathElement::new(
            vec![(x(1.0), TOP), (x(1.0), bottom)],
            MIDDLE,
        ))?;
        for (row, branch) in branches.iter().enumerate() {
            let middle = TOP + HIGH * row as i32 + HIGH / 2;
            let mark = match branch.verdict {
                Verdict::Faster => RGBColor(0, 114, 178),
                Verdict::Slower => RGBColor(213, 94, 0),
                Verdict::Same | Verdict::Unresolved => MIDDLE,
            };
            let fresh = if branch.fresh { ", afresh" } else { "" };
            let label = clipped(&format!("{} {}{fresh}", branch.id, branch.agent), 26);
            area.draw(&Text::new(
                label,
                (LEFT - 12, middle),
                words(16, INK, HPos::Right),
            ))?;
            let ends = vec![
                (x(branch.speedup.lo), middle),
                (x(branch.speedup.hi), middle),
            ];
            area.draw(&PathElement::new(ends, mark.stroke_width(2)))?;
            let at = x(branch.speedup.estimate);
            if branch.fresh {
                let corners = [(at - 5, middle - 5), (at + 5, middle + 5)];
                area.draw(&Rectangle::new(corners, mark.filled()))?;
            } else {
                area.draw(&Circle::new((at, middle), 4, mark.filled()))?;
            }
            let figure = format!("{} {}", branch.speedup, branch.verdict.word());
            area.draw(&Text::new(
                figure,
                (RIGHT + 10, middle),
                words(15, mark, HPos::Left),
            ))?;
        }
        Ok(())
    })?;
    let rest = match left_out {
        0 => String::new(),
        n => format!(" The {n} slowest measured candidates are left out."),
    };
    Some(Plot {
        name: name.to_owned(),
        caption: format!(
            "Measured candidates: speedup over the original with its 95 % interval, logarithmic; a square is the fresh \
             measurement of the best.{rest}"
        ),
        svg,
    })
}
