//! Reading C++: normalised syntax terms, patterns over them, and what is known about names. Never changes a text.

pub mod apart;
pub mod code;
pub mod facts;
pub mod linear;
pub mod loops;
pub mod pattern;
pub mod term;
