//! A forest plot's rows: interval and estimate on a log axis with the original at 1×. Cell geometry only, no colours of its own.

use super::mark::Symbols;
use crate::domain::measurement::Speedup;

/// A log₂ axis over a number of cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    cells: usize,
}

impl Axis {
    /// An axis that holds 1× and every interval with a little room.
    pub(crate) fn over(speedups: impl IntoIterator<Item = Speedup>, cells: usize) -> Self {
        let (mut low, mut high) = (-0.5_f64, 0.5_f64);
        let log = |v: f64| v.clamp(1e-3, 1e4).log2();
        for s in speedups {
            low = low.min(log(s.lo));
            high = high.max(log(s.hi));
        }
        let room = (high - low) * 0.04;
        Self {
            low: low - room,
            high: high + room,
            cells,
        }
    }

    /// The cell of a ratio.
    pub(crate) fn at(&self, ratio: f64) -> usize {
        let share = (ratio.clamp(1e-3, 1e4).log2() - self.low) / (self.high - self.low);
        let last = self.cells.saturating_sub(1) as f64;
        (share.clamp(0.0, 1.0) * last).round() as usize
    }

    /// The row of an interval: `├──●──┤`, the original's rule and the best so far where they are free.
    pub(crate) fn row(
        &self,
        speedup: Option<Speedup>,
        best: Option<f64>,
        symbols: Symbols,
    ) -> Vec<&'static str> {
        let mut row = vec![" "; self.cells];
        if self.cells == 0 {
            return row;
        }
        if let Some(best) = best {
            row[self.at(best)] = symbols.pick("┊", ":");
        }
        row[self.at(1.0)] = symbols.pick("│", "|");
        let Some(speedup) = speedup else {
            return row;
        };
        let (lo, mid, hi) = (
            self.at(speedup.lo),
            self.at(speedup.estimate),
            self.at(speedup.hi),
        );
        for cell in &mut row[lo..=hi.max(lo)] {
            *cell = symbols.pick("─", "-");
        }
        row[lo] = symbols.pick("├", "[");
        row[hi.max(lo)] = symbols.pick("┤", "]");
        row[mid.clamp(lo, hi.max(lo))] = symbols.pick("●", "o");
        row
    }

    /// The axis' labels as one line: powers of two at their cells, where they do not touch.
    pub(crate) fn labels(&self, symbols: Symbols) -> String {
        let mut line = vec![' '; self.cells];
        let times = symbols.pick('×', 'x');
        let (first, last) = (self.low.ceil() as i32, self.high.floor() as i32);
        let mut order: Vec<i32> = (first..=last).collect();
        order.sort_by_key(|power| power.abs());
        for power in order {
            let text = if power >= 0 {
                format!("{}{times}", 1_u32 << power.min(20))
            } else {
                format!("1/{}{times}", 1_u32 << power.abs().min(20))
            };
            let from = self.at(f64::from(power).exp2());
            let to = from + text.chars().count();
            let clear = from.saturating_sub(2)..(to + 2).min(line.len());
            if to <= line.len() && line[clear].iter().all(|c| *c == ' ') {
                for (cell, c) in line[from..to].iter_mut().zip(text.chars()) {
                    *cell = c;
                }
            }
        }
        line.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(lo: f64, estimate: f64, hi: f64) -> Speedup {
        Speedup { estimate, lo, hi }
    }

    #[test]
    fn an_interval_lies_right_of_the_original_when_it_is_faster() {
        let wide = s(1.5, 2.0, 3.0);
        let axis = Axis::over([wide], 40);
        let row = axis.row(Some(wide), None, Symbols::Unicode).concat();
        let (rule, dot) = (row.find('│').unwrap(), row.find('●').unwrap());
        assert!(rule < row.find('├').unwrap() && row.find('├').unwrap() < dot);
        assert!(axis.labels(Symbols::Unicode).contains("1×"));
    }

    #[test]
    fn any_interval_on_any_width_is_drawn_without_trouble() {
        for cells in 0..8 {
            for x in [
                s(0.0, 0.0, 0.0),
                s(1.0, 1.0, 1.0),
                s(1e-9, 5.0, f64::INFINITY),
            ] {
                let axis = Axis::over([x], cells);
                assert_eq!(axis.row(Some(x), Some(2.0), Symbols::Ascii).len(), cells);
                axis.labels(Symbols::Unicode);
            }
        }
    }
}
