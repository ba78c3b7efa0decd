//! A command problem: a project of any language, the regions of it that agents may rewrite, and the commands that build,
//! test and time it. Never reads a file (module `problems` does) and never runs a command (module `harness` does).
//!
//! What agents see and answer with is the *document*: the text of the one region, or of several with a line before each
//! that names it. Line ends in it are always `\n`; a file keeps its own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Begins the line before each region of a document with several.
pub const HEADING: &str = "//// region: ";

/// Mark of byte order.
const BOM: char = '\u{feff}';

/// Commands of a project, guessed from what lies in its folder; empty where nothing speaks for one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guess {
    /// Why, in words: what was found.
    pub found: String,
    /// Run once in each copy.
    pub setup: String,
    /// Builds.
    pub build: String,
    /// Tests.
    pub test: String,
    /// What is timed.
    pub bench: String,
}

/// A project as a problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Its folder, absolute.
    pub root: PathBuf,
    /// The language's name in lower case, e.g. `rust`.
    pub language: String,
    /// The files that have regions.
    pub files: Vec<RegionFile>,
    /// Run once in each copy before anything else.
    pub setup: Option<String>,
    /// Builds; without it the tests do.
    pub build: Option<String>,
    /// Tests: exit code 0 means that the project is right.
    pub test: String,
    /// What is timed.
    pub bench: String,
    /// Environment variables of all commands.
    pub env: BTreeMap<String, String>,
    /// When commands may use the network.
    pub network: Network,
    /// Further absolute paths that commands may read.
    pub read: Vec<PathBuf>,
    /// Paths below the root that are not copied.
    pub exclude: Vec<String>,
    /// What bounds the commands.
    pub limits: CommandLimits,
    /// The figure that the bench prints, if it is to be believed instead of the clock.
    pub figure: Option<BenchFigure>,
    /// What agents are shown around the regions, and what was left out.
    pub context: String,
    /// Name of the function that is rewritten, if one is.
    pub entry: String,
    /// The part of the bench that is spent in the regions and what they call, 0 to 1, where it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
}

impl Project {
    /// What the share of the bench means, in words for people and agents; nothing where it is not known.
    pub fn ceiling(&self) -> Option<String> {
        let share = self.share?.clamp(0.0, 1.0);
        let percent = (share * 100.0).round();
        Some(if percent < 1.0 {
            "Hardly any of the bench is spent in this part and what it calls: the bench cannot show that it becomes faster.".to_owned()
        } else if percent > 98.0 {
            "Nearly all of the bench is spent in this part and what it calls.".to_owned()
        } else {
            format!(
                "About {percent:.0} % of the bench is spent in this part and what it calls: were that to cost nothing, the bench would show {:.1}x.",
                1.0 / (1.0 - share)
            )
        })
    }
}

/// When commands may use the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// Never.
    #[default]
    Never,
    /// While `setup` runs, before any candidate is there.
    Setup,
    /// Always.
    Always,
}

impl Network {
    /// In words, for the screen.
    pub fn words(self) -> &'static str {
        match self {
            Self::Never => "no network",
            Self::Setup => "network for setup alone",
            Self::Always => "network allowed to every command",
        }
    }
}

/// What bounds the commands. Both sides have the same bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandLimits {
    /// Seconds for `setup`.
    pub setup: u64,
    /// Seconds for `build`.
    pub build: u64,
    /// Seconds for `test`.
    pub test: u64,
    /// Seconds for one `bench`.
    pub bench: u64,
    /// Seconds of timing one candidate, after which no further pair is begun.
    pub timing: u64,
    /// MiB of memory of all processes of a command together.
    pub memory: u64,
    /// Processes and threads at the same time.
    pub processes: u64,
    /// MiB that a command may add to the disk.
    pub disk: u64,
    /// MiB that a command may print.
    pub output: u64,
    /// MiB of the project that may be copied.
    pub copy: u64,
}

impl Default for CommandLimits {
    fn default() -> Self {
        Self {
            setup: 600,
            build: 600,
            test: 600,
            bench: 60,
            timing: 90,
            memory: 4096,
            processes: 256,
            disk: 4096,
            output: 16,
            copy: 512,
        }
    }
}

/// Which way a printed figure is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// A time.
    Lower,
    /// A rate.
    Higher,
}

/// A figure that the bench prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchFigure {
    /// Regular expression; its first group is the number. The last match counts.
    pub pattern: String,
    /// Which way it is better.
    pub better: Better,
}

/// A file with regions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionFile {
    /// Its path below the root, with `/`.
    pub path: String,
    /// Its text in order, byte for byte.
    pub pieces: Vec<FilePiece>,
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilePiece {
    /// Never changed.
    Fixed(String),
    /// Agents may rewrite it.
    Region {
        /// Its name, unique in the project.
        name: String,
        /// Its text as it is in the file.
        text: String,
    },
}

/// Why a text is no document of a project.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoDocument {
    /// A region's heading is not there.
    #[error("the region `{0}` is missing: keep the line `//// region: {0}` before it")]
    Missing(String),
    /// Something stands before the first heading, or a heading names no region.
    #[error("`{0}` belongs to no region that may be changed")]
    Outside(String),
}

impl RegionFile {
    /// The whole text, as it is.
    pub fn text(&self) -> String {
        self.pieces.iter().map(FilePiece::text).collect()
    }

    /// Whether its lines end with `\r\n`.
    pub(crate) fn is_crlf(&self) -> bool {
        self.pieces
            .iter()
            .any(|piece| piece.text().contains("\r\n"))
    }
}

impl FilePiece {
    /// Its text.
    pub fn text(&self) -> &str {
        match self {
            Self::Fixed(text) | Self::Region { text, .. } => text,
        }
    }
}

impl Project {
    /// The regions' names and texts in order, line ends as `\n`.
    pub fn regions(&self) -> Vec<(&str, String)> {
        let pieces = self.files.iter().flat_map(|file| &file.pieces);
        pieces
            .filter_map(|piece| match piece {
                FilePiece::Region { name, text } => {
                    Some((name.as_str(), text.replace("\r\n", "\n")))
                }
                FilePiece::Fixed(_) => None,
            })
            .collect()
    }

    /// What agents see.
    pub fn document(&self) -> String {
        let regions: Vec<(String, String)> = self
            .regions()
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text))
            .collect();
        document(&regions)
    }

    /// The files' texts by path with a document's regions in them, in each file's own line ends.
    pub fn render(&self, document: &str) -> Result<Vec<(String, String)>, NoDocument> {
        let names: Vec<&str> = self.regions().into_iter().map(|(name, _)| name).collect();
        let mut texts = parts(document, &names)?.into_iter();
        let rendered = self.files.iter().map(|file| {
            let crlf = file.is_crlf();
            let text = file.pieces.iter().map(|piece| match piece {
                FilePiece::Fixed(text) => text.clone(),
                FilePiece::Region { text: old, .. } => {
                    let new = fitted(&texts.next().unwrap_or_default(), old);
                    if crlf { new.replace('\n', "\r\n") } else { new }
                }
            });
            (file.path.clone(), text.collect())
        });
        Ok(rendered.collect())
    }
}

/// A region's new text with the line end at its end that the old one had, and its line ends as `\n`.
fn fitted(new: &str, old: &str) -> String {
    let mut new = new.replace("\r\n", "\n");
    // A mark of byte order belongs to the file, and nobody who reads text sees it.
    if old.starts_with(BOM) && !new.starts_with(BOM) {
        new.insert(0, BOM);
    }
    if old.ends_with('\n') {
        if !new.is_empty() && !new.ends_with('\n') {
            new.push('\n');
        }
    } else {
        new.truncate(new.trim_end_matches('\n').len());
    }
    new
}

/// The document of these regions.
pub fn document(regions: &[(String, String)]) -> String {
    match regions {
        [(_, text)] => text.clone(),
        several => several
            .iter()
            .map(|(name, text)| {
                let end = if text.ends_with('\n') { "" } else { "\n" };
                format!("{HEADING}{name}\n{text}{end}")
            })
            .collect(),
    }
}

/// The texts of the regions of these names in a document.
///
/// ```
/// use lessonl_domain::project::{document, parts};
///
/// let regions = [
///     ("scan".to_owned(), "for x in xs {}\n".to_owned()),
///     ("sum".to_owned(), "xs.iter().sum()\n".to_owned()),
/// ];
/// let answer = document(&regions);
/// assert_eq!(
///     parts(&answer, &["scan", "sum"]),
///     Ok(vec![regions[0].1.clone(), regions[1].1.clone()])
/// );
/// // an answer that leaves a region out is refused, and the error names the region
/// assert!(parts(&answer, &["scan", "sum", "sort"]).is_err());
/// ```
pub fn parts(document: &str, names: &[&str]) -> Result<Vec<String>, NoDocument> {
    let document = document.replace("\r\n", "\n");
    if let [_] = names {
        return Ok(vec![document]);
    }
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    let mut inside: Option<&str> = None;
    for line in document.split_inclusive('\n') {
        if let Some(name) = line.strip_prefix(HEADING) {
            let name = name.trim();
            let known = names.iter().find(|known| **known == name);
            let known = known.ok_or_else(|| NoDocument::Outside(cut(line)))?;
            if found.insert(known, String::new()).is_some() {
                return Err(NoDocument::Outside(cut(line)));
            }
            inside = Some(known);
        } else if let Some(text) = inside.and_then(|name| found.get_mut(name)) {
            text.push_str(line);
        } else if !line.trim().is_empty() {
            return Err(NoDocument::Outside(cut(line)));
        }
    }
    names
        .iter()
        .map(|name| {
            found
                .remove(name)
                .ok_or_else(|| NoDocument::Missing((*name).to_owned()))
        })
        .collect()
}

fn cut(line: &str) -> String {
    line.trim().chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, pieces: &[(&str, Option<&str>)]) -> RegionFile {
        let piece = |(text, name): &(&str, Option<&str>)| match name {
            Some(name) => FilePiece::Region {
                name: (*name).to_owned(),
                text: (*text).to_owned(),
            },
            None => FilePiece::Fixed((*text).to_owned()),
        };
        RegionFile {
            path: path.to_owned(),
            pieces: pieces.iter().map(piece).collect(),
        }
    }

    fn project(files: Vec<RegionFile>) -> Project {
        Project {
            root: "/p".into(),
            language: "rust".to_owned(),
            files,
            setup: None,
            build: None,
            test: "true".to_owned(),
            bench: "true".to_owned(),
            env: BTreeMap::new(),
            network: Network::Never,
            read: Vec::new(),
            exclude: Vec::new(),
            limits: CommandLimits::default(),
            figure: None,
            share: None,
            context: String::new(),
            entry: String::new(),
        }
    }

    #[test]
    fn one_region_is_the_document_and_the_file_keeps_its_line_ends() {
        let one = project(vec![source(
            "a.rs",
            &[("x\r\n", None), ("old\r\n", Some("f")), ("y", None)],
        )]);
        assert_eq!(one.document(), "old\n");
        assert_eq!(
            one.render("new\nmore").unwrap(),
            [("a.rs".to_owned(), "x\r\nnew\r\nmore\r\ny".to_owned())]
        );
    }

    #[test]
    fn several_regions_come_back_to_their_places_whatever_their_order() {
        let two = project(vec![
            source("a.rs", &[("A\n", Some("f")), ("-\n", None)]),
            source("b.rs", &[("B", Some("g"))]),
        ]);
        assert_eq!(two.document(), "//// region: f\nA\n//// region: g\nB\n");
        let swapped = "//// region: g\nb\n//// region: f\na\n";
        assert_eq!(
            two.render(swapped).unwrap(),
            [
                ("a.rs".to_owned(), "a\n-\n".to_owned()),
                ("b.rs".to_owned(), "b".to_owned())
            ]
        );
        let at = |text: &str| two.render(text).unwrap_err();
        assert_eq!(
            at("//// region: f\na\n"),
            NoDocument::Missing("g".to_owned())
        );
        assert!(matches!(
            at("x\n//// region: f\na\n"),
            NoDocument::Outside(_)
        ));
        assert!(matches!(at("//// region: h\na\n"), NoDocument::Outside(_)));
    }

    #[test]
    fn the_untouched_document_gives_the_untouched_files() {
        let two = project(vec![source(
            "a",
            &[("p\r\n", None), ("A\r\n", Some("f")), ("B", Some("g"))],
        )]);
        let same = two.render(&two.document()).unwrap();
        assert_eq!(same, [("a".to_owned(), two.files[0].text())]);
    }
}
