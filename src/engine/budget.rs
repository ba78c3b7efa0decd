//! How much of the time allowed is left. Pure; the clock is the caller's.

use std::time::Duration;

use crate::domain::event::{Ending, Envelope, Fact};
use crate::domain::units::Nanos;

/// What is left of `budget` for a run with this record; `None`: no limit.
///
/// Time between facts counts, time between a run's end (or being cut off) and its resuming does not. A run that had
/// ended because its budget was spent and is taken up again has a whole budget anew: resuming it is asking for that.
pub fn remaining(budget: Option<Nanos>, record: &[Envelope]) -> Option<Duration> {
    let budget = Duration::from_nanos(budget?.0);
    let mut spent = Duration::ZERO;
    let mut before = record.first().map_or(0, |first| first.at);
    for envelope in record {
        let since = u64::try_from(envelope.at.saturating_sub(before)).unwrap_or(0);
        before = envelope.at;
        match &envelope.fact {
            Fact::RunResumed { .. } => {}
            Fact::RunFinished {
                ending: Ending::Budget,
            } => spent = Duration::ZERO,
            _ => spent += Duration::from_millis(since),
        }
    }
    Some(budget.saturating_sub(spent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::FACT_VERSION;
    use crate::domain::id::{RunId, UnitId};

    fn record(facts: &[(i64, Fact)]) -> Vec<Envelope> {
        let run = RunId::new("r").unwrap();
        let envelope = |((at, fact), seq): (&(i64, Fact), u64)| Envelope {
            v: FACT_VERSION,
            run: run.clone(),
            seq,
            at: *at,
            fact: fact.clone(),
        };
        facts.iter().zip(0..).map(envelope).collect()
    }

    const MINUTE: Option<Nanos> = Some(Nanos(60_000_000_000));

    #[test]
    fn time_at_work_counts_and_time_away_does_not() {
        let started = Fact::UnitStarted { unit: UnitId(0) };
        let mut facts = vec![
            (1_000, started.clone()),
            (11_000, started.clone()),
            (900_000, Fact::RunResumed { known: 2 }),
            (905_000, started.clone()),
        ];
        let left = remaining(MINUTE, &record(&facts));
        assert_eq!(left, Some(Duration::from_secs(45)));
        assert_eq!(remaining(None, &record(&facts)), None);
        facts.push((990_000, started));
        assert_eq!(remaining(MINUTE, &record(&facts)), Some(Duration::ZERO));
        let ending = Ending::Budget;
        facts.push((990_001, Fact::RunFinished { ending }));
        assert_eq!(
            remaining(MINUTE, &record(&facts)),
            Some(Duration::from_secs(60))
        );
    }
}
