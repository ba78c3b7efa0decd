//! Home: what to work on, with which team and rules, and the runs there were.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::history;
use crate::config::keymap::Action;
use crate::config::theme::Role;
use crate::domain::problem::ProblemId;
use crate::domain::spec::{LessonGate, Preset, StrategyKind};
use crate::lists::{self, Row};
use crate::model::{HomePane, Model};
use crate::own::Way;
use crate::update::{SETTINGS, chosen, own_folder, own_types};
use crate::widgets::frame::{
    more, panel, put, select, split_left, split_top, text_line, title, window,
};
use crate::widgets::mark::{self, Mark};
use crate::widgets::text::{elide_end, fit, one_line, sanitise, wrap};

/// Where the panes lie; those that are not shown have no area.
pub(crate) fn places(model: &Model, area: Rect) -> [(HomePane, Rect); 4] {
    let (ways, below) = split_top(area, 1);
    let home = &model.home;
    let narrow = area.width < if home.way.is_own() { 120 } else { 80 };
    let whole = match home.pane {
        HomePane::Ways => HomePane::Problems,
        pane => pane,
    };
    let (left, right) = match (narrow, home.way.is_own()) {
        (true, _) => (below, Rect::default()),
        (false, true) => split_left(below, below.width * 3 / 5),
        (false, false) => split_left(below, below.width * 11 / 24),
    };
    let rows = if right.height > 26 { 15 } else { 11 };
    let (top, bottom) = split_top(right, rows);
    let place = |pane, at| match (narrow, pane == whole) {
        (true, true) => (pane, below),
        (true, false) => (pane, Rect::default()),
        (false, _) => (pane, at),
    };
    [
        (HomePane::Ways, ways),
        place(HomePane::Problems, left),
        place(HomePane::Settings, top),
        place(HomePane::Past, bottom),
    ]
}

/// Rows of the list of problems from which the selected one is shown below it.
const ROOMY: u16 = 26;

/// Where the list of problems lies, and what is shown of the selected one below it.
pub(crate) fn split(model: &Model, area: Rect) -> (Rect, Rect) {
    match area.height >= ROOMY && !model.home.way.is_own() {
        true => split_top(area, area.height / 2),
        false => (area, Rect::default()),
    }
}

/// Draws the screen.
pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let own = model.home.own.as_ref();
    let own = own.filter(|(way, _)| *way == model.home.way);
    for (pane, at) in places(model, area) {
        match (pane, own) {
            _ if at.is_empty() => {}
            (HomePane::Ways, _) => ways(model, at, buf),
            (HomePane::Problems, Some((way, own))) => super::own::draw(model, *way, own, at, buf),
            (HomePane::Problems, None) => {
                let (list, below) = split(model, at);
                problems(model, list, buf);
                if !below.is_empty() {
                    preview(model, below, buf);
                }
            }
            (HomePane::Settings, _) => settings(model, at, buf),
            (HomePane::Past, _) => {
                history::list(model, at, model.home.pane == HomePane::Past, buf);
            }
        }
    }
}

/// What to begin with: each way with the key that leads there.
fn ways(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = model.home.pane == HomePane::Ways;
    let mut spans = Vec::new();
    for way in Way::ALL {
        let key = model.keymap.first(match way {
            Way::Bundled => Action::Bundled,
            Way::Function => Action::OwnFunction,
            Way::Project => Action::OwnProject,
            Way::Past => Action::GoHistory,
        });
        let here = way == model.home.way;
        let sign = match (here, focused) {
            (true, true) => look.pick("▸", ">"),
            (true, false) => look.pick("•", "*"),
            (false, _) => " ",
        };
        let (first, second) = match (here, focused) {
            (true, true) => (Role::Selection, Role::Selection),
            (true, false) => (Role::Accent, Role::Title),
            (false, _) => (Role::Accent, Role::Dim),
        };
        spans.push(look.span(first, format!("{sign}{key} ")));
        spans.push(look.span(second, format!("{} ", way.words())));
    }
    put(buf, area, 0, &Line::from(spans));
}

fn problems(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let home = &model.home;
    let listed = lists::problems(model);
    let focused = home.pane == HomePane::Problems;
    let detail = match (home.marked.len(), model.filter().is_empty()) {
        (0, true) => format!("{}", listed.len()),
        (0, false) => format!("{} of {}", listed.len(), home.problems.len()),
        (n, _) => format!("{n} marked"),
    };
    let inner = panel(buf, area, title(look, "Problems", &detail), focused, look);
    if listed.is_empty() {
        let words = if home.problems.is_empty() {
            "No problem was found. `lessonl problems` says where they are looked for."
        } else {
            "No problem passes the filter; Esc clears it."
        };
        for (row, line) in wrap(words, usize::from(inner.width), 3)
            .into_iter()
            .enumerate()
        {
            put(buf, inner, row, &text_line(look, Role::Dim, line));
        }
        return;
    }
    let ids = || listed.iter().map(|at| &home.problems[*at].id);
    let widest = ids().map(|id| id.short().len()).max().unwrap_or(0);
    let cells = usize::from(inner.width);
    let name_cells = widest.clamp(12, (cells / 2).max(12));
    let category_cells = if cells > name_cells + 16 { 11 } else { 0 };
    // Where no category stands before them, two of one name are told apart by where they come from.
    let alike = |id: &ProblemId| ids().filter(|other| other.short() == id.short()).count() > 1;
    let name = |id: &ProblemId| match id.as_str().rsplit('/').nth(1) {
        Some(above) if category_cells == 0 && alike(id) => format!("{above}/{}", id.short()),
        _ => id.short().to_owned(),
    };
    let rows = lists::home(model);
    let from = window(rows.len(), usize::from(inner.height), home.row);
    let mut before = None;
    for (row, entry) in rows
        .iter()
        .enumerate()
        .skip(from)
        .take(usize::from(inner.height))
    {
        let at = match entry {
            Row::Suite(name, all) => {
                before = None;
                put(buf, inner, row - from, &suite(model, name, all, cells));
                if row == home.row {
                    select(buf, inner, row - from, look);
                }
                continue;
            }
            Row::Problem(at) => at,
        };
        let problem = &home.problems[*at];
        let marked = home.marked.contains(at);
        let category = if before == Some(&problem.category) {
            ""
        } else {
            &problem.category
        };
        before = Some(&problem.category);
        let sign = if marked {
            look.pick("● ", "* ")
        } else {
            "  "
        };
        let line = Line::from(vec![
            look.span(Role::Accent, sign),
            look.span(Role::Dim, fit(&one_line(category), category_cells)),
            look.span(
                Role::Text,
                format!("{} ", fit(&name(&problem.id), name_cells)),
            ),
            look.span(
                Role::Dim,
                elide_end(
                    &one_line(&problem.title),
                    cells.saturating_sub(name_cells + category_cells + 3),
                ),
            ),
        ]);
        put(buf, inner, row - from, &line);
        if row == home.row {
            select(buf, inner, row - from, look);
        }
    }
}

/// The row of a suite: all of its problems that pass the filter.
fn suite(model: &Model, name: &str, all: &[usize], cells: usize) -> Line<'static> {
    let look = &model.look;
    let marked = all.iter().filter(|at| model.home.marked.contains(at));
    let sign = match marked.count() {
        0 => "  ",
        n if n == all.len() => look.pick("● ", "* "),
        _ => look.pick("◐ ", "+ "),
    };
    let whole = match model.filter().is_empty() {
        true => format!("all {} problems of {name}", all.len()),
        false => format!("the {} problems of {name} that pass the filter", all.len()),
    };
    Line::from(vec![
        look.span(Role::Accent, sign),
        look.span(Role::Title, elide_end(&whole, cells.saturating_sub(2))),
    ])
}

/// What a suite holds: its categories with how many problems each has.
fn about_suite(model: &Model, all: &[usize]) -> Vec<String> {
    let problems = all.iter().filter_map(|at| model.home.problems.get(*at));
    let categories: Vec<&str> = problems.map(|problem| problem.category.as_str()).collect();
    categories
        .chunk_by(|a, b| a == b)
        .map(|group| format!("{} {}", fit(&one_line(group[0]), 16), group.len()))
        .collect()
}

/// The problem under the cursor: what it does, how far it is known to get, its code.
fn preview(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let rows = lists::home(model);
    let problem = match rows.get(model.home.row) {
        Some(Row::Suite(name, all)) => {
            let detail = format!("{} problems, one after the other", all.len());
            let inner = panel(buf, area, title(look, name, &detail), false, look);
            for (row, words) in about_suite(model, all).into_iter().enumerate() {
                put(buf, inner, row, &text_line(look, Role::Dim, words));
            }
            return;
        }
        Some(Row::Problem(at)) => model.home.problems.get(*at),
        None => None,
    };
    let Some(problem) = problem else {
        panel(buf, area, title(look, "Problem", ""), false, look);
        return;
    };
    let name = problem.id.to_string();
    let inner = panel(
        buf,
        area,
        title(look, &name, &one_line(&problem.title)),
        false,
        look,
    );
    let cells = usize::from(inner.width);
    let mut lines: Vec<Line> = Vec::new();
    let known = known(model, &problem.id);
    lines.extend(
        known
            .into_iter()
            .map(|(role, words)| text_line(look, role, elide_end(&words, cells))),
    );
    let most = usize::from(inner.height / 3).max(3);
    let about = wrap(problem.description.trim(), cells, most).into_iter();
    lines.extend(about.map(|line| text_line(look, Role::Dim, line)));
    lines.push(Line::default());
    let code = problem.original.lines().map(|line| {
        let line = elide_end(&sanitise(line), cells);
        text_line(look, Role::Text, line)
    });
    lines.extend(code);
    for (row, line) in lines.iter().take(usize::from(inner.height)).enumerate() {
        put(buf, inner, row, line);
    }
    more(
        buf,
        area,
        0,
        lines.len().saturating_sub(usize::from(inner.height)),
        look,
    );
}

/// What past runs reached on a problem, and what its best known code reaches.
fn known(model: &Model, problem: &ProblemId) -> Vec<(Role, String)> {
    let mode = model.home.choice.mode;
    let mut known = Vec::new();
    let units = model.runs.iter().flat_map(|run| {
        let units = run.units.iter().map(move |unit| (run, unit));
        units.filter(|(_, unit)| unit.problem == *problem && unit.mode == mode)
    });
    let best = units.filter_map(|(run, unit)| Some((unit.reported?, run)));
    if let Some((speedup, run)) = best.max_by(|a, b| a.0.lo.total_cmp(&b.0.lo)) {
        let figure = mark::speedup(speedup, 40, model.look.symbols);
        known.push((
            Mark::of_speedup(speedup).role(),
            format!("best of your runs: {figure} ({mode}), run {}", run.id),
        ));
    }
    let ceiling = model.ceilings.iter();
    let ceiling = ceiling.filter(|c| c.problem == *problem && c.mode == mode);
    if let Some(speedup) = ceiling.filter_map(|c| c.speedup).next_back() {
        let figure = mark::speedup(speedup, 40, model.look.symbols);
        known.push((
            Role::Dim,
            format!("best known code, measured here: {figure}"),
        ));
    }
    known
}

/// How a strategy works, in a few words.
fn strategy(kind: StrategyKind) -> &'static str {
    match kind {
        StrategyKind::Lessonl => "everybody rewrites, lessons are shared",
        StrategyKind::Single => "one prompt, one answer",
        StrategyKind::BestOf => "independent answers, the best one",
        StrategyKind::Cot => "step by step, one answer",
        StrategyKind::Reflexion => "one agent tries and looks back",
        StrategyKind::Mapcoder => "recall, plan, code, repair",
        StrategyKind::Moa => "proposals in layers",
        StrategyKind::LessonlNone => "without lessons",
        StrategyKind::LessonlRandom => "lessons drawn at random",
        StrategyKind::LessonlSpeed => "the fastest lessons",
        StrategyKind::LessonlRelevance => "the most relevant lessons",
        StrategyKind::LessonlFixed => "lessons keep their first rank",
        StrategyKind::Compiler => "no agents, compiler options",
        StrategyKind::LessonlPlus => "lessons, repairs, best in view",
        StrategyKind::PlusNorepair => "plus without repairs",
        StrategyKind::PlusBlind => "plus, nobody's code in view",
        StrategyKind::PlusNoroles => "plus, everybody asked alike",
        StrategyKind::PlusGreedy => "plus, the best in everybody's view",
        StrategyKind::PlusNostop => "plus, until all is spent",
    }
}

fn settings(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let home = &model.home;
    let choice = &home.choice;
    let focused = home.pane == HomePane::Settings;
    let chosen = chosen(model);
    let what = match chosen.as_slice() {
        _ if home.way.is_own() => own_folder(model).map_or_else(
            |_| "of your own code, once it is ready".to_owned(),
            |folder| one_line(&folder),
        ),
        [] => "choose a problem".to_owned(),
        [one] => home
            .problems
            .get(*one)
            .map_or_else(String::new, |p| p.id.to_string()),
        many => format!("{} problems, one after the other", many.len()),
    };
    let inner = panel(buf, area, title(look, "New run", &what), focused, look);
    let team = home.teams.get(choice.team);
    let values = [
        (choice.mode.word().to_owned(), "the programming model"),
        (
            team.map_or_else(|| "none".to_owned(), |team| one_line(&team.title)),
            "Enter composes it",
        ),
        (choice.strategy.word().to_owned(), strategy(choice.strategy)),
        (
            choice.preset.word().to_owned(),
            match choice.preset {
                Preset::Corrected => "the paper's rules, mended",
                Preset::Paper => "the paper to the letter",
            },
        ),
        (choice.rounds.to_string(), "round 0 counted"),
        (choice.lessons.to_string(), "lessons in each prompt"),
        (
            choice.gate.word().to_owned(),
            match choice.gate {
                LessonGate::Auto => "rounds do not wait for you",
                LessonGate::Review => "rounds wait for your decisions",
            },
        ),
    ];
    let cells = usize::from(inner.width);
    for (row, (name, (value, note))) in SETTINGS.iter().zip(values).enumerate() {
        let here = focused && row == home.setting;
        let (open, close) = if here {
            (look.pick("‹ ", "< "), look.pick(" ›", " >"))
        } else {
            ("  ", "  ")
        };
        let room = cells.saturating_sub(14);
        let value = elide_end(&value, room);
        let line = Line::from(vec![
            look.span(Role::Dim, fit(name, 10)),
            look.span(Role::Accent, open),
            look.span(Role::Text, value.clone()),
            look.span(Role::Accent, close),
            look.span(
                Role::Dim,
                format!(
                    "{} {}",
                    " ".repeat(10_usize.saturating_sub(value.chars().count())),
                    if note.chars().count() + value.chars().count().max(10) + 2 <= room {
                        note
                    } else {
                        ""
                    }
                ),
            ),
        ]);
        put(buf, inner, row, &line);
        if here {
            select(buf, inner, row, look);
        }
    }
    let mut row = SETTINGS.len();
    let key = model.keymap.first(Action::Start);
    // Where letters are text, no letter starts anything.
    let words = match own_types(model) {
        true => "Enter goes on; the last step starts the run".to_owned(),
        false => "starts the run".to_owned(),
    };
    let sign = match own_types(model) {
        true => String::new(),
        false => format!("{key} "),
    };
    let start = Line::from(vec![
        look.span(Role::Accent, sign),
        look.span(Role::Title, words),
    ]);
    if usize::from(inner.height) > row + 3 {
        row += 1;
        let reason = team.map_or("", |team| team.reason.as_str());
        for line in wrap(reason, cells, 3) {
            put(buf, inner, row, &text_line(look, Role::Dim, line));
            row += 1;
        }
        row = usize::from(inner.height) - 1;
    } else if let Some(team) = team {
        let reason = elide_end(&one_line(&team.reason), cells);
        put(buf, inner, row, &text_line(look, Role::Dim, reason));
        row += 1;
    }
    put(buf, inner, row, &start);
}
