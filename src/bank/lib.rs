//! The lesson bank's rules: minting, selection, effectiveness, relevance. Pure functions over `domain::lesson`.
//! Never holds a bank (the engine folds it from facts), never asks anyone, never reads a clock.
//! Paper: Liu et al., "Lessons Learned", NeurIPS 2025, arXiv 2505.23946.

pub(crate) use lessonl_domain as domain;

mod causes;
mod columns;
mod effect;
mod key;
pub mod mint;
mod relevance;
mod select;
mod twins;

pub use causes::cause;
pub use columns::ScoreColumns;
pub use effect::effectiveness;
pub use key::key;
pub use mint::{advice, carried, learned};
pub use relevance::{Codes, cosine, lexical};
pub use select::{By, Rule, select};
pub use twins::twins;
