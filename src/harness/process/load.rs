//! Loading shared objects, by the system's loader. Only in a contained process.

use std::ffi::{CStr, CString, c_char, c_void};
use std::path::Path;

/// Loads an object and runs its constructors.
pub(crate) fn open(path: &Path, flags: i32) -> Result<*mut c_void, String> {
    let name = path
        .to_str()
        .and_then(|path| CString::new(path).ok())
        .ok_or("a path that is not text")?;
    // SAFETY: a valid C string; what the object's constructors do is contained by now.
    let handle = unsafe { libc::dlopen(name.as_ptr(), flags) };
    if handle.is_null() {
        Err(dl_error())
    } else {
        Ok(handle)
    }
}

/// What a loaded object calls `name`.
pub(crate) fn symbol(handle: *mut c_void, name: &CStr) -> Result<*mut c_void, String> {
    // SAFETY: the handle came from dlopen and is never closed.
    let at = unsafe { libc::dlsym(handle, name.as_ptr()) };
    if at.is_null() {
        Err(format!(
            "the driver has no {}: it must end with LESSONL_PROBLEM(…)",
            name.to_string_lossy()
        ))
    } else {
        Ok(at)
    }
}

fn dl_error() -> String {
    // SAFETY: dlerror gives null or a C string that stays valid until the next dl call on this thread.
    unsafe {
        let message: *const c_char = libc::dlerror();
        if message.is_null() {
            "unknown loader error".to_owned()
        } else {
            CStr::from_ptr(message).to_string_lossy().into_owned()
        }
    }
}
