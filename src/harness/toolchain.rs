//! The compiler: which it is, its flags, and the precompiled standard headers.
//! Never compiles a candidate (module `compile` does).

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use super::HarnessError;
use super::headers::Headers;
use crate::domain::event::Toolchain;
use crate::domain::problem::{Mode, Standard};

/// Included before every unit, so that a forgotten `#include` is no failure. Without <iostream>, which would add a
/// constructor to every object.
pub(crate) const HEADERS: &str = "#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <bitset>
#include <cassert>
#include <cfloat>
#include <chrono>
#include <climits>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <stack>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>
#if __cplusplus >= 202002L
#include <bit>
#include <numbers>
#include <span>
#endif
#ifdef _OPENMP
#include <omp.h>
#endif
";

/// Where C++ code in runners gets its memory, and what makes its threads meet in a build for that.
pub(crate) const ARENA: &str = concat!(include_str!("arena.cpp"), include_str!("schedule.cpp"));

/// The compiler that was found.
#[derive(Debug, Clone)]
pub(crate) struct Compiler {
    /// Its description, for facts.
    pub(crate) toolchain: Toolchain,
    /// Absolute path of the command.
    pub(crate) path: PathBuf,
    /// Folders it needs besides the system's.
    pub(crate) read: Vec<PathBuf>,
    /// The address sanitizer's runtime, if it is there, and the C++ library that it must find when something is thrown: as
    /// the loader wants them named.
    pub(crate) sanitizer: Option<String>,
    /// Whether it is clang, whose options differ a little.
    pub(crate) clang: bool,
}

/// Flags of the timed build. The same for original, candidate and driver.
const FLAGS: [&str; 6] = [
    "-std=c++17",
    "-O3",
    "-march=native",
    "-fPIC",
    // Or no function that is not static would be inlined, as it is in a program.
    "-fno-semantic-interposition",
    "-shared",
];

/// What a unit is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum BuildPurpose {
    /// To be checked and timed.
    Timing,
    /// To be watched by the address and undefined behaviour sanitizers.
    Watching,
    /// To have its threads made to meet.
    Disturbing,
}

impl BuildPurpose {
    /// The word that keeps their files apart.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Timing => "timing",
            Self::Watching => "watching",
            Self::Disturbing => "disturbing",
        }
    }

    /// Flags besides those of timing. What honest code does with empty vectors (`&x[0]`, copying nothing from null) is
    /// not watched for, nor what is undefined on paper and defined by compiler and machine: reading a number where it is
    /// not aligned, shifting into the sign.
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Timing => &[],
            Self::Watching => &[
                "-O1",
                "-g1",
                "-fsanitize=address,undefined",
                "-fno-sanitize=null,nonnull-attribute,returns-nonnull-attribute,pointer-overflow,vptr,alignment,shift-base",
                "-fno-sanitize-recover=all",
            ],
            // Without optimisation, or what two threads share could be kept in registers here and not elsewhere.
            Self::Disturbing => &["-O0", "-fsanitize=thread"],
        }
    }

    /// What the text of a unit begins with, so that it cannot tell by the compiler's own macros what it is compiled for.
    pub(crate) fn alike(self) -> &'static str {
        match self {
            Self::Timing => "",
            Self::Watching | Self::Disturbing => {
                "#undef __SANITIZE_ADDRESS__\n#undef __SANITIZE_THREAD__\n#undef __SANITIZE_UNDEFINED__\n\
                 #undef _GLIBCXX_TSAN\n#undef _GLIBCXX_ASSERTIONS\n#undef __NO_INLINE__\n#undef __OPTIMIZE_SIZE__\n\
                 #undef _GLIBCXX_SANITIZE_STD_ALLOCATOR\n#undef _GLIBCXX_SANITIZE_VECTOR\n\
                 #undef __OPTIMIZE__\n#define __OPTIMIZE__ 1\n\
                 #ifdef __GLIBC__\n#undef __USE_EXTERN_INLINES\n#define __USE_EXTERN_INLINES 1\n\
                 #undef _BITS_STDIO_H\n#define _BITS_STDIO_H 1\n\
                 #undef __isctype_f\n#define __isctype_f(type) __extern_inline int is ##type (int __c) __THROW \
                 { return (*__ctype_b_loc ())[(int) (__c)] & (unsigned short int) _IS ##type; }\n#endif\n"
            }
        }
    }

    /// Flags of linking. The calls that a disturbed build makes are answered by the allocator's object, not by a library.
    fn linking(self) -> &'static [&'static str] {
        match self {
            Self::Disturbing => &[],
            _ => self.flags(),
        }
    }
}

impl Compiler {
    /// `wanted`, else `$CXX`, else `g++`, `clang++`, `c++`.
    pub(crate) fn find(wanted: Option<&str>) -> Result<Self, HarnessError> {
        let named = wanted.map(str::to_owned).or_else(|| {
            std::env::var("CXX")
                .ok()
                .filter(|cxx| !cxx.trim().is_empty())
        });
        let names = match &named {
            Some(name) => vec![name.trim()],
            None => vec!["g++", "clang++", "c++"],
        };
        for name in &names {
            if let Some(found) = Self::try_command(name) {
                return Ok(found);
            }
        }
        Err(HarnessError::Environment {
            what: format!("no C++ compiler: {} does not run", names.join(", ")),
            hint: "install g++ or clang++, or name one in CXX".to_owned(),
        })
    }

    /// Stands for the compiler where there is none; compiles nothing.
    pub(crate) fn absent() -> Self {
        Self {
            toolchain: Toolchain {
                version: "no C++ compiler".to_owned(),
                ..Toolchain::default()
            },
            path: PathBuf::new(),
            read: Vec::new(),
            sanitizer: None,
            clang: false,
        }
    }

    /// The compiler that is started by this command, if it is one.
    pub(crate) fn try_command(name: &str) -> Option<Self> {
        let path = on_path(name)?;
        // Asked all at once: each answer takes milliseconds, and this is on the way of every command.
        let (output, libraries) = std::thread::scope(|scope| {
            let libraries =
                ["libasan.so", "libstdc++.so.6"].map(|name| scope.spawn(|| library(&path, name)));
            let version = Command::new(&path)
                .arg("--version")
                .env("LC_ALL", "C")
                .stdin(Stdio::null())
                .output();
            let libraries = libraries.map(|asked| asked.join().ok().flatten());
            version.map(|version| (version, libraries))
        })
        .ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let version: String = text
            .lines()
            .next()
            .unwrap_or("")
            .chars()
            .take(200)
            .collect();
        if !output.status.success() || version.is_empty() {
            return None;
        }
        let mut read = Vec::new();
        let real = path.canonicalize().ok()?;
        if let Some(prefix) = real.parent().and_then(Path::parent)
            && prefix != Path::new("/")
            && !["/usr", "/bin", "/nix/store"]
                .iter()
                .any(|known| prefix.starts_with(known))
        {
            read.push(prefix.to_owned());
        }
        let clang = version.contains("clang");
        Some(Self {
            clang,
            sanitizer: match libraries {
                [Some(asan), Some(cxx)] if !clang => {
                    Some(format!("{} {}", asan.display(), cxx.display()))
                }
                _ => None,
            },
            toolchain: Toolchain {
                command: name.to_owned(),
                version,
                flags: FLAGS.map(str::to_owned).to_vec(),
                omp_flags: vec!["-fopenmp".to_owned()],
            },
            path,
            read,
        })
    }

    /// Flags with which a unit is compiled to an object.
    pub(crate) fn flags(&self, mode: Mode) -> Vec<String> {
        let mut flags: Vec<String> = FLAGS
            .iter()
            .filter(|flag| **flag != "-shared")
            .map(ToString::to_string)
            .collect();
        if mode == Mode::Omp {
            flags.extend(self.toolchain.omp_flags.iter().cloned());
        }
        let plain = ["-w", "-ftemplate-depth=900", "-fdiagnostics-color=never"];
        flags.extend(plain.map(str::to_owned));
        flags.push(
            if self.clang {
                "-ferror-limit=20"
            } else {
                "-fmax-errors=20"
            }
            .to_owned(),
        );
        flags
    }

    /// Flags for another standard than the usual one; the last `-std` counts.
    fn standard_flags(&self, standard: Standard) -> Vec<String> {
        let flags: &[&str] = match standard {
            Standard::Cpp17 => &[],
            Standard::Cpp20 => &["-std=c++20"],
            Standard::C if self.clang => &["-std=gnu++17"],
            Standard::C => &["-std=gnu++17", "-fpermissive"],
        };
        flags.iter().map(ToString::to_string).collect()
    }

    /// The command that precompiles `std.hpp` in the current folder.
    pub(crate) fn precompile(
        &self,
        mode: Mode,
        purpose: BuildPurpose,
        standard: Standard,
    ) -> Vec<String> {
        let output = if self.clang {
            "std.hpp.pch"
        } else {
            "std.hpp.gch"
        };
        let mut command = vec![self.path.display().to_string()];
        command.extend(self.flags(mode));
        command.extend(purpose.flags().iter().map(ToString::to_string));
        command.extend(self.standard_flags(standard));
        command.extend(["-x", "c++-header", "std.hpp", "-o", output].map(str::to_owned));
        command
    }

    /// The command that builds the runners' allocator, `arena.cpp` to `arena.so`, in the current folder.
    pub(crate) fn allocator(&self) -> Vec<String> {
        let mut command = vec![self.path.display().to_string()];
        command.extend(self.flags(Mode::Serial));
        command.extend(["-shared", "arena.cpp", "-o", "arena.so"].map(str::to_owned));
        command
    }

    /// The command that compiles `unit` in the current folder to `object`, after the headers in `headers`.
    pub(crate) fn compile(
        &self,
        mode: Mode,
        purpose: BuildPurpose,
        headers: &Headers,
        unit: &str,
        object: &str,
    ) -> Vec<String> {
        let mut command = vec![self.path.display().to_string()];
        command.extend(self.flags(mode));
        command.extend(purpose.flags().iter().map(ToString::to_string));
        command.extend(self.standard_flags(headers.standard));
        command.push("-include".to_owned());
        command.push(headers.join("std.hpp").display().to_string());
        command.extend(["-c", unit, "-o", object].map(str::to_owned));
        command
    }

    /// The command that links `object` to `shared`, exporting only what the file `exports` lists.
    pub(crate) fn link(
        &self,
        mode: Mode,
        purpose: BuildPurpose,
        object: &str,
        shared: &str,
        exports: &str,
        complete: bool,
    ) -> Vec<String> {
        let mut command = vec![self.path.display().to_string(), "-shared".to_owned()];
        if mode == Mode::Omp {
            command.extend(self.toolchain.omp_flags.iter().cloned());
        }
        command.extend(purpose.linking().iter().map(ToString::to_string));
        command.extend([object, "-o", shared].map(str::to_owned));
        command.push(format!("-Wl,--version-script={exports}"));
        command.push("-Wl,-z,now,-z,relro,-z,noexecstack,--build-id=none".to_owned());
        if complete {
            command.push("-Wl,-z,defs".to_owned());
        }
        command
    }

    /// What a verdict depends on: compiler, flags, headers, processor.
    pub(crate) fn fingerprint(&self, cpu: &str) -> String {
        let mut hash = Sha256::new();
        for part in [
            &self.toolchain.command,
            &self.toolchain.version,
            &self.path.display().to_string(),
        ] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        for flag in self.flags(Mode::Omp) {
            hash.update(flag.as_bytes());
            hash.update([0]);
        }
        hash.update(HEADERS.as_bytes());
        hash.update(BuildPurpose::Watching.alike().as_bytes());
        hash.update(ARENA.as_bytes());
        if self.sanitizer.is_some() {
            hash.update(BuildPurpose::Watching.flags().join(" ").as_bytes());
        }
        hash.update(BuildPurpose::Disturbing.flags().join(" ").as_bytes());
        hash.update(cpu.as_bytes());
        super::cache::hex(&hash.finalize())
    }
}

/// Where the compiler has a library.
fn library(compiler: &Path, name: &str) -> Option<PathBuf> {
    let output = Command::new(compiler)
        .arg(format!("-print-file-name={name}"))
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let found = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    // A name that it does not know it repeats.
    found.is_absolute().then(|| found.canonicalize().ok())?
}

fn on_path(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return std::path::absolute(name).ok().filter(|path| path.is_file());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .filter_map(|folder| std::path::absolute(folder.join(name)).ok())
        .find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::Write;

    use super::*;

    /// All macros after the standard headers and what makes a build look like the others.
    fn macros(compiler: &Compiler, mode: Mode, purpose: BuildPurpose) -> BTreeSet<String> {
        let mut child = Command::new(&compiler.path)
            .args(compiler.flags(mode))
            .args(purpose.flags())
            .args(["-dM", "-E", "-x", "c++", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut text = child.stdin.take().unwrap();
        write!(text, "{HEADERS}{}", purpose.alike()).unwrap();
        drop(text);
        let output = child.wait_with_output().unwrap();
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// In a shared object such a function would be called through a table, and what calls it in a loop would look slower
    /// than it is in a program.
    #[test]
    fn helpers_that_are_not_static_are_inlined() {
        for name in ["g++", "clang++"] {
            let Some(compiler) = Compiler::try_command(name) else {
                continue;
            };
            let mut child = Command::new(&compiler.path)
                .args(compiler.flags(Mode::Serial))
                .args(["-S", "-o", "-", "-x", "c++", "-"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut text = child.stdin.take().unwrap();
            let code =
                "int helper(int x) { return 3 * x; }\nint entry(int x) { return helper(x) + 1; }\n";
            text.write_all(code.as_bytes()).unwrap();
            drop(text);
            let output = child.wait_with_output().unwrap();
            let assembly = String::from_utf8_lossy(&output.stdout);
            assert!(assembly.contains("entry"), "{name}");
            assert!(!assembly.contains("helperi@PLT"), "{name}: {assembly}");
        }
    }

    #[test]
    fn no_macro_tells_one_build_from_another() {
        let Some(compiler) = Compiler::try_command("g++").filter(|compiler| !compiler.clang) else {
            return;
        };
        for mode in [Mode::Serial, Mode::Omp] {
            let timing = macros(&compiler, mode, BuildPurpose::Timing);
            assert!(timing.len() > 300);
            for purpose in [BuildPurpose::Watching, BuildPurpose::Disturbing] {
                let other = macros(&compiler, mode, purpose);
                let told: Vec<&String> = timing
                    .symmetric_difference(&other)
                    // Intrinsics are macros where nothing is optimised; `lint` refuses to ask for them.
                    .filter(|line| !line.starts_with("#define _m"))
                    .collect();
                assert!(told.is_empty(), "{purpose:?} {mode:?}: {told:?}");
            }
        }
    }
}
