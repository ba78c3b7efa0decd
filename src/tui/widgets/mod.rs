//! Pieces that screens are drawn from. Never know the model; only values, a theme and a buffer.

pub(crate) mod chart;
pub(crate) mod code;
pub(crate) mod diff;
pub(crate) mod forest;
pub(crate) mod frame;
pub(crate) mod mark;
pub(crate) mod scrubber;
pub(crate) mod text;
