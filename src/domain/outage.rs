//! What a unit waits for while nobody is answered: part of the fold of a run's facts. Never looks at a clock.

use super::ask::AskFailure;

/// Nobody is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Outage {
    /// Since when, milliseconds since 1970-01-01 UTC.
    pub since: i64,
    /// When somebody is asked again.
    pub until: i64,
    /// Why.
    pub failure: AskFailure,
}
