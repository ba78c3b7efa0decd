//! The steps of the person's own code: each key on the way from a file or a folder to a run. Errands leave as effects; what
//! comes of them changes the way only if it is still waited for.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::config::keymap::{Action, Place};
use crate::domain::failure::Failure;
use crate::errand::{Answer, Desk, Errand, FunctionWish, News, ProjectWish, Region};
use crate::model::{HomePane, Model};
use crate::msg::Effect;
use crate::own::{Field, Listed, Own, Pick, Step, Way, above, line};

/// Longest line that can be typed, in bytes.
const LONGEST: usize = 2_000;

/// Goes a way of the home screen.
pub(super) fn go(model: &mut Model, way: Way, effects: &mut Vec<Effect>) {
    model.home.way = way;
    model.home.pane = match way {
        Way::Past => HomePane::Past,
        _ => HomePane::Problems,
    };
    if way.is_own()
        && model
            .home
            .own
            .as_ref()
            .is_none_or(|(known, _)| *known != way)
    {
        model.home.own = Some((way, Own::new(way)));
        look(model, effects);
    }
}

/// Goes from one way to another in the line of them, or into the one under the cursor.
pub(super) fn turn(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let at = Way::ALL.iter().position(|way| *way == model.home.way);
    let (at, last) = (at.unwrap_or(0), Way::ALL.len() - 1);
    let next = match action {
        Action::Left => at.saturating_sub(1),
        Action::Right => (at + 1).min(last),
        _ => return go(model, model.home.way, effects),
    };
    go(model, Way::ALL[next], effects);
    model.home.pane = HomePane::Ways;
}

/// Whether keys are text on the home screen now.
pub(crate) fn types(model: &Model) -> bool {
    shown(model).is_some_and(Own::types)
}

/// The way with the keys, if it is the person's own code.
fn shown(model: &Model) -> Option<&Own> {
    let here = model.place == Place::Home && model.home.pane == HomePane::Problems;
    let own = model.home.own.as_ref().filter(|_| here);
    own.filter(|(way, _)| *way == model.home.way)
        .map(|(_, own)| own)
}

fn state(model: &mut Model) -> Option<(Way, &mut Own)> {
    let way = model.home.way;
    let own = model.home.own.as_mut();
    own.filter(|(known, _)| *known == way)
        .map(|(way, own)| (*way, own))
}

/// Sends an errand for the way.
fn send(model: &mut Model, errand: Errand, effects: &mut Vec<Effect>) {
    model.errands += 1;
    let number = model.errands;
    if let Some((_, own)) = state(model) {
        own.number = number;
        effects.push(Effect::Errand(Desk::Own, number, errand));
    }
}

/// Looks into the folder that is typed.
fn look(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some((_, own)) = state(model) else { return };
    own.row = 0;
    own.listed = Listed::Reading;
    let folder = own.folder();
    send(model, Errand::Look(folder), effects);
}

/// Takes in a key; false where it means the same as everywhere.
pub(super) fn key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) -> bool {
    let Some(own) = shown(model) else {
        return false;
    };
    let (step, types) = (own.step, own.types());
    let held = key
        .modifiers
        .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    match key.code {
        KeyCode::Enter => enter(model, effects),
        KeyCode::Esc => back(model, effects),
        _ if !types => return false,
        KeyCode::Down => movement(model, 1),
        KeyCode::Up => movement(model, -1),
        KeyCode::PageDown => movement(model, 10),
        KeyCode::PageUp => movement(model, -10),
        KeyCode::Tab if step == Step::Form => {
            let fields = shown(model).map_or(0, |own| own.fields.len());
            if shown(model).is_some_and(|own| own.row + 1 >= fields) {
                return false;
            }
            movement(model, 1);
        }
        KeyCode::Tab if step == Step::Part => {
            model.toast = Some("There is no path here to complete: Enter takes the row".to_owned());
        }
        KeyCode::Tab => complete(model, effects),
        // What is typed with Ctrl edits the line where that is usual, and else means what it means everywhere.
        KeyCode::Char('a' | 'e' | 'k' | 'u' | 'w') if held => type_in(model, key, effects),
        KeyCode::Char(_) if held => return false,
        KeyCode::Char(_)
        | KeyCode::Backspace
        | KeyCode::Delete
        | KeyCode::Left
        | KeyCode::Right
        | KeyCode::Home
        | KeyCode::End => type_in(model, key, effects),
        _ => return false,
    }
    true
}

/// Takes in text from the clipboard.
pub(super) fn paste(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    edit(model, effects, |own| {
        let room = LONGEST.saturating_sub(own.typed().len());
        let text: String = text.chars().take(room).collect();
        own.line.insert_str(text);
    });
}

fn type_in(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    edit(model, effects, |own| {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if control && key.code == KeyCode::Char('u') {
            own.line = line("");
        } else if own.typed().len() < LONGEST || !matches!(key.code, KeyCode::Char(_)) {
            own.line.input(key);
        }
    });
}

/// Changes what is typed, and looks into another folder where one is named now.
fn edit(model: &mut Model, effects: &mut Vec<Effect>, change: impl FnOnce(&mut Own)) {
    let Some((_, own)) = state(model) else { return };
    let (folder, typed) = (own.folder(), own.typed().to_owned());
    change(own);
    match own.step {
        Step::Form => own.keep(),
        _ if own.typed() != typed => own.row = 0,
        _ => {}
    }
    if matches!(own.step, Step::Folder | Step::File) && own.folder() != folder {
        look(model, effects);
    }
}

fn movement(model: &mut Model, by: isize) {
    let Some((way, own)) = state(model) else {
        return;
    };
    let len = match own.step {
        Step::Form => own.fields.len(),
        _ => own.picks(way).len(),
    };
    choose(
        model,
        own_row(model)
            .saturating_add_signed(by)
            .min(len.saturating_sub(1)),
    );
}

fn own_row(model: &Model) -> usize {
    shown(model).map_or(0, |own| own.row)
}

/// Puts the cursor on a row.
pub(super) fn choose(model: &mut Model, row: usize) {
    let Some((_, own)) = state(model) else { return };
    if own.step == Step::Form {
        own.keep();
        own.row = row;
        let value = own.fields.get(row).map_or("", |field| &field.value);
        own.line = line(value);
    } else {
        own.row = row;
    }
}

/// Completes the name that is begun.
fn complete(model: &mut Model, effects: &mut Vec<Effect>) {
    let completed = state(model).and_then(|(way, own)| own.completed(way));
    if let Some(text) = completed {
        edit(model, effects, |own| own.line = line(&text));
    }
}

/// Takes what is under the cursor, or has done what the form says.
pub(super) fn enter(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some((way, own)) = state(model) else {
        return;
    };
    match own.step {
        Step::Folder | Step::File | Step::Part => {
            let picks = own.picks(way);
            let (folder, _) = own.split();
            match picks.get(own.row).cloned() {
                Some(Pick::Up) => {
                    let text = above(folder);
                    edit(model, effects, |own| own.line = line(&text));
                }
                Some(Pick::Folder(name)) => {
                    let text = format!("{folder}{name}/");
                    edit(model, effects, |own| own.line = line(&text));
                }
                Some(Pick::Here) => {
                    let root = if folder.is_empty() { "." } else { folder }.to_owned();
                    (own.root, own.step, own.line) = (root.clone(), Step::File, line(""));
                    own.fields.clear();
                    send(model, Errand::Guess(root), effects);
                }
                Some(Pick::File(name)) => {
                    own.file = format!("{folder}{name}");
                    functions(model, effects);
                }
                Some(Pick::Whole) => part(model, Region::File, None, effects),
                Some(Pick::Lines(lines)) => part(model, Region::Lines(lines), None, effects),
                Some(Pick::Function(named)) => {
                    let twins = picks.iter().filter(
                        |pick| matches!(pick, Pick::Function(other) if other.name == named.name),
                    );
                    let signature = (twins.count() > 1).then(|| named.head.clone());
                    let region = Region::Function(named.name.clone());
                    part(model, region, signature, effects);
                }
                None => model.toast = Some("Nothing fits what is typed".to_owned()),
            }
        }
        Step::Form => work(model, effects),
        Step::Working => model.toast = Some("One moment; Esc gives it up".to_owned()),
        Step::Done => match &own.outcome {
            Some(Ok(taken)) if taken.missing.is_empty() => super::home::start(model, effects),
            Some(Ok(_)) => {
                model.toast = Some("Something is missing: see above; Esc goes back".to_owned());
            }
            _ => back(model, effects),
        },
    }
}

/// On to the functions of the file.
fn functions(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some((_, own)) = state(model) else { return };
    let file = below(own);
    (own.step, own.row, own.line, own.listed) = (Step::Part, 0, line(""), Listed::Reading);
    send(model, Errand::Functions(file), effects);
}

/// The file's path as seen from here.
fn below(own: &Own) -> String {
    if own.root.is_empty() || own.file.starts_with(['/', '~']) {
        return own.file.clone();
    }
    format!("{}/{}", own.root.trim_end_matches('/'), own.file)
}

/// On to the form.
fn part(model: &mut Model, region: Region, signature: Option<String>, effects: &mut Vec<Effect>) {
    let Some((way, own)) = state(model) else {
        return;
    };
    let name = match &region {
        Region::Function(name) => name.rsplit([':', '.']).next().unwrap_or(name),
        Region::Lines(_) | Region::File => {
            let file = own.file.rsplit('/').next().unwrap_or(&own.file);
            file.split('.').next().unwrap_or(file)
        }
    };
    let out = match way {
        Way::Project => format!("lessonl-{name}"),
        _ => name.to_owned(),
    };
    (own.region, own.signature) = (region, signature);
    let field = |name, value: String, meaning| Field {
        name,
        value,
        meaning,
    };
    let folder = field("folder", out, "the problem folder that is written");
    if way == Way::Project {
        // What was typed before stays; the guesses came when the folder was chosen.
        match own.fields.iter_mut().find(|field| field.name == "folder") {
            Some(known) => *known = folder,
            None => own.fields.push(folder),
        }
    } else {
        let options =
            "those of `lessonl init`: --instantiate T=double, --force, -- -Iinclude -DNAME";
        own.fields = vec![folder, field("options", String::new(), options)];
    }
    own.step = Step::Form;
    open(own);
    // A guess may still be on its way only if the file was found before it came.
    let waits = way == Way::Project && own.fields.len() < 2;
    if waits {
        let root = own.root.clone();
        send(model, Errand::Guess(root), effects);
    }
}

/// Puts the cursor of the form on the first line that must not be empty but is; else on the first of all.
fn open(own: &mut Own) {
    let empty =
        |field: &Field| field.value.is_empty() && ["test", "bench", "folder"].contains(&field.name);
    own.row = own.fields.iter().position(empty).unwrap_or(0);
    let value = own.fields.get(own.row).map_or("", |field| &field.value);
    own.line = line(value);
}

/// Has it done.
fn work(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.home.way == Way::Function && model.is_running() && super::is_own(model) {
        model.toast = Some(
            "A run is going, and a proof would disturb its timing: stop it first (q)".to_owned(),
        );
        return;
    }
    let Some((way, own)) = state(model) else {
        return;
    };
    own.keep();
    own.told.clear();
    own.outcome = None;
    own.step = Step::Working;
    let errand = match way {
        Way::Project => Errand::TakeProject(ProjectWish {
            root: own.root.clone(),
            file: own.file.clone(),
            region: own.region.clone(),
            setup: own.value("setup"),
            build: own.value("build"),
            test: own.value("test"),
            bench: own.value("bench"),
            out: own.value("folder"),
        }),
        _ => {
            let function = match &own.region {
                Region::Function(name) => name.clone(),
                Region::Lines(_) | Region::File => String::new(),
            };
            Errand::TakeFunction(FunctionWish {
                file: own.file.clone(),
                function,
                signature: own.signature.clone(),
                out: own.value("folder"),
                options: own.value("options"),
            })
        }
    };
    send(model, errand, effects);
}

/// A step back.
fn back(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some((way, own)) = state(model) else {
        return;
    };
    match own.step {
        Step::Folder => model.home.pane = HomePane::Ways,
        Step::File if way == Way::Project => {
            own.step = Step::Folder;
            own.line = line(own.root.clone().as_str().trim_start_matches("./"));
            own.root.clear();
            look(model, effects);
        }
        Step::File => model.home.pane = HomePane::Ways,
        Step::Part => {
            own.step = Step::File;
            own.line = line(&own.file.clone());
            look(model, effects);
        }
        Step::Form => functions(model, effects),
        Step::Working | Step::Done => {
            if own.step == Step::Working {
                own.number = 0;
                effects.push(Effect::GiveUp(Desk::Own));
                model.toast = Some("Given up; what was written stays".to_owned());
            }
            let Some((_, own)) = state(model) else { return };
            own.step = Step::Form;
            let value = own.fields.get(own.row).map_or("", |field| &field.value);
            own.line = line(value);
        }
    }
}

/// The folder that would be run, if one was made and nothing is missing; else why not.
pub(crate) fn ready(model: &Model) -> Result<String, String> {
    let own = model.home.own.as_ref();
    let own = own.filter(|(way, _)| *way == model.home.way);
    match own.map(|(_, own)| &own.outcome) {
        Some(Some(Ok(taken))) if taken.missing.is_empty() => Ok(taken.folder.clone()),
        Some(Some(Ok(_))) => Err("Something is missing in the folder: see what is said".to_owned()),
        _ => Err("Choose what is to be faster first".to_owned()),
    }
}

/// Takes in news of an errand.
pub(super) fn news(model: &mut Model, number: u64, news: News, effects: &mut Vec<Effect>) {
    let Some((way, own)) = model
        .home
        .own
        .as_mut()
        .filter(|(_, own)| own.number == number)
    else {
        return;
    };
    model.dirty = true;
    match news {
        News::Told(text) => own.tell(text),
        News::SoFar(_) => {}
        News::Over(Ok(Answer::Folder(entries))) => {
            own.listed = Listed::Entries(entries);
            // Whoever has gone into a folder wants what is in it.
            let picks = own.picks(*way);
            own.row = usize::from(picks.len() > 1 && picks[0] == Pick::Up);
        }
        News::Over(Ok(Answer::Functions(found))) => own.listed = Listed::Functions(found),
        News::Over(Ok(Answer::Guessed(guess))) => {
            let field = |name, value, meaning| Field {
                name,
                value,
                meaning,
            };
            let mut fields = vec![
                field(
                    "setup",
                    guess.setup,
                    "once in each private copy, before anything else",
                ),
                field("build", guess.build, "before tests and bench; may be empty"),
                field(
                    "test",
                    guess.test,
                    "exit code 0 means that the project is right",
                ),
                field(
                    "bench",
                    guess.bench,
                    "timed as a whole process; 0.1 to 2 s are good",
                ),
            ];
            fields.extend(own.fields.pop());
            (own.fields, own.found) = (fields, guess.found);
            match own.step {
                Step::File => look(model, effects),
                Step::Form => open(own),
                _ => {}
            }
        }
        News::Over(Ok(Answer::Taken(taken))) => done(own, Ok(taken)),
        News::Over(Ok(_)) => {}
        News::Over(Err(failure)) => match own.step {
            Step::Working => done(own, Err(failure)),
            _ => own.listed = Listed::Trouble(failure),
        },
    }
}

fn done(own: &mut Own, outcome: Result<crate::errand::WrittenProblem, Failure>) {
    own.step = Step::Done;
    own.outcome = Some(outcome);
}
