//! Composing a team on the home screen: its members, and what there is to choose from. State and what follows from it alone;
//! servers answer through errands.

use std::collections::HashMap;

use ratatui_textarea::TextArea;

use super::TeamChoice;
use super::errand::{ModelServer, Offered};
use crate::domain::spec::{AgentKind, AgentSpec, RewriterStyle};

/// Most members.
pub(crate) const MOST: usize = 32;
/// Why a composed team is offered.
pub(crate) const COMPOSED: &str = "composed by you, for this session";

/// Which list has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The members.
    Members,
    /// What there is to choose from.
    Offers,
}

/// Something to choose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pick<'a> {
    /// Built-in rules.
    Rules(RewriterStyle),
    /// A model at a server.
    Model(&'a ModelServer, &'a Offered),
    /// A server that offers nothing; why.
    Silent(&'a ModelServer, &'a str),
    /// An address that is typed.
    Address,
}

/// What came of asking a member for one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trial {
    /// It is being asked: number of the errand.
    Asking(u64),
    /// It answered, in words.
    Answered(String),
    /// It did not: why, and what to do.
    Failed(String),
}

/// The state.
pub(crate) struct Composing {
    /// The members.
    pub members: Vec<AgentSpec>,
    /// The servers that were asked for their models.
    pub servers: Vec<ModelServer>,
    /// Servers that are being asked: numbers of the errands.
    pub asking: Vec<u64>,
    /// Which list has the keys.
    pub side: Side,
    /// The member under the cursor.
    pub member: usize,
    /// The row among what there is to choose from.
    pub pick: usize,
    /// The address that is typed, while it is.
    pub address: Option<TextArea<'static>>,
    /// Trials by name of the member.
    pub trials: HashMap<String, Trial>,
}

impl Composing {
    /// Begins with the members of a team.
    pub(crate) fn of(members: &[AgentSpec]) -> Self {
        Self {
            members: members.to_vec(),
            servers: Vec::new(),
            asking: Vec::new(),
            side: Side::Offers,
            member: 0,
            pick: 0,
            address: None,
            trials: HashMap::new(),
        }
    }

    /// What there is to choose from: the models of each server, the built-in rules, another address.
    pub(crate) fn picks(&self) -> Vec<Pick<'_>> {
        let mut picks = Vec::new();
        for server in &self.servers {
            match &server.models {
                Ok(models) if models.is_empty() => {
                    picks.push(Pick::Silent(server, "it offers no model"));
                }
                Ok(models) => {
                    picks.extend(models.iter().map(|model| Pick::Model(server, model)));
                }
                Err(why) => picks.push(Pick::Silent(server, why)),
            }
        }
        let styles = [
            RewriterStyle::Loops,
            RewriterStyle::Library,
            RewriterStyle::Parallel,
        ];
        picks.extend(styles.map(Pick::Rules));
        picks.push(Pick::Address);
        picks
    }

    /// Takes a member in under a name that nobody else has.
    pub(crate) fn join(&mut self, agent: AgentSpec) {
        let name = self.free(&agent.name, None);
        self.members.push(AgentSpec { name, ..agent });
        self.member = self.members.len() - 1;
    }

    /// Has a member take the place of the one under the cursor.
    pub(crate) fn replace(&mut self, agent: AgentSpec) {
        let name = self.free(&agent.name, Some(self.member));
        if let Some(member) = self.members.get_mut(self.member) {
            *member = AgentSpec { name, ..agent };
        }
    }

    /// A name like the wanted one that nobody has, but perhaps the member that is replaced.
    fn free(&self, wanted: &str, replaced: Option<usize>) -> String {
        let taken = |name: &str| {
            let others = self.members.iter().enumerate();
            let mut others = others.filter(|(at, _)| Some(*at) != replaced);
            others.any(|(_, member)| member.name == name)
        };
        let numbered = (2..).map(|n| format!("{wanted}-{n}"));
        let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
        names.find(|name| !taken(name)).unwrap_or_default()
    }

    /// Lets the member under the cursor go.
    pub(crate) fn dismiss(&mut self) -> Option<AgentSpec> {
        if self.member >= self.members.len() {
            return None;
        }
        let gone = self.members.remove(self.member);
        self.trials.remove(&gone.name);
        self.member = self.member.min(self.members.len().saturating_sub(1));
        Some(gone)
    }

    /// Takes in what a server offers, in place of what it offered before.
    pub(crate) fn take(&mut self, server: ModelServer) {
        match self
            .servers
            .iter_mut()
            .find(|known| known.base_url == server.base_url)
        {
            Some(known) => *known = server,
            None => self.servers.push(server),
        }
    }
}

/// The rules of a style as a member.
pub(crate) fn rules(style: RewriterStyle) -> AgentSpec {
    AgentSpec {
        name: style_word(style).to_owned(),
        kind: AgentKind::Rewriter { style },
    }
}

/// The word for a style.
pub(crate) fn style_word(style: RewriterStyle) -> &'static str {
    match style {
        RewriterStyle::Loops => "loops",
        RewriterStyle::Library => "library",
        RewriterStyle::Parallel => "parallel",
    }
}

/// The style after or before another one.
pub(crate) fn turned(style: RewriterStyle, forward: bool) -> RewriterStyle {
    use RewriterStyle::{Library, Loops, Parallel};
    match (style, forward) {
        (Loops, true) | (Parallel, false) => Library,
        (Library, true) | (Loops, false) => Parallel,
        (Parallel, true) | (Library, false) => Loops,
    }
}

/// A composed team as a choice.
pub(crate) fn choice(team: Vec<AgentSpec>) -> TeamChoice {
    let names: Vec<String> = team
        .iter()
        .map(|agent| format!("{} ({})", agent.name, agent.model()))
        .collect();
    TeamChoice {
        title: names.join(", "),
        reason: COMPOSED.to_owned(),
        team,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_names_of_their_own_and_styles_go_round() {
        let mut composing = Composing::of(&[rules(RewriterStyle::Loops)]);
        composing.join(rules(RewriterStyle::Loops));
        composing.join(rules(RewriterStyle::Loops));
        let names: Vec<&str> = composing.members.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["loops", "loops-2", "loops-3"]);
        composing.member = 1;
        assert_eq!(
            composing.dismiss().map(|gone| gone.name),
            Some("loops-2".to_owned())
        );
        composing.join(rules(RewriterStyle::Loops));
        assert_eq!(composing.members[2].name, "loops-2");
        let mut style = RewriterStyle::Loops;
        for _ in 0..3 {
            style = turned(turned(turned(style, true), true), false);
        }
        assert_eq!(style, RewriterStyle::Loops);
    }
}
