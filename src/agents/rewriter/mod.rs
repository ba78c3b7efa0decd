//! The built-in agents: rule-based rewriting of C++, no model needed. They know nothing of the bundled problems.

use crate::domain::ask::Ask;
use crate::domain::spec::RewriterStyle;

/// The answer to an ask as text, as a model would write it: prose and, for a rewrite, one fenced block of C++.
/// Pure: the same ask gives the same text.
pub fn answer(_style: RewriterStyle, _ask: &Ask) -> String {
    unimplemented!("stub")
}
