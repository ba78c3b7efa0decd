//! Module errors → the one failure a person sees. The only place where that happens. Never adds what the error did not say.

use crate::agents::TeamError;
use crate::config::ConfigError;
use crate::failure::{Failure, FailureKind};
use crate::harness::HarnessError;
use crate::intake::IntakeError;
use crate::problems::ProblemError;
use crate::store::StoreError;

fn hinted(kind: FailureKind, what: String, hint: String) -> Failure {
    let failure = Failure::new(kind, what);
    if hint.is_empty() {
        failure
    } else {
        failure.hint(hint)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        hinted(FailureKind::Usage, error.to_string(), error.hint)
    }
}

impl From<ProblemError> for Failure {
    fn from(error: ProblemError) -> Self {
        hinted(FailureKind::Usage, error.to_string(), error.hint)
    }
}

impl From<IntakeError> for Failure {
    fn from(error: IntakeError) -> Self {
        hinted(FailureKind::Usage, error.what, error.hint)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        hinted(FailureKind::Environment, error.what, error.hint)
    }
}

impl From<TeamError> for Failure {
    fn from(error: TeamError) -> Self {
        hinted(FailureKind::Usage, error.what, error.hint)
    }
}

impl From<HarnessError> for Failure {
    fn from(error: HarnessError) -> Self {
        match error {
            HarnessError::Environment { what, hint } => {
                hinted(FailureKind::Environment, what, hint)
            }
            HarnessError::Problem { what } => Self::new(FailureKind::Usage, what)
                .hint("Correct the problem's folder; `lessonl problems check DIR` proves it."),
            HarnessError::Cancelled => Self::new(FailureKind::Interrupted, "interrupted"),
        }
    }
}

/// A stored run that does not exist is a mistake in the arguments, not of the environment.
pub fn no_such_run(error: StoreError) -> Failure {
    hinted(FailureKind::Usage, error.what, error.hint)
}
