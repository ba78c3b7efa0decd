//! LessonL beyond the paper: the same rounds, lessons and asks, spent on moves. As many asks as LessonL, one per agent and
//! round on average.
//!
//! Moves. FRESH: the original and lessons, nobody's code. REFINE: a candidate in view, to be made faster. REPAIR: an own
//! attempt that failed, with what became of it, at once; so is code that is there already, which is sent back once.
//! LESSON: as in the paper, but only of what was measured or could not be repaired, and only while rounds are left for it.
//!
//! Round 0: everybody FRESH, each with a role and a temperature of its own. Later rounds: one refines the best candidate, one
//! a candidate unlike it, one stays FRESH and never sees code of others, so that the team does not settle on one idea.
//! Further agents draw their move by what each brought so far, and the agent most likely to improve what it is shown refines
//! the best (Thompson sampling). A child whose interval overlaps its parent's is timed against it. Ends when the asks are
//! spent or, by the engine, when nothing more is expected. Never waits for one agent on behalf of another within a round, and
//! draws by the run's seed: taken up again, it makes the same moves.
//!
//! Sources of the parts: LessonL, Liu et al., arXiv 2505.23946; repair with feedback, Olausson et al., arXiv 2306.09896;
//! serial refinement, Baronio et al., arXiv 2507.11948; parents by merit and novelty, Lange et al., arXiv 2509.19349;
//! Thompson, Biometrika 25 (1933). Code from a description has nothing to refine: there it is LessonL.

use std::collections::BTreeMap;

use super::attempt::{
    Attempt, Attempts, Proposal, Tried, answered, everyone, proposal, settle, submit,
};
use super::context::{Adjustment, Choosing, Held, Recalled, Stop, StrategyContext};
use super::lessonl::solicit;
use super::{Finish, How, lessonl};
use crate::domain::ask::{AskFailure, Defect, Idea, ShownAttempt, Task};
use crate::domain::best::{RankedCandidate, leader};
use crate::domain::draw::{Draw, mixed};
use crate::domain::evaluation::{Evaluation, Outcome};
use crate::domain::id::{AgentId, AskId, CandidateId, Purpose, Round};
use crate::domain::lesson::Lesson;
use crate::domain::likeness::{Member, families, is_akin, words};
use crate::domain::lineage::{AgentRole, AskManner, Duel, Lineage, Move, by_intervals, front};
use crate::domain::measurement::Verdict;
use crate::domain::spec::RunSpec;

/// Roles and temperatures, by the place in the team.
const MANNERS: [(AgentRole, f64); 3] = [
    (AgentRole::Algorithm, 0.2),
    (AgentRole::Machine, 0.6),
    (AgentRole::Smallest, 0.9),
];
/// The moves of a round with three agents.
const CYCLE: [Kind; 3] = [Kind::Best, Kind::Other, Kind::Fresh];
/// Lessons beside a candidate in view.
const BESIDE: usize = 3;
/// Ideas that are listed as tried.
const IDEAS: usize = 5;
/// One ask in so many may be a repair.
const REPAIRED: u32 = 4;

/// Whether a part is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// It is.
    On,
    /// An ablation leaves it out.
    Off,
}

/// What of the strategy is in force. When it ends early is the run's own: `RunSpec::until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Variation {
    /// Failed attempts and copies go back to their authors at once.
    pub repairs: Part,
    /// The best candidate and one unlike it are shown.
    pub view: Part,
    /// Roles, temperatures and seeds differ from agent to agent.
    pub manners: Part,
    /// One agent never sees code of others.
    pub fresh: Part,
}

impl Variation {
    /// All of it.
    pub(crate) const WHOLE: Self = Self {
        repairs: Part::On,
        view: Part::On,
        manners: Part::On,
        fresh: Part::On,
    };
    /// A failed attempt is lost.
    pub(crate) const NOREPAIR: Self = Self {
        repairs: Part::Off,
        ..Self::WHOLE
    };
    /// Nobody sees code of others.
    pub(crate) const BLIND: Self = Self {
        view: Part::Off,
        ..Self::WHOLE
    };
    /// Everybody is asked alike.
    pub(crate) const NOROLES: Self = Self {
        manners: Part::Off,
        ..Self::WHOLE
    };
    /// Everybody sees code of others.
    pub(crate) const GREEDY: Self = Self {
        fresh: Part::Off,
        ..Self::WHOLE
    };
}

/// Works one unit.
pub(crate) fn run(context: &StrategyContext, spec: &RunSpec, variation: Variation) -> Finish {
    if !context.work().is_optimise() {
        let rounds = spec.rounds.div_ceil(2);
        let spec = RunSpec {
            rounds,
            ..spec.clone()
        };
        return lessonl::run(context, &spec, lessonl::Variation::WHOLE);
    }
    let attempts = Attempts::default();
    let team = Team {
        spec,
        variation,
        attempts: &attempts,
    };
    let ended = team.rounds(context);
    settle(context, spec.preset, &attempts, ended)
}

/// What a move is, as what it brings is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// REFINE the best.
    Best,
    /// REFINE one unlike it.
    Other,
    /// FRESH.
    Fresh,
}

/// An agent's part in a round: its move and what it may spend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Turn {
    kind: Kind,
    /// What it refines; `None`: FRESH.
    parent: Option<CandidateId>,
    /// Asks, the move's own included.
    asks: u32,
    repairs: u32,
    /// Whether anybody will read what it learns.
    teach: Part,
}

/// A candidate of this unit.
#[derive(Debug, Clone)]
struct Made {
    attempt: Attempt,
    words: Vec<String>,
    /// What it is a copy of.
    same: Option<Same>,
    duel: Option<Duel>,
}

/// An attempt on its way back to its author.
struct Mend {
    last: ShownAttempt,
    same_as: Option<String>,
    lineage: Lineage,
}

/// What an answer says once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Same {
    Original,
    As(CandidateId),
}

/// What came of a turn.
#[derive(Debug, Clone)]
struct Done {
    agent: AgentId,
    kind: Kind,
    /// The attempt and its repairs. The last one counts.
    chain: Vec<Made>,
    asks: u32,
    repairs: u32,
    /// Why the first ask was not answered.
    failure: Option<AskFailure>,
    /// Whether it beat what it was made from; of FRESH, what was the best.
    improved: bool,
}

/// What the rounds so far have shown. Grows between rounds alone.
#[derive(Debug, Default)]
struct Seen {
    made: BTreeMap<CandidateId, Made>,
    turns: Vec<(AgentId, Kind, bool)>,
    asks: u32,
    repairs: u32,
}

impl Seen {
    fn take(&mut self, done: Done) {
        self.asks += done.asks;
        self.repairs += done.repairs;
        if done.failure.is_none() {
            self.turns.push((done.agent, done.kind, done.improved));
        }
        for made in done.chain {
            self.made.insert(made.attempt.candidate.id, made);
        }
    }

    /// The correct candidates, copies left out.
    fn entries(&self) -> Vec<RankedCandidate> {
        let own = self.made.iter().filter(|(_, made)| made.same.is_none());
        own.filter_map(|(id, made)| {
            let evaluation = &made.attempt.evaluated.evaluation;
            Some(RankedCandidate {
                id: *id,
                speedup: evaluation.speedup()?,
                verdict: evaluation.verdict()?,
            })
        })
        .collect()
    }

    fn entry(&self, id: CandidateId) -> Option<RankedCandidate> {
        self.entries().into_iter().find(|entry| entry.id == id)
    }

    /// The best to go on from.
    fn best(&self, spec: &RunSpec) -> Option<CandidateId> {
        let duels = self.made.iter();
        let duels = duels.filter_map(|(id, made)| Some((id, made.duel.as_ref()?)));
        front(leader(spec.preset, &self.entries()), duels)
    }

    /// The fastest that is unlike the best, else the second best. Nothing that is slower than the original.
    fn other(&self, best: CandidateId) -> Option<CandidateId> {
        let of_best = &self.made.get(&best)?.words;
        let mut all = self.entries();
        all.retain(|entry| entry.id != best && entry.speedup.estimate > 1.0);
        all.sort_by(|a, b| b.speedup.estimate.total_cmp(&a.speedup.estimate));
        let unlike = |entry: &&RankedCandidate| {
            let made = self.made.get(&entry.id);
            made.is_some_and(|made| !is_akin(&made.words, of_best))
        };
        let found = all.iter().find(unlike).or_else(|| all.first());
        found.map(|entry| entry.id)
    }

    /// Turns of these that improved, and those that did not.
    fn score(&self, of: impl Fn(AgentId, Kind) -> bool) -> (u32, u32) {
        let those = self
            .turns
            .iter()
            .filter(|(agent, kind, _)| of(*agent, *kind));
        those.fold((0, 0), |(better, not), (_, _, improved)| match improved {
            true => (better + 1, not),
            false => (better, not + 1),
        })
    }

    /// What was tried, the fastest first; without the family of `but`.
    fn ideas(&self, but: Option<CandidateId>) -> Vec<Idea> {
        let own = self.made.iter().filter(|(_, made)| made.same.is_none());
        let own = own.filter(|(_, made)| made.attempt.held == Held::Code);
        let members: Vec<Member> = own
            .map(|(id, made)| Member {
                id: *id,
                words: made.words.clone(),
                rationale: made.attempt.candidate.rationale.clone(),
                speedup: made.attempt.evaluated.evaluation.speedup(),
            })
            .collect();
        let told = families(&members).into_iter();
        let told = told.filter(|family| but.is_none_or(|id| !family.members.contains(&id)));
        told.filter(|family| !family.idea.is_empty())
            .take(IDEAS)
            .map(|family| Idea {
                words: family.idea,
                best: family.best.map(|(_, speedup)| speedup),
            })
            .collect()
    }
}

struct Team<'a> {
    spec: &'a RunSpec,
    variation: Variation,
    attempts: &'a Attempts,
}

impl Team<'_> {
    fn rounds(&self, context: &StrategyContext) -> Result<(), How> {
        let most = self.spec.most_asks().unwrap_or_default();
        let mut seen = Seen::default();
        for round in (0..self.spec.rounds).map(Round) {
            let asks = most.saturating_sub(seen.asks);
            let repairs = most.div_ceil(REPAIRED).saturating_sub(seen.repairs);
            if asks == 0 {
                break;
            }
            context.begin_round(round)?;
            let lessons = match round {
                Round(0) => Recalled::default(),
                later => context.recall(later, Choosing::SpeedAndRelevance)?,
            };
            let turns = self.turns(context, round, &seen, asks, repairs);
            let done = everyone(context, self.spec, |context, agent| {
                match turns.get(&agent) {
                    Some(turn) => {
                        let id = CandidateId::first(round, agent);
                        let lessons = lessons.shown_to(agent);
                        self.play(context, id, *turn, &lessons, &seen).map(Some)
                    }
                    None => Ok(None),
                }
            })?;
            let done: Vec<Done> = done.into_iter().flatten().collect();
            let first = |done: &Done| match (&done.failure, done.chain.first()) {
                (Some(failure), _) => Some(Tried::SatOut(failure.clone())),
                (None, made) => Some(Tried::Made(Box::new(made?.attempt.clone()))),
            };
            let tried: Vec<Tried> = done.iter().filter_map(first).collect();
            // of the last few asks a missing answer says nothing of the team
            if turns.len() == self.spec.team.len() {
                answered(round, &tried)?;
            }
            done.into_iter().for_each(|done| seen.take(done));
            self.take_own(context, round, &mut seen)?;
            context.end_round(round, Adjustment::Effectiveness)?;
        }
        Ok(())
    }

    /// What the person wrote since: it is gone on from like everybody's, and teaches like everybody's.
    fn take_own(
        &self,
        context: &StrategyContext,
        round: Round,
        seen: &mut Seen,
    ) -> Result<(), Stop> {
        for (candidate, evaluated) in context.own()? {
            let id = candidate.id;
            if seen.made.contains_key(&id) {
                continue;
            }
            let made = Made {
                words: words(&candidate.source),
                attempt: Attempt {
                    candidate,
                    held: Held::Code,
                    evaluated,
                },
                same: None,
                duel: None,
            };
            if self.spec.reads_lessons_of(round) && teaches(&made) {
                solicit(context, &made.attempt)?;
                seen.asks += 1;
            }
            seen.made.insert(id, made);
        }
        Ok(())
    }

    /// Who makes which move, and what each may spend: asks and repairs are shared out evenly, the first get the rest.
    fn turns(
        &self,
        context: &StrategyContext,
        round: Round,
        seen: &Seen,
        asks: u32,
        repairs: u32,
    ) -> BTreeMap<AgentId, Turn> {
        let place = [u64::from(context.unit().0), u64::from(round.0)];
        let mut draw = Draw::new(self.spec.seed, place);
        let mut agents: Vec<(AgentId, f64)> = (0..=u8::MAX)
            .map(AgentId)
            .zip(&self.spec.team)
            .map(|(agent, _)| {
                let (better, not) = seen.score(|of, kind| of == agent && kind != Kind::Fresh);
                (agent, draw.beta(better, not))
            })
            .collect();
        let moves = self.moves(round, seen, agents.len(), &mut draw);
        if round > Round(0) {
            agents.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        }
        let count = u32::try_from(agents.len()).unwrap_or(u32::MAX).min(asks);
        let share = |of: u32, at: u32| of / count.max(1) + u32::from(at < of % count.max(1));
        // a lesson is for a further round: one of a move each must be left after this one
        let teach = match asks >= 3 * count && round.next().0 < self.spec.rounds {
            true => Part::On,
            false => Part::Off,
        };
        let turns = agents.into_iter().zip(moves).zip(0..count);
        turns
            .map(|(((agent, _), (kind, parent)), at)| {
                let turn = Turn {
                    kind,
                    parent,
                    asks: share(asks, at),
                    repairs: share(repairs, at),
                    teach,
                };
                (agent, turn)
            })
            .collect()
    }

    /// The moves of a round, REFINE first.
    fn moves(
        &self,
        round: Round,
        seen: &Seen,
        agents: usize,
        draw: &mut Draw,
    ) -> Vec<(Kind, Option<CandidateId>)> {
        let best = match (round, self.variation.view) {
            (Round(0), _) | (_, Part::Off) => None,
            (_, Part::On) => seen.best(self.spec),
        };
        let other = best.and_then(|best| seen.other(best));
        let mut drawn = || {
            let chances = CYCLE.map(|kind| {
                let (better, not) = seen.score(|_, of| of == kind);
                draw.beta(better, not)
            });
            let best = (0..CYCLE.len()).max_by(|a, b| chances[*a].total_cmp(&chances[*b]));
            CYCLE[best.unwrap_or(0)]
        };
        let turn = usize::from(round.0).saturating_sub(1);
        let kinds = (0..agents).map(|at| match agents < CYCLE.len() {
            true => CYCLE[(turn * agents + at) % CYCLE.len()],
            false => CYCLE.get(at).copied().unwrap_or_else(&mut drawn),
        });
        let greedy = self.variation.fresh == Part::Off;
        let resolved = kinds.map(|kind| match (kind, best, other) {
            (Kind::Best, Some(best), _) => (Kind::Best, Some(best)),
            (Kind::Other, _, Some(other)) => (Kind::Other, Some(other)),
            (Kind::Other | Kind::Fresh, Some(best), _) if greedy => (Kind::Best, Some(best)),
            _ => (Kind::Fresh, None),
        });
        let mut moves: Vec<_> = resolved.collect();
        moves.sort_by_key(|(kind, _)| *kind);
        moves
    }

    /// How an agent goes about an ask: by its place in the team; in a small team by turns.
    fn manner(&self, context: &StrategyContext, about: CandidateId) -> AskManner {
        if self.variation.manners == Part::Off {
            return AskManner::default();
        }
        let (agent, round) = (about.agent.index(), usize::from(about.round.0));
        let team = self.spec.team.len();
        let at = match team < MANNERS.len() {
            true => round * team + agent,
            false => agent,
        };
        let (role, temperature) = MANNERS[at % MANNERS.len()];
        let place = [
            u64::from(context.unit().0),
            u64::from(about.round.0),
            u64::from(about.agent.0),
            u64::from(about.attempt),
        ];
        AskManner {
            role: Some(role),
            temperature: Some(temperature),
            // within what every server takes for a whole number
            seed: Some((mixed(self.spec.seed, place) >> 33) as u32),
        }
    }

    /// One agent's turn: its move, repairs while it fails, the meeting with its parent, the lesson.
    fn play(
        &self,
        context: &StrategyContext,
        id: CandidateId,
        turn: Turn,
        lessons: &[Lesson],
        seen: &Seen,
    ) -> Result<Done, Stop> {
        let mut done = Done {
            agent: id.agent,
            kind: turn.kind,
            chain: Vec::new(),
            asks: 1,
            repairs: 0,
            failure: None,
            improved: false,
        };
        let (ask, task, lineage) = self.first(context, id, turn, lessons, seen);
        match self.attempt(context, ask, task, lineage, seen, &done)? {
            Ok(made) => done.chain.push(made),
            Err(failure) => {
                done.failure = Some(failure);
                return Ok(done);
            }
        }
        while done.asks < turn.asks && done.repairs < turn.repairs {
            let Some(mend) = self.mend(seen, &done) else {
                break;
            };
            done.asks += 1;
            done.repairs += 1;
            let attempt = id.attempt + u8::try_from(done.repairs).unwrap_or(u8::MAX);
            let about = CandidateId { attempt, ..id };
            let purpose = Purpose::Repair;
            let manner = self.manner(context, about);
            let (lineage, last, same_as) = (mend.lineage, mend.last, mend.same_as);
            let task = Task::Mend {
                last,
                same_as,
                manner,
            };
            match self.attempt(
                context,
                AskId { about, purpose },
                task,
                lineage,
                seen,
                &done,
            )? {
                Ok(made) => done.chain.push(made),
                Err(_) => break,
            }
        }
        self.meet(context, turn, seen, &mut done)?;
        if let Some(last) = done.chain.last()
            && turn.teach == Part::On
            && done.asks < turn.asks
            && teaches(last)
        {
            solicit(context, &last.attempt)?;
            done.asks += 1;
        }
        Ok(done)
    }

    /// The question of a move.
    fn first(
        &self,
        context: &StrategyContext,
        about: CandidateId,
        turn: Turn,
        lessons: &[Lesson],
        seen: &Seen,
    ) -> (AskId, Task, Lineage) {
        let manner = self.manner(context, about);
        let shown = turn.parent.and_then(|parent| {
            let made = seen.made.get(&parent)?;
            Some((parent, made.attempt.shown()?))
        });
        match shown {
            Some((parent, shown)) => {
                let task = Task::Refine {
                    parent: shown,
                    lessons: lessons.iter().take(BESIDE).cloned().collect(),
                    tried: seen.ideas(Some(parent)),
                    manner,
                };
                let purpose = Purpose::Refine;
                let by = Move::Refine;
                let parent = Some(parent);
                (AskId { about, purpose }, task, Lineage { by, parent })
            }
            None => {
                let task = Task::Explore {
                    lessons: lessons.to_vec(),
                    tried: seen.ideas(None),
                    manner,
                };
                let purpose = Purpose::Rewrite;
                let (by, parent) = (Move::Fresh, None);
                (AskId { about, purpose }, task, Lineage { by, parent })
            }
        }
    }

    /// One candidate from ask to verdict. Code that is there already is not judged again.
    fn attempt(
        &self,
        context: &StrategyContext,
        ask: AskId,
        task: Task,
        lineage: Lineage,
        seen: &Seen,
        done: &Done,
    ) -> Result<Result<Made, AskFailure>, Stop> {
        let mut proposal = match proposal(context, ask, task)? {
            Ok(proposal) => proposal,
            Err(failure) => return Ok(Err(failure)),
        };
        let before = seen.made.values().chain(&done.chain);
        let mut known = before.filter(|made| {
            let fault = made.attempt.evaluated.evaluation.outcome() == Outcome::HarnessFault;
            made.same.is_none() && made.attempt.held == Held::Code && !fault
        });
        let unchanged = is_unchanged(&proposal);
        let original = self.spec.units.get(usize::from(context.unit().0));
        let original = original.map_or("", |unit| unit.original.as_str());
        let words = words(&proposal.candidate.source);
        let is_twin = |made: &&Made| match unchanged {
            true => Some(made.attempt.candidate.id) == lineage.parent,
            false => made.words == words,
        };
        let twin = match unchanged || proposal.held == Held::Code {
            true => known.find(is_twin),
            false => None,
        };
        let same = match twin {
            Some(twin) => Some(Same::As(twin.attempt.candidate.id)),
            None if unchanged || words == self::words(original) => Some(Same::Original),
            None => None,
        };
        if let Some(twin) = twin {
            let source = &twin.attempt.candidate.source;
            proposal.candidate.source.clone_from(source);
        }
        let held = match same {
            Some(Same::As(id)) => Held::Copy(id),
            Some(Same::Original) | None => proposal.held,
        };
        let mut candidate = proposal.candidate;
        candidate.lineage = Some(lineage);
        Ok(match submit(context, candidate, held, self.attempts)? {
            Tried::Made(attempt) => Ok(Made {
                attempt: *attempt,
                words,
                same,
                duel: None,
            }),
            Tried::SatOut(failure) => Err(failure),
        })
    }

    /// What goes back to its author, if anything does: once what is there already; once what failed, and a second time where
    /// two compile errors differ.
    fn mend(&self, seen: &Seen, done: &Done) -> Option<Mend> {
        if self.variation.repairs == Part::Off {
            return None;
        }
        let last = done.chain.last()?;
        let message = |made: &Made| match &made.attempt.evaluated.evaluation {
            Evaluation::NotCompiled { message, .. } => Some(message.clone()),
            _ => None,
        };
        let goes_back = match (done.chain.len(), last.same) {
            (1, Some(_)) => true,
            (_, Some(_)) => false,
            (1, None) => is_mendable(&last.attempt),
            (2, None) => {
                let before = done.chain.first().and_then(message);
                before.is_some() && message(last).is_some() && message(last) != before
            }
            _ => false,
        };
        let shown = last.attempt.shown().filter(|_| goes_back)?;
        let of = |id: CandidateId| seen.made.get(&id).map(|made| &made.attempt.evaluated);
        let same_as = last.same.map(|same| match same {
            Same::Original => "Code A itself".to_owned(),
            Same::As(id) => match of(id).and_then(|e| e.evaluation.speedup()) {
                Some(speedup) => format!("an earlier attempt, which came to {speedup}"),
                None => "an earlier attempt, which failed".to_owned(),
            },
        });
        Some(Mend {
            last: shown,
            same_as,
            lineage: Lineage {
                by: Move::Repair,
                parent: Some(last.attempt.candidate.id),
            },
        })
    }

    /// Times the turn's last candidate against what it was made from, where their intervals leave that open, and notes
    /// whether it is better.
    fn meet(
        &self,
        context: &StrategyContext,
        turn: Turn,
        seen: &Seen,
        done: &mut Done,
    ) -> Result<(), Stop> {
        let Some(last) = done.chain.last_mut().filter(|last| last.same.is_none()) else {
            return Ok(());
        };
        let evaluation = &last.attempt.evaluated.evaluation;
        let Some((speedup, verdict)) = evaluation.speedup().zip(evaluation.verdict()) else {
            return Ok(());
        };
        let Some((parent, of_parent)) = turn
            .parent
            .and_then(|id| Some((id, seen.entry(id)?.speedup)))
        else {
            let best = seen.best(self.spec).and_then(|best| seen.entry(best));
            done.improved = match best {
                Some(best) => speedup.lo > best.speedup.estimate,
                None => verdict == Verdict::Faster,
            };
            return Ok(());
        };
        done.improved = match by_intervals(speedup, of_parent) {
            Some(better) => better,
            None => {
                let duel = context.meet(last.attempt.candidate.id, parent)?;
                last.duel = Some(duel);
                duel.is_gain()
            }
        };
        Ok(())
    }
}

fn is_unchanged(proposal: &Proposal) -> bool {
    proposal.held != Held::Code && proposal.defects.contains(&Defect::NoChange)
}

/// Whether its author may mend it: it failed, and neither by cheating nor by our own fault.
fn is_mendable(attempt: &Attempt) -> bool {
    match attempt.evaluated.evaluation.outcome() {
        Outcome::NotCompiled
        | Outcome::NoCode
        | Outcome::CutOff
        | Outcome::Misfit
        | Outcome::WrongAnswer
        | Outcome::Crashed
        | Outcome::TimedOut => true,
        Outcome::Measured
        | Outcome::Rejected
        | Outcome::Passed
        | Outcome::FailedTests
        | Outcome::HarnessFault => false,
    }
}

/// Whether others can learn from it: what does not compile is its author's own affair.
fn teaches(made: &Made) -> bool {
    let outcome = made.attempt.evaluated.evaluation.outcome();
    let told = matches!(
        outcome,
        Outcome::Measured | Outcome::WrongAnswer | Outcome::Crashed | Outcome::TimedOut
    );
    told && made.same.is_none()
}
