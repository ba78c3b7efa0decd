//! The one integration binary: claims about the whole program, by area.
mod tidy;

mod problems;

mod agents;
mod agents_answers;
mod agents_failures;

mod support;
