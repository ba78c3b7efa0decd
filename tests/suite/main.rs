//! The one integration binary: claims about the whole program, by area.

// Helpers of tests may stop a test; clippy only knows that of functions marked as tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod agents;
mod agents_answers;
mod agents_failures;
mod budgets;
mod care;
mod care_cli;
mod cli;
mod cluster;
mod cluster_slurm;
mod codegen;
mod codegen_run;
mod command;
mod command_apply;
mod command_hostile;
mod compare;
mod compiler;
mod contest;
mod engine;
mod engine_lessons;
mod engine_person;
mod engine_resume;
mod engine_world;
mod frozen;
mod fuzz;
mod harness;
mod harness_clang;
mod harness_contained;
mod harness_corpus;
mod harness_hostile;
mod harness_messages;
mod import;
mod init;
mod init_calls;
mod init_inputs;
mod init_project;
mod licences;
mod mutants;
mod plus;
mod polybench;
mod problems;
mod quality;
mod rewriter;
mod servers;
mod servers_cli;
mod servers_limits;
mod store;
mod strategies;
mod support;
mod tidy;
mod tidy_names;
mod tui;
mod watch;
mod whole;
