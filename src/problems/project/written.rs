//! A command problem's `problem.toml` as it is written. Never checks what it says.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::domain::project::{BenchFigure, CommandLimits, Network};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    #[serde(rename = "kind")]
    pub _kind: String,
    pub id: String,
    pub title: String,
    pub category: String,
    #[serde(default)]
    pub description: String,
    pub project: WrittenProject,
    pub region: Vec<WrittenRegion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenProject {
    pub dir: PathBuf,
    pub language: Option<String>,
    pub setup: Option<String>,
    pub build: Option<String>,
    pub test: String,
    pub bench: String,
    pub bench_figure: Option<BenchFigure>,
    pub share: Option<f64>,
    #[serde(default)]
    pub network: WrittenNetwork,
    #[serde(default)]
    pub read: Vec<PathBuf>,
    #[serde(default)]
    pub exclude: Vec<String>,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    pub limits: WrittenLimits,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(untagged)]
pub(super) enum WrittenNetwork {
    Word(Network),
    Flag(bool),
}

impl Default for WrittenNetwork {
    fn default() -> Self {
        Self::Flag(false)
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenLimits {
    pub setup: Option<u64>,
    pub build: Option<u64>,
    pub test: Option<u64>,
    pub bench: Option<u64>,
    pub timing: Option<u64>,
    pub memory: Option<u64>,
    pub processes: Option<u64>,
    pub disk: Option<u64>,
    pub output: Option<u64>,
    pub copy: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenRegion {
    pub name: Option<String>,
    pub file: String,
    pub function: Option<String>,
    pub markers: Option<(String, String)>,
    pub lines: Option<(usize, usize)>,
    pub sha256: Option<String>,
}

/// What was written, and the usual for the rest.
pub(super) fn limits(written: &WrittenLimits) -> CommandLimits {
    let usual = CommandLimits::default();
    let of = |given: Option<u64>, usual: u64| given.unwrap_or(usual).max(1);
    CommandLimits {
        setup: of(written.setup, usual.setup),
        build: of(written.build, usual.build),
        test: of(written.test, usual.test),
        bench: of(written.bench, usual.bench),
        timing: of(written.timing, usual.timing),
        memory: of(written.memory, usual.memory),
        processes: of(written.processes, usual.processes),
        disk: of(written.disk, usual.disk),
        output: of(written.output, usual.output),
        copy: of(written.copy, usual.copy),
    }
}
