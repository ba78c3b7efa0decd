//! Lessons that outlive their runs.
