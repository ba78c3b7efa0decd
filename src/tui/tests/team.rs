//! The team of the next run: composed on the home screen, tried, and what a run is started with.

use super::{frame, press, step, text};
use crate::config::theme::Depth;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::reach::Reach;
use crate::domain::spec::{AgentKind, AgentSpec, Sampling, ServerLimits};
use crate::errand::{Answer, Desk, Errand, ModelServer, News, Offered};
use crate::fixture::home;
use crate::model::{Model, Overlay};
use crate::msg::{Effect, Msg, Request};

fn agent(name: &str, model: &str) -> AgentSpec {
    AgentSpec {
        name: name.to_owned(),
        kind: AgentKind::Openai {
            base_url: "http://127.0.0.1:11434".to_owned(),
            model: model.to_owned(),
            key_env: None,
            reach: Reach::default(),
            code: Sampling::CODE,
            lesson: Sampling::LESSON,
            extra_body: serde_json::Map::new(),
            limits: ServerLimits::default(),
            fallback: None,
        },
    }
}

fn servers() -> Vec<ModelServer> {
    let model = |name: &str, model: &str| Offered {
        agent: agent(name, model),
        note: "32768 tokens".to_owned(),
    };
    vec![
        ModelServer {
            name: "Ollama".to_owned(),
            base_url: "http://127.0.0.1:11434".to_owned(),
            models: Ok(vec![
                model("made-coder", "made-coder:7b"),
                model("made-chat", "made-chat:3b-instruct-with-a-long-name"),
            ]),
        },
        ModelServer {
            name: "gpu".to_owned(),
            base_url: "http://gpu:8000".to_owned(),
            models: Err("nothing answers at gpu:8000".to_owned()),
        },
    ]
}

fn answer(model: &mut Model, desk: Desk, answer: Result<Answer, Failure>) -> Vec<Effect> {
    let number = model.errands;
    step(model, Msg::News(desk, number, News::Over(answer)))
}

/// A team that is being composed, with two servers found.
pub(super) fn composing(depth: Depth) -> Model {
    let mut model = home(depth);
    frame(&mut model, 120, 40);
    press(&mut model, "T");
    answer(&mut model, Desk::Team, Ok(Answer::Servers(servers())));
    press(&mut model, "g enter");
    model.toast = None;
    model
}

/// The same with a member tried that does not answer.
pub(super) fn tried(depth: Depth) -> Model {
    let mut model = composing(depth);
    press(&mut model, "tab G enter");
    let failure = Failure::new(
        FailureKind::Environment,
        "model `made-coder:7b` is not there",
    )
    .hint("ollama pull made-coder:7b");
    answer(&mut model, Desk::Trial, Err(failure));
    model
}

#[test]
fn the_servers_are_asked_when_the_team_is_opened_and_a_run_starts_with_what_was_composed() {
    let mut model = home(Depth::None);
    frame(&mut model, 120, 40);
    let sent = press(&mut model, "T");
    assert!(
        matches!(
            sent.as_slice(),
            [Effect::Errand(Desk::Team, _, Errand::Offers)]
        ),
        "{sent:?}"
    );
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("asking the servers"), "{screen}");
    answer(&mut model, Desk::Team, Ok(Answer::Servers(servers())));
    // all of the old team out, one model in twice, the second one warmer
    press(
        &mut model,
        "tab x x x tab g enter enter tab right right esc",
    );
    assert!(matches!(model.overlay, Overlay::None));
    let sent = press(&mut model, "r");
    let [Effect::Launch(Request::Start(_, team))] = sent.as_slice() else {
        panic!("{sent:?}");
    };
    let told: Vec<(String, f64)> = team
        .team
        .iter()
        .map(|member| match &member.kind {
            AgentKind::Openai { code, .. } => (member.name.clone(), code.temperature),
            _ => panic!("{member:?}"),
        })
        .collect();
    assert_eq!(
        told,
        [
            ("made-coder".to_owned(), 0.2),
            ("made-coder-2".to_owned(), 0.4)
        ]
    );
    // it is offered beside the team there was, once
    press(&mut model, "T esc T tab x esc");
    assert_eq!(model.home.teams.len(), 2);
    assert_eq!(model.home.teams[model.home.choice.team].team.len(), 1);
}

#[test]
fn a_team_without_members_is_not_used() {
    let mut model = composing(Depth::None);
    press(&mut model, "tab x x x x x esc");
    assert!(matches!(model.overlay, Overlay::Team(_)));
    assert!(
        model
            .toast
            .as_ref()
            .is_some_and(|t| t.contains("one member"))
    );
}

#[test]
fn a_server_at_another_address_is_asked_for_its_models() {
    let mut model = composing(Depth::None);
    let sent = press(&mut model, "A g p u : 9 enter");
    assert!(
        matches!(sent.as_slice(), [Effect::Errand(Desk::Team, _, Errand::OffersAt(at))] if at == "gpu:9"),
        "{sent:?}"
    );
    // letters are text while it is typed
    press(&mut model, "A q esc");
    assert!(matches!(model.overlay, Overlay::Team(_)));
}

#[test]
fn a_member_is_tried_by_one_token_and_says_why_it_does_not_answer() {
    let mut model = tried(Depth::None);
    let screen = text(&frame(&mut model, 200, 50));
    assert!(screen.contains("does not answer"), "{screen}");
    assert!(screen.contains("ollama pull made-coder:7b"), "{screen}");
    press(&mut model, "enter");
    answer(
        &mut model,
        Desk::Trial,
        Ok(Answer::Tried("answers in 0.3 s".to_owned())),
    );
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("answers in 0.3 s"), "{screen}");
    // rules have nobody behind them to ask
    assert_eq!(press(&mut model, "g enter"), []);
}

#[test]
fn enter_on_the_row_of_the_team_opens_it_and_the_arrows_change_it() {
    let mut model = home(Depth::None);
    frame(&mut model, 120, 40);
    press(&mut model, "tab j enter");
    assert!(matches!(model.overlay, Overlay::Team(_)));
    let mut model = composing(Depth::None);
    press(&mut model, "esc");
    assert_eq!(model.home.choice.team, 1);
    press(&mut model, "tab j l");
    assert_eq!(model.home.choice.team, 0);
}

#[test]
fn a_suite_is_a_row_of_its_own_and_stands_for_what_passes_the_filter() {
    let mut model = home(Depth::None);
    let screen = text(&frame(&mut model, 120, 40));
    assert!(screen.contains("all 4 problems of made"), "{screen}");
    let sent = press(&mut model, "g r");
    assert!(
        matches!(sent.as_slice(), [Effect::Launch(Request::Start(choice, _))] if choice.targets.len() == 4),
        "{sent:?}"
    );
    let mut model = home(Depth::None);
    press(&mut model, "/ d e n s e enter");
    let screen = text(&frame(&mut model, 120, 40));
    assert!(
        screen.contains("the 2 problems of made that pass"),
        "{screen}"
    );
    // what is typed narrows to a problem, never to a whole suite by accident
    let sent = press(&mut model, "enter");
    assert!(
        matches!(sent.as_slice(), [Effect::Launch(Request::Start(choice, _))] if choice.targets.len() == 1),
        "{sent:?}"
    );
    let mut model = home(Depth::None);
    press(&mut model, "g m g m");
    assert_eq!(model.home.marked, Vec::<usize>::new());
}
