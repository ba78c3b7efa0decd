//! Pieces that screens are drawn from. Never know the model; only values, a theme and a buffer.

pub mod chart;
pub mod code;
pub mod diff;
pub mod forest;
pub mod frame;
pub mod mark;
pub mod scrubber;
pub mod text;
