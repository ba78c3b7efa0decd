//! How the best of several candidates was found: they were timed against each other, and this is what came of it.
//! Plain values and their words. Never times anything and never decides (module `harness::contest` does).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::id::CandidateId;
use super::measurement::Speedup;
use super::units::Nanos;

/// Differences up to this do not decide: 1 %. Among candidates that near, the simplest is taken.
pub const MARGIN: f64 = 1.01;

/// How long a code is; of equally fast ones the smaller is the simpler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Extent {
    /// Lines that are not blank.
    pub lines: u32,
    /// Bytes.
    pub bytes: u32,
}

impl Extent {
    /// Of a source.
    pub fn of(source: &str) -> Self {
        let lines = source.lines().filter(|line| !line.trim().is_empty());
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            lines: count(lines.count()),
            bytes: count(source.len()),
        }
    }
}

/// What a contest showed of a contender that did not win.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum ContenderStanding {
    /// It is slower, with the stated confidence.
    Slower,
    /// It is within [`MARGIN`] of the winner, with the stated confidence, and no simpler.
    Equal,
    /// Neither was shown before timing ended.
    Open,
    /// It took no further part: it failed where it had passed before.
    Out {
        /// How it failed.
        why: String,
    },
}

/// A contender that did not win.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rival {
    /// Which.
    pub id: CandidateId,
    /// t(this)/t(winner): how many times as fast the winner is. `None`: the two were not timed together often enough.
    pub lead: Option<Speedup>,
    /// What that means.
    #[serde(flatten)]
    pub standing: ContenderStanding,
    /// How long its code is.
    pub extent: Extent,
}

/// Contenders timed against each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contest {
    /// The best one; `None`: every contender failed.
    pub winner: Option<CandidateId>,
    /// How long its code is.
    pub extent: Extent,
    /// The others, nearest first.
    pub rivals: Vec<Rival>,
    /// Further ones that might have been the best, beyond those that can meet at once.
    #[serde(default, skip_serializing_if = "none")]
    pub left_out: u32,
    /// Rounds of launches: in each, all that were still contending ran in turn on the same inputs.
    pub launches: u32,
    /// Chance that everything said of the rivals is right.
    pub confidence: f64,
    /// Seed that all inputs came from.
    pub seed: u64,
    /// Time spent.
    pub spent: Nanos,
    /// Why they could not be timed against each other; the winner then is the one with the highest lower bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_held: Option<String>,
}

impl Contest {
    /// One that could not be held among `contenders`, the leader first.
    pub fn not_held(contenders: &[&Candidate], why: impl Into<String>) -> Self {
        let extent = |candidate: &&Candidate| Extent::of(&candidate.source);
        let rivals = contenders.iter().skip(1).map(|candidate| Rival {
            id: candidate.id,
            lead: None,
            standing: ContenderStanding::Open,
            extent: extent(candidate),
        });
        Self {
            winner: contenders.first().map(|candidate| candidate.id),
            extent: contenders.first().map(extent).unwrap_or_default(),
            rivals: rivals.collect(),
            left_out: 0,
            launches: 0,
            confidence: 0.0,
            seed: 0,
            spent: Nanos(0),
            not_held: Some(why.into()),
        }
    }

    /// Everybody who took part, the winner first.
    pub fn contenders(&self) -> impl Iterator<Item = CandidateId> {
        self.winner
            .into_iter()
            .chain(self.rivals.iter().map(|rival| rival.id))
    }

    /// Why the winner was taken before those that are equally fast.
    fn preferred(&self, equal: &[&Rival]) -> &'static str {
        let shortest = equal.iter().all(|rival| self.extent < rival.extent);
        match (shortest, equal.len()) {
            (true, 1) => "the shorter was taken",
            (true, _) => "the shortest was taken",
            (false, _) => "the earlier was taken",
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn none(count: &u32) -> bool {
    *count == 0
}

/// `r1a0`, `r1a0 and r2a1`, `r1a0, r2a1 and r3a0`.
fn listed(rivals: &[&Rival]) -> String {
    let ids: Vec<String> = rivals.iter().map(|rival| rival.id.to_string()).collect();
    match ids.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => ids.concat(),
    }
}

/// `2.1 % [1.2, 3.0] ahead of r1a0`; from half as fast again on as a ratio.
fn ahead(rival: &Rival) -> String {
    let Some(lead) = rival.lead else {
        return format!("ahead of {}", rival.id);
    };
    if lead.estimate >= 1.5 {
        return format!("{lead} as fast as {}", rival.id);
    }
    let percent = |ratio: f64| (ratio - 1.0) * 100.0;
    format!(
        "{:.1} % [{:.1}, {:.1}] ahead of {}",
        percent(lead.estimate),
        percent(lead.lo),
        percent(lead.hi),
        rival.id
    )
}

impl fmt::Display for Contest {
    /// `best of 4 contenders, 2.1 % [1.2, 3.0] ahead of r1a0`,
    /// `best of 3 contenders, within 1 % of r1a0 and r2a1: the shortest was taken`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.contenders().count();
        if self.winner.is_none() {
            return write!(f, "none of {count} contenders was left");
        }
        write!(f, "best of {count} contenders")?;
        if let Some(why) = &self.not_held {
            return write!(
                f,
                " by its lower bound: not timed against each other: {why}"
            );
        }
        let those = |wanted: &dyn Fn(&ContenderStanding) -> bool| -> Vec<&Rival> {
            let all = self.rivals.iter();
            all.filter(|rival| wanted(&rival.standing)).collect()
        };
        let equal = those(&|standing| *standing == ContenderStanding::Equal);
        let open = those(&|standing| *standing == ContenderStanding::Open);
        if !equal.is_empty() {
            let percent = (MARGIN - 1.0) * 100.0;
            let names = listed(&equal);
            write!(
                f,
                ", within {percent:.0} % of {names}: {}",
                self.preferred(&equal)
            )?;
        }
        if let Some(nearest) = open.first() {
            write!(f, ", not told apart from {}", listed(&open))?;
            if nearest.lead.is_some() {
                write!(f, " ({})", ahead(nearest))?;
            }
        }
        if let Some(nearest) = those(&|standing| *standing == ContenderStanding::Slower).first() {
            write!(f, ", {}", ahead(nearest))?;
        }
        for rival in &self.rivals {
            if let ContenderStanding::Out { why } = &rival.standing {
                write!(f, ", {} failed: {why}", rival.id)?;
            }
        }
        match self.left_out {
            0 => Ok(()),
            left_out => write!(f, ", {left_out} more were left out"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{AgentId, Round};

    fn id(round: u16, agent: u8) -> CandidateId {
        CandidateId::first(Round(round), AgentId(agent))
    }

    fn rival(
        id: CandidateId,
        lead: (f64, f64, f64),
        standing: ContenderStanding,
        lines: u32,
    ) -> Rival {
        let (lo, estimate, hi) = lead;
        Rival {
            id,
            lead: Some(Speedup { estimate, lo, hi }),
            standing,
            extent: Extent {
                lines,
                bytes: lines,
            },
        }
    }

    fn contest(rivals: Vec<Rival>) -> Contest {
        Contest {
            winner: Some(id(0, 0)),
            extent: Extent {
                lines: 10,
                bytes: 10,
            },
            rivals,
            left_out: 0,
            launches: 9,
            confidence: 0.95,
            seed: 1,
            spent: Nanos(1),
            not_held: None,
        }
    }

    #[test]
    fn a_contest_is_told_in_a_line() {
        let slower = rival(id(1, 0), (1.012, 1.021, 1.03), ContenderStanding::Slower, 5);
        let equal = |round, lines| {
            rival(
                id(round, 1),
                (0.995, 1.0, 1.005),
                ContenderStanding::Equal,
                lines,
            )
        };
        let open = rival(id(3, 0), (0.98, 1.01, 1.04), ContenderStanding::Open, 5);
        let far = rival(id(1, 0), (2.1, 2.31, 2.5), ContenderStanding::Slower, 5);
        let why = "SIGSEGV while timing".to_owned();
        let out = rival(id(2, 2), (1.0, 1.0, 1.0), ContenderStanding::Out { why }, 5);
        let cases = [
            (
                vec![slower.clone()],
                "best of 2 contenders, 2.1 % [1.2, 3.0] ahead of r1a0",
            ),
            (
                vec![equal(1, 12), equal(2, 11), slower],
                "best of 4 contenders, within 1 % of r1a1 and r2a1: the shortest was taken, 2.1 % [1.2, 3.0] ahead of r1a0",
            ),
            (
                vec![equal(1, 10)],
                "best of 2 contenders, within 1 % of r1a1: the earlier was taken",
            ),
            (
                vec![open],
                "best of 2 contenders, not told apart from r3a0 (1.0 % [-2.0, 4.0] ahead of r3a0)",
            ),
            (
                vec![far, out],
                "best of 3 contenders, 2.31× [2.10, 2.50] as fast as r1a0, r2a2 failed: SIGSEGV while timing",
            ),
        ];
        for (rivals, words) in cases {
            assert_eq!(contest(rivals).to_string(), words);
        }
    }

    #[test]
    fn a_contest_survives_being_stored() {
        let why = "it took too long".to_owned();
        let out = rival(id(2, 2), (1.0, 1.0, 1.0), ContenderStanding::Out { why }, 5);
        let held = contest(vec![out]);
        let text = serde_json::to_string(&held).unwrap();
        assert_eq!(serde_json::from_str::<Contest>(&text).unwrap(), held);
    }
}
