//! Processes under our control: started contained, watched by the parent's clock, killed for certain.
//! Never interprets what a process prints or returns as evidence of anything.

pub(crate) mod initialisers;
pub(crate) mod level;
pub(crate) mod limits;
pub(crate) mod load;
pub(crate) mod pids;
pub(crate) mod project_sandbox;
pub(crate) mod sandbox;
pub(crate) mod seal;
pub(crate) mod shared;
pub(crate) mod spawn;
pub(crate) mod tree;
