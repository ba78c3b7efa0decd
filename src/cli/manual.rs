//! `lessonl help`, `man` and `completions`: the manual's pages as they are written, or rendered where a terminal shows them;
//! help of a command by the parser. Starts the person's pager, and never prints anything but text.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use clap::CommandFactory;
use clap_complete::Shell;
use termimad::MadSkin;

use super::args::Arguments;
use super::compose::variable;
use super::output::{self, Halt};
use crate::failure::{Failure, FailureKind};

/// The pages: their names, and their text.
pub(super) const PAGES: [(&str, &str); 14] = [
    ("run", include_str!("manual/run.md")),
    ("models", include_str!("manual/models.md")),
    ("function", include_str!("manual/function.md")),
    ("project", include_str!("manual/project.md")),
    ("problems", include_str!("manual/problems.md")),
    ("codegen", include_str!("manual/codegen.md")),
    ("strategies", include_str!("manual/strategies.md")),
    ("budgets", include_str!("manual/budgets.md")),
    ("lessons", include_str!("manual/lessons.md")),
    ("screens", include_str!("manual/screens.md")),
    ("measuring", include_str!("manual/measuring.md")),
    ("safety", include_str!("manual/safety.md")),
    ("cluster", include_str!("manual/cluster.md")),
    ("files", include_str!("manual/files.md")),
];

/// Widest that a page is rendered: longer lines are hard to read.
const WIDEST: usize = 110;

/// Shows a page, the help of a command, or what there is.
pub(super) fn help(topic: &[String]) -> Result<u8, Halt> {
    let Some(first) = topic.first() else {
        return show(&contents()).map(|()| 0);
    };
    let page = PAGES.iter().find(|(name, _)| name == first);
    if let (Some((_, text)), 1) = (page, topic.len()) {
        return show(text).map(|()| 0);
    }
    let mut command = Arguments::command();
    // Global options are known to subcommands only once it is built.
    command.build();
    let mut found = &mut command;
    for word in topic {
        let names: Vec<String> = found
            .get_subcommands()
            .map(|c| c.get_name().to_owned())
            .collect();
        found = match found.find_subcommand_mut(word) {
            Some(next) => next,
            None => return Err(unknown(topic, &names).into()),
        };
    }
    let text = found.render_long_help();
    let text = match std::io::stdout().is_terminal() {
        true => text.ansi().to_string(),
        false => text.to_string(),
    };
    output::print(&text)?;
    Ok(0)
}

/// What there is to read.
fn contents() -> String {
    let mut text = String::from(
        "# The manual\n\n`lessonl help TOPIC` shows a page. `lessonl help COMMAND` shows the options of a command.\n\n| topic | |\n|---|---|\n",
    );
    for (name, page) in PAGES {
        let title = page.lines().next().unwrap_or("").trim_start_matches("# ");
        text.push_str(&format!("| `{name}` | {title} |\n"));
    }
    text
}

/// There is no such page: the nearest is named.
fn unknown(topic: &[String], commands: &[String]) -> Failure {
    let asked = topic.join(" ");
    let pages = PAGES.iter().map(|(name, _)| (*name).to_owned());
    let near = pages
        .chain(commands.iter().cloned())
        .map(|name| (strsim::jaro_winkler(&name, &asked), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let failure = Failure::new(
        FailureKind::Usage,
        format!("there is no page and no command `{asked}`"),
    );
    match near {
        Some((_, name)) => failure.hint(format!("Did you mean `lessonl help {name}`?")),
        None => failure.hint("`lessonl help` lists the pages."),
    }
}

/// Shows a page: rendered and through a pager on a terminal, as it is written elsewhere.
fn show(page: &str) -> Result<(), Halt> {
    if !std::io::stdout().is_terminal() {
        return output::print(page);
    }
    let cells = crossterm::terminal::size().map_or(80, |(width, _)| usize::from(width));
    let colour = variable("NO_COLOR").is_none();
    page_through(&rendered(page, cells.min(WIDEST), colour))
}

/// A page in so many cells.
fn rendered(page: &str, cells: usize, colour: bool) -> String {
    let mut skin = match colour {
        true => MadSkin::default(),
        false => MadSkin::no_style(),
    };
    for header in &mut skin.headers {
        header.align = termimad::Alignment::Left;
    }
    // The marks around the table of keys are for the test that compares it.
    let lines: Vec<&str> = page.lines().filter(|l| !l.starts_with("<!--")).collect();
    skin.text(&lines.join("\n"), Some(cells)).to_string()
}

/// Hands a text to the person's pager; without one it is printed.
fn page_through(text: &str) -> Result<(), Halt> {
    let wanted = variable("PAGER").unwrap_or_else(|| "less".to_owned());
    let mut words = wanted.split_whitespace();
    let Some(program) = words.next() else {
        return output::print(text);
    };
    let mut pager = Command::new(program);
    pager.args(words).stdin(Stdio::piped());
    if variable("LESS").is_none() {
        // Colours, nothing kept on screen that fits it, and the text stays there afterwards.
        pager.env("LESS", "FRX");
    }
    let Ok(mut child) = pager.spawn() else {
        return output::print(text);
    };
    if let Some(mut input) = child.stdin.take() {
        match input.write_all(text.as_bytes()) {
            // Who has read enough closes it.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                tracing::warn!(%error, "the pager took not all of the text");
            }
            _ => {}
        }
    }
    let _ = child.wait();
    Ok(())
}

/// The man page, or one for every command into a folder.
pub(super) fn man(out: Option<&Path>) -> Result<u8, Halt> {
    let command = Arguments::command();
    let failed = |error: std::io::Error| {
        Failure::new(
            FailureKind::Usage,
            format!("the man page cannot be written: {error}"),
        )
        .hint("Name a folder that exists and can be written to.")
    };
    match out {
        Some(folder) => {
            clap_mangen::generate_to(command, folder).map_err(failed)?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command)
                .render(&mut page)
                .map_err(failed)?;
            output::print(&String::from_utf8_lossy(&page))?;
        }
    }
    Ok(0)
}

/// Completions for a shell.
pub(super) fn completions(shell: Shell) -> Result<u8, Halt> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "lessonl", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_a_title_and_fits_its_cells_when_rendered() {
        for (name, page) in PAGES {
            assert!(page.starts_with("# "), "{name}");
            let plain = rendered(page, 80, false);
            assert!(!plain.contains("<!--"), "{name}");
            assert!(!plain.contains('\u{1b}'), "{name}");
        }
        assert!(contents().contains("| `lessons` | Lessons |"));
    }

    #[test]
    fn an_unknown_page_names_the_nearest() {
        let failure = unknown(&["lesons".to_owned()], &["run".to_owned()]);
        assert_eq!(failure.hints, ["Did you mean `lessonl help lessons`?"]);
    }

    #[test]
    fn pages_name_only_pages_that_there_are() {
        for (name, page) in PAGES {
            for (at, _) in page.match_indices("`lessonl help ") {
                let rest = &page[at + "`lessonl help ".len()..];
                let topic: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
                let known = PAGES.iter().any(|(known, _)| *known == topic);
                assert!(known || topic == "TOPIC", "{name}: {topic}");
            }
        }
    }
}
