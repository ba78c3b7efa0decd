//! Landlock for files, seccomp for system calls: what a contained process can still ask the kernel for.
//! Never applied to the parent; never falls back silently (`level` says what there is).
//!
//! Runners load shared objects under a first filter and run hostile code under a second, stricter one; both kill. No code
//! of an object under test runs before the second one, which holds for every thread (module `initialisers`).
//! Compilers get refusals instead, because they probe.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules,
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch,
};

pub(crate) use super::level::Level;

/// What a process may see of the file system.
#[derive(Debug, Clone, Default)]
pub(crate) struct SandboxView {
    /// Read and execute, below.
    pub(crate) read: Vec<PathBuf>,
    /// Everything, below.
    pub(crate) write: Vec<PathBuf>,
}

/// Where compilers, headers and libraries live on the systems we know.
pub(crate) const SYSTEM: [&str; 8] = [
    "/usr",
    "/lib",
    "/lib64",
    "/lib32",
    "/bin",
    "/nix/store",
    "/etc/ld.so.cache",
    "/etc/alternatives",
];

/// Confines the calling process to `view`, without network and without signals to others. An error says why not.
pub(crate) fn confine_files(view: &SandboxView) -> Result<(), String> {
    let abi = ABI::V6;
    let reading = AccessFs::from_read(ABI::V1);
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))
        .and_then(|r| r.handle_access(AccessNet::from_all(abi)))
        .and_then(|r| r.scope(Scope::from_all(abi)))
        .and_then(|r| r.create())
        .and_then(|r| r.add_rules(path_beneath_rules(SYSTEM, reading)))
        .and_then(|r| r.add_rules(path_beneath_rules(&view.read, reading)))
        .and_then(|r| r.add_rules(path_beneath_rules(&view.write, AccessFs::from_all(abi))))
        .and_then(|r| r.add_rules(path_beneath_rules(["/dev/null"], null_access())))
        .and_then(|r| r.restrict_self())
        .map_err(|error| format!("landlock: {error}"))?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err("landlock is not available in this kernel".to_owned()),
        RulesetStatus::PartiallyEnforced | RulesetStatus::FullyEnforced => Ok(()),
    }
}

/// Confines the calling process to reading `read` and the shared libraries, and to executing `program` alone; without
/// network and without signals to others. An error says why not.
pub(crate) fn confine_interpreter(program: &Path, read: &[PathBuf]) -> Result<(), String> {
    let abi = ABI::V6;
    let reading = AccessFs::ReadFile | AccessFs::ReadDir;
    let executing = AccessFs::ReadFile | AccessFs::Execute;
    let libraries = [
        "/lib",
        "/lib64",
        "/usr/lib",
        "/usr/lib64",
        "/etc/ld.so.cache",
    ];
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))
        .and_then(|r| r.handle_access(AccessNet::from_all(abi)))
        .and_then(|r| r.scope(Scope::from_all(abi)))
        .and_then(|r| r.create())
        .and_then(|r| r.add_rules(path_beneath_rules(libraries, reading)))
        .and_then(|r| r.add_rules(path_beneath_rules(read, reading)))
        .and_then(|r| r.add_rules(path_beneath_rules([program], executing)))
        .and_then(|r| r.add_rules(path_beneath_rules(loaders(), executing)))
        .and_then(|r| r.add_rules(path_beneath_rules(["/dev/null"], null_access())))
        .and_then(|r| r.restrict_self())
        .map_err(|error| format!("landlock: {error}"))?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err("landlock is not available in this kernel".to_owned()),
        RulesetStatus::PartiallyEnforced | RulesetStatus::FullyEnforced => Ok(()),
    }
}

/// The program loaders that dynamic executables name.
fn loaders() -> Vec<PathBuf> {
    let folders = ["/lib64", "/lib", "/lib32"].into_iter();
    let entries = folders.filter_map(|folder| std::fs::read_dir(folder).ok());
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy());
            name.is_some_and(|name| name.starts_with("ld-"))
        })
        .collect();
    found.extend(
        [PathBuf::from("/nix/store")]
            .into_iter()
            .filter(|store| store.is_dir()),
    );
    found
}

fn null_access() -> BitFlags<AccessFs> {
    AccessFs::ReadFile | AccessFs::WriteFile
}

/// Whether landlock answers at all, by its version call.
pub(crate) fn landlock_version() -> i64 {
    // SAFETY: with a null pointer, size 0 and the version flag the call only returns a number.
    unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, 0usize, 0usize, 1u32) }
}

/// Which system calls a runner has at which moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallFilter {
    /// While shared objects are being loaded.
    Loading,
    /// While hostile code runs on one thread.
    Serial,
    /// The same with threads.
    Threads,
    /// While a sanitizer watches it, which wants memory at places of its own. Otherwise it answers as the filter of
    /// unwatched code does: a call that it answered differently would tell that the code is watched.
    Watched {
        /// Whether unwatched code would have threads.
        threads: bool,
    },
}

/// Calls that are always fine: memory, futexes, clocks, ending.
const PLAIN: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_futex,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigprocmask,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_clock_gettime,
    libc::SYS_gettimeofday,
    libc::SYS_getrandom,
    libc::SYS_membarrier,
];

/// Calls that honest library code tries and can do without: refused instead of killed for.
const REFUSED: &[i64] = &[
    libc::SYS_clone3,
    libc::SYS_openat,
    libc::SYS_newfstatat,
    libc::SYS_fstat,
    libc::SYS_statx,
    libc::SYS_lseek,
    libc::SYS_ioctl,
    libc::SYS_close,
    libc::SYS_read,
    libc::SYS_faccessat,
    libc::SYS_getcpu,
    libc::SYS_sysinfo,
    libc::SYS_prlimit64,
];

const LOADING: &[i64] = &[
    libc::SYS_openat,
    libc::SYS_read,
    libc::SYS_pread64,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_close,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    libc::SYS_lseek,
    libc::SYS_prlimit64,
    libc::SYS_sysinfo,
    libc::SYS_prctl,
    libc::SYS_seccomp,
    libc::SYS_clone,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_sched_setaffinity,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_rt_sigaction,
    libc::SYS_sigaltstack,
    super::seal::MSEAL,
];

/// What a sanitizer needs for the stacks of threads; other code ends by these. What other runners are refused it is
/// refused as well: an answer would tell that it is watched.
const WATCHED: &[i64] = &[libc::SYS_sigaltstack, libc::SYS_rt_sigaction];

/// Light guard regions, which newer C libraries put below thread stacks.
const GUARD_INSTALL: i32 = 102;
const GUARD_REMOVE: i32 = 103;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// What becomes of a system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallAnswer {
    /// The kernel carries it out.
    Allowed,
    /// That depends on its arguments; with others it ends the process.
    Depends,
    /// It fails, as on a kernel that does not know it.
    Refused,
    /// It is told that it was done.
    Pretended,
    /// It ends the process.
    Ends,
}

/// The table of system calls of a filter. What is in none of its parts ends the process.
struct Table {
    /// Carried out, if one of the rules holds; no rules: always.
    allowed: Rules,
    /// Answered with "no such call".
    refused: Rules,
    /// Answered with success, and not carried out.
    pretended: Rules,
}

impl Table {
    fn answer(&self, call: i64) -> CallAnswer {
        match (
            self.refused.contains_key(&call),
            self.pretended.contains_key(&call),
            self.allowed.get(&call),
        ) {
            (true, _, _) => CallAnswer::Refused,
            (_, true, _) => CallAnswer::Pretended,
            (_, _, None) => CallAnswer::Ends,
            (_, _, Some(rules)) if rules.is_empty() => CallAnswer::Allowed,
            (_, _, Some(_)) => CallAnswer::Depends,
        }
    }
}

/// What `filter` answers to a system call.
pub(crate) fn answer(filter: CallFilter, call: i64) -> Result<CallAnswer, String> {
    Ok(table(filter)?.answer(call))
}

/// Puts all threads of this process, and all they start, under `filter`. `fixed` are addresses that must stay mapped as
/// they are: none may be unmapped, moved, mapped over or given other rights.
pub(crate) fn confine_calls(filter: CallFilter, fixed: &[Range<u64>]) -> Result<(), String> {
    let table = table(filter)?;
    install(
        table.refused,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::ENOSYS as u32),
    )?;
    install(
        table.pretended,
        SeccompAction::Allow,
        SeccompAction::Errno(0),
    )?;
    install(
        changing(fixed)?,
        SeccompAction::Allow,
        SeccompAction::KillProcess,
    )?;
    install(
        table.allowed,
        SeccompAction::KillProcess,
        SeccompAction::Allow,
    )
}

/// The table of a filter.
fn table(filter: CallFilter) -> Result<Table, String> {
    let mut table = Table {
        allowed: own_affairs()?,
        refused: Rules::new(),
        pretended: Rules::new(),
    };
    match filter {
        CallFilter::Loading => loading(&mut table),
        CallFilter::Serial => hostile(&mut table, false, false)?,
        CallFilter::Threads => hostile(&mut table, true, false)?,
        CallFilter::Watched { threads } => hostile(&mut table, threads, true)?,
    }
    Ok(table)
}

/// What every filter allows: what concerns nothing but the process itself.
fn own_affairs() -> Result<Rules, String> {
    let mut allowed: Rules = PLAIN.iter().map(|call| (*call, Vec::new())).collect();
    let own = u64::from(std::process::id());
    // Printing goes to /dev/null; abort() signals itself.
    for call in [libc::SYS_write, libc::SYS_writev] {
        allowed.insert(
            call,
            vec![rule(&[(0, Op::Eq, 1)])?, rule(&[(0, Op::Eq, 2)])?],
        );
    }
    allowed.insert(
        libc::SYS_tgkill,
        vec![rule(&[
            (0, Op::Eq, own),
            (2, Op::Eq, libc::SIGABRT as u64),
        ])?],
    );
    // Advice that only concerns its own memory: removing pages would reach what both sides share.
    let advice = [
        libc::MADV_NORMAL,
        libc::MADV_RANDOM,
        libc::MADV_SEQUENTIAL,
        libc::MADV_WILLNEED,
        libc::MADV_DONTNEED,
        libc::MADV_FREE,
        libc::MADV_HUGEPAGE,
        libc::MADV_NOHUGEPAGE,
        // Sanitizers and thread stacks.
        libc::MADV_DONTDUMP,
        GUARD_INSTALL,
        GUARD_REMOVE,
    ];
    let advice: Result<Vec<_>, _> = advice
        .iter()
        .map(|advice| rule(&[(2, Op::Eq, *advice as u64)]))
        .collect();
    allowed.insert(libc::SYS_madvise, advice?);
    // Growing and moving is the allocator's; moving to a place of one's choice would replace what lies there.
    let chosen = (libc::MREMAP_FIXED | libc::MREMAP_DONTUNMAP) as u64;
    allowed.insert(
        libc::SYS_mremap,
        vec![rule(&[(3, Op::MaskedEq(chosen), 0)])?],
    );
    Ok(allowed)
}

/// What loading shared objects needs besides.
fn loading(table: &mut Table) {
    for call in LOADING {
        table.allowed.insert(*call, Vec::new());
    }
    #[cfg(target_arch = "x86_64")]
    for call in [
        libc::SYS_open,
        libc::SYS_access,
        libc::SYS_readlink,
        libc::SYS_stat,
    ] {
        table.allowed.insert(call, Vec::new());
    }
    // What is refused later must not be killed for by this filter, which stays.
    for call in REFUSED {
        if !table.allowed.contains_key(call) {
            table.refused.insert(*call, Vec::new());
        }
        table.allowed.insert(*call, Vec::new());
    }
}

/// What hostile code may do besides, and what it is told where it may not.
fn hostile(table: &mut Table, threads: bool, watched: bool) -> Result<(), String> {
    let no_code = (2, Op::MaskedEq(libc::PROT_EXEC as u64), 0);
    // A sanitizer's allocator maps at addresses of its own; its answers count for nothing.
    let place = match watched {
        true => 0,
        false => (libc::MAP_FIXED | libc::MAP_FIXED_NOREPLACE) as u64,
    };
    let no_place = (3, Op::MaskedEq(place), 0);
    let mapped = rule(&[no_code.clone(), no_place])?;
    table.allowed.insert(libc::SYS_mmap, vec![mapped]);
    let changed = rule(&[no_code])?;
    table.allowed.insert(libc::SYS_mprotect, vec![changed]);
    if !threads {
        // Only threads need it; what was made read-only after loading stays so.
        table.refused.insert(libc::SYS_mprotect, Vec::new());
    }
    for call in REFUSED {
        table.allowed.insert(*call, Vec::new());
        table.refused.insert(*call, Vec::new());
    }
    #[cfg(target_arch = "x86_64")]
    for call in [libc::SYS_open, libc::SYS_access, libc::SYS_readlink] {
        table.allowed.insert(call, Vec::new());
        table.refused.insert(call, Vec::new());
    }
    if watched {
        for call in WATCHED {
            table.allowed.insert(*call, Vec::new());
        }
    }
    if threads || watched {
        let thread = libc::CLONE_THREAD as u64;
        let started = rule(&[(0, Op::MaskedEq(thread), thread)])?;
        table.allowed.insert(libc::SYS_clone, vec![started]);
        for call in [libc::SYS_set_robust_list, libc::SYS_rseq] {
            table.allowed.insert(call, Vec::new());
        }
        // A number could be the other side's, or ours. OpenMP binds the threads of a larger team: it is told that this
        // was done.
        let bind = libc::SYS_sched_setaffinity;
        table.allowed.insert(bind, Vec::new());
        table.pretended.insert(bind, Vec::new());
    }
    Ok(())
}

/// Calls that would change how memory in these ranges is mapped.
fn changing(fixed: &[Range<u64>]) -> Result<Rules, String> {
    let mut rules = Rules::new();
    for range in fixed {
        let within = |more: Option<(u8, Op, u64)>| {
            let mut all = vec![(0, Op::Ge, range.start), (0, Op::Lt, range.end)];
            all.extend(more);
            long_rule(&all)
        };
        for call in [
            libc::SYS_munmap,
            libc::SYS_mremap,
            libc::SYS_mprotect,
            libc::SYS_pkey_mprotect,
            libc::SYS_remap_file_pages,
        ] {
            rules.entry(call).or_default().push(within(None)?);
        }
        let placed = libc::MAP_FIXED as u64;
        let over = within(Some((3, Op::MaskedEq(placed), placed)))?;
        rules.entry(libc::SYS_mmap).or_default().push(over);
    }
    Ok(rules)
}

/// What an interpreter asks for beyond [`PLAIN`]; which files, landlock says.
const INTERPRETER: &[i64] = &[
    libc::SYS_execve,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_openat,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_lseek,
    libc::SYS_fcntl,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_readlinkat,
    libc::SYS_faccessat,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_rt_sigaction,
    libc::SYS_sigaltstack,
    libc::SYS_prlimit64,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_times,
    libc::SYS_getrusage,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getppid,
    libc::SYS_set_tid_address,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
];

/// The same, in the older forms that only this processor has.
#[cfg(target_arch = "x86_64")]
const OLDER: &[i64] = &[
    libc::SYS_open,
    libc::SYS_access,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_readlink,
    libc::SYS_dup2,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_arch_prctl,
    libc::SYS_time,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[i64] = &[];

/// Puts the calling thread, and the interpreter it becomes, under a list of what is allowed; everything else is refused.
pub(crate) fn confine_interpreter_calls() -> Result<(), String> {
    let plain = PLAIN.iter().chain(INTERPRETER).chain(OLDER);
    let mut allowed: Rules = plain.map(|call| (*call, Vec::new())).collect();
    let own = u64::from(std::process::id());
    let aborting = [(0, Op::Eq, own), (2, Op::Eq, libc::SIGABRT as u64)];
    allowed.insert(libc::SYS_tgkill, vec![rule(&aborting)?]);
    let thread = libc::CLONE_THREAD as u64;
    allowed.insert(
        libc::SYS_clone,
        vec![rule(&[(0, Op::MaskedEq(thread), thread)])?],
    );
    let asked = [libc::FIOCLEX, libc::FIONCLEX, libc::TCGETS].map(u64::from);
    let asking = asked.map(|what| rule(&[(1, Op::Eq, what)]));
    allowed.insert(
        libc::SYS_ioctl,
        asking.into_iter().collect::<Result<_, _>>()?,
    );
    // Its flags lie in memory that a filter cannot read; without it the C library takes `clone`.
    allowed.insert(libc::SYS_clone3, Vec::new());
    let refused: Rules = [(libc::SYS_clone3, Vec::new())].into_iter().collect();
    install(
        refused,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::ENOSYS as u32),
    )?;
    install(
        allowed,
        SeccompAction::Errno(libc::EPERM as u32),
        SeccompAction::Allow,
    )
}

/// Puts a compiler and all it starts under a list of refusals.
pub(crate) fn confine_compiler() -> Result<(), String> {
    let denied: Rules = [
        libc::SYS_socket,
        libc::SYS_socketpair,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_mount,
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_io_uring_setup,
        libc::SYS_keyctl,
        libc::SYS_setsid,
        libc::SYS_setpgid,
        libc::SYS_sched_setaffinity,
        libc::SYS_sched_setscheduler,
    ]
    .into_iter()
    .map(|call| (call, Vec::new()))
    .collect();
    install(
        denied,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM as u32),
    )
}

/// A rule that holds if all its conditions on the lower halves of arguments do: numbers and flags.
pub(crate) fn rule(conditions: &[(u8, Op, u64)]) -> Result<SeccompRule, String> {
    rule_on(&Len::Dword, conditions)
}

/// The same on whole arguments: addresses.
fn long_rule(conditions: &[(u8, Op, u64)]) -> Result<SeccompRule, String> {
    rule_on(&Len::Qword, conditions)
}

fn rule_on(length: &Len, conditions: &[(u8, Op, u64)]) -> Result<SeccompRule, String> {
    let conditions = conditions
        .iter()
        .map(|(index, op, value)| {
            SeccompCondition::new(*index, length.clone(), op.clone(), *value)
                .map_err(|error| format!("seccomp: {error}"))
        })
        .collect::<Result<_, _>>()?;
    SeccompRule::new(conditions).map_err(|error| format!("seccomp: {error}"))
}

/// Installs a filter over `rules`, for all threads of this process.
pub(crate) fn install(
    rules: Rules,
    otherwise: SeccompAction,
    listed: SeccompAction,
) -> Result<(), String> {
    if rules.is_empty() {
        return Ok(());
    }
    let failed = |error: &dyn std::fmt::Display| format!("seccomp: {error}");
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|e| failed(&e))?;
    let filter = SeccompFilter::new(rules, otherwise, listed, arch).map_err(|e| failed(&e))?;
    let program = BpfProgram::try_from(filter).map_err(|e| failed(&e))?;
    seccompiler::apply_filter_all_threads(&program).map_err(|e| failed(&e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watched_code_gets_the_answers_that_other_code_gets() {
        for (threads, plain) in [(false, CallFilter::Serial), (true, CallFilter::Threads)] {
            for call in 0..512 {
                let other = answer(plain, call).unwrap();
                let watched = answer(CallFilter::Watched { threads }, call).unwrap();
                // Code that is ended by a call learns nothing from it.
                assert!(watched == other || other == CallAnswer::Ends, "{call}");
            }
        }
    }
}
