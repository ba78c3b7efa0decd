//! A cell of a comparison while it runs: followed without a line per fact, told in one line when it is over.
//! Never decides what comes next.

use std::io::Write;

use tokio::sync::mpsc::UnboundedReceiver;

use super::follow::{Interrupt, Signals};
use super::output;
use crate::domain::command::Command;
use crate::domain::comparison::{CellId, Comparison};
use crate::domain::event::{Ending, Event, Fact};
use crate::domain::run::Run;
use crate::engine::handle::Session;
use crate::reports::result;
use crate::reports::table::one_line;

/// What a cell came to, in a line.
pub(super) fn line(comparison: &Comparison, id: CellId, run: &Run) -> String {
    let of = comparison.spec.cells.len();
    let repeat = run.spec.cell.as_ref().map_or(0, |cell| cell.repeat) + 1;
    let result = result::results(run);
    let Some(result) = result.first() else {
        return format!("cell {id}");
    };
    let figure = match (&result.ending, result.speedup) {
        (Some(Ending::Failed { message }), _) => {
            format!("failed: {}", one_line(message))
        }
        (_, Some(speedup)) if result.wins => speedup.to_string(),
        (_, Some(speedup)) => format!("{speedup}, original stays"),
        (_, None) => "none correct".to_owned(),
    };
    let asks: usize = run.units.iter().map(|unit| unit.asks.len()).sum();
    format!(
        "cell {}/{of} {} {} repeat {repeat}: {figure}; {asks} asks, {} candidates",
        id.0 + 1,
        run.spec.strategy,
        result.problem,
        result.evaluated
    )
}

/// Follows a cell's run to its end. `progress` begins the line that shows what is going on.
pub(super) async fn watch(
    mut session: Session,
    mut run: Option<Run>,
    mut trouble: UnboundedReceiver<String>,
    signals: &mut Signals,
    progress: Option<String>,
) -> (Option<Run>, Option<Interrupt>) {
    let mut interrupt = None;
    loop {
        tokio::select! {
            biased;
            Some(text) = trouble.recv() => output::note(&text),
            signal = signals.next() => {
                if interrupt.is_some() {
                    std::process::exit(i32::from(signal.exit_code()));
                }
                interrupt = Some(signal);
                output::note("Stopping; once more to stop at once.");
                // An engine that is gone ends the events, too.
                let _ = session.commands.send(Command::Cancel);
            }
            event = session.events.recv() => match event {
                None => break,
                Some(Event::Pulse(_)) => {}
                Some(Event::Fact(envelope)) => {
                    match &mut run {
                        Some(run) => run.apply(&envelope),
                        None => run = Run::begin(&envelope),
                    }
                    if let (Some(begin), Some(words)) = (&progress, doing(&envelope.fact)) {
                        let mut terminal = std::io::stderr().lock();
                        // A line that is lost is no reason to stop.
                        let _ = write!(terminal, "\r\x1b[K{begin} {words}");
                        let _ = terminal.flush();
                    }
                }
            }
        }
    }
    if progress.is_some() {
        let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
    }
    while let Ok(text) = trouble.try_recv() {
        output::note(&text);
    }
    (run, interrupt)
}

/// What goes on, in two words.
fn doing(fact: &Fact) -> Option<String> {
    match fact {
        Fact::AskSent { ask, .. } => Some(format!("asks {ask}")),
        Fact::CandidateProposed { candidate, .. } => Some(format!("tries {}", candidate.id)),
        _ => None,
    }
}
