//! The one integration binary: claims about the whole program, by area.

mod tui;
