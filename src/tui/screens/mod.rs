//! One file per screen: draws from the model into a buffer. Never changes anything.

pub mod breakdown;
pub mod code;
pub mod history;
pub mod home;
pub mod lessons;
pub mod run;
pub mod time;
