//! Which Python there is, and what of it a contained process may read. Asks the interpreter itself, once.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde::Deserialize;

use super::super::HarnessError;

/// Names the interpreter to use instead of the one on the path.
const VARIABLE: &str = "LESSONL_PYTHON";
/// The oldest version whose `ast` can write an assertion out.
const OLDEST: (u32, u32) = (3, 9);

/// An interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interpreter {
    /// Its executable, links resolved.
    pub(crate) program: PathBuf,
    /// `3.11.7`.
    pub(crate) version: String,
    /// Folders of its library.
    pub(crate) read: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Told {
    program: PathBuf,
    version: (u32, u32, u32),
    read: Vec<PathBuf>,
}

const QUESTION: &str = "import json, os, sys, sysconfig
paths = sysconfig.get_paths()
read = [paths['stdlib'], paths['platstdlib'], sysconfig.get_config_var('LIBDIR') or '']
read = sorted({os.path.realpath(p) for p in read if p and os.path.realpath(p).count('/') > 1})
print(json.dumps({'program': os.path.realpath(sys.executable), 'version': list(sys.version_info[:3]), 'read': read}))";

impl Interpreter {
    /// The interpreter that `LESSONL_PYTHON` names, else `python3`, else `python`. Asked once.
    pub(crate) fn find() -> Result<Self, HarnessError> {
        static FOUND: OnceLock<Interpreter> = OnceLock::new();
        if let Some(known) = FOUND.get() {
            return Ok(known.clone());
        }
        Self::look().map(|found| FOUND.get_or_init(|| found).clone())
    }

    fn look() -> Result<Self, HarnessError> {
        let given = std::env::var(VARIABLE).ok().filter(|name| !name.is_empty());
        let names = match &given {
            Some(name) => vec![name.as_str()],
            None => vec!["python3", "python"],
        };
        let found = names.iter().find_map(|name| ask(name));
        let absent = |what: String| HarnessError::Environment {
            what,
            hint: format!(
                "install Python {}.{} or newer, or name one: export {VARIABLE}=/path/to/python3",
                OLDEST.0, OLDEST.1
            ),
        };
        let told = found.ok_or_else(|| {
            absent(format!(
                "code generation needs Python, and {} does not answer",
                names.join(" or ")
            ))
        })?;
        let (major, minor, micro) = told.version;
        let version = format!("{major}.{minor}.{micro}");
        if (major, minor) < OLDEST {
            return Err(absent(format!("Python {version} is too old")));
        }
        Ok(Self {
            program: told.program,
            version,
            read: told.read,
        })
    }
}

fn ask(name: &str) -> Option<Told> {
    let asked = Command::new(name)
        .args(["-I", "-S", "-B", "-c", QUESTION])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    serde_json::from_slice(&asked.stdout).ok()
}
