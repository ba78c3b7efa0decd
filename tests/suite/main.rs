//! The one integration binary: claims about the whole program, by area.
mod tidy;

mod problems;
