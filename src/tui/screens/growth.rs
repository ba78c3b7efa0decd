//! The line of the best so far: of the whole team and of the agent in focus, over the rounds.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::theme::Role;
use crate::domain::id::{CandidateId, Round};
use crate::domain::run::{Run, Unit};
use crate::model::Model;
use crate::widgets::chart::{self, Scale, Series};
use crate::widgets::frame::put;

/// Best so far of the team and of the agent in focus, below the grid where there is room.
pub(crate) fn draw(
    model: &Model,
    run: &Run,
    unit: &Unit,
    from: usize,
    inner: Rect,
    buf: &mut Buffer,
) {
    let room = usize::from(inner.height).saturating_sub(from).min(14);
    let shown = unit.rounds.iter();
    let shown = shown.filter(|r| r.finished || r.best_score > 0.0);
    let preset = run.spec.preset;
    let author = model.author();
    let own = |round: Round| {
        let mine = |id: CandidateId| id.agent == author && id.round <= round;
        if !unit.spec.work.is_optimise() {
            let all = unit.candidates.iter().filter(|(id, _)| mine(**id));
            return all.map(|(_, state)| state.score()).fold(0.0, f64::max);
        }
        let best = unit.best_of(preset, mine).and_then(|id| unit.figure(id));
        best.map_or(0.0, |speedup| speedup.estimate)
    };
    let team = unit.best_by_round();
    let series = [
        Series {
            name: model.agent_name(author),
            role: Role::Running,
            best: shown.clone().map(|r| own(r.round)).collect(),
        },
        Series {
            name: "best so far".to_owned(),
            role: Role::Better,
            best: team.into_iter().take(shown.count()).collect(),
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
