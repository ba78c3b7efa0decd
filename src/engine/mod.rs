//! Owns a run: starts it, feeds its strategy, records facts, obeys commands.

pub mod handle;
