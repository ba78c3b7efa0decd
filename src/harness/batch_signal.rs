//! A batch system that ends a job sends its signal to all processes of the job: to compilers and runners, too. What fails
//! then is nobody's fault. Never ends anything itself.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use crate::domain::evaluation::Evaluation;

const UNHEARD: u8 = 0;
const LISTENING: u8 = 1;
const TOLD: u8 = 2;

static STANDING: AtomicU8 = AtomicU8::new(UNHEARD);

/// How long the signal that ended a process may take to reach us as well.
const LATE: Duration = Duration::from_millis(40);

/// Says that whoever tells this program to end may tell what it starts as well, and that [`told`] will be called then.
pub fn listen() {
    STANDING.store(LISTENING, Ordering::Relaxed);
}

/// Says that this program was told to end.
pub fn told() {
    STANDING.store(TOLD, Ordering::Relaxed);
}

/// Whether a failure may come from a signal that was meant for the whole job.
pub(super) fn broke(evaluation: &Evaluation) -> bool {
    let suspicious = match evaluation {
        Evaluation::Crashed { .. }
        | Evaluation::NotCompiled { .. }
        | Evaluation::WrongAnswer { .. }
        | Evaluation::TimedOut { .. } => true,
        Evaluation::Rejected { .. }
        | Evaluation::Measured { .. }
        | Evaluation::Tested { .. }
        | Evaluation::Unread { .. }
        | Evaluation::HarnessFault { .. } => false,
    };
    if !suspicious || STANDING.load(Ordering::Relaxed) == UNHEARD {
        return false;
    }
    std::thread::sleep(LATE);
    STANDING.load(Ordering::Relaxed) == TOLD
}
