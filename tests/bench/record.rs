//! Runs made up for the benchmark and stored as the program stores them.

use std::path::Path;

use lessonl::domain::evaluation::Evaluated;
use lessonl::domain::event::{Ending, Envelope, Event, Fact};
use lessonl::domain::id::{AgentId, CandidateId, LessonId, Round, RunId, UnitId};
use lessonl::domain::lesson::Lesson;
use lessonl::domain::spec::RunSpec;
use tokio::sync::mpsc::unbounded_channel;

/// A run in the making.
pub(crate) struct Record {
    id: RunId,
    facts: Vec<Envelope>,
    pattern: Vec<Fact>,
}

const UNIT: UnitId = UnitId(0);

impl Record {
    /// Begins a run with so many agents and rounds on a source.
    pub(crate) fn begin(id: &str, agents: usize, rounds: u16, original: &str) -> Self {
        let pattern: Vec<Fact> = include_str!("../fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str::<Envelope>(line).unwrap().fact)
            .collect();
        let mut record = Self {
            id: RunId::new(id).unwrap(),
            facts: Vec::new(),
            pattern,
        };
        let mut first = record.pattern[0].clone();
        if let Fact::RunStarted { spec, .. } = &mut first {
            shape(spec, agents, rounds, original);
        }
        record.push(first);
        record.push(Fact::UnitStarted { unit: UNIT });
        record
    }

    /// Adds a fact.
    pub(crate) fn push(&mut self, fact: Fact) {
        let seq = self.facts.len() as u64;
        self.facts.push(Envelope {
            v: 1,
            run: self.id.clone(),
            seq,
            at: 1_795_132_628_000 + i64::try_from(seq).unwrap() * 40,
            fact,
        });
    }

    fn like(&self, is: impl Fn(&Fact) -> bool) -> Fact {
        self.pattern.iter().find(|fact| is(fact)).unwrap().clone()
    }

    /// A measured evaluation.
    pub(crate) fn measured(&self) -> Evaluated {
        let found = self.like(|fact| matches!(fact, Fact::Evaluated { .. }));
        let Fact::Evaluated { evaluated, .. } = found else {
            unreachable!("it was looked for");
        };
        evaluated
    }

    /// Adds what one agent does in a round, with a source.
    pub(crate) fn turn(&mut self, round: u16, agent: u8, source: &str) {
        let id = CandidateId::first(Round(round), AgentId(agent));
        let asked = self.asked(Round(round), AgentId(agent), source);
        if let Fact::AskSent { ask, .. } = asked.clone() {
            self.push(asked);
            let answered = self.like(|fact| matches!(fact, Fact::AnswerReceived { .. }));
            if let Fact::AnswerReceived { mut answer, .. } = answered {
                answer.text = format!("Here it is.\n```cpp\n{source}\n```\n");
                answer.code = Some(source.to_owned());
                self.push(Fact::AnswerReceived {
                    unit: UNIT,
                    ask,
                    answer,
                });
            }
        }
        let proposed = self.like(|fact| matches!(fact, Fact::CandidateProposed { .. }));
        if let Fact::CandidateProposed { mut candidate, .. } = proposed {
            candidate.id = id;
            source.clone_into(&mut candidate.source);
            self.push(Fact::CandidateProposed {
                unit: UNIT,
                candidate,
            });
        }
        let evaluated = self.measured();
        self.push(Fact::Evaluated {
            unit: UNIT,
            candidate: id,
            evaluated,
        });
        let mut lesson = self.lesson();
        lesson.id = LessonId::Learned(id);
        lesson.round = Round(round);
        self.push(Fact::LessonLearned { unit: UNIT, lesson });
    }

    /// A question about a source.
    pub(crate) fn asked(&self, round: Round, agent: AgentId, source: &str) -> Fact {
        let mut asked = self.like(|fact| matches!(fact, Fact::AskSent { .. }));
        if let Fact::AskSent { ask, prompt, .. } = &mut asked {
            ask.about = CandidateId::first(round, agent);
            *prompt = format!("Make this faster.\n{source}").repeat(2);
        }
        asked
    }

    /// A lesson.
    pub(crate) fn lesson(&self) -> Lesson {
        let found = self.like(|fact| matches!(fact, Fact::LessonLearned { .. }));
        let Fact::LessonLearned { lesson, .. } = found else {
            unreachable!("it was looked for");
        };
        lesson
    }

    /// Adds whole rounds of every agent.
    pub(crate) fn rounds(&mut self, agents: u8, rounds: u16, source: &str) {
        for round in 0..rounds {
            self.push(Fact::RoundStarted {
                unit: UNIT,
                round: Round(round),
            });
            for agent in 0..agents {
                self.turn(round, agent, &format!("{source}// {round} {agent}\n"));
            }
            self.push(Fact::RoundFinished {
                unit: UNIT,
                round: Round(round),
            });
        }
    }

    /// Ends the run; gives back its facts.
    pub(crate) fn finished(mut self) -> Vec<Envelope> {
        self.push(Fact::RunFinished {
            ending: Ending::Done,
        });
        self.facts
    }

    /// Ends the run and stores it below `home`.
    pub(crate) fn store(self, home: &Path) -> usize {
        let facts = self.finished();
        let count = facts.len();
        store(facts, home);
        count
    }

    /// Stores its first two facts below `home`; gives back the others.
    pub(crate) fn store_beginning(mut self, home: &Path) -> Vec<Envelope> {
        let others = self.facts.split_off(2);
        store(self.facts, home);
        others
    }
}

fn store(facts: Vec<Envelope>, home: &Path) {
    let database = home.join("data/lessonl.db");
    let (events, received) = unbounded_channel();
    let (trouble, mut troubles) = unbounded_channel();
    let writer = lessonl::store::spawn_writer(&database, received, None, trouble, || ()).unwrap();
    for fact in facts {
        events.send(Event::Fact(Box::new(fact))).unwrap();
    }
    drop(events);
    assert_eq!(writer.join().unwrap(), lessonl::store::Kept::Whole);
    assert_eq!(troubles.try_recv().ok(), None);
}

fn shape(spec: &mut RunSpec, agents: usize, rounds: u16, original: &str) {
    let first = spec.team[0].clone();
    spec.team = (0..agents)
        .map(|n| {
            let mut agent = first.clone();
            agent.name = format!("agent{n}");
            agent
        })
        .collect();
    spec.rounds = rounds;
    spec.units.truncate(1);
    original.clone_into(&mut spec.units[0].original);
}

/// A C++ source of so many lines; every `changed`th differs from the one with another mark.
pub(crate) fn source(lines: usize, changed: usize, mark: &str) -> String {
    let line = |n: usize| match n % changed {
        0 => format!("    total += values[{n}] * weights[{n}]; // {mark}\n"),
        _ => format!("    for (int i = {n}; i < size; ++i) {{ out[i] = in[i] * {n}.0; }}\n"),
    };
    let body: String = (0..lines.saturating_sub(3)).map(line).collect();
    format!("#include <vector>\nvoid work(std::vector<double> &out) {{\n{body}}}\n")
}
