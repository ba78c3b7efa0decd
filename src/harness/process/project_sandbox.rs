//! The second contained profile: for a project's own commands, which must start processes and use toolchains.
//! Never as strict as the runners' (`sandbox`), and never applied to the parent.
//!
//! Promised: nothing outside the copy and its home is written; nothing is read but system folders, `/proc` and `/sys`,
//! toolchains in the person's home and what the problem names; no memory, environment or files of processes outside (landlock
//! denies tracing them); no capabilities, device nodes, namespaces, mounts, clocks or modules; without leave no socket
//! but unconnected local ones. Signals reach the cage alone where the kernel scopes them (landlock 6); elsewhere the
//! supervisor, its parent and "everybody" are refused as targets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules,
};
use seccompiler::{SeccompAction, SeccompCmpOp as Op, SeccompRule};

use super::sandbox::{SYSTEM, SandboxView, install, rule};

/// Files and folders every build and interpreter expects to read, besides programs and libraries.
const READ: [&str; 19] = [
    "/proc",
    "/sys/devices/system",
    "/sys/fs/cgroup",
    "/sys/kernel/mm",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/passwd",
    "/etc/group",
    "/etc/nsswitch.conf",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/os-release",
    "/etc/debian_version",
    "/etc/ssl",
    "/etc/ca-certificates",
    "/etc/mime.types",
    "/etc/python3",
    "/etc/java",
    "/opt",
];
/// What the network needs besides.
const NETWORK: [&str; 4] = [
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/gai.conf",
    "/run/systemd/resolve",
];
/// Where people's toolchains live, below their home. None of these holds keys.
const TOOLCHAINS: [&str; 24] = [
    ".cargo/bin",
    ".cargo/registry",
    ".cargo/git",
    ".rustup",
    ".pyenv",
    ".local/bin",
    ".local/lib",
    ".local/share/uv",
    ".local/share/mise",
    ".asdf",
    ".nvm",
    ".volta",
    ".bun",
    ".deno",
    ".sdkman/candidates",
    ".ghcup",
    ".opam",
    ".elan",
    ".juliaup",
    ".nix-profile",
    "go",
    "sdk",
    "miniconda3",
    "anaconda3",
];

/// The folders of toolchains below a home that are there.
pub(crate) fn toolchains(home: &Path) -> Vec<PathBuf> {
    TOOLCHAINS
        .iter()
        .map(|name| home.join(name))
        .filter(|path| path.exists())
        .collect()
}

/// Confines the calling process and all it starts to `view`. With `network` it may use sockets. An error says why not.
pub(crate) fn confine_files(view: &SandboxView, network: bool) -> Result<(), String> {
    let abi = ABI::V6;
    let reading = AccessFs::from_read(ABI::V1);
    // Through a device node of one's own making every disk is open.
    let writing =
        AccessFs::from_all(abi) & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev);
    let device: BitFlags<AccessFs> = AccessFs::ReadFile | AccessFs::WriteFile;
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))
        .and_then(|r| r.scope(Scope::from_all(abi)));
    if !network {
        ruleset = ruleset.and_then(|r| r.handle_access(AccessNet::from_all(abi)));
    }
    let more: &[&str] = if network { &NETWORK } else { &[] };
    let status = ruleset
        .and_then(|r| r.create())
        .and_then(|r| r.add_rules(path_beneath_rules(SYSTEM, reading)))
        .and_then(|r| r.add_rules(path_beneath_rules(READ, reading)))
        .and_then(|r| r.add_rules(path_beneath_rules(more, reading)))
        .and_then(|r| r.add_rules(path_beneath_rules(&view.read, reading)))
        .and_then(|r| r.add_rules(path_beneath_rules(&view.write, writing)))
        .and_then(|r| {
            let devices = [
                "/dev/null",
                "/dev/zero",
                "/dev/full",
                "/dev/random",
                "/dev/urandom",
            ];
            r.add_rules(path_beneath_rules(devices, device))
        })
        .and_then(|r| r.restrict_self())
        .map_err(|error| format!("landlock: {error}"))?;
    match status.ruleset {
        RulesetStatus::NotEnforced => Err("landlock is not available in this kernel".to_owned()),
        RulesetStatus::PartiallyEnforced | RulesetStatus::FullyEnforced => Ok(()),
    }
}

/// Gives up what root could do beyond an ordinary user, for this process and all it starts.
pub(crate) fn drop_capabilities() {
    for capability in 0..64_u64 {
        // SAFETY: takes no pointers. Fails for who has none, and beyond the last one: there is nothing to give up then.
        unsafe {
            libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0);
        }
    }
}

/// Calls that no command of a project needs, whatever their arguments.
const DENIED: &[i64] = &[
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_setattr,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
];

/// Refuses system calls that reach out of the cage. `guarded` are processes that must not be signalled.
pub(crate) fn confine_calls(network: bool, guarded: &[u32]) -> Result<(), String> {
    let mut denied: BTreeMap<i64, Vec<SeccompRule>> =
        DENIED.iter().map(|call| (*call, Vec::new())).collect();
    // A namespace of one's own gives back what was dropped.
    let spaces = [
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWNS,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
    ];
    let clones = spaces
        .into_iter()
        .map(|flag| rule(&[(0, Op::MaskedEq(flag as u32 as u64), flag as u32 as u64)]));
    denied.insert(libc::SYS_clone, clones.collect::<Result<_, _>>()?);
    let mut targets: Vec<u64> = vec![u64::from(u32::MAX)];
    for pid in guarded {
        targets.extend([u64::from(*pid), u64::from(pid.wrapping_neg())]);
    }
    for call in [libc::SYS_kill, libc::SYS_tkill, libc::SYS_tgkill] {
        let rules = targets.iter().map(|pid| rule(&[(0, Op::Eq, *pid)]));
        denied.insert(call, rules.collect::<Result<_, _>>()?);
    }
    if !network {
        denied.insert(libc::SYS_connect, Vec::new());
        let local = libc::AF_UNIX as u64;
        denied.insert(libc::SYS_socket, vec![rule(&[(0, Op::Ne, local)])?]);
    }
    install(
        denied,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM as u32),
    )?;
    // Its flags lie in memory that a filter cannot read; libraries then take `clone`.
    let hidden = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    install(
        hidden,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::ENOSYS as u32),
    )
}
