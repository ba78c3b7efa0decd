//! What the person contributes beside decisions and lessons: candidates of their own, judged like all, and a hint in one
//! agent's next prompt. Never judges anything itself.

use super::{AtHarness, Halt, Job, State};
use crate::domain::candidate::Candidate;
use crate::domain::evaluation::Evaluated;
use crate::domain::event::Fact;
use crate::domain::id::{AgentId, AskId, CandidateId, UnitId};
use crate::domain::run::{CandidateState, Unit};
use crate::domain::spec::AgentKind;

/// Largest source of a person's own, in bytes: it also has to come through the socket of a run that is watched.
const LARGEST: usize = 100 * 1024;
/// Longest hint, in bytes.
const LONGEST: usize = 2_000;

impl State {
    /// Has a candidate of the person's own judged, in the round that is going on.
    pub(super) fn add_candidate(&mut self, unit: UnitId, source: String) {
        let id = match self.place_for(unit, &source) {
            Ok(id) => id,
            Err(why) => return self.notice(format!("your candidate is not added: {why}")),
        };
        let candidate = Candidate {
            id,
            source,
            rationale: String::new(),
            read: Vec::new(),
            build: None,
            lineage: None,
        };
        self.emit(Fact::CandidateProposed { unit, candidate });
        self.judge_own(unit);
    }

    /// The name of the person's next candidate, or why none can be taken now.
    fn place_for(&self, unit: UnitId, source: &str) -> Result<CandidateId, String> {
        let state = self
            .run
            .unit(unit)
            .filter(|state| self.unit == Some(unit) && state.ending.is_none())
            .ok_or("that problem is not being worked on")?;
        if !state.spec.work.is_optimise() {
            return Err("code from a description is the agents' alone".to_owned());
        }
        if source.trim().is_empty() {
            return Err("it is empty".to_owned());
        }
        if source.len() > LARGEST {
            return Err(format!("it has more than {LARGEST} bytes"));
        }
        let round = state
            .round()
            .ok_or("the original is compiled and timed first; send it again in a moment")?
            .round;
        let ends = [
            Halt::Skip,
            Halt::Budget,
            Halt::Money,
            Halt::CutOff,
            Halt::Cancel,
        ];
        if self.closing || ends.iter().any(|halt| self.halts.contains(halt)) {
            return Err(
                "the best one is being found already; `lessonl eval` judges it by itself"
                    .to_owned(),
            );
        }
        let known = state.candidates.keys();
        let known = known.filter(|id| id.agent == AgentId::PERSON && id.round == round);
        let attempt = u8::try_from(known.count())
            .map_err(|_| "no round takes more of your own than it has".to_owned())?;
        Ok(CandidateId {
            round,
            agent: AgentId::PERSON,
            attempt,
        })
    }

    /// Sends to the harness what the person wrote and nobody has judged yet, also after a run was cut off.
    pub(super) fn judge_own(&mut self, unit: UnitId) {
        let Some(state) = self.run.unit(unit) else {
            return;
        };
        let open = own(state)
            .filter(|(id, state)| state.evaluated.is_none() && !self.judged.contains_key(id));
        let open: Vec<(CandidateId, String)> = open
            .map(|(id, state)| (*id, state.candidate.source.clone()))
            .collect();
        for (id, source) in open {
            let at = AtHarness {
                ticket: None,
                source,
                build: None,
                job: Job::Evaluate,
                tries: 1,
            };
            self.send_to_harness(unit, id, at);
        }
    }

    /// Whether something that the person wrote is at the harness.
    pub(super) fn judges_own(&self) -> bool {
        self.judged.values().any(|at| at.ticket.is_none())
    }

    /// Keeps what the person has to say to an agent until it is asked for code.
    pub(super) fn hint(&mut self, unit: UnitId, agent: AgentId, text: &str) {
        let text = text.trim();
        let text = text[..text.floor_char_boundary(LONGEST)].to_owned();
        let open = self
            .run
            .unit(unit)
            .filter(|state| self.unit == Some(unit) && state.ending.is_none());
        let Some(state) = open else {
            return self.notice(format!("{unit} is not being worked on: no hint is given"));
        };
        let Some(spec) = self.run.spec.team.get(agent.index()) else {
            return self.notice(format!("there is no agent {agent} in this team"));
        };
        match spec.kind {
            AgentKind::Openai { .. } => {}
            AgentKind::Rewriter { .. }
            | AgentKind::Compiler { .. }
            | AgentKind::Recorded { .. } => {
                let name = spec.name.clone();
                return self.notice(format!("{name} is no model and reads no hint"));
            }
        }
        if state.hints.get(&agent).map_or("", String::as_str) == text {
            return;
        }
        self.emit(Fact::HintGiven { unit, agent, text });
    }

    /// A prompt with what the person has to say to its reader.
    pub(super) fn with_hint(&self, unit: UnitId, ask: AskId, prompt: String) -> String {
        let hints = self.run.unit(unit).map(|state| &state.hints);
        let hint = hints.and_then(|hints| hints.get(&ask.agent()));
        match hint.filter(|_| ask.purpose.wants_code()) {
            Some(hint) => format!("{prompt}\nA person who follows your work adds: {hint}\n"),
            None => prompt,
        }
    }
}

fn own(unit: &Unit) -> impl Iterator<Item = (&CandidateId, &CandidateState)> {
    unit.candidates
        .iter()
        .filter(|(id, _)| id.agent == AgentId::PERSON)
}

/// The person's own candidates that were judged.
pub(super) fn judged(unit: &Unit) -> Vec<(Candidate, Evaluated)> {
    let judged = own(unit)
        .filter_map(|(_, state)| Some((state.candidate.clone(), state.evaluated.clone()?)));
    judged.collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{UNIT, at_work, spec, want, words};
    use super::super::{Effect, Input};
    use super::*;
    use crate::domain::ask::Task;
    use crate::domain::command::Command;
    use crate::domain::id::{Purpose, Round};
    use crate::domain::reach::Reach;
    use crate::domain::spec::{AgentSpec, RewriterStyle, Sampling, ServerLimits};
    use crate::strategies::context::StrategyOp;

    fn tell(state: &mut State, command: Command) -> Vec<Effect> {
        state.take(Input::Command(command), 0)
    }

    fn mine(source: &str) -> Command {
        Command::AddCandidate {
            unit: UNIT,
            source: source.to_owned(),
        }
    }

    #[test]
    fn a_persons_candidate_is_refused_with_a_reason_where_it_cannot_take_part() {
        let mut state = at_work(spec(1));
        let told = words(&tell(&mut state, mine("x")));
        assert_eq!(
            told,
            [
                "your candidate is not added: the original is compiled and timed first; send it again in a moment"
            ]
        );
        want(&mut state, 0, StrategyOp::BeginRound(Round(0)));
        let elsewhere = Command::AddCandidate {
            unit: UnitId(7),
            source: "x".to_owned(),
        };
        let told = words(&tell(&mut state, elsewhere));
        assert_eq!(
            told,
            ["your candidate is not added: that problem is not being worked on"]
        );
        assert_eq!(
            words(&tell(&mut state, mine("x"))),
            ["candidate_proposed", "Evaluate r0me"]
        );
        // the best one is not looked for while it is being judged
        assert_eq!(want(&mut state, 1, StrategyOp::Best), []);
        let told = words(&tell(&mut state, mine("y")));
        assert!(told[0].contains("`lessonl eval` judges it"), "{told:?}");
    }

    #[test]
    fn a_hint_is_in_one_prompt_of_one_model_and_can_be_taken_back() {
        let model = |name: &str| AgentSpec {
            name: name.to_owned(),
            kind: AgentKind::Openai {
                base_url: "http://127.0.0.1:1".to_owned(),
                model: "m".to_owned(),
                key_env: None,
                reach: Reach::default(),
                code: Sampling::CODE,
                lesson: Sampling::LESSON,
                extra_body: serde_json::Map::new(),
                limits: ServerLimits::default(),
                fallback: None,
            },
        };
        let rules = AgentSpec {
            name: "rules".to_owned(),
            kind: AgentKind::Rewriter {
                style: RewriterStyle::Loops,
            },
        };
        let mut spec = spec(1);
        spec.team = vec![model("one"), model("two"), rules];
        let mut state = at_work(spec);
        want(&mut state, 0, StrategyOp::BeginRound(Round(0)));
        let hint = |agent, text: &str| Command::Hint {
            unit: UNIT,
            agent: AgentId(agent),
            text: text.to_owned(),
        };
        assert_eq!(
            words(&tell(&mut state, hint(2, "try tiling"))),
            ["rules is no model and reads no hint"]
        );
        assert_eq!(
            words(&tell(&mut state, hint(9, "try tiling"))),
            ["there is no agent a9 in this team"]
        );
        tell(&mut state, hint(0, "not this"));
        tell(&mut state, hint(0, ""));
        tell(&mut state, hint(1, " try tiling "));
        let prompts: Vec<String> = [(0, 0), (1, 0), (1, 1)]
            .into_iter()
            .zip(1..)
            .map(|((agent, attempt), ticket)| {
                let about = CandidateId {
                    attempt,
                    ..CandidateId::first(Round(0), AgentId(agent))
                };
                let id = AskId {
                    about,
                    purpose: Purpose::Rewrite,
                };
                let task = Task::Rewrite {
                    lessons: Vec::new(),
                };
                let effects = want(&mut state, ticket, StrategyOp::Ask { id, task });
                let sent = effects.into_iter().find_map(|effect| match effect {
                    Effect::Ask { prompt, .. } => Some(prompt),
                    _ => None,
                });
                sent.unwrap_or_default()
            })
            .collect();
        assert_eq!(prompts[0], "words");
        assert!(prompts[1].ends_with("adds: try tiling\n"), "{prompts:?}");
        assert_eq!(prompts[2], "words");
    }
}
