//! Looks into compiled objects: which symbol is the entry, and whether a candidate's object does what is not allowed.
//! Never loads them. The bytes come from a compiler that read hostile text; anything unreadable is refused.

use object::elf::{DT_NEEDED, STT_GNU_IFUNC};
use object::read::elf::{Dyn, ElfFile64};
use object::{
    Endianness, Object, ObjectSection, ObjectSymbol, RelocationTarget, SymbolFlags, SymbolKind,
};

use crate::domain::problem::Mode;

/// A rule that was broken, for its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its name.
    pub rule: &'static str,
    /// A sentence to learn from.
    pub message: String,
}

impl Broken {
    /// A broken rule.
    pub fn new(rule: &'static str, message: impl Into<String>) -> Self {
        Self {
            rule,
            message: message.into(),
        }
    }
}

/// Names of functions that are refused, why, and under which rule.
struct Refused {
    rule: &'static str,
    why: &'static str,
    names: &'static [&'static str],
}

const REFUSED: &[Refused] = &[
    Refused {
        rule: "processes",
        why: "the entry must do its work in its own process",
        names: &[
            "fork",
            "vfork",
            "clone",
            "system",
            "popen",
            "execl",
            "execle",
            "execlp",
            "execv",
            "execve",
            "execvp",
            "execvpe",
            "posix_spawn",
            "posix_spawnp",
            "daemon",
            "kill",
            "ptrace",
            "process_vm_readv",
            "process_vm_writev",
        ],
    },
    Refused {
        rule: "network",
        why: "the entry must not communicate",
        names: &[
            "socket",
            "socketpair",
            "connect",
            "bind",
            "listen",
            "accept",
            "getaddrinfo",
            "shm_open",
        ],
    },
    Refused {
        rule: "files",
        why: "the entry must not open files",
        names: &[
            "open", "open64", "openat", "openat64", "creat", "fopen", "fopen64", "freopen",
            "opendir", "unlink", "rename", "mkdir", "tmpfile", "mkstemp",
        ],
    },
    Refused {
        rule: "kernel",
        why: "the entry must not change how the process is run or watched",
        names: &[
            "syscall",
            "prctl",
            "seccomp",
            "sigaction",
            "signal",
            "sigaltstack",
            "dlopen",
            "dlsym",
            "dlmopen",
            "mlockall",
            "sched_setaffinity",
            "sched_setscheduler",
            "pthread_setaffinity_np",
            "setpriority",
            "nice",
            "setrlimit",
            "prlimit",
            "userfaultfd",
            "personality",
            "fesetround",
            "fesetenv",
            "feupdateenv",
            "setitimer",
            "timer_create",
            "alarm",
        ],
    },
];

const THREADS: &[&str] = &[
    "pthread_create",
    "thrd_create",
    "_ZNSt6thread15_M_start_thread",
];
const FILE_STREAMS: &[&str] = &[
    "basic_ifstream",
    "basic_ofstream",
    "basic_fstream",
    "basic_filebuf",
    "10filesystem",
];

/// Checks the object a candidate was compiled to.
pub fn check_object(bytes: &[u8], mode: Mode) -> Result<(), Broken> {
    let file = object::File::parse(bytes)
        .map_err(|_| Broken::new("object", "The compiled object cannot be read."))?;
    for symbol in file.symbols() {
        let name = symbol.name().unwrap_or("");
        if let SymbolFlags::Elf { st_info, .. } = symbol.flags()
            && st_info & 0xf == STT_GNU_IFUNC
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
    }
    for section in file.sections() {
        let name = section.name().unwrap_or("");
        if name.starts_with(".preinit_array") || name.starts_with(".ctors") {
            return Err(Broken::new(
                "constructors",
                "Code that runs before the program is loaded is not allowed.",
            ));
        }
        if !name.starts_with(".init_array") {
            continue;
        }
        for (_, relocation) in section.relocations() {
            let function = starts(&file, &relocation).unwrap_or_default();
            // What compilers make for objects with dynamic initialisation; it runs before any input exists.
            let honest = ["_GLOBAL__sub_I_", "_GLOBAL__I_", "__cxx_global_"];
            if !honest.iter().any(|prefix| function.starts_with(prefix)) {
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

fn check_import(name: &str, mode: Mode) -> Result<(), Broken> {
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

/// The function a relocation points to.
fn starts(file: &object::File<'_>, relocation: &object::Relocation) -> Option<String> {
    let RelocationTarget::Symbol(index) = relocation.target() else {
        return None;
    };
    let symbol = file.symbol_by_index(index).ok()?;
    if symbol.kind() != SymbolKind::Section {
        return symbol.name().ok().map(str::to_owned);
    }
    let section = symbol.section_index()?;
    let address = u64::try_from(relocation.addend()).ok()?;
    file.symbols()
        .find(|other| {
            other.kind() == SymbolKind::Text
                && other.section_index() == Some(section)
                && other.address() == address
        })
        .and_then(|other| other.name().ok().map(str::to_owned))
}

/// Checks the shared object: it may only need the libraries that every C++ program has.
pub fn check_shared(bytes: &[u8], mode: Mode) -> Result<(), Broken> {
    let unreadable = |_| Broken::new("object", "The linked object cannot be read.");
    let file = ElfFile64::<Endianness>::parse(bytes).map_err(unreadable)?;
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
        if entry.tag32(endian) == Some(DT_NEEDED) {
            let name = entry.string(endian, strings)?;
            names.push(String::from_utf8_lossy(name).into_owned());
        }
    }
    Ok(names)
}

/// The functions an object defines for others, by linker name.
pub fn defined(bytes: &[u8]) -> Vec<String> {
    names(bytes, |symbol| {
        symbol.is_definition() && symbol.is_global() && symbol.kind() == SymbolKind::Text
    })
}

/// The symbols an object needs from others.
pub fn undefined(bytes: &[u8]) -> Vec<String> {
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
