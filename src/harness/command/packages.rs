//! Folders of installed packages that git ignores but a project's programs read, like `node_modules`: a private copy gets
//! links to the packages where they are. Never copies a package, and never makes one writable: the cage alone decides what
//! may be written, and these folders are given to it to be read.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::copy::{self, ProjectFiles};
use super::run::ProjectCopy;
use crate::domain::project::{Network, Project};

/// The name that programs of JavaScript look for, in every folder upwards.
const NAME: &str = "node_modules";
/// What tools keep there for themselves: they make it anew in a copy.
const CACHES: [&str; 5] = [".cache", ".tmp", ".vite", ".vite-temp", ".vitest"];

/// A folder of packages.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PackageFolder {
    /// Where it is.
    real: PathBuf,
    /// Where a copy has it, below the folder that holds the copy of the project.
    at: PathBuf,
}

/// The folders of packages that a project's files find.
fn folders(root: &Path, files: &[PathBuf], exclude: &[String]) -> Vec<PackageFolder> {
    let mut inside: BTreeSet<&Path> = BTreeSet::from([Path::new("")]);
    for file in files {
        inside.extend(file.ancestors().skip(1));
    }
    let out = |path: &Path| {
        let mut excluded = exclude.iter().map(|out| out.trim_end_matches('/'));
        excluded.any(|out| path.starts_with(out))
    };
    let mut found: Vec<PackageFolder> = Vec::new();
    for folder in inside {
        let below = folder.join(NAME);
        let within = folder.components().any(|part| part.as_os_str() == NAME);
        if !within && !out(&below) {
            found.extend(package_folder(
                root.join(&below),
                Path::new("project").join(below),
            ));
        }
    }
    // A part of a larger repository finds what is installed for all of it.
    let is_top = |folder: &Path| folder.join(".git").exists();
    if !is_top(root)
        && let Some(top) = root.ancestors().find(|folder| is_top(folder))
    {
        let above = root
            .ancestors()
            .skip(1)
            .take_while(|folder| folder.starts_with(top));
        let mut nearest = above.filter_map(|folder| package_folder(folder.join(NAME), NAME.into()));
        found.extend(nearest.next());
    }
    found
}

fn package_folder(path: PathBuf, at: PathBuf) -> Option<PackageFolder> {
    let real = path.canonicalize().ok()?;
    // A link of that name may lead to anything, a person's home among them; what it leads to would be read.
    if !real.is_dir() || !real.ends_with(NAME) {
        return None;
    }
    Some(PackageFolder { real, at })
}

/// The project with its packages to be read, and the links that its copies need.
#[derive(Debug)]
pub(crate) struct Packages {
    /// The project, its packages' folders among those that its commands may read.
    pub(crate) project: Project,
    /// Links, below the folder that holds a copy: where and to what.
    links: Vec<(PathBuf, PathBuf)>,
}

impl Packages {
    /// Looks for the packages of a project. None where its setup may ask the network: it brings its own.
    pub(crate) fn of(project: &Project, listing: &ProjectFiles) -> Self {
        let mut packages = Self {
            project: project.clone(),
            links: Vec::new(),
        };
        let brings = project.setup.is_some() && project.network != Network::Never;
        let Some(root) = project.root.canonicalize().ok().filter(|_| !brings) else {
            return packages;
        };
        let found = folders(&root, &listing.files, &project.exclude);
        let read = found.iter().map(|folder| folder.real.clone());
        packages.project.read.extend(read);
        for folder in &found {
            packages.link_all(&root, &folder.real, &folder.at, true);
        }
        packages
    }

    /// A link for each entry of a folder. Folders of programs and of an owner's packages are made anew, because what is in
    /// them may be a link to the project's own files.
    fn link_all(&mut self, root: &Path, real: &Path, at: &Path, is_top: bool) {
        for entry in fs::read_dir(real).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let shown = name.to_string_lossy();
            let to = at.join(&name);
            let plain = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_top && CACHES.contains(&&*shown) {
                continue;
            }
            if is_top && plain && (shown == ".bin" || shown.starts_with('@')) {
                self.link_all(root, &entry.path(), &to, false);
                continue;
            }
            // What leads nowhere is of no use in a copy, either.
            let Ok(target) = entry.path().canonicalize() else {
                continue;
            };
            let own = target.strip_prefix(root).ok();
            let own = own.filter(|own| own.components().all(|part| part.as_os_str() != NAME));
            let text = match own {
                // A package of the project itself: the copy's, never the one that is not judged.
                Some(own) => {
                    let up = at.components().map(|_| "..").collect::<PathBuf>();
                    up.join("project").join(own)
                }
                None => {
                    self.read(root, &target);
                    target
                }
            };
            self.links.push((to, text));
        }
    }

    /// A package that is linked from elsewhere is read there.
    fn read(&mut self, root: &Path, target: &Path) {
        let known = self
            .project
            .read
            .iter()
            .any(|read| target.starts_with(read));
        let holds = root.starts_with(target);
        if !known && !holds && target.join("package.json").is_file() {
            self.project.read.push(target.to_owned());
        }
    }

    /// Makes the links in a copy, where it has nothing of that name. Gives their paths below the copy of the project.
    pub(crate) fn lay(&self, side: &ProjectCopy) -> Result<Vec<PathBuf>, String> {
        let mut made = Vec::new();
        for (at, text) in &self.links {
            let failed = |error: io::Error| format!("{} cannot be linked: {error}", at.display());
            let place = side.folder.join(at);
            if let Some(folder) = place.parent() {
                // A link to the whole folder is followed instead.
                for above in folder
                    .ancestors()
                    .take_while(|above| *above != side.project())
                {
                    if above.is_symlink() && above.starts_with(&side.folder) {
                        fs::remove_file(above).map_err(failed)?;
                    }
                }
                fs::create_dir_all(folder).map_err(failed)?;
            }
            if place.symlink_metadata().is_err() {
                std::os::unix::fs::symlink(text, &place).map_err(failed)?;
                made.extend(at.strip_prefix("project").ok().map(Path::to_owned));
            }
        }
        Ok(made)
    }
}

/// Folders of packages below or above a project that its private copies get as links, as they are to be shown.
#[must_use]
pub fn package_folders(root: &Path) -> Vec<String> {
    let Some((root, listing)) = root
        .canonicalize()
        .ok()
        .and_then(|root| Some((root.clone(), copy::list(&root, &[], u64::MAX).ok()?)))
    else {
        return Vec::new();
    };
    let shown = |folder: PackageFolder| match folder.at.strip_prefix("project") {
        Ok(below) => below.display().to_string(),
        Err(_) => folder.real.display().to_string(),
    };
    folders(&root, &listing.files, &[])
        .into_iter()
        .map(shown)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_by_that_name_is_followed_to_such_a_folder_only() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().canonicalize().unwrap();
        for made in ["home", "shared/node_modules", "a", "b"] {
            fs::create_dir_all(at.join(made)).unwrap();
        }
        let link = |to: &str, project: &str| {
            std::os::unix::fs::symlink(at.join(to), at.join(project).join(NAME)).unwrap();
        };
        link("home", "a");
        link("shared/node_modules", "b");
        assert_eq!(folders(&at.join("a"), &[], &[]), []);
        let found = folders(&at.join("b"), &[], &[]);
        assert_eq!(found[0].real, at.join("shared/node_modules"));
    }
}
