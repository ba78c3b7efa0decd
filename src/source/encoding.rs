//! Text of files that are not UTF-8 throughout, like old sources with names in Latin-1: read without loss and written back
//! byte for byte. Pure.

/// Bytes that are no UTF-8 stand as these, from 0x80 on: letters of private use, which no source has.
const FIRST: u32 = 0xf780;

/// The text of a file, with a letter of private use for every byte that is no UTF-8.
pub fn decoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().filter_map(|byte| {
            let beyond = u32::from(*byte).checked_sub(0x80)?;
            char::from_u32(FIRST + beyond)
        }));
    }
    text
}

/// The bytes that a text was decoded from.
pub fn encoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut buffer = [0; 4];
    for letter in text.chars() {
        match byte(letter) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend(letter.encode_utf8(&mut buffer).bytes()),
        }
    }
    bytes
}

/// The byte that a letter stands for, if it stands for one.
pub(crate) fn byte(letter: char) -> Option<u8> {
    let beyond = u32::from(letter).checked_sub(FIRST)?;
    u8::try_from(beyond)
        .ok()
        .and_then(|beyond| beyond.checked_add(0x80))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_any_bytes_is_written_back_as_it_was() {
        let bytes = b"// Gr\xfcn \xc3\xbc\nint a;\xff\x80";
        let text = decoded(bytes);
        assert_eq!(encoded(&text), bytes);
        assert!(text.contains('\u{fc}') && text.contains("\nint a;"));
        assert_eq!(byte('\u{f7fc}'), Some(0xfc));
        assert_eq!(byte('a'), None);
    }
}
