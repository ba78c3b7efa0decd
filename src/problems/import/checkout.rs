//! A checkout of the benchmark → the texts each of its problems is made of. Reads plain files of bounded size; never
//! follows what they say and never writes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::super::ProblemError;
use super::sizes;

/// Largest list of problems that is read, in bytes.
const LARGEST_LIST: u64 = 16 << 20;
/// Largest source file that is read, in bytes.
const LARGEST_SOURCE: u64 = 512 << 10;
/// Most problems that are taken from one list.
const MOST: usize = 10_000;
/// Where the reference repository of the LessonL paper keeps its copy of the benchmark.
const NESTED: [&str; 3] = [
    "",
    "code-opt/ParEval-PolyBench-Code-Opt",
    "ParEval-PolyBench-Code-Opt",
];

/// Whose checkout it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// ParEval's own.
    Pareval,
    /// The reference repository of the LessonL paper, with PolyBench beside ParEval.
    Lessonl,
}

impl Flavour {
    /// What it is called where a result is shown.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Pareval => "the ParEval repository",
            Self::Lessonl => "the LessonL reference repository",
        }
    }

    /// The suite that a problem of this type becomes part of.
    pub(crate) fn suite(self, category: &str) -> &'static str {
        match (self, category) {
            (Self::Pareval, _) => "upstream-pareval",
            (Self::Lessonl, "polybench") => "lessonl-polybench",
            (Self::Lessonl, _) => "lessonl-pareval",
        }
    }
}

/// A checkout and its list of problems.
#[derive(Debug)]
pub(crate) struct Checkout {
    /// Whose it is.
    pub flavour: Flavour,
    /// The texts shared by all problems.
    pub utilities: String,
    root: PathBuf,
    sizes: BTreeMap<String, BTreeMap<String, Value>>,
    /// The problems it lists, in order of name.
    pub listed: Vec<Listed>,
}

/// A line of the list of problems.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Upstream's name, e.g. `02_dense_la_gemm`.
    pub name: String,
    /// Upstream's type, e.g. `dense_la`.
    pub category: String,
    /// What a model is asked with.
    pub prompt: String,
    /// The code a model is asked to make faster, where the list has it.
    pub code: Option<String>,
}

/// The texts of one problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sources {
    /// `cpu.cc`.
    pub driver: String,
    /// `baseline.hpp`.
    pub baseline: String,
    /// Where they are, for errors.
    pub folder: PathBuf,
    /// Upstream's sizes in serial and OpenMP mode.
    pub sizes: [u64; 2],
}

#[derive(Deserialize)]
struct Row {
    name: String,
    problem_type: String,
    parallelism_model: String,
    prompt: String,
    #[serde(default)]
    src_code: Option<String>,
}

impl Checkout {
    /// Finds out what `folder` is and reads its lists. What is missing goes to `errors`; the rest still loads.
    ///
    /// # Errors
    /// If there is nothing of the benchmark in it.
    pub(crate) fn open(
        folder: &Path,
        errors: &mut Vec<ProblemError>,
    ) -> Result<Self, ProblemError> {
        if !folder.is_dir() {
            return Err(ProblemError::new(
                folder.display(),
                "there is no such folder",
                "name the folder into which ParEval or the LessonL reference repository was cloned",
            ));
        }
        let root = NESTED
            .iter()
            .map(|nested| folder.join(nested))
            .find(|root| root.join("drivers/cpp/benchmarks").is_dir())
            .ok_or_else(|| {
                ProblemError::new(
                    folder.join("drivers/cpp/benchmarks").display(),
                    "is missing, so this is no checkout of ParEval",
                    "name the folder into which ParEval or the LessonL reference repository was cloned",
                )
            })?;
        let prompts = root.join("prompts");
        let (flavour, lists) = if prompts.join("code_opt.json").exists()
            || prompts.join("polybench_code_opt.json").exists()
        {
            (
                Flavour::Lessonl,
                &["code_opt.json", "polybench_code_opt.json"][..],
            )
        } else {
            (Flavour::Pareval, &["generation-prompts.json"][..])
        };
        let mut listed = Vec::new();
        for list in lists {
            match rows(&prompts.join(list)) {
                Ok(rows) => listed.extend(rows),
                Err(error) => errors.push(error),
            }
        }
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        let sizes_file = root.join("drivers/problem-sizes.json");
        let sizes = read(&sizes_file, LARGEST_LIST)
            .and_then(|text| json(&sizes_file, &text))
            .unwrap_or_else(|error| {
                errors.push(error);
                BTreeMap::new()
            });
        Ok(Self {
            flavour,
            utilities: read(&root.join("drivers/cpp/utilities.hpp"), LARGEST_SOURCE)?,
            root,
            sizes,
            listed,
        })
    }

    /// Reads one problem's files.
    ///
    /// # Errors
    /// Naming the file that is missing or unusable.
    pub(crate) fn sources(&self, listed: &Listed) -> Result<Sources, ProblemError> {
        let folder = self
            .root
            .join("drivers/cpp/benchmarks")
            .join(&listed.category)
            .join(&listed.name);
        let size = |mode: &str| {
            let file = self.root.join("drivers/problem-sizes.json");
            let written = self
                .sizes
                .get(&listed.name)
                .and_then(|modes| modes.get(mode));
            let text = match written {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => String::new(),
            };
            sizes::evaluate(&text).ok_or_else(|| {
                ProblemError::new(
                    file.display(),
                    format!("has no {mode} size for {}", listed.name),
                    "restore the file from the repository (git checkout)",
                )
            })
        };
        Ok(Sources {
            driver: read(&folder.join("cpu.cc"), LARGEST_SOURCE)?,
            baseline: read(&folder.join("baseline.hpp"), LARGEST_SOURCE)?,
            sizes: [size("serial")?, size("omp")?],
            folder,
        })
    }
}

/// The serial problems of a list, each once.
fn rows(file: &Path) -> Result<Vec<Listed>, ProblemError> {
    let text = read(file, LARGEST_LIST)?;
    let rows: Vec<Row> = json(file, &text)?;
    let mut listed: Vec<Listed> = Vec::new();
    for row in rows.into_iter().take(MOST) {
        let plain = |name: &str| {
            !name.is_empty()
                && !name.starts_with('.')
                && name.len() < 100
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        if !plain(&row.name) || !plain(&row.problem_type) {
            return Err(ProblemError::new(
                file.display(),
                format!("`{}` is no name of a problem", row.name.escape_debug()),
                "restore the file from the repository (git checkout)",
            ));
        }
        if row.parallelism_model == "serial" && !listed.iter().any(|one| one.name == row.name) {
            listed.push(Listed {
                name: row.name,
                category: row.problem_type,
                prompt: row.prompt,
                code: row.src_code,
            });
        }
    }
    Ok(listed)
}

fn json<T: serde::de::DeserializeOwned>(file: &Path, text: &str) -> Result<T, ProblemError> {
    serde_json::from_str(text).map_err(|error| {
        ProblemError::new(
            format_args!("{}:{}", file.display(), error.line()),
            format!("cannot be understood: {error}"),
            "restore the file from the repository (git checkout)",
        )
    })
}

fn read(file: &Path, largest: u64) -> Result<String, ProblemError> {
    super::super::load::read_within(
        file,
        largest,
        "restore it from the repository (git checkout), or clone the repository again",
    )
}
