//! One unit at work: the brief its agents see, and the thread its strategy runs on.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use crate::domain::ask::{AnswerForm, Brief, Facts, Regions};
use crate::domain::event::Toolchain;
use crate::domain::id::UnitId;
use crate::domain::problem::{Kind, Mode, Problem};
use crate::domain::project::{FilePiece, Project};
use crate::domain::spec::{RunSpec, UnitSpec};
use crate::strategies::context::{StrategyContext, StrategyRequest};
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
    let (form, toolchain) = match &problem.kind {
        Kind::Function | Kind::Codegen(_) => {
            (AnswerForm::Function, words.collect::<Vec<_>>().join(" "))
        }
        Kind::Command(project) => (AnswerForm::Regions(regions(project)), commands(project)),
    };
    Brief {
        form,
        title: problem.title.clone(),
        description: problem.description.clone(),
        entry: problem.entry.clone(),
        entry_name: problem.entry_name().to_owned(),
        original: unit.original.clone(),
        mode: unit.mode,
        toolchain,
        preset: spec.preset,
        work: unit.work.clone(),
        facts: Facts::default(),
    }
}

fn regions(project: &Project) -> Regions {
    let places = project.files.iter().flat_map(|file| {
        file.pieces.iter().filter_map(|piece| match piece {
            FilePiece::Region { name, .. } => Some((name.clone(), file.path.clone())),
            FilePiece::Fixed(_) => None,
        })
    });
    Regions {
        language: project.language.clone(),
        places: places.collect(),
        context: project.context.clone(),
    }
}

/// The commands that judge, in words.
fn commands(project: &Project) -> String {
    let build = project
        .build
        .iter()
        .map(|command| format!("built with '{command}'"));
    let rest = [
        format!("tested with '{}'", project.test),
        format!("timed with '{}'", project.bench),
    ];
    build.chain(rest).collect::<Vec<_>>().join(", ")
}

/// Runs the strategy of `spec` on a thread of its own; what it wants arrives on `requests`.
pub(super) async fn work(
    requests: UnboundedSender<StrategyRequest>,
    spec: Arc<RunSpec>,
    unit: UnitId,
) -> Finish {
    let work = spec.units.get(usize::from(unit.0));
    let work = work.map(|unit| unit.work.clone()).unwrap_or_default();
    let context = StrategyContext::new(requests).working_on(work).at(unit);
    let strategy = tokio::task::spawn_blocking(move || strategies::run(&context, &spec));
    strategy.await.unwrap_or_else(|_| Finish {
        winner: None,
        how: How::Failed {
            message: "the strategy broke off: a defect of ours, please report it".to_owned(),
        },
    })
}
