//! What several areas of the suite share.

pub mod fake_server;
#[path = "../../scripted_models/server.rs"]
pub mod scripted_models;
pub mod slurm;
