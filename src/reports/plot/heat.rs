//! Ability per category and agent as a grid of numbers on a colour: the form of the paper's Figure 5. The number is always
//! written; the colour only repeats it.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::{INK, MIDDLE, Plot, clipped, drawn, words};
use crate::domain::measurement::ratio;
use crate::reports::gather::Ability;

const LEFT: i32 = 150;
const TOP: i32 = 40;
const WIDE: i32 = 118;
const HIGH: i32 = 30;

/// The grid. `None` if it is empty.
pub fn heat(name: &str, ability: &Ability) -> Option<Plot> {
    let (rows, columns) = (ability.categories.len(), ability.agents.len());
    if rows == 0 || columns == 0 {
        return None;
    }
    let cells = ability.cells.iter().flatten().flatten();
    let most = cells.map(|(mean, _)| *mean).fold(2.0, f64::max);
    let size = (
        (LEFT + WIDE * columns as i32 + 10) as u32,
        (TOP + HIGH * rows as i32 + 10) as u32,
    );
    let svg = drawn(size, |area| {
        for (at, agent) in ability.agents.iter().enumerate() {
            let middle = LEFT + WIDE * at as i32 + WIDE / 2;
            let text = clipped(agent, 16);
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
                let left = LEFT + WIDE * column as i32;
                let (fill, ink, text) = match cell {
                    None => (RGBColor(245, 245, 245), MIDDLE, "–".to_owned()),
                    Some((mean, count)) => {
                        let share = (mean.ln() / most.ln()).clamp(0.0, 1.0);
                        let ink = if share > 0.55 { WHITE } else { INK };
                        (shade(share), ink, format!("{}× ({count})", ratio(*mean)))
                    }
                };
                let corners = [(left + 1, top + 1), (left + WIDE - 1, top + HIGH - 1)];
                area.draw(&Rectangle::new(corners, fill.filled()))?;
                let middle = (left + WIDE / 2, top + HIGH / 2);
                area.draw(&Text::new(text, middle, words(16, ink, HPos::Center)))?;
            }
        }
        Ok(())
    })?;
    Some(Plot {
        name: name.to_owned(),
        caption: "Geometric mean of each agent's best measured speedup per problem, by category; wrong or slower counts as 1. \
                  In brackets the number of units it tried; – where it tried none."
            .to_owned(),
        svg,
    })
}

/// From nearly white (0) to a dark blue (1).
fn shade(share: f64) -> RGBColor {
    let mix = |from: f64, to: f64| (from + (to - from) * share).round() as u8;
    RGBColor(mix(236.0, 8.0), mix(243.0, 69.0), mix(250.0, 122.0))
}
