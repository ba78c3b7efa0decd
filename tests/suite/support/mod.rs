//! What several areas of the suite share.

pub mod fake_server;
