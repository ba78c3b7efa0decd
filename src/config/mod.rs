//! Layered TOML with the origin of every value; paths. Never reads a key's value into itself.

pub mod keymap;
pub mod theme;
