//! The one integration binary: claims about the whole program, by area.
mod tidy;

mod problems;

mod agents;
mod agents_answers;
mod agents_failures;

mod support;

mod engine;
mod engine_person;
mod engine_resume;
mod engine_world;
