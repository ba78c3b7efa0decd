//! `[clusters.NAME]`: how comparisons are given to a batch system. Its lines become part of a job's script, so that a
//! project's file may say nothing of it. Never submits anything.

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::de::DeTable;

use super::ConfigError;
use super::reader::Reader;
use super::settings::beside;
use crate::domain::block::ClassRule;
use crate::domain::units::Nanos;

const KEYS: [&str; 18] = [
    "launcher",
    "spool",
    "partition",
    "account",
    "qos",
    "reservation",
    "licenses",
    "constraint",
    "time",
    "nodes",
    "cells",
    "whole_node",
    "class",
    "before",
    "wrap",
    "scratch",
    "extra",
    "program",
];

/// Who starts jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Launcher {
    /// Slurm, by its commands.
    Slurm,
    /// This process.
    Local,
}

/// A cluster as the settings describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Who starts jobs.
    pub launcher: Launcher,
    /// Folder that all its machines see.
    pub spool: Option<PathBuf>,
    /// Options of the batch system that are passed as they are, by name.
    pub passed: BTreeMap<String, String>,
    /// Time limit of a job.
    pub time: Nanos,
    /// Jobs at a time, at most.
    pub nodes: u32,
    /// Cells in flight on a machine.
    pub cells: u16,
    /// Whether a job has its machine to itself.
    pub whole_node: bool,
    /// On which machines a comparison may run.
    pub class: ClassRule,
    /// Lines of the job's script before the program.
    pub before: Vec<String>,
    /// What the program is started by, like `apptainer exec image.sif`.
    pub wrap: Option<String>,
    /// Folder on each machine for what is compiled; may name a variable.
    pub scratch: Option<String>,
    /// Further options of the batch system.
    pub extra: Vec<String>,
    /// The program on the machines; `None`: a copy of this one.
    pub program: Option<PathBuf>,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            launcher: Launcher::Slurm,
            spool: None,
            passed: BTreeMap::new(),
            time: Nanos(7_200_000_000_000),
            nodes: 20,
            cells: 4,
            whole_node: true,
            class: ClassRule::First,
            before: Vec::new(),
            wrap: None,
            scratch: None,
            extra: Vec::new(),
            program: None,
        }
    }
}

/// Clusters by name.
pub type Clusters = BTreeMap<String, Cluster>;

/// Options of the batch system that are ours to set.
const OURS: [&str; 14] = [
    "array",
    "export",
    "signal",
    "requeue",
    "no-requeue",
    "output",
    "error",
    "open-mode",
    "job-name",
    "nodes",
    "time",
    "exclusive",
    "parsable",
    "wrap",
];
/// Their short forms.
const OURS_SHORT: [&str; 7] = ["a", "o", "e", "J", "N", "t", "W"];

/// Lays a table of clusters over those known so far.
///
/// # Errors
/// If a project's file has one, a key is unknown, or a value is not what it must be.
pub(crate) fn lay(
    clusters: &mut Clusters,
    reader: &Reader<'_>,
    at: usize,
    table: &DeTable<'_>,
) -> Result<(), ConfigError> {
    if reader.origin.is_untrusted() {
        return Err(reader.error(
            at,
            "`clusters`: a project's file may not say what your jobs run",
            "Put it into your own configuration.",
        ));
    }
    for (name, item) in table {
        let key = format!("clusters.{}", name.get_ref());
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if name.get_ref().is_empty() || !name.get_ref().chars().all(plain) {
            return Err(reader.error(
                name.span().start,
                format!(
                    "`{}` cannot name a cluster",
                    name.get_ref().escape_default()
                ),
                "Take letters, digits, - and _.",
            ));
        }
        let cluster = read(reader, reader.table(&key, item)?, name.span().start)?;
        clusters.insert(name.get_ref().to_string(), cluster);
    }
    Ok(())
}

fn read(reader: &Reader<'_>, table: &DeTable<'_>, begin: usize) -> Result<Cluster, ConfigError> {
    let mut cluster = Cluster::default();
    for (key, item) in table {
        let at = key.span().start;
        let key: &str = key.get_ref();
        let line = |text: String| match text.contains(['\n', '\r', '\0']) {
            true => Err(reader.error(at, format!("`{key}` must be one line"), "Split it up.")),
            false => Ok(text),
        };
        match key {
            "launcher" => {
                cluster.launcher = match reader.string(key, item)?.as_str() {
                    "slurm" => Launcher::Slurm,
                    "local" => Launcher::Local,
                    other => {
                        return Err(reader.error(
                            at,
                            format!(
                                "`launcher` must be slurm or local, not `{}`",
                                other.escape_default()
                            ),
                            "For any other batch system: lessonl compare … --slices N --out DIR.",
                        ));
                    }
                };
            }
            "spool" => {
                cluster.spool = Some(beside(reader.origin, &line(reader.string(key, item)?)?))
            }
            "program" => {
                cluster.program = Some(beside(reader.origin, &line(reader.string(key, item)?)?))
            }
            "partition" | "account" | "qos" | "reservation" | "licenses" | "constraint" => {
                let value = line(reader.string(key, item)?)?;
                cluster.passed.insert(key.to_owned(), value);
            }
            "time" => {
                let text = reader.string(key, item)?;
                let span = Nanos::span(&text).filter(|span| span.0 >= 60_000_000_000);
                cluster.time = span.ok_or_else(|| {
                    reader.error(
                        at,
                        format!(
                            "`time` must be a time of a minute or more, not `{}`",
                            text.escape_default()
                        ),
                        "Write it like time = \"2h\".",
                    )
                })?;
            }
            "nodes" => cluster.nodes = reader.whole(key, item, 1, 100_000)?,
            "cells" => cluster.cells = reader.whole(key, item, 1, 64)? as u16,
            "whole_node" => cluster.whole_node = reader.boolean(key, item)?,
            "class" => {
                cluster.class = match reader.string(key, item)?.as_str() {
                    "first" => ClassRule::First,
                    "any" => ClassRule::Any,
                    name => ClassRule::Named(name.to_owned()),
                };
            }
            "before" => {
                for text in reader.strings(key, item)? {
                    cluster.before.push(line(text)?);
                }
            }
            "wrap" => cluster.wrap = Some(line(reader.string(key, item)?)?),
            "scratch" => cluster.scratch = Some(line(reader.string(key, item)?)?),
            "extra" => {
                for text in reader.strings(key, item)? {
                    if let Some(why) = not_extra(&text) {
                        return Err(reader.error(
                            at,
                            format!("`extra`: `{}` {why}", text.escape_default()),
                            "Write options like --mail-type=FAIL; what has a key of its own is set by that.",
                        ));
                    }
                    cluster.extra.push(line(text)?);
                }
            }
            other => return Err(reader.unknown(other, at, &KEYS)),
        }
    }
    if cluster.launcher == Launcher::Slurm && cluster.spool.is_none() {
        return Err(reader.error(
            begin,
            "a cluster needs a `spool`",
            "Name a folder that this machine and all nodes see: spool = \"/scratch/me/lessonl\".",
        ));
    }
    Ok(cluster)
}

/// Why an option of the batch system may not be given; `None`: it may.
fn not_extra(text: &str) -> Option<&'static str> {
    let Some(option) = text.strip_prefix('-') else {
        return Some("is no option");
    };
    let (name, ours) = match option.strip_prefix('-') {
        Some(long) => (long.split(['=', ' ']).next().unwrap_or(""), &OURS[..]),
        None => (option.get(..1).unwrap_or(""), &OURS_SHORT[..]),
    };
    // the batch system takes the beginning of a long option for all of it
    let is_ours = match option.starts_with('-') {
        true => ours
            .iter()
            .any(|known| !name.is_empty() && known.starts_with(name)),
        false => ours.contains(&name),
    };
    match (name.is_empty(), is_ours) {
        (true, _) => Some("is no option"),
        (_, true) => Some("is set by lessonl itself"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Origin;
    use crate::settings::Settings;

    fn laid(text: &str) -> Result<Settings, ConfigError> {
        let mut settings = Settings::default();
        settings.lay(&Origin::User("/home/me/c/config.toml".into()), text)?;
        Ok(settings)
    }

    #[test]
    fn a_cluster_is_read_whole() {
        let text = "[clusters.ice]\nspool = \"/scratch/me\"\npartition = \"cpu\"\ntime = \"90m\"\nnodes = 3\ncells = 2\n\
                    whole_node = false\nclass = \"any\"\nbefore = [\"module load gcc\"]\nextra = [\"--mail-type=FAIL\", \"-A me\"]\n";
        let clusters = laid(text).unwrap().clusters;
        let expected = Cluster {
            spool: Some("/scratch/me".into()),
            passed: BTreeMap::from([("partition".to_owned(), "cpu".to_owned())]),
            time: Nanos(5_400_000_000_000),
            nodes: 3,
            cells: 2,
            whole_node: false,
            class: ClassRule::Any,
            before: vec!["module load gcc".to_owned()],
            extra: vec!["--mail-type=FAIL".to_owned(), "-A me".to_owned()],
            ..Cluster::default()
        };
        assert_eq!(clusters, Clusters::from([("ice".to_owned(), expected)]));
    }

    #[test]
    fn what_would_break_a_job_is_refused_where_it_is_written() {
        for (text, words) in [
            ("[clusters.a]\n", "needs a `spool`"),
            (
                "[clusters.a]\nspool = \"x\"\nlauncher = \"pbs\"\n",
                "slurm or local",
            ),
            (
                "[clusters.a]\nspool = \"x\"\ntime = \"5s\"\n",
                "a minute or more",
            ),
            (
                "[clusters.a]\nspool = \"x\"\nextra = [\"--export=ALL\"]\n",
                "set by lessonl",
            ),
            (
                "[clusters.a]\nspool = \"x\"\nextra = [\"--exp=ALL\"]\n",
                "set by lessonl",
            ),
            (
                "[clusters.a]\nspool = \"x\"\nextra = [\"rm -rf\"]\n",
                "is no option",
            ),
            (
                "[clusters.a]\nspool = \"x\"\nextra = [\"-a1\"]\n",
                "set by lessonl",
            ),
            (
                "[clusters.a]\nspool = \"x\"\nbefore = [\"a\\nb\"]\n",
                "one line",
            ),
            ("[clusters.a]\nspool = \"x\"\nnode = 3\n", "unknown key"),
            (
                "[clusters.\"a b\"]\nspool = \"x\"\n",
                "cannot name a cluster",
            ),
        ] {
            let error = laid(text).unwrap_err();
            assert!(error.what.contains(words), "{text}: {error}");
        }
        let mut settings = Settings::default();
        let project = Origin::Project("/src/lessonl.toml".into());
        let text = "[clusters.a]\nspool = \"/tmp\"\nbefore = [\"rm -rf ~\"]\n";
        assert!(settings.lay(&project, text).is_err());
    }
}
