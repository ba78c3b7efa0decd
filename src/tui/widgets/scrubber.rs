//! A replay's line of time: where it stands, where problems and rounds begin, and which moment lies under a click.

use ratatui::text::{Line, Span};

use super::frame::Look;
use super::text::{fit, fit_right, width};
use crate::config::theme::Role;

/// What the line shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scrubber {
    /// Facts told.
    pub at: usize,
    /// Facts there are.
    pub len: usize,
    /// Facts told when a problem or a round had just begun.
    pub moments: Vec<usize>,
    /// The pace in words.
    pub pace: String,
    /// Time passed and time there is, in words.
    pub time: String,
}

/// Cells of the pace.
const PACE: usize = 7;

impl Scrubber {
    fn label(&self) -> String {
        let digits = self.len.to_string().len();
        let at = fit_right(&self.at.to_string(), digits);
        format!(" fact {at}/{}  {} ", self.len, self.time)
    }

    /// First column and cells of the track on a line of so many cells.
    pub(crate) fn track(&self, cells: usize) -> (usize, usize) {
        let track = cells.saturating_sub(PACE + width(&self.label()));
        (PACE, track)
    }

    /// The column on the track of a moment.
    fn column(&self, at: usize, track: usize) -> usize {
        let last = self.len.saturating_sub(1).max(1);
        (at.saturating_sub(1).min(last) * track.saturating_sub(1) + last / 2) / last
    }

    /// The moment under a column of the line; `None` beside the track.
    pub(crate) fn moment(&self, column: usize, cells: usize) -> Option<usize> {
        let (first, track) = self.track(cells);
        let on = column.checked_sub(first).filter(|on| *on < track)?;
        let last = self.len.saturating_sub(1);
        Some(1 + (on * last + track / 2) / track.saturating_sub(1).max(1)).map(|m| m.min(self.len))
    }

    /// The line.
    pub(crate) fn line(&self, look: &Look, cells: usize) -> Line<'static> {
        let (_, track) = self.track(cells);
        let begins: Vec<usize> = self
            .moments
            .iter()
            .filter(|at| **at < self.len)
            .map(|at| self.column(*at, track))
            .collect();
        let here = self.column(self.at, track);
        let mut spans = vec![look.span(Role::Replay, format!(" {} ", fit(&self.pace, PACE - 3)))];
        spans.push(Span::raw(" "));
        for column in 0..track {
            let begin = begins.contains(&column);
            let (glyph, role) = match column.cmp(&here) {
                std::cmp::Ordering::Equal => (look.pick("●", "O"), Role::Accent),
                std::cmp::Ordering::Less if begin => (look.pick("┿", "|"), Role::Focus),
                std::cmp::Ordering::Less => (look.pick("━", "="), Role::Focus),
                std::cmp::Ordering::Greater if begin => (look.pick("┼", "|"), Role::Dim),
                std::cmp::Ordering::Greater => (look.pick("─", "-"), Role::Border),
            };
            spans.push(look.span(role, glyph));
        }
        spans.push(look.span(Role::Dim, self.label()));
        Line::from(spans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_where_a_moment_is_drawn_goes_near_it_and_both_ends_can_be_reached() {
        for len in [1, 2, 7, 290, 20_000] {
            let bar = Scrubber {
                at: 1,
                len,
                moments: vec![1],
                pace: "1x".to_owned(),
                time: "0 s of 1 s".to_owned(),
            };
            let (first, track) = bar.track(120);
            assert_eq!(bar.moment(first, 120), Some(1));
            assert_eq!(bar.moment(first + track - 1, 120), Some(len));
            assert_eq!(bar.moment(first + track, 120), None);
            assert_eq!(bar.moment(0, 120), None);
            for at in [1, len / 2, len] {
                let near = bar.moment(first + bar.column(at, track), 120).unwrap();
                assert!(near.abs_diff(at) <= len / track + 1, "{near} {at} of {len}");
            }
        }
    }
}
