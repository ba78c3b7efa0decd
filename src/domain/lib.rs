//! Plain values and pure rules of the field: problems, candidates, evaluations, lessons, facts and their fold.
//! No input or output, no clock, no randomness, no async. Everything else speaks in these words.

pub mod alike;
pub mod ask;
pub mod best;
pub mod block;
pub mod build;
pub mod candidate;
pub mod carried;
pub mod ceiling;
pub mod codegen;
pub mod command;
pub mod comparison;
pub mod contest;
pub mod draw;
pub mod enough;
pub mod evaluation;
pub mod event;
pub mod failure;
pub mod id;
pub mod lesson;
pub mod likeness;
pub mod lineage;
pub mod measurement;
pub mod meter;
mod open_work;
mod outage;
pub mod price;
pub mod problem;
pub mod project;
pub mod reach;
pub mod run;
pub mod sizing;
pub mod spec;
mod tally;
pub mod units;
pub mod work;
