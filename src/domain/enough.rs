//! When a unit has enough although its budget is not spent: the speedup that was asked for is reached, the best that is known
//! to be possible nearly is, or rounds go by without gain. Pure; depends on the unit's facts alone, so that a run that is
//! taken up again ends where it would have ended.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::measurement::{Speedup, ratio};
use super::run::{Run, Unit};
use super::spec::{Preset, RunSpec};
use super::units::Tokens;

/// This share of the known ceiling counts as all of it: measuring is not surer.
pub(crate) const NEAR: f64 = 0.85;
/// So many times as fast the best must have become for a round to count as one with gain.
pub(crate) const GAIN: f64 = 1.02;
/// Rounds without gain after which no more is expected.
pub(crate) const PATIENCE: usize = 2;

/// Until when rounds are played.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// All of them.
    Spent,
    /// Until nothing more can be expected: the ceiling, or rounds without gain.
    Gain,
    /// Until the best is so many times as fast.
    Speedup(f64),
    /// Until the best is near what is known to be possible.
    Ceiling,
}

impl FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "ceiling" {
            return Ok(Self::Ceiling);
        }
        let number = text.strip_suffix(['x', '×']).unwrap_or(text);
        let plain = number.chars().all(|c| c.is_ascii_digit() || c == '.');
        let times = number.parse::<f64>().ok().filter(|_| plain);
        match times.filter(|times| *times > 1.0 && *times <= 1e6) {
            Some(times) => Ok(Self::Speedup(times)),
            None => Err(format!(
                "`{text}` is neither a speedup above 1 like 5x nor `ceiling`"
            )),
        }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spent => f.write_str("spent"),
            Self::Gain => f.write_str("gain"),
            Self::Speedup(times) => write!(f, "{times}x"),
            Self::Ceiling => f.write_str("ceiling"),
        }
    }
}

/// Why a unit has enough.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Enough {
    /// The speedup that was asked for is reached.
    Reached {
        /// The best so far.
        best: Speedup,
        /// What was asked for.
        wanted: f64,
    },
    /// The best is near the fastest code that is known.
    NearBestKnown {
        /// The best so far.
        best: Speedup,
        /// The speedup of the fastest code known.
        known: f64,
    },
    /// The best is near what the machine can do.
    NearMachine {
        /// The best so far.
        best: Speedup,
        /// Share of the machine's peak, 0 to 1.
        share: f64,
    },
    /// Rounds went by without gain.
    NoGain {
        /// The best so far.
        best: Speedup,
        /// How many.
        rounds: u16,
    },
}

impl fmt::Display for Enough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        match self {
            Self::Reached { best, wanted } => {
                write!(
                    f,
                    "{best} reaches the {}× that were asked for",
                    ratio(*wanted)
                )
            }
            Self::NearBestKnown { best, known } => write!(
                f,
                "{best} is {} of the best code known ({}×)",
                percent(best.estimate / known),
                ratio(*known)
            ),
            Self::NearMachine { best, share } => {
                write!(
                    f,
                    "{best} is {} of what this machine can do",
                    percent(*share)
                )
            }
            Self::NoGain { best, rounds } => write!(f, "{rounds} rounds without gain over {best}"),
        }
    }
}

/// What a unit that has enough leaves unspent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Unspent {
    /// Rounds that are not played.
    pub rounds: u16,
    /// Asks that are not put, at most; `None`: the strategy has no such number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<u32>,
    /// Tokens of the unit's budget, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
}

impl fmt::Display for Unspent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |n: u64, what: &str| match n {
            1 => format!("1 {what}"),
            n => format!("{n} {what}s"),
        };
        let mut parts = vec![count(self.rounds.into(), "round")];
        parts.extend(self.asks.map(|asks| count(asks.into(), "ask")));
        parts.extend(self.tokens.map(|tokens| format!("{tokens} tokens")));
        f.write_str(&parts.join(", "))
    }
}

/// A unit that ended because it had enough.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StoppedEarly {
    /// Why.
    pub enough: Enough,
    /// What it left.
    pub unspent: Unspent,
}

impl fmt::Display for StoppedEarly {
    /// `2 rounds without gain over 2.31× [2.24, 2.39]; unspent: 3 rounds, 9 asks`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; unspent: {}", self.enough, self.unspent)
    }
}

/// Why no further round is worth playing, if none is. Only for units whose code is timed.
pub fn enough(unit: &Unit, preset: Preset, until: Until) -> Option<Enough> {
    if !unit.spec.work.is_optimise() {
        return None;
    }
    let (id, first) = unit.leader(preset)?;
    let best = unit.figure(id).unwrap_or(first);
    if let Until::Speedup(wanted) = until {
        return (best.lo >= wanted).then_some(Enough::Reached { best, wanted });
    }
    if until == Until::Spent {
        return None;
    }
    if let Some(known) = unit
        .spec
        .ceiling
        .filter(|known| best.estimate >= NEAR * known)
    {
        return Some(Enough::NearBestKnown { best, known });
    }
    let evaluated = unit.candidates.get(&id).and_then(|s| s.evaluated.as_ref());
    if let Some(share) = evaluated
        .and_then(|e| e.of_machine)
        .filter(|share| *share >= NEAR)
    {
        return Some(Enough::NearMachine { best, share });
    }
    let rounds = u16::try_from(without_gain(unit)).unwrap_or(u16::MAX);
    (until == Until::Gain && usize::from(rounds) >= PATIENCE)
        .then_some(Enough::NoGain { best, rounds })
}

/// Rounds since the best became [`GAIN`] times as fast, or since a child beat the one it came from by as much. A round in
/// which nothing faster is known yet does not count.
fn without_gain(unit: &Unit) -> usize {
    let figures = unit.best_by_round();
    let mut best = 0.0_f64;
    let mut since = 0;
    for (state, figure) in unit.rounds.iter().zip(figures) {
        let beaten = unit.duels.iter().any(|(child, duel)| {
            let by = duel.gain.map_or(0.0, |gain| gain.lo);
            child.round == state.round && by >= GAIN
        });
        if figure >= best * GAIN || beaten {
            since = 0;
        } else {
            since += 1;
        }
        best = best.max(figure);
    }
    since
}

/// What the unit leaves if no further round is played.
pub fn unspent(run: &Run, unit: &Unit, spec: &RunSpec) -> Unspent {
    let played = u16::try_from(unit.rounds.len()).unwrap_or(u16::MAX);
    let budget = &run.budget;
    let most = [spec.most_asks(), budget.asks].into_iter().flatten().min();
    Unspent {
        rounds: spec.rounds.saturating_sub(played),
        asks: most.map(|most| most.saturating_sub(unit.spent.asks)),
        tokens: budget
            .tokens
            .map(|tokens| Tokens(tokens.0.saturating_sub(unit.spent.tokens().0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_read_as_people_write_it() {
        let read = |text: &str| text.parse::<Until>().ok();
        for five in ["5x", "5×", "5", "5.0x"] {
            assert_eq!(read(five), Some(Until::Speedup(5.0)), "{five}");
        }
        assert_eq!(read("ceiling"), Some(Until::Ceiling));
        for bad in ["", "x", "1x", "0.5", "-3", "inf", "nan", "1e3", "roof"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(Until::Speedup(2.5).to_string(), "2.5x");
    }

    #[test]
    fn why_and_what_is_left_is_a_line() {
        let best = Speedup {
            estimate: 2.31,
            lo: 2.24,
            hi: 2.39,
        };
        let ended = StoppedEarly {
            enough: Enough::NoGain { best, rounds: 2 },
            unspent: Unspent {
                rounds: 1,
                asks: Some(9),
                tokens: Some(Tokens(1200)),
            },
        };
        assert_eq!(
            ended.to_string(),
            "2 rounds without gain over 2.31× [2.24, 2.39]; unspent: 1 round, 9 asks, 1200 tokens"
        );
        let stored = serde_json::to_string(&ended).unwrap();
        assert_eq!(
            serde_json::from_str::<StoppedEarly>(&stored).unwrap(),
            ended
        );
        let near = Enough::NearBestKnown { best, known: 2.5 };
        assert_eq!(
            near.to_string(),
            "2.31× [2.24, 2.39] is 92 % of the best code known (2.50×)"
        );
    }
}
