//! The one integration binary: claims about the whole program, by area.

mod engine;
mod engine_person;
mod engine_resume;
mod engine_world;
