//! Reading C++: normalised syntax terms, patterns over them, and what is known about names. Never changes a text.

pub(crate) mod apart;
pub(crate) mod code;
pub(crate) mod facts;
pub(crate) mod linear;
pub(crate) mod loops;
pub(crate) mod pattern;
pub(crate) mod term;
