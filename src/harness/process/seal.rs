//! What is loaded stays as it is: the memory of the program, the driver and the libraries cannot be replaced, moved or
//! given other rights once hostile code runs. And what the process was started with cannot be read by it.
//! Never protects what a candidate owns.

use std::ffi::{c_int, c_void};
use std::ops::Range;

/// `mseal` of Linux 6.10, which has this number on every architecture; unknown to older kernels.
pub(crate) const MSEAL: i64 = 462;

/// The address ranges of all loaded objects, whole pages, in ascending order; ranges that meet are one.
pub(crate) fn loaded() -> Vec<Range<u64>> {
    unsafe extern "C" fn each(
        info: *mut libc::dl_phdr_info,
        _size: usize,
        into: *mut c_void,
    ) -> c_int {
        let page = rustix::param::page_size() as u64;
        // SAFETY: the loader hands out a valid record and its program headers; `into` is the caller's vector.
        let (info, into) = unsafe { (&*info, &mut *into.cast::<Vec<Range<u64>>>()) };
        for number in 0..usize::from(info.dlpi_phnum) {
            // SAFETY: there are so many headers.
            let header = unsafe { &*info.dlpi_phdr.add(number) };
            if header.p_type == libc::PT_LOAD {
                let start = info.dlpi_addr.wrapping_add(header.p_vaddr);
                let end = start.wrapping_add(header.p_memsz);
                into.push(start & !(page - 1)..end.next_multiple_of(page));
            }
        }
        0
    }
    let mut ranges: Vec<Range<u64>> = Vec::new();
    // SAFETY: `each` has the signature that is asked for and only touches the vector.
    unsafe {
        libc::dl_iterate_phdr(Some(each), (&raw mut ranges).cast());
    }
    ranges.sort_by_key(|range| range.start);
    ranges.dedup_by(|next, last| {
        let meets = next.start <= last.end;
        if meets {
            last.end = last.end.max(next.end);
        }
        meets
    });
    ranges
}

/// Has the kernel keep these ranges as they are mapped, where it can. The filter refuses what begins within them
/// everywhere; the seal also stops what only reaches into them.
pub(crate) fn seal(ranges: &[Range<u64>]) {
    for range in ranges {
        // SAFETY: sealing changes no memory; it only fails where the kernel does not know it or has sealed it already.
        unsafe {
            libc::syscall(MSEAL, range.start, range.end - range.start, 0_u64);
        }
    }
}

/// Where the kernel put the arguments and the environment of this process.
#[derive(Debug, Clone)]
pub(crate) struct StartStrings(Vec<Range<usize>>);

impl StartStrings {
    /// Asks the kernel. Before files are confined.
    pub(crate) fn find() -> Self {
        let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        // The second field is a name in parentheses; the third follows the last of them.
        let numbers: Vec<usize> = text.rsplit_once(')').map_or_else(Vec::new, |(_, rest)| {
            rest.split_whitespace()
                .map(|word| word.parse().unwrap_or(0))
                .collect()
        });
        // `arg_start`, `arg_end`, `env_start`, `env_end` are fields 48 to 51 of proc(5).
        let at = |field: usize| numbers.get(field - 3).copied().unwrap_or(0);
        Self(vec![at(48)..at(49), at(50)..at(51)])
    }

    /// Overwrites them with zeros.
    ///
    /// # Safety
    /// Nobody in this process uses an argument or environment variable any more, or holds a reference to one.
    pub(crate) unsafe fn wipe(&self) {
        for range in &self.0 {
            if range.start != 0 && range.end > range.start {
                let at = std::ptr::with_exposed_provenance_mut::<u8>(range.start);
                // SAFETY: the kernel says that this writable memory holds them; nobody uses it by this contract.
                unsafe { std::ptr::write_bytes(at, 0, range.end - range.start) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_and_its_libraries_are_among_what_is_loaded() {
        let ranges = loaded();
        let own = loaded as fn() -> Vec<Range<u64>> as usize as u64;
        let library = libc::getpid as *const () as u64;
        for address in [own, library] {
            assert!(ranges.iter().any(|range| range.contains(&address)));
        }
        assert!(ranges.is_sorted_by(|a, b| a.end < b.start));
    }

    #[test]
    fn arguments_and_environment_are_found() {
        let StartStrings(ranges) = StartStrings::find();
        assert!(
            ranges
                .iter()
                .all(|range| range.start > 0 && range.end > range.start)
        );
    }
}
