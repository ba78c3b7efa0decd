//! What a run is: problems, modes, team, strategy, preset, numbers. Durable and complete, so that a run can be resumed
//! and repeated from its first fact. Never holds a key: only the name of the environment variable that does.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::carried::{BankScope, CarriedLesson};
use super::codegen::Work;
use super::comparison::CellOf;
use super::enough::Until;
use super::id::{BadId, Round};
use super::meter::Budget;
use super::price::Prices;
use super::problem::{Mode, ProblemId};
use super::reach::Reach;
use super::sizing::Sizing;
use super::units::{Cost, Nanos, Tokens};

/// The paper to the letter, or with the reference's defects mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// The defects mended.
    #[default]
    Corrected,
    /// To the letter.
    Paper,
}

/// Who decides about lessons at a round's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LessonGate {
    /// Nobody waits; undecided lessons are eligible.
    #[default]
    Auto,
    /// The round waits until the person has decided about every new lesson.
    Review,
}

/// How the team works together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StrategyKind {
    /// The paper's algorithm.
    #[default]
    Lessonl,
    /// One prompt, one answer, by the first agent.
    Single,
    /// As many independent answers as lessonl would ask for, the best one.
    BestOf,
    /// Like single, with step-by-step reasoning before the code.
    Cot,
    /// The first agent tries, looks back at the verdict, tries again.
    Reflexion,
    /// Recalled exemplars, plans with a confidence, code, repairs.
    Mapcoder,
    /// Layers of proposals, each seeing the ones before; the first agent writes the last.
    Moa,
    /// LessonL without lessons.
    LessonlNone,
    /// LessonL with lessons drawn at random.
    LessonlRandom,
    /// LessonL with all slots given to the fastest lessons.
    LessonlSpeed,
    /// LessonL with all slots given to the most relevant lessons.
    LessonlRelevance,
    /// LessonL without the effectiveness adjustment.
    LessonlFixed,
    /// No agent at all: the installed compilers and their options on the untouched original.
    Compiler,
    /// LessonL with repairs, the best code in view, roles, and moves chosen by what they brought.
    LessonlPlus,
    /// LessonlPlus without repairs.
    PlusNorepair,
    /// LessonlPlus with nobody's code in view.
    PlusBlind,
    /// LessonlPlus without roles, temperatures and seeds of its own.
    PlusNoroles,
    /// LessonlPlus with the best code in everybody's view.
    PlusGreedy,
    /// LessonlPlus that plays until its asks are spent.
    PlusNostop,
}

impl StrategyKind {
    /// Every strategy.
    pub const ALL: [Self; 19] = [
        Self::Lessonl,
        Self::Single,
        Self::BestOf,
        Self::Cot,
        Self::Reflexion,
        Self::Mapcoder,
        Self::Moa,
        Self::LessonlNone,
        Self::LessonlRandom,
        Self::LessonlSpeed,
        Self::LessonlRelevance,
        Self::LessonlFixed,
        Self::Compiler,
        Self::LessonlPlus,
        Self::PlusNorepair,
        Self::PlusBlind,
        Self::PlusNoroles,
        Self::PlusGreedy,
        Self::PlusNostop,
    ];

    /// Rounds it takes if nobody says otherwise, where its paper has a number of its own: one answer, attempts of
    /// reflexion, plans of mapcoder, layers of moa. `None`: as many as configured.
    pub fn own_rounds(self) -> Option<u16> {
        match self {
            Self::Single | Self::Cot => Some(1),
            Self::Reflexion => Some(10),
            Self::Mapcoder => Some(3),
            Self::Moa => Some(4),
            Self::Compiler => Some(8),
            Self::Lessonl
            | Self::BestOf
            | Self::LessonlNone
            | Self::LessonlRandom
            | Self::LessonlSpeed
            | Self::LessonlRelevance
            | Self::LessonlFixed
            | Self::LessonlPlus
            | Self::PlusNorepair
            | Self::PlusBlind
            | Self::PlusNoroles
            | Self::PlusGreedy
            | Self::PlusNostop => None,
        }
    }

    /// Whether it is LessonL beyond the paper, or one of its ablations.
    pub(crate) fn is_plus(self) -> bool {
        match self {
            Self::LessonlPlus
            | Self::PlusNorepair
            | Self::PlusBlind
            | Self::PlusNoroles
            | Self::PlusGreedy
            | Self::PlusNostop => true,
            Self::Lessonl
            | Self::Single
            | Self::BestOf
            | Self::Cot
            | Self::Reflexion
            | Self::Mapcoder
            | Self::Moa
            | Self::LessonlNone
            | Self::LessonlRandom
            | Self::LessonlSpeed
            | Self::LessonlRelevance
            | Self::LessonlFixed
            | Self::Compiler => false,
        }
    }

    /// Rounds with which it asks as much as lessonl in `rounds`: those of one ask per agent need twice as many, since
    /// lessonl asks for a rewrite and for a lesson. Its paper's own number, where it has one.
    pub fn rounds_beside(self, rounds: u16) -> u16 {
        match self.own_rounds() {
            Some(own) => own,
            None if self.is_plus() || self == Self::BestOf => rounds.saturating_mul(2),
            None => rounds,
        }
    }
}

/// Names as typed on the command line and written in facts.
macro_rules! words {
    ($kind:ty, $what:literal, $($value:path => $word:literal),+) => {
        impl $kind {
            /// The word used on the command line, in facts and on screen.
            pub fn word(self) -> &'static str {
                match self { $($value => $word),+ }
            }
        }
        impl FromStr for $kind {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                match text {
                    $($word => Ok($value),)+
                    _ => Err(BadId { text: text.to_owned(), what: $what }),
                }
            }
        }
        impl std::fmt::Display for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}
words!(Preset, "preset (corrected or paper)", Preset::Corrected => "corrected", Preset::Paper => "paper");
words!(LessonGate, "gate (auto or review)", LessonGate::Auto => "auto", LessonGate::Review => "review");
words!(StrategyKind, "strategy (lessonl, single, best-of, cot, reflexion, mapcoder, moa, lessonl-none, lessonl-random, lessonl-speed, lessonl-relevance, lessonl-fixed, compiler, lessonl-plus, plus-norepair, plus-blind, plus-noroles, plus-greedy or plus-nostop)",
    StrategyKind::Lessonl => "lessonl",
    StrategyKind::Single => "single",
    StrategyKind::BestOf => "best-of",
    StrategyKind::Cot => "cot",
    StrategyKind::Reflexion => "reflexion",
    StrategyKind::Mapcoder => "mapcoder",
    StrategyKind::Moa => "moa",
    StrategyKind::LessonlNone => "lessonl-none",
    StrategyKind::LessonlRandom => "lessonl-random",
    StrategyKind::LessonlSpeed => "lessonl-speed",
    StrategyKind::LessonlRelevance => "lessonl-relevance",
    StrategyKind::LessonlFixed => "lessonl-fixed",
    StrategyKind::Compiler => "compiler",
    StrategyKind::LessonlPlus => "lessonl-plus",
    StrategyKind::PlusNorepair => "plus-norepair",
    StrategyKind::PlusBlind => "plus-blind",
    StrategyKind::PlusNoroles => "plus-noroles",
    StrategyKind::PlusGreedy => "plus-greedy",
    StrategyKind::PlusNostop => "plus-nostop");

/// The built-in rewriting agents: rule-based, not models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RewriterStyle {
    /// Loops: order, hoisting, row pointers, scalar accumulation, tiling.
    Loops,
    /// Data structures and library calls: reserve, references, `vector<bool>`, `pow`, linear look-ups.
    Library,
    /// Parallel: OpenMP pragmas with reductions, `simd`.
    Parallel,
}

/// Sampling parameters of one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// 0 is greedy.
    pub temperature: f64,
    /// Nucleus.
    pub top_p: f64,
    /// Penalty on repeated tokens; not sent when 0.
    pub frequency_penalty: f64,
    /// Limit on the answer.
    pub max_tokens: u32,
}

impl Sampling {
    /// The paper's parameters for code.
    pub const CODE: Self = Self {
        temperature: 0.2,
        top_p: 0.95,
        frequency_penalty: 0.0,
        max_tokens: 4096,
    };
    /// The paper's parameters for lessons.
    pub const LESSON: Self = Self {
        temperature: 0.2,
        top_p: 0.95,
        frequency_penalty: 0.5,
        max_tokens: 250,
    };
}

/// What a server and a model bear. `None`: not known, and so not held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ServerLimits {
    /// Requests at a time, of all agents at this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u16>,
    /// Requests begun within any minute, of all agents at this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u32>,
    /// Tokens, read and written, within any minute, of all agents at this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_per_minute: Option<u32>,
    /// Tokens that a prompt and its answer may have together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u32>,
}

impl ServerLimits {
    /// Whether nothing is known.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// A recording that a run is answered from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// A run's id or a file's path.
    pub from: String,
    /// Whether agents are asked, and paid, for what it does not hold.
    pub ask_missing: bool,
}

/// A model that answers in place of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallback {
    /// Base URL of its server.
    pub base_url: String,
    /// Its name there.
    pub model: String,
    /// Environment variable that holds the key, if one is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_env: Option<String>,
    /// How its server is reached besides.
    #[serde(default, skip_serializing_if = "Reach::is_plain")]
    pub reach: Reach,
    /// What its server and it bear.
    #[serde(default, skip_serializing_if = "ServerLimits::is_none")]
    pub limits: ServerLimits,
}

/// How one agent is reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
// A team has a handful of them; boxing each server's figures would only make them harder to read.
#[allow(clippy::large_enum_variant)]
pub enum AgentKind {
    /// An OpenAI-compatible server.
    Openai {
        /// Base URL with or without `/v1`.
        base_url: String,
        /// Model name as the server knows it.
        model: String,
        /// Environment variable that holds the key, if one is needed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key_env: Option<String>,
        /// How its server is reached besides.
        #[serde(default, skip_serializing_if = "Reach::is_plain")]
        reach: Reach,
        /// Parameters for code.
        code: Sampling,
        /// Parameters for lessons.
        lesson: Sampling,
        /// Further fields for the request's body, as they are.
        #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
        extra_body: serde_json::Map<String, serde_json::Value>,
        /// What its server and its model bear.
        #[serde(default, skip_serializing_if = "ServerLimits::is_none")]
        limits: ServerLimits,
        /// Who answers when it cannot.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fallback: Option<Box<Fallback>>,
    },
    /// A built-in rewriting agent.
    Rewriter {
        /// Which one.
        style: RewriterStyle,
    },
    /// An installed compiler, for the strategy that asks nobody.
    Compiler {
        /// Its command.
        command: String,
    },
    /// Answers played back from a stored run, by agent position, round and purpose.
    Recorded {
        /// The run's id or the path of its exported facts.
        from: String,
    },
}

impl AgentKind {
    /// The models that may be asked for it, paid by the token.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        let (own, other) = match self {
            Self::Openai {
                model, fallback, ..
            } => (Some(model), fallback.as_ref().map(|other| &other.model)),
            Self::Rewriter { .. } | Self::Compiler { .. } | Self::Recorded { .. } => (None, None),
        };
        own.into_iter().chain(other).map(String::as_str)
    }

    /// The servers that it may ask: address, variable of the key, and how each is reached besides.
    pub fn servers(&self) -> impl Iterator<Item = (&str, Option<&str>, &Reach)> {
        let (own, other) = match self {
            Self::Openai {
                base_url,
                key_env,
                reach,
                fallback,
                ..
            } => (
                Some((base_url.as_str(), key_env.as_deref(), reach)),
                fallback.as_ref().map(|other| {
                    (
                        other.base_url.as_str(),
                        other.key_env.as_deref(),
                        &other.reach,
                    )
                }),
            ),
            Self::Rewriter { .. } | Self::Compiler { .. } | Self::Recorded { .. } => (None, None),
        };
        own.into_iter().chain(other)
    }
}

/// One member of the team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentSpec {
    /// Short name, unique in the team, for the screen.
    pub name: String,
    /// How it is reached.
    #[serde(flatten)]
    pub kind: AgentKind,
}

impl AgentSpec {
    /// The model, or what stands for it, in words.
    pub fn model(&self) -> String {
        match &self.kind {
            AgentKind::Openai { model, .. } => model.clone(),
            AgentKind::Rewriter { .. } => "built-in rules, not a model".to_owned(),
            AgentKind::Compiler { .. } => "a compiler, not a model".to_owned(),
            AgentKind::Recorded { from } => format!("recorded from {from}"),
        }
    }
}

/// Where a lesson's relevance comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RelevanceKind {
    /// The built-in lexical embedding: no model, no network.
    #[default]
    Lexical,
    /// A server's `/v1/embeddings`.
    Endpoint {
        /// Base URL with or without `/v1`.
        base_url: String,
        /// Embedding model.
        model: String,
        /// Environment variable that holds the key, if one is needed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key_env: Option<String>,
    },
}

/// One problem in one mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitSpec {
    /// The problem.
    pub problem: ProblemId,
    /// Its folder at the time the run started.
    pub path: PathBuf,
    /// Version of the problem (see `Problem::version`): a resumed run refuses another one.
    pub version: String,
    /// Its category.
    pub category: String,
    /// Text of the original, so that a stored run can be shown without the folder.
    pub original: String,
    /// The mode.
    pub mode: Mode,
    /// Lessons of other runs that it brings along, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<CarriedLesson>,
    /// What is to be done.
    #[serde(default, skip_serializing_if = "Work::is_optimise")]
    pub work: Work,
    /// How many times as fast the best code known is on the machine that the run began on, where that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<f64>,
}

/// Everything that defines a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSpec {
    /// The units, worked one after the other.
    pub units: Vec<UnitSpec>,
    /// The team, in fixed order.
    pub team: Vec<AgentSpec>,
    /// Why this team: the sentence the screen shows.
    pub team_reason: String,
    /// How it works together.
    pub strategy: StrategyKind,
    /// Which rules.
    pub preset: Preset,
    /// Rounds T, round 0 counted.
    pub rounds: u16,
    /// Lessons per prompt k.
    pub lessons: u16,
    /// Threshold for a lesson to compete for a speed slot.
    pub threshold: f64,
    /// ε of the effectiveness adjustment.
    pub epsilon: f64,
    /// Who decides about lessons when the run starts.
    pub gate: LessonGate,
    /// Seed of everything we draw.
    pub seed: u64,
    /// Wall time after which no new ask or evaluation is begun.
    pub budget_time: Option<Nanos>,
    /// Asks per unit after which nothing new is asked in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_asks: Option<u32>,
    /// Tokens per unit, read and written, after which nothing new is asked in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_tokens: Option<Tokens>,
    /// Money per run after which nothing new is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_cost: Option<Cost>,
    /// Prices of the team's models, as known when the run began; a model that is not in here has an unknown price.
    #[serde(default, skip_serializing_if = "Prices::is_empty")]
    pub prices: Prices,
    /// What the agents are answered from instead of being asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
    /// Where relevance comes from.
    pub relevance: RelevanceKind,
    /// Which sizes are timed.
    #[serde(default, skip_serializing_if = "Sizing::is_default")]
    pub sizing: Sizing,
    /// Chance with which an agent's prompt leaves out each selected lesson, 0 to 1: what measuring its worth takes.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub holdout: f64,
    /// What its units may draw on beside their own lessons.
    #[serde(default, skip_serializing_if = "BankScope::is_fresh")]
    pub bank: BankScope,
    /// The comparison it is a cell of, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<CellOf>,
    /// Until when a unit's rounds are played; `None`: as its strategy has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

impl RunSpec {
    /// The budget the run begins with.
    pub fn budget(&self) -> Budget {
        Budget {
            time: self.budget_time,
            asks: self.budget_asks,
            tokens: self.budget_tokens,
            cost: self.budget_cost,
        }
    }

    /// Until when a unit's rounds are played.
    pub fn until(&self) -> Until {
        let own = match self.strategy.is_plus() && self.strategy != StrategyKind::PlusNostop {
            true => Until::Gain,
            false => Until::Spent,
        };
        self.until.unwrap_or(own)
    }

    /// Whether anybody will read a lesson of this round: those of the last one only runs do that draw on what others learned.
    /// The paper asks for them all the same.
    pub fn reads_lessons_of(&self, round: Round) -> bool {
        self.preset == Preset::Paper || !self.bank.is_fresh() || round.next().0 < self.rounds
    }

    /// Asks of a unit whose code is timed, at most; `None`: the strategy goes by something else.
    pub fn most_asks(&self) -> Option<u32> {
        let (agents, rounds) = (self.team.len(), u32::from(self.rounds));
        let agents = u32::try_from(agents).unwrap_or(u32::MAX);
        let each = agents.saturating_mul(rounds);
        match self.strategy {
            StrategyKind::Lessonl
            | StrategyKind::LessonlRandom
            | StrategyKind::LessonlSpeed
            | StrategyKind::LessonlRelevance
            | StrategyKind::LessonlFixed => {
                let taught = (0..self.rounds).filter(|round| self.reads_lessons_of(Round(*round)));
                let lessons = u32::try_from(taught.count()).unwrap_or(u32::MAX);
                Some(each.saturating_add(agents.saturating_mul(lessons)))
            }
            StrategyKind::BestOf
            | StrategyKind::LessonlNone
            | StrategyKind::LessonlPlus
            | StrategyKind::PlusNorepair
            | StrategyKind::PlusBlind
            | StrategyKind::PlusNoroles
            | StrategyKind::PlusGreedy
            | StrategyKind::PlusNostop => Some(each),
            StrategyKind::Single | StrategyKind::Cot => Some(1),
            StrategyKind::Reflexion => Some((2 * rounds).saturating_sub(1)),
            StrategyKind::Moa => Some(match rounds {
                0 | 1 => each,
                more => agents.saturating_mul(more - 1).saturating_add(1),
            }),
            StrategyKind::Mapcoder => None,
            StrategyKind::Compiler => Some(0),
        }
    }
}
