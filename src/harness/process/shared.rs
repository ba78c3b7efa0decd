//! The page and the output region that a runner shares with its parent, and the hand-off between them.
//!
//! The parent writes a command and a fresh sequence number, the runner answers with the same number; both sleep on
//! futexes, so an idle runner costs nothing and, on one core, a hand-off takes microseconds. Everything the runner
//! writes here is hostile: the parent copies it out before it looks, and trusts no number in it.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// What the parent asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum RunnerOp {
    /// Say how starting went.
    Hello = 1,
    /// Make fresh cases and poison their outputs.
    Make = 2,
    /// Call the entry once per case, in turn.
    Call = 3,
    /// Write the outputs and the digest of the inputs.
    Emit = 4,
    /// End.
    Stop = 5,
    /// Write the inputs of the first case, before any call.
    Show = 6,
}

impl RunnerOp {
    /// The operation with this code.
    pub(crate) fn from_code(code: u32) -> Option<Self> {
        let all = [
            Self::Hello,
            Self::Make,
            Self::Call,
            Self::Emit,
            Self::Stop,
            Self::Show,
        ];
        all.into_iter().find(|op| *op as u32 == code)
    }
}

/// The control page. All fields are atomics because two processes use them.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Control {
    /// Sequence number of the last command; the runner sleeps on it.
    pub(crate) command: AtomicU32,
    /// Sequence number of the last answer; the parent sleeps on it.
    pub(crate) reply: AtomicU32,
    /// Code of the operation.
    pub(crate) op: AtomicU32,
    /// 0: done; otherwise the output region holds a text of `used` bytes.
    pub(crate) status: AtomicU32,
    /// Seed of the first case.
    pub(crate) seed: AtomicU64,
    /// Size handed to the maker.
    pub(crate) size: AtomicU64,
    /// Code of the class of values.
    pub(crate) values: AtomicU32,
    /// Magnitude of exact whole numbers.
    pub(crate) exact_bits: AtomicU32,
    /// Number of cases to make.
    pub(crate) cases: AtomicU32,
    /// How the calls round: 0 to the nearest, 1 upwards, 2 downwards.
    pub(crate) rounding: AtomicU32,
    /// Seed of the poison.
    pub(crate) poison: AtomicU64,
    /// Bytes the outputs take, whether or not they fit.
    pub(crate) used: AtomicU64,
    /// Digest of the inputs after the call.
    pub(crate) digest: AtomicU64,
}

/// Bytes before the output region.
pub(crate) const HEAD: usize = 4096;
/// Bytes of the output region. Only what is touched takes memory.
pub(crate) const ROOM: usize = 512 << 20;

/// The mapping, on either side.
#[derive(Debug)]
pub(crate) struct Shared {
    base: NonNull<u8>,
}

// SAFETY: the mapping is process-wide; its control fields are atomics and the region is only accessed by raw copies.
unsafe impl Send for Shared {}
// SAFETY: as above; no method hands out references to the output region.
unsafe impl Sync for Shared {}

impl Shared {
    /// Makes the memory and maps it. The file goes to the runner as its standard input.
    pub(crate) fn create() -> io::Result<(Self, OwnedFd)> {
        let file = sealed_memory(HEAD + ROOM)?;
        let shared = Self::map(file.as_raw_fd())?;
        Ok((shared, file.into()))
    }

    /// Maps the memory behind `fd`.
    pub(crate) fn map(fd: i32) -> io::Result<Self> {
        // SAFETY: asks for a fresh mapping at an address of the kernel's choice.
        let at = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                HEAD + ROOM,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                fd,
                0,
            )
        };
        if at == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        NonNull::new(at.cast())
            .map(|base| Self { base })
            .ok_or_else(|| io::Error::other("mapped at zero"))
    }

    /// The control page.
    pub(crate) fn control(&self) -> &Control {
        // SAFETY: the mapping is at least a page, page-aligned, zero-initialised, lives as long as `self`, and
        // `Control` consists of atomics only, for which any bytes are valid.
        unsafe { self.base.cast::<Control>().as_ref() }
    }

    /// The output region, for the runner's writing.
    pub(crate) fn region(&self) -> *mut u8 {
        // SAFETY: HEAD lies within the mapping.
        unsafe { self.base.as_ptr().add(HEAD) }
    }

    /// Copies the first `length` bytes of the output region (at most all of it) into `into`.
    pub(crate) fn copy(&self, length: u64, into: &mut Vec<u8>) {
        let length = usize::try_from(length).unwrap_or(ROOM).min(ROOM);
        into.clear();
        into.reserve(length);
        // SAFETY: the region has ROOM bytes, `into` has room for `length` of them, and bytes have no invalid values;
        // a runner that writes meanwhile can only make the copy hold other bytes.
        unsafe {
            std::ptr::copy_nonoverlapping(self.region(), into.as_mut_ptr(), length);
            into.set_len(length);
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: unmaps exactly what `map` mapped; nothing borrowed from it outlives `self`.
        unsafe {
            libc::munmap(self.base.as_ptr().cast(), HEAD + ROOM);
        }
    }
}

/// Memory behind a descriptor, of a size that nobody can change: a runner that could shrink it would make others fault.
fn sealed_memory(size: usize) -> io::Result<File> {
    // SAFETY: the name is a valid C string; a non-negative result is a descriptor nobody else owns.
    let file = unsafe {
        let fd = libc::memfd_create(
            c"lessonl".as_ptr(),
            libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING,
        );
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        File::from(OwnedFd::from_raw_fd(fd))
    };
    file.set_len(size as u64)?;
    let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
    // SAFETY: no pointers; the descriptor is open.
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(file)
}

/// Pages in which both sides of a launch make their inputs, at the same address, in turns. Where inputs lie in physical
/// memory is the largest difference between two launches of code that waits for memory.
#[derive(Debug)]
pub(crate) struct Arena {
    file: File,
    /// Where it is mapped, in every runner of the launch.
    pub(crate) at: u64,
}

/// Bytes of an arena. Only what is touched takes memory; what does not fit comes from the ordinary heap.
pub(crate) const ARENA: usize = 512 << 20;

impl Arena {
    /// Fresh pages, at an address drawn from `draw` in a region that programs leave free.
    pub(crate) fn create(draw: u64) -> io::Result<Self> {
        Ok(Self {
            file: sealed_memory(ARENA)?,
            at: (64 << 30) + (draw % 4096) * (2 << 20),
        })
    }

    /// The descriptor that a runner maps.
    pub(crate) fn descriptor(&self) -> io::Result<OwnedFd> {
        self.file.try_clone().map(OwnedFd::from)
    }

    /// Maps the memory behind `fd` at `at`, for the rest of the process's life.
    pub(crate) fn map(fd: i32, at: u64) -> io::Result<*mut libc::c_void> {
        let wanted = std::ptr::without_provenance_mut::<libc::c_void>(at as usize);
        // SAFETY: never replaces a mapping that is there.
        let got = unsafe {
            libc::mmap(
                wanted,
                ARENA,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_FIXED_NOREPLACE,
                fd,
                0,
            )
        };
        if got == wanted {
            Ok(got)
        } else {
            Err(io::Error::other("the address is taken"))
        }
    }
}

/// Sleeps while `word` is `value`, at most `limit`. May wake early.
pub(crate) fn wait(word: &AtomicU32, value: u32, limit: Option<Duration>) {
    let limit = limit.map(|limit| libc::timespec {
        tv_sec: limit.as_secs() as libc::time_t,
        tv_nsec: limit.subsec_nanos() as libc::c_long,
    });
    let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the word and the timespec (or null) are valid for the whole call.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT,
            value,
            limit,
        );
    }
}

/// Wakes the other side sleeping on `word`.
pub(crate) fn wake(word: &AtomicU32) {
    // SAFETY: the word is valid for the call, which reads no other memory.
    unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, 1);
    }
}

/// Publishes `value` in `word` and wakes the other side.
pub(crate) fn post(word: &AtomicU32, value: u32) {
    word.store(value, Ordering::Release);
    wake(word);
}
