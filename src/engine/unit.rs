//! One unit at work: the brief its agents see, and the thread its strategy runs on.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use crate::domain::ask::Brief;
use crate::domain::codegen::Work;
use crate::domain::event::Toolchain;
use crate::domain::problem::{Mode, Problem};
use crate::domain::spec::{RunSpec, UnitSpec};
use crate::strategies::desk::{Desk, Request};
use crate::strategies::{self, Finish, How};

/// What the agents of a unit are told about its problem.
pub(super) fn brief(
    problem: &Problem,
    unit: &UnitSpec,
    spec: &RunSpec,
    toolchain: &Toolchain,
) -> Brief {
    let name = match toolchain.version.as_str() {
        "" => &toolchain.command,
        version => version,
    };
    let omp = match unit.mode {
        Mode::Serial => &[][..],
        Mode::Omp => &toolchain.omp_flags,
    };
    let flags = toolchain.flags.iter().chain(omp).map(String::as_str);
    let words = std::iter::once(name).chain(flags);
    Brief {
        title: problem.title.clone(),
        description: problem.description.clone(),
        entry: problem.entry.clone(),
        entry_name: problem.entry_name().to_owned(),
        original: unit.original.clone(),
        mode: unit.mode,
        toolchain: words.collect::<Vec<_>>().join(" "),
        preset: spec.preset,
        work: unit.work.clone(),
    }
}

/// Runs the strategy of `spec` on a thread of its own; what it wants arrives on `requests`.
pub(super) async fn work(
    requests: UnboundedSender<Request>,
    spec: Arc<RunSpec>,
    work: Work,
) -> Finish {
    let desk = Desk::new(requests).working_on(work);
    let strategy = tokio::task::spawn_blocking(move || strategies::run(&desk, &spec));
    strategy.await.unwrap_or_else(|_| Finish {
        winner: None,
        how: How::Failed {
            message: "the strategy broke off: a defect of ours, please report it".to_owned(),
        },
    })
}
