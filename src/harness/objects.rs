//! Looks into compiled objects: which symbol is the entry, and whether a candidate's object does what is not allowed.
//! Never loads them. The bytes come from a compiler that read hostile text; anything unreadable is refused.

use std::io::BufRead;

use object::elf::{DT_NEEDED, SHF_EXECINSTR, SHT_INIT_ARRAY, SHT_PREINIT_ARRAY, STT_GNU_IFUNC};
use object::read::elf::{Dyn, ElfFile64};
use object::{
    Architecture, Endianness, Object, ObjectSection, ObjectSymbol, RelocationTarget, SectionFlags,
    SectionKind, SymbolFlags, SymbolKind,
};

use super::options::SETS_MODE;
use crate::domain::problem::Mode;
use refused::{FILE_STREAMS, REFUSED, THREADS, WATCHERS};

mod refused;

/// A rule that was broken, for its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Its name.
    pub(crate) rule: &'static str,
    /// A sentence to learn from.
    pub(crate) message: String,
}

impl Broken {
    /// A broken rule.
    pub(crate) fn new(rule: &'static str, message: impl Into<String>) -> Self {
        Self {
            rule,
            message: message.into(),
        }
    }
}

/// Checks the object a candidate was compiled to.
pub(crate) fn check_object(bytes: &[u8], mode: Mode) -> Result<(), Broken> {
    let file = object::File::parse(bytes)
        .map_err(|_| Broken::new("object", "The compiled object cannot be read."))?;
    for symbol in file.symbols() {
        let name = symbol.name().unwrap_or("");
        if let SymbolFlags::Elf { st_info, .. } = symbol.flags()
            && st_info.st_type() == STT_GNU_IFUNC
        {
            return Err(Broken::new(
                "ifunc",
                format!(
                    "{name} is chosen while loading (ifunc, target_clones); write one version."
                ),
            ));
        }
        if symbol.is_undefined() {
            check_import(name, mode)?;
        }
        // Its own would answer what the disturbed or watched build calls.
        if is_of_watchers(name) {
            return Err(watcher(name));
        }
    }
    let mut initialisers = 0;
    for section in file.sections() {
        let name = section.name().unwrap_or("");
        let initialises = name.starts_with(".init_array")
            || matches!(
                section.flags(),
                SectionFlags::Elf {
                    sh_type: SHT_INIT_ARRAY | SHT_PREINIT_ARRAY,
                    ..
                }
            );
        if STARTERS.iter().any(|starter| is_part_of(name, starter))
            || (initialises && !is_part_of(name, ".init_array"))
        {
            return Err(Broken::new(
                "constructors",
                format!(
                    "Code that runs before the program is loaded or after its end is not allowed ({name})."
                ),
            ));
        }
        if !initialises {
            continue;
        }
        for (_, relocation) in section.relocations() {
            let (function, own) = starts(&file, &relocation).unwrap_or_default();
            // What compilers make for objects with dynamic initialisation; it runs before any input exists. There is one
            // for a unit (clang adds some by another name), and only the unit itself knows it: whatever else has such a
            // name was written.
            let honest = ["_GLOBAL__sub_I_", "_GLOBAL__I_", "__cxx_global_"];
            initialisers += usize::from(function.starts_with("_GLOBAL__"));
            if !honest.iter().any(|prefix| function.starts_with(prefix)) || !own || initialisers > 1
            {
                return Err(Broken::new(
                    "constructors",
                    format!(
                        "`{function}` would run while the program is being loaded; do the work in the entry."
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// Sections whose contents run without being called.
const STARTERS: [&str; 6] = [
    ".init",
    ".preinit_array",
    ".ctors",
    ".fini",
    ".fini_array",
    ".dtors",
];

/// Whether a section belongs to this one of the linker's: `.ctors.5` is part of `.ctors`, `.initial` not of `.init`.
fn is_part_of(name: &str, whole: &str) -> bool {
    name.strip_prefix(whole)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn is_of_watchers(name: &str) -> bool {
    WATCHERS.iter().any(|prefix| name.starts_with(prefix))
}

fn watcher(name: &str) -> Broken {
    Broken::new(
        "sanitizers",
        format!(
            "`{name}` is not allowed: code must be the same with and without the sanitizers that watch it."
        ),
    )
}

fn check_import(name: &str, mode: Mode) -> Result<(), Broken> {
    // `.symver` names a version of a symbol behind it.
    let name = name.split('@').next().unwrap_or(name);
    // Compilers name what they place themselves so, and place more where code is watched.
    if is_of_watchers(name) || name.starts_with(".L") {
        return Err(watcher(name));
    }
    for refused in REFUSED {
        if refused.names.contains(&name) {
            return Err(Broken::new(
                refused.rule,
                format!("`{name}` is not allowed: {}.", refused.why),
            ));
        }
    }
    if FILE_STREAMS
        .iter()
        .any(|part| name.starts_with("_ZN") && name.contains(part))
    {
        return Err(Broken::new(
            "files",
            "File streams are not allowed: the entry must not open files.",
        ));
    }
    if mode == Mode::Serial && THREADS.iter().any(|thread| name.starts_with(thread)) {
        return Err(Broken::new(
            "threads",
            "Threads are not allowed in serial mode: make one thread faster.",
        ));
    }
    Ok(())
}

/// Whether the code may have instructions that set the floating-point mode (`options::SETS_MODE`): their first bytes occur,
/// which may be chance. Only on the processors that have them.
pub(crate) fn may_set_mode(bytes: &[u8]) -> bool {
    let Ok(file) = object::File::parse(bytes) else {
        return false;
    };
    matches!(
        file.architecture(),
        Architecture::X86_64 | Architecture::I386 | Architecture::X86_64_X32
    ) && file
        .sections()
        .filter(|section| match section.flags() {
            SectionFlags::Elf { sh_flags, .. } => sh_flags.contains(SHF_EXECINSTR),
            _ => section.kind() == SectionKind::Text,
        })
        .any(|section| {
            let code = section.data().unwrap_or_default();
            code.windows(3).any(|three| {
                let memory = three[2] < 0xc0;
                let which = (three[2] >> 3) & 7;
                match (three[0], three[1]) {
                    // fxrstor, ldmxcsr and xrstor, and ldmxcsr as AVX writes it
                    (0x0f, 0xae) => memory && matches!(which, 1 | 2 | 5),
                    (before, 0xae) if before & 0x07 == 0 => memory && which == 2,
                    // xrstors
                    (0x0f, 0xc7) => memory && which == 3,
                    _ => false,
                }
            })
        })
}

/// The instruction among a disassembler's lines that sets the floating-point mode.
pub(crate) fn sets_mode(listing: impl BufRead) -> Option<&'static str> {
    for line in listing.split(b'\n') {
        let line = line.ok()?;
        let line = String::from_utf8_lossy(&line);
        // `   4:\tldmxcsr -0x4(%rsp)`, or behind a prefix
        let Some((_, instruction)) = line.split_once(":\t") else {
            continue;
        };
        let found = instruction
            .split_whitespace()
            .take(3)
            .find_map(|word| SETS_MODE.iter().find(|name| **name == word));
        if let Some(name) = found {
            return Some(name);
        }
    }
    None
}

/// The function a relocation points to, and whether it is one that only its unit sees.
fn starts(file: &object::File<'_>, relocation: &object::Relocation) -> Option<(String, bool)> {
    let RelocationTarget::Symbol(index) = relocation.target() else {
        return None;
    };
    let told = |symbol: object::Symbol<'_, '_>| {
        let own = symbol.is_local() && symbol.kind() == SymbolKind::Text;
        symbol.name().ok().map(|name| (name.to_owned(), own))
    };
    let symbol = file.symbol_by_index(index).ok()?;
    if symbol.kind() != SymbolKind::Section {
        return told(symbol);
    }
    let section = symbol.section_index()?;
    let address = u64::try_from(relocation.addend()).ok()?;
    file.symbols()
        .find(|other| {
            other.kind() == SymbolKind::Text
                && other.section_index() == Some(section)
                && other.address() == address
        })
        .and_then(told)
}

/// Checks the shared object: it may only need the libraries that every C++ program has.
pub(crate) fn check_shared(bytes: &[u8], mode: Mode) -> Result<(), Broken> {
    let unreadable = |_| Broken::new("object", "The linked object cannot be read.");
    let file = ElfFile64::<Endianness>::parse(bytes).map_err(unreadable)?;
    for symbol in file.dynamic_symbols() {
        if symbol.is_undefined() {
            check_import(symbol.name().unwrap_or(""), mode)?;
        }
    }
    for library in needed(&file, bytes).map_err(unreadable)? {
        let openmp = mode == Mode::Omp
            && (library.starts_with("libgomp.") || library.starts_with("libomp."));
        let usual = [
            "libstdc++.",
            "libc++.",
            "libc++abi.",
            "libm.",
            "libgcc_s.",
            "libc.",
            "libpthread.",
            "libatomic.",
            "ld-linux",
        ];
        if !openmp && !usual.iter().any(|prefix| library.starts_with(prefix)) {
            return Err(Broken::new(
                "libraries",
                format!("It needs {library}; only the standard library is allowed."),
            ));
        }
    }
    Ok(())
}

fn needed(file: &ElfFile64<'_, Endianness>, bytes: &[u8]) -> object::read::Result<Vec<String>> {
    let endian = file.endian();
    let table = file.elf_section_table();
    let Some((entries, strings)) = table.dynamic(endian, bytes)? else {
        return Ok(Vec::new());
    };
    let strings = table.strings(endian, bytes, strings)?;
    let mut names = Vec::new();
    for entry in entries {
        if entry.tag(endian) == DT_NEEDED {
            let name = entry.string(endian, strings)?;
            names.push(String::from_utf8_lossy(name).into_owned());
        }
    }
    Ok(names)
}

/// The functions an object defines for others, by linker name.
pub(crate) fn defined(bytes: &[u8]) -> Vec<String> {
    names(bytes, |symbol| {
        symbol.is_definition() && symbol.is_global() && symbol.kind() == SymbolKind::Text
    })
}

/// The symbols an object needs from others.
pub(crate) fn undefined(bytes: &[u8]) -> Vec<String> {
    names(bytes, |symbol| symbol.is_undefined())
}

fn names(bytes: &[u8], wanted: impl Fn(&object::Symbol<'_, '_>) -> bool) -> Vec<String> {
    let Ok(file) = object::File::parse(bytes) else {
        return Vec::new();
    };
    file.symbols()
        .filter(wanted)
        .filter_map(|symbol| symbol.name().ok().map(str::to_owned))
        .filter(|name| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_that_tell_builds_apart_are_refused_with_and_without_a_version() {
        for (name, rule) in [
            ("__asan_init", "sanitizers"),
            ("__tsan_write8", "sanitizers"),
            (".LASANPC1", "sanitizers"),
            ("__sanitizer_print_stack_trace", "sanitizers"),
            ("getenv@GLIBC_2.2.5", "environment"),
            ("environ", "environment"),
            ("fesetround", "floating_point_mode"),
            ("dl_iterate_phdr", "kernel"),
            ("fork@@GLIBC_2.2.5", "processes"),
        ] {
            let found = check_import(name, Mode::Omp).map_err(|broken| broken.rule);
            assert_eq!(found, Err(rule), "{name}");
        }
        for name in [
            "memcpy",
            "_Znwm",
            "cos",
            "__assert_fail",
            "__cxa_throw",
            "omp_get_max_threads",
        ] {
            assert_eq!(check_import(name, Mode::Omp), Ok(()), "{name}");
        }
    }

    #[test]
    fn sections_are_told_by_their_whole_names() {
        assert!(is_part_of(".init", ".init") && is_part_of(".ctors.65535", ".ctors"));
        assert!(!is_part_of(".init_array", ".init") && !is_part_of(".initial", ".init"));
    }

    #[test]
    fn an_instruction_that_sets_the_mode_is_found_in_a_listing_and_words_are_not() {
        let listing = |text: &str| sets_mode(text.as_bytes());
        assert_eq!(
            listing("   0:\tpush   %rbp\n   4:\tldmxcsr -0x4(%rsp)\n"),
            Some("ldmxcsr")
        );
        assert_eq!(listing("   4:\tcs vldmxcsr (%rax)\n"), Some("vldmxcsr"));
        assert_eq!(
            listing("0000 <ldmxcsr>:\n   4:\tcall   9 <xrstor>\n   9:\tstmxcsr (%rax)\n"),
            None
        );
    }

    #[test]
    fn bytes_that_are_no_object_are_refused() {
        for bytes in [
            &b""[..],
            b"\x7fELF",
            &[0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0],
        ] {
            assert!(check_object(bytes, Mode::Serial).is_err());
            assert!(check_shared(bytes, Mode::Serial).is_err());
            assert!(!may_set_mode(bytes));
            assert!(defined(bytes).is_empty() && undefined(bytes).is_empty());
        }
    }
}
