//! The lesson bank's rules: minting, selection, effectiveness, relevance. Pure functions over `domain::lesson`.
//! Never holds a bank (the engine folds it from facts), never asks anyone, never reads a clock.
//! Paper: Liu et al., "Lessons Learned", NeurIPS 2025, arXiv 2505.23946.

pub(crate) use lessonl_domain as domain;

pub mod causes;
pub mod effect;
pub mod key;
pub mod mint;
pub mod relevance;
pub mod select;
pub mod shelf;
pub mod twins;

pub use causes::cause;
pub use effect::effectiveness;
pub use key::key;
pub use mint::{advice, carried, learned};
pub use relevance::{Codes, cosine, lexical};
pub use select::{By, Rule, select};
pub use shelf::Shelf;
pub use twins::twins;
