//! Whether a text goes round in circles: its end repeats one passage so often that nothing else is going to come. Pure.
//! Never looks at a text before enough of it has come anew, so that watching costs little.

/// New bytes before the text is looked at again.
const STEP: usize = 512;
/// Of a circle that has to be seen: this many bytes, and this many times round.
const SURE: [(usize, usize); 2] = [(4 * 1024, 8), (8 * 1024, 4)];

/// Watches one text.
#[derive(Debug)]
pub(super) struct Watch {
    /// How many times as much of a circle has to be seen.
    patience: usize,
    seen: usize,
    round: bool,
}

impl Watch {
    /// For a text of which so many times as much has to be seen: who thinks may turn in circles for a while.
    pub(crate) fn with_patience(patience: usize) -> Self {
        Self {
            patience,
            seen: 0,
            round: false,
        }
    }

    /// Whether the text, as far as it has come, ends in a circle.
    pub(crate) fn sees(&mut self, text: &str) -> bool {
        if text.len() >= self.seen + STEP {
            self.seen = text.len();
            self.round = is_round(text.as_bytes(), self.patience);
        }
        self.round
    }
}

fn is_round(text: &[u8], patience: usize) -> bool {
    SURE.iter().any(|(bytes, times)| {
        let Some(from) = text.len().checked_sub(bytes * patience) else {
            return false;
        };
        shortest_period(&text[from..]) <= bytes / times
    })
}

/// The shortest period of a text, by its longest border (Knuth, Morris and Pratt 1977).
fn shortest_period(text: &[u8]) -> usize {
    let mut borders = vec![0_usize; text.len()];
    let mut border = 0;
    for at in 1..text.len() {
        while border > 0 && text[at] != text[border] {
            border = borders[border - 1];
        }
        if text[at] == text[border] {
            border += 1;
        }
        borders[at] = border;
    }
    text.len() - border
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sees(text: &str) -> bool {
        Watch::with_patience(1).sees(text)
    }

    #[test]
    fn a_passage_again_and_again_is_a_circle() {
        let sum: String = (0..400).map(|n| format!("    sum += x[{n}];\n")).collect();
        for passage in ["Wait, let me check that again. ", "x", &sum[..900], "é→𝄞 "] {
            assert!(sees(&format!(
                "Some words.\n{}",
                passage.repeat(9_000 / passage.len() + 9)
            )));
        }
        let unrolled = sum.clone();
        let zeros = format!("int t[] = {{{}}};", "0, ".repeat(900));
        for fine in [&unrolled, &zeros, "short short short"] {
            assert!(!sees(fine), "{fine}");
        }
    }

    #[test]
    fn it_is_seen_soon_after_it_begins() {
        let mut watch = Watch::with_patience(1);
        let mut text = "A sentence that is no circle. ".to_owned();
        let mut rounds = 0;
        while !watch.sees(&text) {
            text.push_str("And again the same. ");
            rounds += 1;
        }
        assert!(rounds < 300, "{rounds}");
        assert!(!Watch::with_patience(3).sees(&text));
    }
}
