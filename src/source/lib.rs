//! Source code as text: the definitions in a file, what is code and what is comment or literal in it. Pure: never reads a
//! file, never panics whatever the text, and never recurses over what it is given.

pub mod encoding;
pub mod lexis;
pub mod outline;
pub mod syntax;

/// Without the margin that all lines have, and that margin.
pub fn dedent(text: &str) -> (String, String) {
    let mut margin: Option<&str> = None;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let own = &line[..line.len() - line.trim_start().len()];
        margin = Some(match margin {
            None => own,
            Some(known) => {
                let same = known
                    .bytes()
                    .zip(own.bytes())
                    .take_while(|(a, b)| a == b)
                    .count();
                known.get(..same).unwrap_or("")
            }
        });
    }
    let margin = margin.unwrap_or("").to_owned();
    if margin.is_empty() {
        return (text.to_owned(), margin);
    }
    let plain = text
        .split_inclusive('\n')
        .map(|line| {
            line.strip_prefix(margin.as_str())
                .unwrap_or(line.trim_start_matches([' ', '\t']))
        })
        .collect();
    (plain, margin)
}
