//! Ability per category and model as a grid of numbers on a colour: the form of the paper's Figure 5. The number is always
//! written; the colour only repeats it.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::{INK, MIDDLE, Plot, clipped, drawn, words};
use crate::ability::{Ability, Measure};
use crate::domain::measurement::ratio;

const LEFT: i32 = 150;
const TOP: i32 = 40;
const WIDE: i32 = 118;
/// Letters of a model's name that are shown.
const LONGEST: usize = 30;
const HIGH: i32 = 30;

/// The grid. `None` if it is empty.
pub fn heat(name: &str, ability: &Ability) -> Option<Plot> {
    let (rows, columns) = (ability.categories.len(), ability.models.len());
    if rows == 0 || columns == 0 {
        return None;
    }
    let cells = ability.cells.iter().flatten().flatten();
    let most = cells.map(|(mean, _)| *mean).fold(2.0, f64::max);
    let part = |figure: f64| match ability.measure {
        Measure::Speedup => (figure.ln() / most.ln()).clamp(0.0, 1.0),
        Measure::Tests => figure.clamp(0.0, 1.0),
    };
    let written = |figure: f64| match ability.measure {
        Measure::Speedup => format!("{}×", ratio(figure)),
        Measure::Tests => format!("{:.0} %", figure * 100.0),
    };
    let longest = ability.models.iter().map(|m| m.chars().count()).max();
    // one letter takes about nine units
    let wide = WIDE.max(9 * longest.unwrap_or(0).min(LONGEST) as i32 + 12);
    let size = (
        (LEFT + wide * columns as i32 + 10) as u32,
        (TOP + HIGH * rows as i32 + 10) as u32,
    );
    let svg = drawn(size, |area| {
        for (at, model) in ability.models.iter().enumerate() {
            let middle = LEFT + wide * at as i32 + wide / 2;
            let text = clipped(model, LONGEST);
            area.draw(&Text::new(
                text,
                (middle, TOP - 16),
                words(16, INK, HPos::Center),
            ))?;
        }
        for (row, category) in ability.categories.iter().enumerate() {
            let top = TOP + HIGH * row as i32;
            let text = clipped(category, 18);
            area.draw(&Text::new(
                text,
                (LEFT - 10, top + HIGH / 2),
                words(16, INK, HPos::Right),
            ))?;
            for (column, cell) in ability.cells[row].iter().enumerate() {
                let left = LEFT + wide * column as i32;
                let (fill, ink, text) = match cell {
                    None => (RGBColor(245, 245, 245), MIDDLE, "–".to_owned()),
                    Some((mean, count)) => {
                        let share = part(*mean);
                        let ink = if share > 0.55 { WHITE } else { INK };
                        (shade(share), ink, format!("{} ({count})", written(*mean)))
                    }
                };
                let corners = [(left + 1, top + 1), (left + wide - 1, top + HIGH - 1)];
                area.draw(&Rectangle::new(corners, fill.filled()))?;
                let middle = (left + wide / 2, top + HIGH / 2);
                area.draw(&Text::new(text, middle, words(16, ink, HPos::Center)))?;
            }
        }
        Ok(())
    })?;
    let what = match ability.measure {
        Measure::Speedup => {
            "Geometric mean of each model's best measured speedup per problem, by category; wrong or slower counts as 1."
        }
        Measure::Tests => {
            "Share of the team's own tests that each model's best attempt passes, mean over tasks, by category."
        }
    };
    Some(Plot {
        name: name.to_owned(),
        caption: format!(
            "{what} In brackets the number of problems it tried; – where it tried none. Built-in agents stand under their names."
        ),
        svg,
    })
}

/// From nearly white (0) to a dark blue (1).
fn shade(share: f64) -> RGBColor {
    let mix = |from: f64, to: f64| (from + (to - from) * share).round() as u8;
    RGBColor(mix(236.0, 8.0), mix(243.0, 69.0), mix(250.0, 122.0))
}
