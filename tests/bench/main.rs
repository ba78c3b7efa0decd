//! What the live screens cost: drives the real program over a pseudo-terminal and prints the table of targets with this
//! machine's figures. `cargo bench --bench screens` runs all of it; `-- --quick` leaves out the long parts.

// A benchmark that cannot go on stops.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod disturbance;
mod pty;
mod record;
mod server;
mod soak;
mod targets;

use std::path::Path;

/// One row of the table.
pub struct Row {
    /// What is measured.
    pub metric: &'static str,
    /// What it should be.
    pub target: &'static str,
    /// What it is.
    pub figure: String,
    /// Whether that is within the target; `None` where there is no limit.
    pub met: Option<bool>,
}

/// How much is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Everything.
    Full,
    /// What takes seconds.
    Quick,
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let only = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    let length = if quick { Length::Quick } else { Length::Full };
    let profile = if cfg!(debug_assertions) {
        "a debug build: figures of a release build are the ones that count"
    } else {
        "a release build"
    };
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{profile}; load {}", load.trim());
    let home = tempfile::tempdir().unwrap();
    let wanted = |name: &str| only.as_deref().is_none_or(|only| name.contains(only));
    type Part = fn(&Path, Length) -> Vec<Row>;
    let parts: [(&str, Part); 9] = [
        ("start", targets::start),
        ("keys", targets::keys),
        ("idle", targets::idle),
        ("difference", targets::difference),
        ("memory", targets::memory),
        ("soak", soak::rows),
        ("resize", targets::resize),
        ("streaming", targets::streaming),
        ("disturbance", disturbance::rows),
    ];
    for (name, part) in parts {
        if wanted(name) {
            for row in part(home.path(), length) {
                let verdict = match row.met {
                    Some(true) => "met",
                    Some(false) => "MISSED",
                    None => "",
                };
                println!(
                    "| {:<44} | {:<36} | {:<58} | {verdict:<6} |",
                    row.metric, row.target, row.figure
                );
            }
        }
    }
}
