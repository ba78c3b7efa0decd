//! The panes of every screen and where they lie at a size: the one answer for views, keys and the mouse. Pure.

use ratatui::layout::Rect;

use super::bank;
use super::lists;
use super::model::{HomePane, LessonView, Model, Zoom};
use super::screens::{bank as screens_bank, breakdown, code, own, result};
use super::shelf;
use super::widgets::frame::{split_left, split_top, window};
use crate::config::keymap::Place;
use crate::domain::id::AgentId;

/// A pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Pane {
    /// The whole home screen, which has panes of its own.
    Home,
    /// The agents in fixed order.
    Agents,
    /// What the agent in focus says.
    Output,
    /// Agent by round.
    Rounds,
    /// What waits for the person.
    Inbox,
    /// Candidates by verdict.
    Candidates,
    /// The difference.
    Difference,
    /// What the author wrote and had read.
    Notes,
    /// Every interval on one axis.
    Forest,
    /// How the selected figure was got.
    Facts,
    /// The lessons.
    Lessons,
    /// The lesson selected.
    Lesson,
    /// What the next prompts will hold.
    Prompt,
    /// Categories by agent.
    Categories,
    /// The problems of a category.
    Units,
    /// Past runs.
    Runs,
    /// The marked runs side by side.
    Comparison,
    /// The lessons of all runs.
    Bank,
    /// The one of them selected.
    Banked,
    /// What each problem came to.
    Results,
    /// What the run came to, and what to do next.
    Summary,
}

/// The panes of a screen, in the order of the key.
pub(crate) fn panes(place: Place) -> &'static [Pane] {
    match place {
        Place::Home => &[Pane::Home],
        Place::Run => &[Pane::Agents, Pane::Output, Pane::Rounds, Pane::Inbox],
        Place::Code => &[Pane::Candidates, Pane::Difference, Pane::Notes],
        Place::Time => &[Pane::Forest, Pane::Facts],
        Place::Lessons => &[Pane::Lessons, Pane::Lesson, Pane::Prompt],
        Place::Breakdown => &[Pane::Categories, Pane::Units],
        Place::History => &[Pane::Runs, Pane::Comparison],
        Place::Bank => &[Pane::Bank, Pane::Banked],
        Place::Result => &[Pane::Results, Pane::Summary],
    }
}

impl Pane {
    /// The first pane of a screen.
    pub(crate) fn first(place: Place) -> Self {
        panes(place).first().copied().unwrap_or(Self::Home)
    }

    /// The pane after or before this one on its screen.
    pub(crate) fn next(self, place: Place, forward: bool) -> Self {
        let all = panes(place);
        let at = all.iter().position(|pane| *pane == self).unwrap_or(0);
        let step = if forward { 1 } else { all.len() - 1 };
        all[(at + step) % all.len()]
    }
}

/// The part of the terminal between header and footer; a replay's line of time takes a row of it.
pub(crate) fn body(model: &Model) -> Rect {
    let (width, height) = model.size;
    let feet = if scrubber(model).is_some() { 5 } else { 4 };
    Rect::new(0, 2.min(height), width, height.saturating_sub(feet))
}

/// Where a replay's line of time lies.
pub(crate) fn scrubber(model: &Model) -> Option<Rect> {
    let (width, height) = model.size;
    let replay =
        model.live.as_ref().is_some_and(|l| !l.record.is_empty()) && model.place != Place::Home;
    (replay && height >= 20).then(|| Rect::new(0, height - 3, width, 1))
}

/// Which panes are shown and where. The one with the keys is always among them.
pub(crate) fn layout(model: &Model, area: Rect) -> Vec<(Pane, Rect)> {
    if model.zoom == Zoom::On || model.place == Place::Home {
        return vec![(model.pane, area)];
    }
    let pane = model.pane;
    let one = |pane| vec![(pane, area)];
    match model.place {
        Place::Home => one(pane),
        Place::Run => run(model, area),
        Place::Code => code(model, area),
        Place::Time if area.width >= 100 => {
            let (left, right) = split_left(area, area.width * 3 / 5);
            vec![(Pane::Forest, left), (Pane::Facts, right)]
        }
        Place::Time if area.width < 80 => one(pane),
        Place::Time => {
            let count = lists::timed(model).len();
            let rows = u16::try_from(count + 4).unwrap_or(u16::MAX);
            let (top, bottom) = split_top(area, rows.clamp(6, (area.height / 2).max(6)));
            vec![(Pane::Forest, top), (Pane::Facts, bottom)]
        }
        Place::Lessons => lessons(model, area),
        Place::Breakdown if area.width < 80 => one(pane),
        Place::Breakdown => {
            let count = u16::try_from(breakdown::rows(model).len() + 6).unwrap_or(u16::MAX);
            // The problems below get what they need, up to two fifths.
            let needed = u16::try_from(breakdown::units(model).len() + 3).unwrap_or(u16::MAX);
            let below = needed.clamp(4, (area.height * 2 / 5).max(4));
            let most = area.height.saturating_sub(below).max(8);
            let (top, bottom) = split_top(area, count.clamp(8, most));
            vec![(Pane::Categories, top), (Pane::Units, bottom)]
        }
        Place::Bank if area.width < 80 => one(pane),
        Place::Bank if area.width >= 160 => {
            let (left, right) = split_left(area, area.width * 3 / 5);
            vec![(Pane::Bank, left), (Pane::Banked, right)]
        }
        Place::Bank => {
            let (top, bottom) = split_top(area, area.height / 2);
            vec![(Pane::Bank, top), (Pane::Banked, bottom)]
        }
        Place::Result if area.height < 18 => one(pane),
        Place::Result => {
            let count = model.run().map_or(1, |run| run.units.len());
            let rows = u16::try_from(count + 3).unwrap_or(u16::MAX);
            let (top, bottom) = split_top(area, rows.clamp(4, area.height / 2));
            vec![(Pane::Results, top), (Pane::Summary, bottom)]
        }
        Place::History if area.width < 80 || area.height < 24 => one(pane),
        Place::History if model.marked_runs.is_empty() && pane != Pane::Comparison => one(pane),
        Place::History => {
            let rows = u16::try_from(lists::runs(model).len() + 2).unwrap_or(u16::MAX);
            let (top, bottom) = split_top(area, rows.clamp(4, area.height / 3));
            vec![(Pane::Runs, top), (Pane::Comparison, bottom)]
        }
    }
}

fn authors(model: &Model) -> Option<Vec<AgentId>> {
    let (run, (_, unit)) = model.run().zip(model.unit())?;
    Some(lists::authors(run, unit))
}

/// The authors as a list below a line of titles, and the one in focus.
fn author(model: &Model) -> Option<Listing> {
    let all = authors(model)?;
    let chosen = model.author();
    Some(Listing {
        len: all.len(),
        at: all.iter().position(|agent| *agent == chosen).unwrap_or(0),
        head: 1,
        per: 1,
    })
}

fn run(model: &Model, area: Rect) -> Vec<(Pane, Rect)> {
    let authors = authors(model).map_or(3, |all| all.len());
    let rows = u16::try_from(authors * 2 + 5).unwrap_or(u16::MAX);
    if area.width >= 100 {
        let share = if area.width >= 160 { 64 } else { 62 };
        let (left, right) = split_left(area, area.width * share / 100);
        let (agents, output) = split_top(left, rows.min(left.height * 3 / 5));
        // On a tall terminal the line of the best so far has room below the grid.
        let grid = if right.height >= 34 {
            u16::try_from(authors + 22).unwrap_or(u16::MAX)
        } else {
            rows.min(right.height / 2)
        };
        let (rounds, inbox) = split_top(right, grid.min(right.height * 3 / 5).max(8));
        return vec![
            (Pane::Agents, agents),
            (Pane::Output, output),
            (Pane::Rounds, rounds),
            (Pane::Inbox, inbox),
        ];
    }
    let (agents, below) = split_top(area, rows.min(area.height.saturating_sub(7)));
    let side = match model.pane {
        Pane::Inbox => Pane::Inbox,
        _ => Pane::Rounds,
    };
    if area.width >= 80 {
        let (left, right) = split_left(below, below.width * 3 / 5);
        return vec![(Pane::Agents, agents), (Pane::Output, left), (side, right)];
    }
    let second = match model.pane {
        Pane::Agents => Pane::Output,
        other => other,
    };
    vec![(Pane::Agents, agents), (second, below)]
}

fn code(model: &Model, area: Rect) -> Vec<(Pane, Rect)> {
    if area.width >= code::THREE {
        let (left, rest) = split_left(area, code::LIST);
        let (middle, right) = split_left(rest, rest.width - code::NOTES);
        return vec![
            (Pane::Candidates, left),
            (Pane::Difference, middle),
            (Pane::Notes, right),
        ];
    }
    if area.width >= 100 {
        let (left, right) = split_left(area, code::LIST);
        let (top, bottom) = split_top(left, left.height / 2);
        return vec![
            (Pane::Candidates, top),
            (Pane::Notes, bottom),
            (Pane::Difference, right),
        ];
    }
    if model.pane != Pane::Candidates {
        return vec![(model.pane, area)];
    }
    let count = lists::by_verdict(model).len();
    let rows = u16::try_from(count + 2).unwrap_or(u16::MAX);
    let (top, bottom) = split_top(area, rows.clamp(4, (area.height / 3).max(4)));
    vec![(Pane::Candidates, top), (Pane::Difference, bottom)]
}

fn lessons(model: &Model, area: Rect) -> Vec<(Pane, Rect)> {
    if area.width >= 160 {
        let (left, rest) = split_left(area, area.width * 2 / 5);
        let (middle, right) = split_left(rest, rest.width / 2);
        return vec![
            (Pane::Lessons, left),
            (Pane::Lesson, middle),
            (Pane::Prompt, right),
        ];
    }
    if area.width >= 100 {
        let (left, right) = split_left(area, area.width * 11 / 20);
        let (top, bottom) = split_top(right, right.height * 3 / 5);
        return vec![
            (Pane::Lessons, left),
            (Pane::Lesson, top),
            (Pane::Prompt, bottom),
        ];
    }
    if area.width < 80 {
        return vec![(model.pane, area)];
    }
    let count = u16::try_from(shelf::lessons(model).len() + 2).unwrap_or(u16::MAX);
    let (top, bottom) = split_top(area, count.clamp(4, (area.height * 2 / 5).max(4)));
    let second = match model.pane {
        Pane::Prompt => Pane::Prompt,
        _ => Pane::Lesson,
    };
    vec![(Pane::Lessons, top), (second, bottom)]
}

/// A list as it is shown: how many entries, which one has the cursor, rows above the first, rows for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Entries.
    pub len: usize,
    /// The one with the cursor.
    pub at: usize,
    /// Rows above the first.
    pub head: usize,
    /// Rows of each.
    pub per: usize,
}

impl Listing {
    /// The entry at a row of the pane's inside, which has so many rows.
    pub(crate) fn entry(&self, row: usize, height: usize) -> Option<usize> {
        let fits = (height.saturating_sub(self.head) / self.per.max(1)).max(1);
        let first = window(self.len, fits, self.at);
        let entry = first + row.checked_sub(self.head)? / self.per.max(1);
        (entry < self.len).then_some(entry)
    }
}

/// The list in a pane; `None` for panes that are texts.
pub(crate) fn listing(model: &Model, pane: Pane, height: usize) -> Option<Listing> {
    let plain = |len, at| Listing {
        len,
        at,
        head: 0,
        per: 1,
    };
    let candidate = |all: Vec<_>| {
        let at = lists::row(model, &all);
        plain(all.len(), at.unwrap_or(0))
    };
    Some(match pane {
        Pane::Home if model.home.pane == HomePane::Problems && model.home.way.is_own() => {
            let (way, own) = model.home.own.as_ref()?;
            Listing {
                head: own::HEAD,
                ..plain(own.picks(*way).len(), own.row)
            }
        }
        Pane::Home if model.home.pane == HomePane::Problems => {
            plain(lists::home(model).len(), model.home.row)
        }
        Pane::Agents => {
            let list = author(model)?;
            let per = if height > list.len * 2 { 2 } else { 1 };
            Listing { per, ..list }
        }
        Pane::Rounds => author(model)?,
        Pane::Inbox => plain(lists::inbox(model).len(), model.view.inbox_row),
        Pane::Candidates => candidate(lists::by_verdict(model)),
        Pane::Forest => candidate(lists::timed(model)),
        Pane::Lessons => {
            let all = shelf::lessons(model);
            Listing {
                head: usize::from(model.lesson_view == LessonView::Rounds),
                ..plain(all.len(), lists::selected(model, &all))
            }
        }
        Pane::Categories => Listing {
            head: 1,
            ..plain(breakdown::rows(model).len(), model.view.category_row)
        },
        Pane::Units => Listing {
            head: 1,
            ..plain(breakdown::units(model).len(), model.view.unit_row)
        },
        Pane::Runs => plain(lists::runs(model).len(), model.run_row),
        Pane::Bank => {
            let all = bank::listed(model);
            Listing {
                head: screens_bank::HEAD,
                ..plain(all.len(), bank::row(model, &all))
            }
        }
        Pane::Results => Listing {
            head: result::HEAD,
            ..plain(
                model.run()?.units.len(),
                model.unit().map_or(0, |(id, _)| usize::from(id.0)),
            )
        },
        _ => return None,
    })
}
