//! Taking a model's thoughts, the marks of its template and the wrappers of its answer off the answer itself. Only what
//! begins the answer or stands alone before any code counts: the same words within code are code. Pure; linear in the text.

use super::fences;
use crate::source::lexis::Style;

/// An answer without what is around it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Told {
    /// The answer.
    pub answer: String,
    /// What was thought.
    pub thoughts: String,
}

/// Tags around thoughts, in lower case.
const TAGS: &[(&str, &str)] = &[
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<thoughts>", "</thoughts>"),
    ("<reasoning>", "</reasoning>"),
    ("<reason>", "</reason>"),
    ("<reflection>", "</reflection>"),
    ("<analysis>", "</analysis>"),
    ("<scratchpad>", "</scratchpad>"),
    ("<scratch_pad>", "</scratch_pad>"),
    ("<planning>", "</planning>"),
    ("<internal>", "</internal>"),
    ("<inner_monologue>", "</inner_monologue>"),
    ("<chain_of_thought>", "</chain_of_thought>"),
    ("<antthinking>", "</antthinking>"),
    ("<seed:think>", "</seed:think>"),
    ("[think]", "[/think]"),
    ("[thinking]", "[/thinking]"),
    ("[reasoning]", "[/reasoning]"),
    ("<|think|>", "<|/think|>"),
    ("<|thinking|>", "<|/thinking|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|thought_start|>", "<|thought_end|>"),
    ("<|begin_thought|>", "<|end_thought|>"),
    ("<|start_thinking|>", "<|end_thinking|>"),
    ("<|start_of_thought|>", "<|end_of_thought|>"),
    ("<unused94>thought", "<unused95>"),
    ("<|channel>thought", "<channel|>"),
    ("◁think▷", "◁/think▷"),
];

/// Marks of templates and wrappers of answers: taken off where the answer begins or ends with them.
const MARKS: &[&str] = &[
    "<|im_start|>assistant",
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|assistant|>",
    "<|start_header_id|>assistant<|end_header_id|>",
    "<end_of_turn>",
    "<start_of_turn>model",
    "<eos>",
    "</s>",
    "<s>",
    "[/inst]",
    "<|begin_of_solution|>",
    "<|end_of_solution|>",
    "<|start_response|>",
    "<|end_response|>",
    "<|end_of_turn_token|>",
    "<｜end▁of▁sentence｜>",
    "<｜assistant｜>",
    "<answer>",
    "</answer>",
    "<final_answer>",
    "</final_answer>",
    "<final>",
    "</final>",
    "<response>",
    "</response>",
    "<output>",
    "</output>",
    "<result>",
    "</result>",
    "<lesson>",
    "</lesson>",
    "<solution>",
    "</solution>",
];

/// Most channels of one answer.
const MOST_CHANNELS: usize = 64;

/// Takes thoughts and marks off; blocks without a language tag are in this language.
pub(super) fn told(text: &str, style: Option<Style>) -> Told {
    let mut told = Told::default();
    let mut rest = unmarked(text);
    if let Some(answer) = harmony(rest, &mut told.thoughts) {
        rest = answer;
    }
    // What begins the answer, as often as it does.
    loop {
        rest = unmarked(rest);
        let begun = rest.trim_start();
        let Some((open, close)) = TAGS.iter().find(|(open, _)| begins(begun, open)) else {
            break;
        };
        let inner = &begun[open.len()..];
        let Some((at, length)) = closing(inner, close) else {
            told.thoughts.push_str(inner.trim());
            return told;
        };
        told.keep(&inner[..at]);
        rest = &inner[at + length..];
    }
    // A template may have said the opening tag itself.
    if let Some((thoughts, after)) = lone_closing(rest, style) {
        told.keep(thoughts);
        rest = unmarked(after);
    }
    told.answer = told.without_later(rest);
    told
}

impl Told {
    fn keep(&mut self, thoughts: &str) {
        if !self.thoughts.is_empty() {
            self.thoughts.push('\n');
        }
        self.thoughts.push_str(thoughts.trim());
    }

    /// Without thoughts that stand alone, after words and before any code.
    fn without_later(&mut self, text: &str) -> String {
        let mut kept = String::with_capacity(text.len());
        let mut rest = text;
        let mut endless: Vec<&str> = Vec::new();
        'lines: while let Some(line) = rest.split_inclusive('\n').next() {
            let trimmed = line.trim_start();
            if trimmed.starts_with("```") || trimmed.starts_with("~~~") || marks_an_edit(trimmed) {
                break;
            }
            for (open, close) in TAGS {
                if !begins(trimmed, open) || endless.contains(close) {
                    continue;
                }
                let from = line.len() - trimmed.len() + open.len();
                if let Some((at, length)) = closing(&rest[from..], close) {
                    self.keep(&rest[from..from + at]);
                    rest = &rest[from + at + length..];
                    continue 'lines;
                }
                endless.push(close);
            }
            kept.push_str(line);
            rest = &rest[line.len()..];
        }
        kept.push_str(rest);
        kept
    }
}

fn marks_an_edit(line: &str) -> bool {
    line.starts_with("<<<<<") || line.starts_with("@@") || line.starts_with("--- ")
}

/// Whether a text begins with a tag, however it is capitalised.
fn begins(text: &str, tag: &str) -> bool {
    text.get(..tag.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(tag))
}

/// Without marks at both ends.
fn unmarked(text: &str) -> &str {
    let mut rest = text.trim_start_matches('\n');
    'start: loop {
        let trimmed = rest.trim_start();
        for mark in MARKS {
            if begins(trimmed, mark) {
                rest = &trimmed[mark.len()..];
                continue 'start;
            }
        }
        // The margin of the first line may be that of code.
        let blank = rest.len() - trimmed.len();
        rest = rest[..blank].rfind('\n').map_or(rest, |at| &rest[at + 1..]);
        break;
    }
    'end: loop {
        let trimmed = rest.trim_end();
        for mark in MARKS {
            let from = trimmed.len().checked_sub(mark.len());
            let end = from.and_then(|from| trimmed.get(from..));
            if end.is_some_and(|end| end.eq_ignore_ascii_case(mark)) {
                rest = &trimmed[..trimmed.len() - mark.len()];
                continue 'end;
            }
        }
        return rest;
    }
}

/// Where thoughts end: at the first closing tag that is neither quoted nor within a fenced block; else at the last one.
fn closing(text: &str, close: &str) -> Option<(usize, usize)> {
    let mut open_fence: Option<char> = None;
    let mut last = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let mark = trimmed.chars().next().filter(|c| matches!(c, '`' | '~'));
        let fence = mark.filter(|mark| trimmed.chars().take_while(|c| c == mark).count() >= 3);
        match (open_fence, fence) {
            (None, Some(mark)) => open_fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => open_fence = None,
            _ => {}
        }
        for offset in positions(line, close) {
            let found = (at + offset, close.len());
            let before = line[..offset].chars().next_back();
            let after = line[offset + close.len()..].chars().next();
            let quote = |c: Option<char>| c.is_some_and(|c| "\"'`".contains(c));
            let alone = line[..offset].trim().is_empty();
            if !(quote(before) || quote(after) && !alone) && open_fence.is_none() {
                return Some(found);
            }
            last = Some(found);
        }
        at += line.len();
    }
    last
}

/// Where a tag stands in a line, however it is capitalised.
fn positions<'a>(line: &'a str, tag: &'a str) -> impl Iterator<Item = usize> + 'a {
    let first = tag.chars().next().unwrap_or('<');
    line.match_indices(first)
        .map(|(at, _)| at)
        .filter(move |at| begins(&line[*at..], tag))
}

/// The text before and after a closing tag whose opening one the template said: outside of any fenced block, at the end of
/// a line or alone on it, with an answer behind it.
fn lone_closing(text: &str, style: Option<Style>) -> Option<(&str, &str)> {
    if !TAGS
        .iter()
        .any(|(_, close)| positions(text, close).next().is_some())
    {
        return None;
    }
    let blocks = fences::covered(text, style);
    let mut covered = vec![false; text.lines().count() + 1];
    for block in &blocks {
        for line in block.clone() {
            if let Some(line) = covered.get_mut(line) {
                *line = true;
            }
        }
    }
    let mut found: Option<(usize, usize, usize)> = None;
    let mut opened = false;
    let mut at = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let trimmed = line.trim_start();
        let plain = !covered.get(number).copied().unwrap_or(false);
        let fences = blocks
            .iter()
            .take(MOST_CHANNELS)
            .filter(|block| block.end <= number)
            .count();
        opened |= plain && TAGS.iter().any(|(open, _)| begins(trimmed, open));
        if plain && !opened {
            let words = line.trim_end();
            for (_, close) in TAGS {
                let Some(from) = words.len().checked_sub(close.len()) else {
                    continue;
                };
                if !words
                    .get(from..)
                    .is_some_and(|end| end.eq_ignore_ascii_case(close))
                {
                    continue;
                }
                let before = words[..from].trim();
                let quoted = before.ends_with(['"', '\'', '`']);
                if before.is_empty() || !quoted && fences == 0 && !before.contains('`') {
                    found = Some((at + from, at + line.len(), fences));
                }
            }
            // Or at the beginning of a line, the answer right behind it.
            for (_, close) in TAGS {
                if begins(trimmed, close) && trimmed.len() > close.len() {
                    let from = at + line.len() - trimmed.len();
                    found = Some((from, from + close.len(), fences));
                }
            }
            // A whole short text on one line: "thoughts</think>answer".
            if fences == 0 && at == 0 && found.is_none() {
                for (_, close) in TAGS {
                    if let Some(offset) = positions(line, close).last()
                        && !line[..offset].ends_with(['"', '\'', '`', '('])
                    {
                        found = Some((offset, offset + close.len(), fences));
                    }
                }
            }
        }
        at += line.len();
    }
    let (from, to, before) = found?;
    let after = &text[to..];
    // Code that was said already is no thought if none follows.
    let code_follows = before == 0 || !fences::parts(after).blocks.is_empty();
    (!after.trim().is_empty() && code_follows).then_some((&text[..from], after))
}

/// The final channel of an answer in the harmony form, the others put with the thoughts; also where a server took the
/// special tokens out and left the channels' names. `None`: it is not of that form.
fn harmony<'t>(text: &'t str, thoughts: &mut String) -> Option<&'t str> {
    const CHANNEL: &str = "<|channel|>";
    const MESSAGE: &str = "<|message|>";
    let trimmed = text.trim_start();
    if trimmed.starts_with("<|start|>") || trimmed.starts_with(CHANNEL) {
        let mut rest = trimmed;
        for _ in 0..MOST_CHANNELS {
            let Some((_, after)) = rest.split_once(CHANNEL) else {
                break;
            };
            let Some((name, message)) = after.split_once(MESSAGE) else {
                break;
            };
            if name.trim_start().starts_with("final") {
                return Some(unmarked(message));
            }
            let end = message.find("<|end|>").or(message.find("<|start|>"));
            let end = end.or(message.find(CHANNEL)).unwrap_or(message.len());
            thoughts.push_str(message[..end].trim());
            rest = &message[end..];
        }
        // Nothing was said in the end.
        if thoughts.is_empty() {
            thoughts.push_str(trimmed);
        }
        return Some("");
    }
    let spoken = trimmed.strip_prefix("analysis")?;
    if !spoken.starts_with(|c: char| c.is_uppercase() || c == '\n') {
        return None;
    }
    let (thought, answer) = match spoken.split_once("assistantfinal") {
        Some((thought, answer)) => (thought, answer),
        None if spoken.starts_with('\n') => return None,
        None => (spoken, ""),
    };
    thoughts.push_str(thought.trim());
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> String {
        told(text, None).answer
    }

    #[test]
    fn thoughts_of_every_family_are_taken_off_where_the_answer_begins() {
        for (open, close) in TAGS {
            let text = format!("\n {open}a\nb{close}\n\nDone.");
            assert_eq!(
                told(&text, None),
                Told {
                    answer: "Done.".to_owned(),
                    thoughts: "a\nb".to_owned()
                },
                "{text}"
            );
            assert_eq!(answer(&format!("{open}on and on")), "", "{open}");
            assert_eq!(
                answer(&format!("a b\n{}\nDone.", close.to_uppercase())),
                "Done.",
                "{close}"
            );
            assert_eq!(
                answer(&format!("Sure.\n{open}\na\n{close}\nDone.")),
                "Sure.\n\nDone.",
                "{open}"
            );
        }
        assert_eq!(answer("<THINK>a</Think>b"), "b");
        assert_eq!(answer("a</think>b"), "b");
    }

    #[test]
    fn tags_in_code_and_in_quotation_marks_are_text() {
        for text in [
            "Idea.\n```cpp\n// closes a tag: </think>\nint f();\n```\n",
            "Idea.\n```cpp\n</think>\n```\n",
            "It looks for `<think>` and `</think>`.",
            "```python\nx = \"<think>\"\n```\nIt ends at `</think>`",
            "analysis of the loop shows little.",
            "```cpp\nint f() { return 1; }\n```\nIt removes all up to\n</think>\nas before.",
        ] {
            assert_eq!(answer(text), text);
        }
        let thought = "<think>It looks for \"</think>\":\n```\n</think>\n```\nGood.</think>\nDone.";
        assert_eq!(answer(thought), "\nDone.".trim_start());
    }

    #[test]
    fn harmony_channels_are_told_apart() {
        let raw = "<|channel|>analysis<|message|>We need.<|end|><|start|>assistant<|channel|>final<|message|>Done.<|return|>";
        assert_eq!(
            told(raw, None),
            Told {
                answer: "Done.".to_owned(),
                thoughts: "We need.".to_owned()
            }
        );
        assert_eq!(answer("analysisWe need.assistantfinalDone."), "Done.");
        assert_eq!(answer("<|channel|>analysis<|message|>Draft"), "");
        assert_eq!(answer("analysisWe need to"), "");
        let code = "<|channel|>final<|message|>```cpp\nauto s = \"<|channel|>final<|message|>\";\n```<|return|>";
        assert_eq!(
            answer(code),
            "```cpp\nauto s = \"<|channel|>final<|message|>\";\n```"
        );
    }

    #[test]
    fn marks_of_templates_are_taken_off_the_ends() {
        assert_eq!(answer("<|im_start|>assistant\nDone.<|im_end|>\n"), "Done.");
        assert_eq!(answer("<answer>\nDone.\n</answer>"), "Done.\n");
    }
}
