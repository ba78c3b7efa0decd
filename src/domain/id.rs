//! Names of things: runs, units, agents, rounds, candidates, lessons, asks.
//!
//! Every id below [`RunId`] is derived from *where* the thing stands (round, agent, attempt), never from when it
//! happened, so that a resumed or replayed run gives the same names in whatever order the work finished.
//! Never draws randomness or reads a clock: minting a [`RunId`] is the caller's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A run, e.g. `20261121-001708-9f3a41c7d0e15b62`: sortable by start time, safe as a file name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(String);

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {what}")]
pub struct BadId {
    /// The text that was given.
    pub text: String,
    /// The kind of id that was expected.
    pub what: &'static str,
}

impl RunId {
    /// Accepts 1 to 64 ASCII letters, digits, `-` and `_`.
    pub fn new(text: impl Into<String>) -> Result<Self, BadId> {
        let text = text.into();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if (1..=64).contains(&text.len()) && text.chars().all(plain) {
            Ok(Self(text))
        } else {
            Err(BadId {
                text,
                what: "run id",
            })
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One problem in one mode within a run, by its position in the run's specification (from 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitId(pub u16);

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "u{}", self.0)
    }
}

/// A member of the team, by its position (from 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AgentId(pub u8);

impl AgentId {
    /// Nobody of the team: the person at the screen, as the author of a candidate. A team never has that many members.
    pub const PERSON: Self = Self(u8::MAX);

    /// The position as an index into the team.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::PERSON => f.write_str("me"),
            Self(position) => write!(f, "a{position}"),
        }
    }
}

/// A round of the algorithm, from 0 (round 0 counts).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct Round(pub u16);

impl Round {
    /// The following round.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

/// A candidate within its unit: written `r2a1`, or `r2a1.3` for a later attempt of the same agent in the same round;
/// `r2me` is the person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CandidateId {
    /// Round in which it was proposed.
    pub round: Round,
    /// Its author.
    pub agent: AgentId,
    /// 0 for the first attempt of this author in this round.
    pub attempt: u8,
}

impl CandidateId {
    /// The first attempt of `agent` in `round`.
    pub fn first(round: Round, agent: AgentId) -> Self {
        Self {
            round,
            agent,
            attempt: 0,
        }
    }
}

impl fmt::Display for CandidateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.round, self.agent)?;
        if self.attempt > 0 {
            write!(f, ".{}", self.attempt)?;
        }
        Ok(())
    }
}

impl FromStr for CandidateId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId {
            text: text.to_owned(),
            what: "candidate id (like r2a1)",
        };
        let rest = text.strip_prefix('r').ok_or_else(bad)?;
        let (place, attempt) = rest.split_once('.').unwrap_or((rest, "0"));
        let (round, agent) = match place.strip_suffix("me") {
            Some(round) => (round, AgentId::PERSON),
            None => {
                let (round, agent) = place.split_once('a').ok_or_else(bad)?;
                (round, AgentId(agent.parse().map_err(|_| bad())?))
            }
        };
        Ok(Self {
            round: Round(round.parse().map_err(|_| bad())?),
            agent,
            attempt: attempt.parse().map_err(|_| bad())?,
        })
    }
}

/// A lesson within its unit: written `L-r2a1` when it came from a candidate, `L-me3` when a person added it, `L-b2` when
/// it was carried over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LessonId {
    /// Learned from this candidate by its author.
    Learned(CandidateId),
    /// Written by the person, numbered from 1.
    Person(u16),
    /// Carried over from another run, numbered from 1.
    Carried(u16),
}

impl fmt::Display for LessonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Learned(candidate) => write!(f, "L-{candidate}"),
            Self::Person(n) => write!(f, "L-me{n}"),
            Self::Carried(n) => write!(f, "L-b{n}"),
        }
    }
}

impl FromStr for LessonId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId {
            text: text.to_owned(),
            what: "lesson id (like L-r2a1 or L-me3)",
        };
        let rest = text.strip_prefix("L-").ok_or_else(bad)?;
        match (rest.strip_prefix("me"), rest.strip_prefix('b')) {
            (Some(n), _) => Ok(Self::Person(n.parse().map_err(|_| bad())?)),
            (_, Some(n)) => Ok(Self::Carried(n.parse().map_err(|_| bad())?)),
            (None, None) => Ok(Self::Learned(rest.parse().map_err(|_| bad())?)),
        }
    }
}

/// What an ask is for. One agent asks at most once per purpose, round and attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Rewrite the original to run faster.
    Rewrite,
    /// Say in a sentence or two why an attempt turned out as it did.
    Lesson,
    /// Look back at an own attempt: what to do otherwise next time.
    Reflect,
    /// Recall similar problems and the techniques that made them fast.
    Recall,
    /// Plan a rewrite, with a confidence.
    Plan,
    /// Mend an attempt that failed or was not faster.
    Repair,
    /// Make a candidate faster that is in view.
    Refine,
    /// Write one rewrite out of everybody's proposals.
    Combine,
    /// Write tests for code that is yet to be written.
    Tests,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 9] = [
        Self::Rewrite,
        Self::Lesson,
        Self::Reflect,
        Self::Recall,
        Self::Plan,
        Self::Repair,
        Self::Refine,
        Self::Combine,
        Self::Tests,
    ];

    /// Whether the answer is to be a candidate.
    pub fn wants_code(self) -> bool {
        match self {
            Self::Rewrite | Self::Repair | Self::Refine | Self::Combine => true,
            Self::Lesson | Self::Reflect | Self::Recall | Self::Plan | Self::Tests => false,
        }
    }

    /// The word used on screen, in facts and in ask ids.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rewrite => "rewrite",
            Self::Lesson => "lesson",
            Self::Reflect => "reflect",
            Self::Recall => "recall",
            Self::Plan => "plan",
            Self::Repair => "repair",
            Self::Refine => "refine",
            Self::Combine => "combine",
            Self::Tests => "tests",
        }
    }
}

/// One question to one agent within a unit: written `r2a1:rewrite`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AskId {
    /// The candidate that the question is about or that its answer becomes.
    pub about: CandidateId,
    /// What the question is for.
    pub purpose: Purpose,
}

impl AskId {
    /// The agent that is asked. About the person's own candidate that is the first one of the team.
    pub fn agent(self) -> AgentId {
        match self.about.agent {
            AgentId::PERSON => AgentId(0),
            author => author,
        }
    }
}

impl fmt::Display for AskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.about, self.purpose.word())
    }
}

impl FromStr for AskId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId {
            text: text.to_owned(),
            what: "ask id (like r2a1:rewrite)",
        };
        let (about, purpose) = text.split_once(':').ok_or_else(bad)?;
        let purpose = Purpose::ALL
            .into_iter()
            .find(|p| p.word() == purpose)
            .ok_or_else(bad)?;
        Ok(Self {
            about: about.parse().map_err(|_| bad())?,
            purpose,
        })
    }
}

/// Ids that are structured in memory travel as their written form.
macro_rules! serde_as_text {
    ($($id:ty),*) => {$(
        impl Serialize for $id {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $id {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
serde_as_text!(CandidateId, LessonId, AskId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_ids_read_back() {
        let candidate = CandidateId {
            round: Round(12),
            agent: AgentId(3),
            attempt: 2,
        };
        assert_eq!(candidate.to_string(), "r12a3.2");
        assert_eq!("r12a3.2".parse(), Ok(candidate));
        let own = CandidateId {
            agent: AgentId::PERSON,
            ..candidate
        };
        assert_eq!(own.to_string(), "r12me.2");
        assert_eq!("r12me.2".parse(), Ok(own));
        assert_eq!(
            "r0me".parse(),
            Ok(CandidateId::first(Round(0), AgentId::PERSON))
        );
        let about_it = AskId {
            about: own,
            purpose: Purpose::Lesson,
        };
        assert_eq!(about_it.agent(), AgentId(0));
        for lesson in [
            LessonId::Learned(candidate),
            LessonId::Person(7),
            LessonId::Carried(2),
        ] {
            assert_eq!(lesson.to_string().parse(), Ok(lesson));
        }
        let about = CandidateId::first(Round(0), AgentId(1));
        for purpose in Purpose::ALL {
            let ask = AskId { about, purpose };
            assert_eq!(ask.to_string(), format!("r0a1:{}", purpose.word()));
            assert_eq!(ask.to_string().parse(), Ok(ask));
            let json = serde_json::to_string(&purpose).unwrap();
            assert_eq!(json, format!("\"{}\"", purpose.word()));
        }
        assert!("r0:lesson".parse::<AskId>().is_err());
    }

    #[test]
    fn run_ids_are_safe_file_names() {
        assert!(RunId::new("20261121-001708-3f9a").is_ok());
        for bad in ["", "../x", "a b", &"x".repeat(65)] {
            assert!(RunId::new(bad).is_err(), "{bad}");
        }
    }
}
