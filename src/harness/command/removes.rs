//! Definitions that a candidate takes out of a project. Reads them with the parsers of [`crate::source`]; where there is none
//! for the language nothing is said.

use crate::domain::evaluation::{Caveat, removal};
use crate::domain::project::{Project, parts};
use crate::source::outline::removed;
use crate::source::syntax::Tongue;

/// What is gone from the regions, for the person to see: tests rarely look at everything.
pub fn caveat(project: &Project, source: &str) -> Option<Caveat> {
    let regions = project.regions();
    let names: Vec<&str> = regions.iter().map(|(name, _)| *name).collect();
    let new = parts(source, &names).ok()?;
    let tongue = Tongue::of(&project.language);
    let gone: Vec<String> = regions
        .iter()
        .zip(&new)
        .flat_map(|((_, before), after)| removed(before, after, tongue))
        .collect();
    removal(&gone)
}
