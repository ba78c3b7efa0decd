//! `lessonl`: a team of agents rewrites a slow function over several rounds; every rewrite is compiled, checked and timed on
//! this machine; its author writes a lesson; lessons are banked and a few are given to everybody in the next round.
//! The algorithm is LessonL (Liu et al., NeurIPS 2025, arXiv 2505.23946).
//!
//! # Bird's eye
//!
//! There is one way round:
//!
//! ```text
//! key or flag → Action → update → Command → engine → { ask an agent, evaluate a candidate } → Fact → { store, screens, plain lines, report }
//! ```
//!
//! Nothing flows back but the next [`domain::command::Command`]. Facts are append-only and enough to rebuild a run: live
//! screens, replay, resume and reports fold the same facts with the same function, [`domain::run::Run::apply`]. Pulses (text
//! as it arrives, timing progress) may be dropped.
//!
//! # Code map
//!
//! | room | what it owns | may import |
//! |---|---|---|
//! | [`domain`] | plain values and pure rules; no I/O, clock, randomness, async | nothing |
//! | [`source`] | source code as text: definitions, comments and literals; pure | nothing |
//! | [`problems`] | problem folders and suites → [`domain::problem::Problem`] | domain, source |
//! | [`bank`] | the lesson bank: selection, factor, relevance; pure | domain |
//! | [`strategies`] | one file per paper over a blocking handle on the engine | domain |
//! | [`agents`] | ask → words → model → answer; the built-in rewriting agents | domain, source |
//! | [`harness`] | candidate → evaluation; the only place that starts processes, and the only `unsafe` code | domain, source |
//! | [`intake`] | a function in a person's own file → a problem folder | domain |
//! | [`engine`] | a run: dispatcher, strategy thread, budget, facts | domain, bank, strategies, agents, harness |
//! | [`store`] | SQLite: facts and rebuildable projections, one writer thread; the read side | domain |
//! | [`reports`] | run → metrics and documents; pure | domain |
//! | [`config`] | layered settings with their origin, paths, themes, keys | domain |
//! | [`launch`] | scripts and answers of batch systems; pure | domain, config |
//! | [`tui`] | the live screens | domain, engine::handle, store::archive, reports, config |
//! | [`cli`] | arguments, their cross-checks, and the one place that wires everything | all of it |
//!
//! Each room but [`cli`] and [`launch`] is a crate of this workspace (`src/<room>/Cargo.toml`), so that the compiler holds the
//! arrows and a change is built with the rooms that use it alone. Inside, paths read as if it were one crate.
//!
//! Siblings are blind to each other on purpose: a strategy speaks of asks and evaluations, not of prompts and compilers, so
//! that a prompt cannot touch a strategy, a new language cannot touch agents, and each is tested alone.
//!
//! # Invariants
//!
//! 1. A candidate that fails is a result, never an error; our own failure is never a lesson.
//! 2. A speedup carries its interval and how it was got, wherever it is shown.
//! 3. Nothing a candidate prints, returns as exit code or writes outside its outputs is evidence of anything.
//! 4. Facts are numbered and timed in one place, the engine; ids say where a thing stands, never when it happened.
//! 5. A failing store, listener or screen never fails a run.
//! 6. Keys stay in [`agents`]; they are in no fact, prompt, log or error.
//! 7. The screens draw from `&Model` only; nothing but them writes to the terminal while they are up.
//!
//! The `tidy` tests enforce the table's arrows in every manifest and path, the size and header of every file, and that what the tables promise is so.

pub use lessonl_agents as agents;
pub use lessonl_bank as bank;
pub mod cli;
pub use lessonl_config as config;
pub use lessonl_domain as domain;
pub use lessonl_domain::failure;
pub use lessonl_engine as engine;
pub use lessonl_harness as harness;
pub use lessonl_intake as intake;
pub mod launch;
pub use lessonl_problems as problems;
pub use lessonl_reports as reports;
pub use lessonl_source as source;
pub use lessonl_store as store;
pub use lessonl_strategies as strategies;
pub use lessonl_tui as tui;
