//! Processes under our control: started contained, watched by the parent's clock, killed for certain.
//! Never interprets what a process prints or returns as evidence of anything.

pub mod cage;
pub mod initialisers;
pub mod level;
pub mod limits;
pub mod load;
pub mod pids;
pub mod sandbox;
pub mod seal;
pub mod shared;
pub mod spawn;
pub mod tree;
