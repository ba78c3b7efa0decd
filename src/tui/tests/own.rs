//! The ways of the home screen and applying, walked by keys alone; errands are answered by hand.

use std::sync::Arc;

use super::{frame, press, step, text};
use crate::config::theme::Depth;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::problem::ProblemId;
use crate::domain::project::Guess;
use crate::errand::{
    Answer, Applied, Desk, Errand, FolderEntry, FunctionWish, Named, News, Preview, ProjectWish,
    Region, Target, WrittenProblem,
};
use crate::fixture::{Record, home, opened};
use crate::live::Origin;
use crate::model::{HomePane, Model, Overlay};
use crate::msg::{Effect, Msg, Request};
use crate::own::Way;

fn errand(sent: &[Effect]) -> (Desk, u64, Errand) {
    let mut found = sent.iter().filter_map(|effect| match effect {
        Effect::Errand(desk, number, errand) => Some((*desk, *number, errand.clone())),
        _ => None,
    });
    found.next_back().expect("an errand was sent")
}

fn answer(model: &mut Model, sent: &[Effect], result: Result<Answer, Failure>) -> Vec<Effect> {
    let (desk, number, _) = errand(sent);
    step(model, Msg::News(desk, number, News::Over(result)))
}

fn entries(names: &[&str]) -> Result<Answer, Failure> {
    let entry = |name: &&str| FolderEntry {
        name: name.trim_end_matches('/').to_owned(),
        folder: name.ends_with('/'),
    };
    Ok(Answer::Folder(names.iter().map(entry).collect()))
}

fn found() -> Result<Answer, Failure> {
    let named = |name: &str, head: &str, line, lines| Named {
        name: name.to_owned(),
        head: head.to_owned(),
        line,
        lines,
    };
    Ok(Answer::Functions(vec![
        named(
            "geo::area",
            "double area(std::vector<point> const &corners)",
            12,
            9,
        ),
        named("geo::scale", "void scale(polygon &p, double by)", 23, 4),
        named("geo::scale", "void scale(polygon &p, int by)", 29, 4),
        named("main", "int main()", 40, 12),
    ]))
}

/// At the choice of a file.
pub(super) fn at_file(depth: Depth) -> Model {
    let mut model = home(depth);
    let sent = press(&mut model, "i");
    let names = [
        "benches/",
        "src/",
        "geometry.cpp",
        "geometry.hpp",
        "notes.txt",
    ];
    answer(&mut model, &sent, entries(&names));
    model
}

/// At the choice of a function.
pub(super) fn at_part(depth: Depth) -> Model {
    let mut model = at_file(depth);
    press(&mut model, "g e o tab");
    let sent = press(&mut model, "enter");
    answer(&mut model, &sent, found());
    model
}

/// At the form of a function.
pub(super) fn at_form(depth: Depth) -> Model {
    let mut model = at_part(depth);
    press(&mut model, "enter");
    model
}

/// While the folder is being proved.
pub(super) fn at_work(depth: Depth) -> Model {
    let mut model = at_form(depth);
    let (desk, number, _) = errand(&press(&mut model, "enter"));
    for line in [
        "The compiler reads the file …",
        "area: `double area(std::vector<point> const &corners)` from /w/geometry.cpp lines 12 to 20",
        "ok  compiles: original.cpp and driver.cpp",
        "ok  repeats itself: the same seed gives the same outputs in two processes",
    ] {
        step(
            &mut model,
            Msg::News(desk, number, News::Told(line.to_owned())),
        );
    }
    model
}

fn taken(missing: &[&str]) -> WrittenProblem {
    let claim = |name: &str, holds, detail: &str| (name.to_owned(), holds, detail.to_owned());
    WrittenProblem {
        folder: "/w/area".to_owned(),
        notes: vec!["area: `double area(std::vector<point> const &corners)` from /w/geometry.cpp lines 12 to 20".to_owned()],
        claims: vec![
            claim("compiles", Some(true), "original.cpp and driver.cpp"),
            claim("keeps to its memory", None, "no sanitizer is installed"),
            claim("catches mistakes", Some(missing.is_empty()), "9 of 9 deliberate mistakes are caught"),
        ],
        missing: missing.iter().map(|text| (*text).to_owned()).collect(),
    }
}

/// With a folder that is proved.
pub(super) fn at_end(depth: Depth) -> Model {
    let mut model = at_form(depth);
    let sent = press(&mut model, "enter");
    answer(&mut model, &sent, Ok(Answer::Taken(taken(&[]))));
    model
}

/// With a folder in which something is missing.
pub(super) fn at_gap(depth: Depth) -> Model {
    let mut model = at_form(depth);
    let sent = press(&mut model, "enter");
    let gaps = ["area/driver.cpp:14: how long is `out`? Write its length here"];
    answer(&mut model, &sent, Ok(Answer::Taken(taken(&gaps))));
    model
}

/// At the form of a project.
pub(super) fn at_commands(depth: Depth) -> Model {
    let mut model = home(depth);
    let sent = press(&mut model, "I a p p /");
    answer(&mut model, &sent, entries(&["src/", "Cargo.toml"]));
    let sent = press(&mut model, "enter");
    let guess = Guess {
        found: "Cargo.toml".to_owned(),
        build: "cargo build --release".to_owned(),
        test: "cargo test --release".to_owned(),
        ..Guess::default()
    };
    let sent = answer(&mut model, &sent, Ok(Answer::Guessed(guess)));
    answer(&mut model, &sent, entries(&["src/", "Cargo.toml"]));
    let sent = press(&mut model, "s r c /");
    answer(&mut model, &sent, entries(&["lib.rs"]));
    let sent = press(&mut model, "down enter");
    answer(&mut model, &sent, found());
    press(&mut model, "a r e a enter");
    model
}

#[test]
fn a_function_of_mine_is_walked_from_file_to_run() {
    let mut model = at_form(Depth::None);
    let sent = press(&mut model, "down - f enter");
    let wish = FunctionWish {
        file: "geometry.cpp".to_owned(),
        function: "geo::area".to_owned(),
        signature: None,
        out: "area".to_owned(),
        options: "-f".to_owned(),
    };
    assert_eq!(errand(&sent).2, Errand::TakeFunction(wish));
    // Nothing is started before it is ready.
    assert_eq!(press(&mut model, "enter r"), []);
    answer(&mut model, &sent, Ok(Answer::Taken(taken(&[]))));
    let sent = press(&mut model, "enter");
    assert!(
        matches!(sent.as_slice(), [Effect::Launch(Request::Start(choice, _))] if choice.targets == ["/w/area"]),
        "{sent:?}"
    );
}

#[test]
fn one_of_several_functions_of_a_name_is_told_by_its_signature() {
    let mut model = at_part(Depth::None);
    press(&mut model, "s c a l down enter");
    let (_, _, errand) = errand(&press(&mut model, "enter"));
    let Errand::TakeFunction(wish) = errand else {
        panic!("{errand:?}");
    };
    assert_eq!(
        wish.signature.as_deref(),
        Some("void scale(polygon &p, int by)")
    );
}

#[test]
fn a_project_of_mine_is_walked_with_its_commands_guessed() {
    let mut model = at_commands(Depth::None);
    // Nothing could be guessed for the bench: the cursor is there.
    let sent = press(&mut model, ". / b enter");
    let wish = ProjectWish {
        root: "app/".to_owned(),
        file: "src/lib.rs".to_owned(),
        region: Region::Function("geo::area".to_owned()),
        setup: String::new(),
        build: "cargo build --release".to_owned(),
        test: "cargo test --release".to_owned(),
        bench: "./b".to_owned(),
        out: "lessonl-area".to_owned(),
    };
    assert_eq!(errand(&sent).2, Errand::TakeProject(wish));
    let refused = Failure::new(FailureKind::Usage, "lessonl-area holds a problem already")
        .hint("Give another folder with --out, or edit that one.");
    answer(&mut model, &sent, Err(refused));
    let screen = text(&frame(&mut model, 80, 24));
    assert!(screen.contains("holds a problem already"), "{screen}");
    assert!(screen.contains("→ Give another folder"), "{screen}");
    // Back to the form with everything as it was typed.
    let sent = press(&mut model, "enter enter");
    assert!(matches!(errand(&sent).2, Errand::TakeProject(_)));
}

#[test]
fn esc_leads_back_step_by_step_and_gives_up_what_runs() {
    let mut model = at_work(Depth::None);
    let sent = press(&mut model, "esc");
    assert_eq!(sent, [Effect::GiveUp(Desk::Own)]);
    // News of what was given up change nothing.
    let late = News::Over(Ok(Answer::Taken(taken(&[]))));
    step(&mut model, Msg::News(Desk::Own, 3, late));
    assert!(crate::update::own_folder(&model).is_err());
    let sent = press(&mut model, "esc");
    assert_eq!(
        errand(&sent).2,
        Errand::Functions("geometry.cpp".to_owned())
    );
    let sent = press(&mut model, "esc");
    assert_eq!(errand(&sent).2, Errand::Look(String::new()));
    press(&mut model, "esc");
    assert_eq!(model.home.pane, HomePane::Ways);
    press(&mut model, "left enter");
    assert_eq!(
        (model.home.way, model.home.pane),
        (Way::Bundled, HomePane::Problems)
    );
    press(&mut model, "tab tab tab right right right enter");
    assert_eq!(
        (model.home.way, model.home.pane),
        (Way::Past, HomePane::Past)
    );
}

#[test]
fn folders_are_gone_up_and_down_in_and_letters_are_text() {
    let mut model = at_file(Depth::None);
    // The way up stands above what is in the folder.
    let sent = press(&mut model, "up enter");
    assert_eq!(errand(&sent).2, Errand::Look("../".to_owned()));
    answer(&mut model, &sent, entries(&["other/"]));
    let sent = press(&mut model, "o tab");
    assert_eq!(errand(&sent).2, Errand::Look("../other/".to_owned()));
    let own = model
        .home
        .own
        .as_ref()
        .map(|(_, own)| own.typed().to_owned());
    assert_eq!(own.as_deref(), Some("../other/"));
    // q and ? are letters here.
    assert_eq!(press(&mut model, "q ?"), []);
    assert!(matches!(model.overlay, Overlay::None));
    let trouble = Failure::new(FailureKind::Usage, "../other/: Permission denied");
    let sent = press(&mut model, "z /");
    answer(&mut model, &sent, Err(trouble));
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("Permission denied"), "{screen}");
}

fn preview() -> Preview {
    Preview {
        root: "/w".to_owned(),
        diff: "--- a/geometry.cpp\n+++ b/geometry.cpp\n@@ -12,3 +12,3 @@\n double area() {\n-    return slow();\n+    return quick();\n }\n".to_owned(),
        message: "Make row_norms faster: 3.90×\n\nSpeedup 3.90× [3.68, 4.12] (faster).\n".to_owned(),
    }
}

/// With the difference of a candidate that is to be applied.
pub(super) fn applying(depth: Depth) -> Model {
    let mut model = opened(&Record::finished(), Origin::Live, depth);
    let sent = press(&mut model, "2 W");
    answer(&mut model, &sent, Ok(Answer::Plan(preview())));
    model
}

/// Where applying was refused.
pub(super) fn refused(depth: Depth) -> Model {
    let mut model = applying(depth);
    let sent = press(&mut model, "enter");
    let dirty = Failure::new(FailureKind::Usage, "geometry.cpp has changes that are not committed")
        .hint("Commit or stash them first, so that this one can be seen and undone by itself, or add --allow-dirty. Nothing was written.");
    answer(&mut model, &sent, Err(dirty));
    model
}

#[test]
fn a_candidate_is_applied_after_its_difference_was_seen() {
    let mut model = opened(&Record::finished(), Origin::Live, Depth::None);
    let sent = press(&mut model, "2 W");
    let (id, state) = model.selected().unwrap();
    let wanted = Applied {
        run: model.run().unwrap().id.clone(),
        unit: model.unit().unwrap().0,
        candidate: id,
        merge: false,
    };
    assert!(state.speedup().is_some());
    assert_eq!(errand(&sent).2, Errand::Plan(wanted.clone()));
    // Nothing can be done before the difference is there.
    assert_eq!(press(&mut model, "enter"), []);
    answer(&mut model, &sent, Ok(Answer::Plan(preview())));
    let screen = text(&frame(&mut model, 80, 24));
    assert!(screen.contains("+    return quick();"), "{screen}");
    let sent = press(&mut model, "down down enter enter");
    let branch = Target::Branch(format!("lessonl-row-norms-{id}"));
    assert_eq!(errand(&sent).2, Errand::Apply(wanted, branch));
    answer(
        &mut model,
        &sent,
        Ok(Answer::Applied("Committed.".to_owned())),
    );
    let screen = text(&frame(&mut model, 80, 24));
    assert!(screen.contains("Committed."), "{screen}");
    press(&mut model, "enter");
    assert!(matches!(model.overlay, Overlay::None));
}

#[test]
fn a_refusal_is_shown_with_its_hints_and_offers_what_they_name() {
    let mut model = refused(Depth::None);
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("not committed"), "{screen}");
    let (_, _, sent) = errand(&press(&mut model, "j j j enter"));
    assert!(
        matches!(sent, Errand::Apply(_, Target::InPlace { dirty: true })),
        "{sent:?}"
    );
    let mut model = opened(&Record::finished(), Origin::Live, Depth::None);
    let sent = press(&mut model, "2 W");
    let changed = Failure::new(FailureKind::Usage, "`a.rs` has changed since the run began")
        .hint("--merge puts both changes together where they are of different lines; nothing was written.");
    answer(&mut model, &sent, Err(changed));
    let (_, _, sent) = errand(&press(&mut model, "enter"));
    assert!(
        matches!(&sent, Errand::Plan(wanted) if wanted.merge),
        "{sent:?}"
    );
}

#[test]
fn a_new_person_begins_with_the_problem_of_the_readme() {
    let mut model = crate::fixture::home(Depth::None);
    let mut problem = (*model.home.problems[0]).clone();
    let mut add = |id: &str, category: &str| {
        problem.id = ProblemId::new(id).unwrap();
        problem.category = category.to_owned();
        model.home.problems.push(Arc::new(problem.clone()));
    };
    add("polybench/blas/gemm", "blas");
    add("pareval/dense_la/axpy", "dense_la");
    add("pareval/dense_la/gemm", "dense_la");
    let listed = crate::lists::problems(&model);
    let ids: Vec<&str> = listed
        .iter()
        .map(|at| model.home.problems[*at].id.as_str())
        .collect();
    assert_eq!(ids[..2], ["pareval/dense_la/axpy", "pareval/dense_la/gemm"]);
    // the suite has a row of its own above them
    assert_eq!(crate::lists::first_problem(&model), 2);
}
