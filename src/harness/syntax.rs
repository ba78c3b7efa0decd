//! Hostile C++ as a tree, or none: parsing some texts takes for ever, and this runs in our own process.
//! Never recurses; whoever walks the tree must not either.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tree_sitter::{ParseOptions, Parser, Tree};

/// Longest a text is parsed. What people write takes a few milliseconds.
const LIMIT: Duration = Duration::from_secs(2);

/// The tree of a text; `None` where that would take too long.
pub(crate) fn tree(source: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_cpp::LANGUAGE.into())
        .ok()?;
    let begun = Instant::now();
    let mut look = |_: &_| match begun.elapsed() > LIMIT {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    let bytes = source.as_bytes();
    let mut read = |at: usize, _| bytes.get(at..).unwrap_or_default();
    let options = ParseOptions::new().progress_callback(&mut look);
    parser.parse_with_options(&mut read, None, Some(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_has_a_tree_and_every_text_an_end() {
        assert!(tree("double f(int n) { return n; }").is_some());
        for piece in ["a<", "template <", "(int (*)", "if (x) ", "{[("] {
            let _ = tree(&piece.repeat(20_000));
        }
    }
}
