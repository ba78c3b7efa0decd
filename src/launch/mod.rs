//! Comparisons on a batch system: the text of its scripts and command lines, and what its answers mean. Pure: never runs a
//! command, and never takes the system's word for the end of anything: only facts say that.

pub mod slurm;
