//! Initialisers of shared objects, taken out of the loader's hands: an object is changed so that loading it runs none of
//! its code, and the runner runs its initialisers later, when the strict filter is in force.
//! Never runs anything but what the object itself lists, and never looks at an object's sections: the loader does not.

use std::ffi::c_void;

use object::Endianness;
use object::elf::{DT_FINI, DT_FINI_ARRAY, DT_INIT, DT_INIT_ARRAY, DT_INIT_ARRAYSZ};
use object::elf::{DT_PREINIT_ARRAY, DynamicTag, FileHeader64, PT_DYNAMIC, PT_LOAD};
use object::read::elf::{FileHeader, ProgramHeader};

/// Added to the tag of an entry that the loader shall not see. Tags in this range belong to nobody, so it skips them.
const HIDDEN: u64 = 0x6c65_0000;
/// Bytes of an entry of the dynamic section: tag and value.
const ENTRY: usize = 16;
/// Entries through which a loader runs an object's code. Sizes stay: they say how much there is to run later.
const RUN_BY_LOADER: [DynamicTag; 5] = [
    DT_INIT,
    DT_FINI,
    DT_INIT_ARRAY,
    DT_FINI_ARRAY,
    DT_PREINIT_ARRAY,
];

/// Changes a shared object so that the loader runs none of its code.
///
/// # Errors
/// The object is not one that a linker of this machine makes; it must not be loaded then.
pub(crate) fn defer(object: &mut [u8]) -> Result<(), &'static str> {
    let (from, length) =
        dynamic(object).ok_or("the linked object has no readable dynamic section")?;
    let entries = object
        .get_mut(from..from + length)
        .ok_or("the linked object ends within its dynamic section")?;
    for entry in entries.as_chunks_mut::<ENTRY>().0 {
        let (tag, _) = entry.split_at_mut(8);
        let number = u64::from_ne_bytes(tag.try_into().unwrap_or_default());
        if number == 0 {
            break;
        }
        if RUN_BY_LOADER
            .iter()
            .any(|run| run.0.cast_unsigned() == number)
        {
            tag.copy_from_slice(&(HIDDEN + number).to_ne_bytes());
        }
    }
    Ok(())
}

/// Where the dynamic section lies in the file, by what the loader goes by: the one segment that names it, which must lie
/// in the file where loading puts it in memory.
fn dynamic(object: &[u8]) -> Option<(usize, usize)> {
    let header = FileHeader64::<Endianness>::parse(object).ok()?;
    let endian = header.endian().ok()?;
    let segments = header.program_headers(endian, object).ok()?;
    let mut all = segments.iter().filter(|s| s.p_type(endian) == PT_DYNAMIC);
    let (section, None) = (all.next()?, all.next()) else {
        return None;
    };
    let (address, offset) = (section.p_vaddr(endian), section.p_offset(endian));
    let placed = segments.iter().any(|segment| {
        segment.p_type(endian) == PT_LOAD
            && address
                .checked_sub(segment.p_vaddr(endian))
                .is_some_and(|into| {
                    into < segment.p_filesz(endian)
                        && segment.p_offset(endian).checked_add(into) == Some(offset)
                })
    });
    let (offset, length) = (
        usize::try_from(offset),
        usize::try_from(section.p_filesz(endian)),
    );
    let end = offset.ok()?.checked_add(length.ok()?)?;
    (placed && end <= object.len()).then_some((offset.ok()?, length.ok()?))
}

/// The beginning of the loader's record of an object, as its interface promises it.
#[repr(C)]
struct LinkMap {
    address: usize,
    name: *const std::ffi::c_char,
    dynamic: *const [u64; 2],
}

/// Runs the initialisers that [`defer`] hid in a loaded object, in the object's order.
///
/// # Safety
/// `handle` came from `dlopen` and is never closed. What runs is the object's own code.
pub(crate) unsafe fn run(handle: *mut c_void) {
    let mut map: *const LinkMap = std::ptr::null();
    // SAFETY: the handle is valid by this function's contract; the call fills the pointer.
    let found = unsafe { libc::dlinfo(handle, libc::RTLD_DI_LINKMAP, (&raw mut map).cast()) };
    if found != 0 || map.is_null() {
        return;
    }
    // SAFETY: the loader's record lives as long as the object.
    let (base, mut entry) = unsafe { ((*map).address, (*map).dynamic) };
    let (mut at, mut size) = (None, 0);
    // SAFETY: the dynamic section ends with an entry of tag 0, or the loader would not have loaded it.
    unsafe {
        while (*entry)[0] != 0 {
            let [tag, value] = *entry;
            if tag == HIDDEN + DT_INIT_ARRAY.0.cast_unsigned() {
                at = Some(base.wrapping_add(value as usize));
            } else if tag == DT_INIT_ARRAYSZ.0.cast_unsigned() {
                size = value as usize;
            }
            entry = entry.add(1);
        }
    }
    let Some(at) = at else { return };
    let first = std::ptr::with_exposed_provenance::<Option<Initialiser>>(at);
    let none = std::ptr::null();
    for number in 0..size / size_of::<usize>() {
        // SAFETY: the array lies in the loaded object, which has been relocated; its entries are functions or null.
        unsafe {
            if let Some(initialise) = *first.add(number) {
                initialise(0, none, none);
            }
        }
    }
}

/// An initialiser gets the program's arguments and environment: here it gets none.
type Initialiser =
    unsafe extern "C" fn(i32, *const *const std::ffi::c_char, *const *const std::ffi::c_char);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_linker_made_is_refused() {
        assert!(defer(&mut []).is_err());
        assert!(defer(&mut [0x7f; 4096]).is_err());
    }

    #[test]
    fn an_object_with_initialisers_lists_none_for_the_loader() {
        // The test's own executable has what a shared object has.
        let mut own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let tags = |object: &[u8]| -> Vec<u64> {
            let (from, length) = dynamic(object).unwrap();
            object[from..from + length]
                .as_chunks::<ENTRY>()
                .0
                .iter()
                .map(|entry| u64::from_ne_bytes(entry[..8].try_into().unwrap()))
                .collect()
        };
        let array = DT_INIT_ARRAY.0.cast_unsigned();
        assert!(tags(&own).contains(&array));
        defer(&mut own).unwrap();
        let after = tags(&own);
        assert!(!after.contains(&array) && after.contains(&(HIDDEN + array)));
        assert!(
            !after.contains(&DT_INIT.0.cast_unsigned())
                && !after.contains(&DT_FINI_ARRAY.0.cast_unsigned())
        );
    }
}
