//! A checkout of ParEval, or of the LessonL reference repository with its PolyBench, → problem folders of ours in which
//! upstream's inputs and validators run under our clock, pairing, fresh state per call and containment.
//! Nothing of the checkout becomes part of this project: its texts go from the person's checkout to the person's own data.
//! Never compiles or runs anything; what cannot be understood is an error naming the file, and the rest is still imported.

mod checkout;
mod cpp;
mod defect;
mod driver;
mod original;
mod sizes;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use defect::{Mending, ReleaseDefect};
pub use driver::DriverDefects;

use super::ProblemError;
use super::load::{MANIFEST, load_as};
use checkout::{Checkout, Listed, Sources};
use cpp::FunctionParts;
use defect::Texts;

/// A problem that was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its id here.
    pub id: String,
    /// Upstream's name.
    pub upstream: String,
    /// What is wrong with it as released.
    pub defects: Vec<ReleaseDefect>,
}

/// What an import came to.
#[derive(Debug, Clone, Default)]
pub struct ImportReport {
    /// The good ones, by id.
    pub imported: Vec<Imported>,
    /// What could not be imported, and why.
    pub errors: Vec<ProblemError>,
}

/// Imports every serial problem that `checkout` lists into folders below `out`, replacing earlier imports of the same ones.
///
/// # Errors
/// If `checkout` is none, or nothing can be written.
pub fn import(
    checkout: &Path,
    out: &Path,
    wanted: DriverDefects,
) -> Result<ImportReport, ProblemError> {
    let mut report = ImportReport::default();
    let checkout = Checkout::open(checkout, &mut report.errors)?;
    for listed in &checkout.listed {
        match one(&checkout, listed, out, wanted) {
            Ok(imported) => report.imported.push(imported),
            Err(error) => report.errors.push(error),
        }
    }
    report.imported.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(report)
}

fn one(
    checkout: &Checkout,
    listed: &Listed,
    out: &Path,
    wanted: DriverDefects,
) -> Result<Imported, ProblemError> {
    let sources = checkout.sources(listed)?;
    let suite = checkout.flavour.suite(&listed.category);
    let short = short(&listed.name, &listed.category);
    let ending = match wanted {
        DriverDefects::Mended => "",
        DriverDefects::AsReleased => "-as-released",
    };
    let id = match listed.category.as_str() {
        "polybench" => format!("{suite}{ending}/{short}"),
        category => format!("{suite}{ending}/{category}/{short}"),
    };
    let files = files(checkout, listed, &sources, (&id, short), wanted)?;
    let folder = out.join(&id);
    put(&folder, &files.texts).map_err(|error| {
        ProblemError::new(
            folder.display(),
            format!("cannot be written: {error}"),
            "make the folder writable, or name another with --out",
        )
    })?;
    load_as(&folder, &id)?;
    Ok(Imported {
        id,
        upstream: listed.name.clone(),
        defects: files.defects,
    })
}

/// Upstream's name without its number and category.
fn short<'a>(name: &'a str, category: &str) -> &'a str {
    let unnumbered = name
        .split_once('_')
        .filter(|(number, _)| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
        .map_or(name, |(_, rest)| rest);
    unnumbered
        .strip_prefix(category)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(unnumbered)
}

struct Files {
    texts: [(&'static str, String); 3],
    defects: Vec<ReleaseDefect>,
}

/// `problem.toml` as it is written.
#[derive(Serialize)]
struct Manifest<'a> {
    id: &'a str,
    title: String,
    category: &'a str,
    description: String,
    entry: String,
    sizes: ManifestSizes,
    check: ManifestCheck,
    provenance: ManifestProvenance<'a>,
}

#[derive(Serialize)]
struct ManifestSizes {
    check: Vec<u64>,
    hidden: Vec<u64>,
    time: u64,
    time_omp: u64,
    upstream: u64,
    upstream_omp: u64,
}

#[derive(Serialize)]
struct ManifestCheck {
    tolerance: ManifestTolerance,
    values: [&'static str; 1],
}

#[derive(Serialize)]
struct ManifestTolerance {
    relative: f64,
}

#[derive(Serialize)]
struct ManifestProvenance<'a> {
    source: &'a str,
    as_released: bool,
    defects: Vec<&'static str>,
}

fn files(
    checkout: &Checkout,
    listed: &Listed,
    sources: &Sources,
    (id, short): (&str, &str),
    wanted: DriverDefects,
) -> Result<Files, ProblemError> {
    let plain = |text: &str| cpp::serial_only(&cpp::without_comments(text));
    let bad = |file: &str, what: String| {
        ProblemError::new(
            sources.folder.join(file).display(),
            what,
            "restore the file from the repository (git checkout); other versions than the released one may not be understood",
        )
    };
    let (driver, baseline) = (plain(&sources.driver), plain(&sources.baseline));
    let calls = |function: &str| {
        FunctionParts::find(&driver, function)
            .and_then(|f| cpp::first_call(&driver[f.body]))
            .ok_or_else(|| {
                bad(
                    "cpu.cc",
                    format!("has no function `{function}` that calls one"),
                )
            })
    };
    let (called, correct_name) = (calls("compute")?, calls("best")?);
    let name = called.rsplit(':').next().unwrap_or(&called);
    let code = listed.code.as_deref().map(plain);
    let asked = code
        .as_deref()
        .and_then(|code| FunctionParts::find(code, name))
        .or_else(|| FunctionParts::find(&plain(&listed.prompt), name))
        .ok_or_else(|| {
            bad(
                "cpu.cc",
                format!("calls `{name}`, which the prompt does not ask for"),
            )
        })?;
    let correct = FunctionParts::find(&baseline, &correct_name).ok_or_else(|| {
        bad(
            "baseline.hpp",
            format!("has no function `{correct_name}`, which cpu.cc calls"),
        )
    })?;
    let suite = checkout.flavour.suite(&listed.category);
    let mut texts = Texts {
        problem: (suite, &listed.name),
        driver: &driver,
        baseline: &baseline,
        code: code.as_deref(),
        asked: &asked,
        correct: &correct,
        called: &called,
    };
    let defects = defect::found(&texts);
    let mend = wanted == DriverDefects::Mended && defects.contains(&ReleaseDefect::Mistyped);
    let driven = original::as_driven(&asked, &correct);
    if mend {
        texts.asked = &driven;
    }
    let original = original::write(
        listed,
        &sources.baseline,
        texts.asked,
        &correct,
        &defect::helpers(&texts),
        !mend,
    );
    let written = driver::write(&driver::Parts {
        texts: &texts,
        utilities: &plain(&checkout.utilities),
        original: &original,
        category: &listed.category,
        defects: &defects,
        wanted,
    })
    .map_err(|what| bad("cpu.cc", what))?;
    let key = match listed.category.as_str() {
        "polybench" => format!("polybench/{short}"),
        _ => short.to_owned(),
    };
    let entry = texts.asked.signature();
    let [serial, omp] = sources.sizes;
    let checks = sizes::checks(&listed.category);
    let mut description = original::described(&listed.prompt);
    if listed.category == "polybench" || description.is_empty() {
        description =
            format!("The PolyBench kernel {short}: what the code does, for the same arguments.");
    }
    description.push_str(
        "\nInputs are the benchmark's own. Vectors have the sizes the code relies on and no two arguments overlap. \
         Floating-point outputs may differ by rounding; everything else must be equal.",
    );
    let manifest = Manifest {
        id,
        title: short.replace('_', " "),
        category: &listed.category,
        description,
        sizes: ManifestSizes {
            check: checks.told.to_vec(),
            hidden: checks.hidden.to_vec(),
            time: sizes::timed(&key, serial),
            time_omp: sizes::timed(&key, omp),
            upstream: serial,
            upstream_omp: omp,
        },
        check: ManifestCheck {
            tolerance: ManifestTolerance {
                relative: if entry.contains("float") { 1e-4 } else { 1e-6 },
            },
            values: ["any"],
        },
        entry,
        provenance: ManifestProvenance {
            source: checkout.flavour.words(),
            as_released: wanted == DriverDefects::AsReleased,
            defects: defects.iter().map(|defect| defect.words()).collect(),
        },
    };
    let manifest = toml::to_string(&manifest)
        .map_err(|error| bad("cpu.cc", format!("cannot be described: {error}")))?;
    Ok(Files {
        texts: [
            (MANIFEST, manifest),
            ("original.cpp", original),
            ("driver.cpp", written),
        ],
        defects,
    })
}

/// Writes a problem's files; the manifest last, as it makes the folder a problem.
fn put(folder: &PathBuf, texts: &[(&str, String)]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, text) in texts.iter().rev() {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}
