//! Plain tables: aligned columns for a terminal, pipes for Markdown. Cells may be hostile: control characters never pass.

use unicode_width::UnicodeWidthStr;

use super::result::UnitResult;
use crate::domain::event::Ending;

/// A table of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The header.
    pub head: Vec<String>,
    /// The rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with this header.
    pub fn new(head: &[&str]) -> Self {
        Self {
            head: head.iter().map(|cell| (*cell).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    /// Columns padded with blanks, two between them; a line each.
    pub fn aligned(&self) -> String {
        let lines: Vec<Vec<String>> = std::iter::once(&self.head)
            .chain(&self.rows)
            .map(|row| row.iter().map(|cell| one_line(cell)).collect())
            .collect();
        let widths: Vec<usize> = (0..self.head.len())
            .map(|at| {
                let cells = lines.iter().filter_map(|row| row.get(at));
                cells.map(|cell| cell.width()).max().unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for row in &lines {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.extend(std::iter::repeat_n(
                    ' ',
                    width + 2 - cell.width().min(*width),
                ));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// A Markdown table.
    pub fn markdown(&self) -> String {
        let line = |row: &[String]| {
            let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule: Vec<&str> = self.head.iter().map(|_| "---").collect();
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!("{}| {} |\n{rows}", line(&self.head), rule.join(" | "))
    }
}

/// The text on one line without control characters, so that it cannot move a cursor.
pub fn one_line(text: &str) -> String {
    let visible = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c });
    visible
        .filter(|c| !c.is_control() && !is_unseen(*c))
        .collect()
}

/// Marks that reorder or hide text.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The text as Markdown that shows exactly it.
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in one_line(text).chars() {
        match c {
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '#' | '!' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            _ => out.push(c),
        }
    }
    out
}

/// The table of results: one row per unit.
pub fn results(results: &[UnitResult]) -> Table {
    let mut table = Table::new(&[
        "problem", "mode", "best", "verdict", "agent", "round", "lessons",
    ]);
    for result in results {
        let dash = || "–".to_owned();
        table.push(vec![
            result.problem.clone(),
            result.mode.to_string(),
            match (&result.tested, result.speedup) {
                (Some(tested), _) => tested.to_string(),
                (None, speedup) => speedup.map_or_else(dash, |s| s.to_string()),
            },
            verdict(result),
            result.agent.clone().unwrap_or_else(dash),
            result.round.map_or_else(dash, |r| r.0.to_string()),
            format!("{} read, {} banked", result.read, result.banked),
        ]);
    }
    table
}

/// The verdict in a word or few: what may be said of the reported candidate.
fn verdict(result: &UnitResult) -> String {
    match result.solved {
        Some(true) => return "solved".to_owned(),
        Some(false) if !matches!(result.ending, Some(Ending::Failed { .. })) => {
            return "not solved".to_owned();
        }
        Some(false) | None => {}
    }
    match (&result.ending, result.verdict) {
        (Some(_), Some(verdict)) if !result.wins => format!("{}, original stays", verdict.word()),
        (_, Some(verdict)) => verdict.word().to_owned(),
        (Some(Ending::Failed { .. }), None) => "failed".to_owned(),
        (None, None) if result.evaluated == 0 => "not done".to_owned(),
        (_, None) => "none correct".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["name", "×"]);
        table.push(vec!["a|b".to_owned(), "2.31×".to_owned()]);
        table.push(vec!["\u{1b}[31mlonger\nname".to_owned(), "1".to_owned()]);
        table
    }

    #[test]
    fn columns_line_up_and_no_control_character_passes() {
        assert_eq!(
            table().aligned(),
            "name             ×\na|b              2.31×\n[31mlonger name  1\n"
        );
    }

    #[test]
    fn markdown_cells_cannot_break_the_table() {
        assert_eq!(
            table().markdown(),
            "| name | × |\n| --- | --- |\n| a\\|b | 2.31× |\n| \\[31mlonger name | 1 |\n"
        );
    }
}
