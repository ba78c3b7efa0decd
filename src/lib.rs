//! lessonl: a team of agents that make code faster and learn from each other's measured attempts.
pub mod agents;
pub mod bank;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod failure;
pub mod harness;
pub mod problems;
pub mod reports;
pub mod store;
pub mod strategies;
pub mod tui;
