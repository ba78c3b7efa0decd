//! What the C library has.

use std::ffi::CString;

/// Whether the system's C library, or its library of mathematics, has a function of this name.
pub fn in_c_library(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let Some(name) = CString::new(name)
        .ok()
        .filter(|_| !name.is_empty() && name.chars().all(word))
    else {
        return false;
    };
    [c"libc.so.6", c"libm.so.6"].iter().any(|library| {
        // SAFETY: a valid C string; both are libraries of the system, which do nothing when they are loaded, and stay loaded.
        let handle = unsafe { libc::dlopen(library.as_ptr(), libc::RTLD_LAZY) };
        // SAFETY: a handle of dlopen's, never closed, and a valid C string.
        !handle.is_null() && !unsafe { libc::dlsym(handle, name.as_ptr()) }.is_null()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_c_library_has_is_known() {
        for name in ["memcpy", "erf", "posix_memalign", "qsort_r"] {
            assert!(in_c_library(name), "{name}");
        }
        for name in ["", "erf;", "nobody_has_this", "std::sort"] {
            assert!(!in_c_library(name), "{name}");
        }
    }
}
