//! Which of the attempts is the best one. Pure; never measures.

use crate::domain::id::CandidateId;
use crate::domain::measurement::Speedup;
use crate::domain::spec::Preset;

/// Nothing gained: what a candidate has to beat.
const ORIGINAL: Speedup = Speedup {
    estimate: 1.0,
    lo: 1.0,
    hi: 1.0,
};

/// The best of correct candidates, given in order of their ids.
///
/// `Paper`: the greatest estimate, the earlier one where they are equal, even if it is slower than the original.
/// `Corrected`: a later candidate takes over only if its interval lies above that of the best one so far, beginning
/// with the original itself: intervals that overlap are a tie, and a tie keeps the earlier. `None`: the original.
pub fn best(
    preset: Preset,
    attempts: impl IntoIterator<Item = (CandidateId, Speedup)>,
) -> Option<(CandidateId, Speedup)> {
    attempts.into_iter().fold(None, |best, attempt| {
        let better = match (preset, best) {
            (Preset::Paper, None) => true,
            (Preset::Paper, Some((_, best))) => attempt.1.estimate > best.estimate,
            (Preset::Corrected, best) => attempt.1.lo > best.map_or(ORIGINAL, |(_, s)| s).hi,
        };
        if better { Some(attempt) } else { best }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{AgentId, Round};

    fn attempts(all: &[(f64, f64, f64)]) -> Vec<(CandidateId, Speedup)> {
        let id = |agent| CandidateId::first(Round(0), AgentId(agent));
        let speedup = |(lo, estimate, hi)| Speedup { estimate, lo, hi };
        (0..)
            .map(id)
            .zip(all.iter().copied().map(speedup))
            .collect()
    }

    fn position(preset: Preset, all: &[(f64, f64, f64)]) -> Option<u8> {
        best(preset, attempts(all)).map(|(id, _)| id.agent.0)
    }

    #[test]
    fn overlapping_intervals_keep_the_earlier_one() {
        let all = [(1.8, 2.0, 2.2), (2.1, 2.3, 2.5), (2.3, 2.4, 2.5)];
        assert_eq!(position(Preset::Corrected, &all), Some(2));
        assert_eq!(position(Preset::Corrected, &all[..2]), Some(0));
        assert_eq!(position(Preset::Paper, &all[..2]), Some(1));
    }

    #[test]
    fn nothing_faster_leaves_the_original() {
        let all = [(0.8, 0.9, 0.95), (0.97, 1.02, 1.1)];
        assert_eq!(position(Preset::Corrected, &all), None);
        assert_eq!(position(Preset::Paper, &all), Some(1));
        assert_eq!(position(Preset::Paper, &[]), None);
    }
}
