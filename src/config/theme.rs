//! Colours by meaning: the bundled themes and the person's own.
