//! The keys of composing a team: members in and out, their temperatures, a server at another address, one token for a trial.

use crossterm::event::{KeyCode, KeyEvent};

use crate::config::keymap::{Action, Place};
use crate::domain::spec::AgentKind;
use crate::errand::{Answer, Desk, Errand, News};
use crate::model::{Model, Overlay};
use crate::msg::Effect;
use crate::own::line;
use crate::team::{COMPOSED, Composing, MOST, Pick, Side, Trial, choice, rules, turned};
use crate::widgets::text::one_line;

/// Longest address that can be typed, in bytes.
const LONGEST: usize = 300;
/// The step of a temperature.
const STEP: f64 = 0.1;
/// The highest temperature.
const HOTTEST: f64 = 2.0;

/// Opens it with the team that is chosen, and has every known server asked for its models.
pub(super) fn begin(model: &mut Model, effects: &mut Vec<Effect>) {
    let chosen = model.home.teams.get(model.home.choice.team);
    let mut composing = Composing::of(chosen.map_or(&[], |choice| &choice.team));
    model.errands += 1;
    composing.asking.push(model.errands);
    model.overlay = Overlay::Team(Box::new(composing));
    effects.push(Effect::Errand(Desk::Team, model.errands, Errand::Offers));
}

/// Takes in a key.
pub(super) fn key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let action = model.keymap.action(key);
    let Overlay::Team(composing) = &mut model.overlay else {
        return;
    };
    if composing.address.is_some() {
        return typed(model, key, effects);
    }
    let picks = composing.picks().len();
    let (row, len) = match composing.side {
        Side::Members => (&mut composing.member, composing.members.len()),
        Side::Offers => (&mut composing.pick, picks),
    };
    let last = len.saturating_sub(1);
    match action {
        Some(Action::Down) => *row = (*row + 1).min(last),
        Some(Action::Up) => *row = row.saturating_sub(1),
        Some(Action::Top) => *row = 0,
        Some(Action::Bottom) => *row = last,
        Some(Action::PageDown) => *row = (*row + 10).min(last),
        Some(Action::PageUp) => *row = row.saturating_sub(10),
        Some(Action::Pane | Action::PaneBack) => {
            composing.side = match composing.side {
                Side::Members => Side::Offers,
                Side::Offers => Side::Members,
            };
        }
        Some(Action::Enter) => match composing.side {
            Side::Members => attempt(model, effects),
            Side::Offers => take(model),
        },
        Some(Action::Right) if composing.side == Side::Members => warm(model, true),
        Some(Action::Left) if composing.side == Side::Members => warm(model, false),
        Some(Action::Left) => composing.side = Side::Members,
        Some(Action::Reject) => {
            model.toast = Some(match composing.dismiss() {
                Some(gone) => format!("{} is out", one_line(&gone.name)),
                None => "There is no member to let go".to_owned(),
            });
        }
        Some(Action::Add) => composing.address = Some(line("")),
        Some(Action::Back | Action::Team | Action::Quit) => close(model, effects),
        _ => {
            let key = model.keymap.first(Action::Back);
            model.toast = Some(format!("That key does nothing here; {key} uses the team"));
        }
    }
}

/// The member under the cursor is asked for one token.
fn attempt(model: &mut Model, effects: &mut Vec<Effect>) {
    let Overlay::Team(composing) = &mut model.overlay else {
        return;
    };
    let Some(agent) = composing.members.get(composing.member).cloned() else {
        model.toast = Some("There is no member yet: choose one from the other list".to_owned());
        return;
    };
    if !matches!(agent.kind, AgentKind::Openai { .. }) {
        model.toast = Some(format!(
            "{} is built in: there is nobody to ask",
            one_line(&agent.name)
        ));
        return;
    }
    model.errands += 1;
    let number = model.errands;
    // A trial that is given up for this one is not waited for any more.
    composing
        .trials
        .retain(|_, trial| !matches!(trial, Trial::Asking(_)));
    composing
        .trials
        .insert(agent.name.clone(), Trial::Asking(number));
    let errand = Errand::TryAgent(Box::new(agent));
    effects.push(Effect::Errand(Desk::Trial, number, errand));
}

/// What is under the cursor becomes a member.
fn take(model: &mut Model) {
    let Overlay::Team(composing) = &mut model.overlay else {
        return;
    };
    let agent = match composing.picks().get(composing.pick).copied() {
        Some(Pick::Rules(style)) => rules(style),
        Some(Pick::Model(_, offered)) => offered.agent.clone(),
        Some(Pick::Silent(server, why)) => {
            model.toast = Some(one_line(&format!("{}: {why}", server.base_url)));
            return;
        }
        Some(Pick::Address) | None => {
            composing.address = Some(line(""));
            return;
        }
    };
    if composing.members.len() >= MOST {
        model.toast = Some(format!("A team has at most {MOST} members"));
        return;
    }
    composing.join(agent);
    let name = composing.members.last().map_or("", |agent| &agent.name);
    model.toast = Some(format!("{} is in", one_line(name)));
}

/// The member under the cursor at another temperature, or with other rules.
fn warm(model: &mut Model, forward: bool) {
    let Overlay::Team(composing) = &mut model.overlay else {
        return;
    };
    let Some(agent) = composing.members.get_mut(composing.member) else {
        model.toast = Some("There is no member yet: choose one from the other list".to_owned());
        return;
    };
    match &mut agent.kind {
        AgentKind::Openai { code, .. } => {
            let step = if forward { STEP } else { -STEP };
            // Tenths, without what adding up leaves behind.
            let next = ((code.temperature + step) * 10.0).round() / 10.0;
            code.temperature = next.clamp(0.0, HOTTEST);
            let told = format!("{} at temperature {}", agent.name, code.temperature);
            model.toast = Some(one_line(&told));
        }
        AgentKind::Rewriter { style } => {
            let next = turned(*style, forward);
            composing.replace(rules(next));
        }
        AgentKind::Compiler { .. } | AgentKind::Recorded { .. } => {
            model.toast = Some("It has no temperature".to_owned());
        }
    }
}

/// A key of the address that is typed.
fn typed(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let Overlay::Team(composing) = &mut model.overlay else {
        return;
    };
    let Some(area) = &mut composing.address else {
        return;
    };
    let text = area.lines().join("");
    match key.code {
        KeyCode::Esc => composing.address = None,
        KeyCode::Enter if text.trim().is_empty() => {
            model.toast = Some("Type an address like localhost:8000".to_owned());
        }
        KeyCode::Enter => {
            composing.address = None;
            composing.side = Side::Offers;
            model.errands += 1;
            composing.asking.push(model.errands);
            let errand = Errand::OffersAt(text.trim().to_owned());
            effects.push(Effect::Errand(Desk::Team, model.errands, errand));
        }
        KeyCode::Char(_) if text.len() >= LONGEST => {}
        _ => drop(area.input(key)),
    }
}

/// Text from the clipboard.
pub(super) fn paste(composing: &mut Composing, text: &str) {
    if let Some(area) = &mut composing.address {
        area.insert_str(text.chars().take(LONGEST).collect::<String>());
    }
}

/// Closes it: the team is the one that the next run is started with.
fn close(model: &mut Model, effects: &mut Vec<Effect>) {
    let Overlay::Team(composing) = &model.overlay else {
        return;
    };
    let team = composing.members.clone();
    if team.is_empty() {
        model.toast = Some("A team has one member at least".to_owned());
        return;
    }
    model.overlay = Overlay::None;
    effects.extend([Effect::GiveUp(Desk::Team), Effect::GiveUp(Desk::Trial)]);
    let home = &mut model.home;
    if let Some(known) = home.teams.iter().position(|choice| choice.team == team) {
        home.choice.team = known;
        return;
    }
    home.teams.retain(|choice| choice.reason != COMPOSED);
    home.teams.push(choice(team));
    home.choice.team = home.teams.len() - 1;
    let words = match model.place {
        Place::Home => "The next run is started with this team",
        _ => "The next run that you start on Home has this team",
    };
    model.toast = Some(words.to_owned());
}

/// Takes in news of an errand.
pub(super) fn news(model: &mut Model, number: u64, news: News) {
    let (Overlay::Team(composing), News::Over(result)) = (&mut model.overlay, news) else {
        return;
    };
    model.dirty = true;
    composing.asking.retain(|asked| *asked != number);
    match result {
        Ok(Answer::Servers(servers)) => {
            let at = composing.picks().get(composing.pick).copied().map(name);
            for server in servers {
                composing.take(server);
            }
            // What the cursor is on stays under it.
            let picks = composing.picks();
            let same = picks.iter().position(|pick| Some(name(*pick)) == at);
            composing.pick = match composing.side {
                Side::Offers if composing.pick > 0 => same.unwrap_or(0),
                _ => 0,
            };
        }
        Ok(Answer::Tried(words)) => tell(composing, number, Trial::Answered(one_line(&words))),
        Ok(_) => {}
        Err(failure) => {
            let words = one_line(&failure.to_string());
            let is_trial = |trial: &Trial| *trial == Trial::Asking(number);
            if composing.trials.values().any(is_trial) {
                tell(composing, number, Trial::Failed(words));
            } else {
                model.toast = Some(words);
            }
        }
    }
}

fn tell(composing: &mut Composing, number: u64, told: Trial) {
    for trial in composing.trials.values_mut() {
        if *trial == Trial::Asking(number) {
            *trial = told.clone();
        }
    }
}

/// What tells one thing to choose from all others.
fn name(pick: Pick<'_>) -> String {
    match pick {
        Pick::Rules(style) => format!("rules {style:?}"),
        Pick::Model(server, offered) => format!("{} {}", server.base_url, offered.agent.model()),
        Pick::Silent(server, _) => server.base_url.clone(),
        Pick::Address => String::new(),
    }
}
