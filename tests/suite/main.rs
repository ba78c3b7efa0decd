//! The one integration binary: claims about the whole program, by area.

mod harness;
mod harness_hostile;
