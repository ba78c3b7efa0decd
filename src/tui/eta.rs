//! How long a run will still take, by how long its rounds and problems took so far. An estimate with its range, or nothing.
//! Pure; what has no precedent in the run is not guessed.

use crate::domain::run::{Run, Unit};

/// Milliseconds that are left: the least and the most by the rounds there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    /// By the shortest round.
    pub least: i64,
    /// By the longest.
    pub most: i64,
}

/// When each round of a unit began: its first question.
fn begins(unit: &Unit) -> Vec<i64> {
    let rounds = unit.rounds.iter().filter_map(|state| {
        let asks = unit.asks.iter();
        let asks = asks.filter(|(id, _)| id.about.round == state.round);
        asks.map(|(_, ask)| ask.sent_at).min()
    });
    rounds.collect()
}

/// What is left of a run that is going on; `None` before a round has ended.
pub(crate) fn left(run: &Run, now: i64) -> Option<Left> {
    if run.ending.is_some() {
        return None;
    }
    let begun: Vec<Vec<i64>> = run.units.iter().map(begins).collect();
    let rounds = begun
        .iter()
        .flat_map(|unit| unit.windows(2).map(|two| two[1] - two[0]));
    let rounds: Vec<i64> = rounds.filter(|took| *took > 0).collect();
    let (shortest, longest) = (*rounds.iter().min()?, *rounds.iter().max()?);
    let at = usize::from(run.current_unit().0);
    let current = begun.get(at)?;
    let wanted = i64::from(run.spec.rounds);
    let under_way = i64::try_from(current.len()).unwrap_or(0);
    let over = run.units.get(at).is_some_and(|unit| unit.ending.is_some());
    let ahead = if over { 0 } else { (wanted - under_way).max(0) };
    let passed = current.last().map_or(0, |begun| (now - begun).max(0));
    // The round under way is left but for what of it has passed.
    let of_round = |each: i64| match (over, current.is_empty()) {
        (true, _) => 0,
        (false, true) => 0,
        (false, false) => (each - passed).max(0),
    };
    // Whole problems took as long as from one's first question to the next one's, preparation included.
    let firsts: Vec<i64> = begun
        .iter()
        .filter_map(|unit| unit.first().copied())
        .collect();
    let problems = firsts.windows(2).map(|two| two[1] - two[0]);
    let problems: Vec<i64> = problems.filter(|took| *took > 0).collect();
    let further = i64::try_from(run.units.len() - at - 1).unwrap_or(0);
    if further > 0 && problems.is_empty() {
        // How long a whole problem takes, its preparation included, is not known yet.
        return None;
    }
    let least = problems.iter().min().copied().unwrap_or(0);
    let most = problems.iter().max().copied().unwrap_or(0);
    Some(Left {
        least: of_round(shortest) + ahead * shortest + further * least,
        most: of_round(longest) + ahead * longest + further * most,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Record;

    #[test]
    fn what_is_left_follows_from_the_rounds_there_were() {
        let mut run = Run::fold(&Record::midway().facts).unwrap();
        let begun = begins(&run.units[0]);
        // A further problem may take as long as it likes: none has been worked on so far.
        assert_eq!(left(&run, begun[2]), None);
        run.units.truncate(1);
        assert_eq!(begun.len(), 3);
        let rounds: Vec<i64> = begun.windows(2).map(|two| two[1] - two[0]).collect();
        let (least, most) = (rounds[0].min(rounds[1]), rounds[0].max(rounds[1]));
        let ahead = i64::from(run.spec.rounds) - 3;
        let all = ahead + 1;
        let expected = Left {
            least: all * least,
            most: all * most,
        };
        assert_eq!(left(&run, begun[2]), Some(expected));
        // A round that takes longer than any before it is soon over, not overdue.
        let later = left(&run, begun[2] + 10 * most).unwrap();
        assert_eq!(later.least, (all - 1) * least);
        let over = Run::fold(&Record::finished().facts).unwrap();
        assert_eq!(left(&over, 0), None);
        let young = Run::fold(&Record::midway().facts[..4]).unwrap();
        assert_eq!(left(&young, 0), None);
    }
}
