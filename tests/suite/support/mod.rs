//! What several areas of the suite share.

pub(crate) mod fake_server;
#[path = "../../scripted_models/server.rs"]
pub(crate) mod scripted_models;
pub(crate) mod slurm;
