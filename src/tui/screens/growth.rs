//! The line of the best so far: of the whole team and of the agent in focus, over the rounds.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::theme::Role;
use crate::domain::id::Round;
use crate::domain::run::{Run, Unit};
use crate::tui::model::Model;
use crate::tui::widgets::chart::{self, Scale, Series};
use crate::tui::widgets::frame::put;
use crate::tui::widgets::text::one_line;

/// Best so far of the team and of the agent in focus, below the grid where there is room.
pub fn draw(model: &Model, run: &Run, unit: &Unit, from: usize, inner: Rect, buf: &mut Buffer) {
    let room = usize::from(inner.height).saturating_sub(from).min(14);
    let so_far = |of: &dyn Fn(Round, f64) -> f64| -> Vec<f64> {
        let mut best = 0.0_f64;
        let rounds = unit
            .rounds
            .iter()
            .filter(|r| r.finished || r.best_score > 0.0);
        rounds
            .map(|r| {
                best = best.max(of(r.round, r.best_score));
                best
            })
            .collect()
    };
    let own = |round: Round| {
        let mine = unit.candidates.iter();
        let mine = mine.filter(|(id, _)| id.agent == model.agent && id.round == round);
        mine.map(|(_, state)| state.score()).fold(0.0, f64::max)
    };
    let spec = run.spec.team.get(model.agent.index());
    let series = [
        Series {
            name: spec.map_or_else(String::new, |s| one_line(&s.name)),
            role: Role::Running,
            best: so_far(&|round, _| own(round)),
        },
        Series {
            name: "best so far".to_owned(),
            role: Role::Better,
            best: so_far(&|_, best| best),
        },
    ];
    let lines = chart::lines(
        &model.look,
        Scale::of(&unit.spec.work),
        &series,
        usize::from(inner.width).min(100),
        room,
    );
    for (n, line) in lines.iter().enumerate() {
        put(buf, inner, from + n, line);
    }
}
