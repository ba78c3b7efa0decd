//! Runs → figures and documents: metrics per category and overall, tables, Markdown, JSON. Pure.
//! Never measures, never reads a clock or a file; a figure that is not in the facts is not printed.
//!
//! Metrics as in the LessonL paper (arXiv 2505.23946): geometric mean with wrong or slower as 1, share above 2×.

pub(crate) use lessonl_domain as domain;

pub mod ability;
pub mod blocks;
pub mod bootstrap;
pub mod ceiling;
pub mod comparison;
pub mod comparison_document;
pub mod diversity;
pub mod document;
pub mod gather;
pub mod ledger;
pub mod ledger_document;
pub mod lineage_document;
pub mod machines;
pub mod metrics;
pub mod page;
mod page_unit;
pub mod pass;
pub mod plot;
pub mod published;
pub mod result;
pub mod sections;
pub mod sheet;
pub mod summary;
pub mod table;
