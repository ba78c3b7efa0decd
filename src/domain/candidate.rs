//! A candidate: one rewrite of the original by one agent. Never carries its evaluation; that is a later fact.

use serde::{Deserialize, Serialize};

use super::build::Build;
use super::id::{CandidateId, LessonId};
use super::lineage::Lineage;

/// A rewrite as it will be compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its id within the unit; holds round and author.
    pub id: CandidateId,
    /// C++ source exactly as it will be compiled. May be hostile.
    pub source: String,
    /// The author's own words around the code, bounded; empty if none.
    pub rationale: String,
    /// Lessons its author had read.
    pub read: Vec<LessonId>,
    /// How it is built; `None`: the standard way, as the original is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Build>,
    /// Where it comes from, where its strategy makes moves; `None`: nothing is known of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lineage: Option<Lineage>,
}
