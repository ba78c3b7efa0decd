//! What there is to compose a team from, for the screens: the models of known servers and of one at a typed address, and
//! whether an agent answers. Asks a model one token, and that only where the person wants to know.

use super::compose::{House, variable};
use super::models::{self, Server};
use super::{keys, team};
use crate::agents::llm::discover::{self, Offer};
use crate::config::prices::find;
use crate::domain::spec::{AgentKind, AgentSpec, Sampling};
use crate::failure::{Failure, FailureKind};
use crate::reports::table::one_line;
use crate::tui::errand::{self, Offered};

/// What every known server offers: the configured ones, those of the teams there are, Ollama.
///
/// # Errors
/// If a key cannot be read.
pub(super) fn all(house: &House) -> Result<Vec<errand::ModelServer>, Failure> {
    let teams = house.teams(&Default::default())?;
    let members: Vec<AgentSpec> = teams.into_iter().flat_map(|choice| choice.team).collect();
    let servers = models::servers(house, &members);
    let offered = servers.iter().map(|server| offered(house, server));
    Ok(offered.collect())
}

/// What the server at an address offers.
///
/// # Errors
/// If that is no address.
pub(super) fn at(house: &House, typed: &str) -> Result<Vec<errand::ModelServer>, Failure> {
    let (base_url, key_env) = team::addressed(typed, &variable)?;
    let server = Server {
        name: base_url.clone(),
        base_url,
        key_env,
        reach: Default::default(),
        limits: Default::default(),
    };
    Ok(vec![offered(house, &server)])
}

fn offered(house: &House, server: &Server) -> errand::ModelServer {
    let mut known = keys::Keys::new();
    let read = keys::add(
        &mut known,
        server.key_env.as_deref(),
        &server.reach,
        &variable,
    );
    let models = read
        .map_err(|failure| one_line(&failure.to_string()))
        .and_then(|()| {
            let asked = discover::offers(discover::ServerAddress {
                base_url: &server.base_url,
                key_env: server.key_env.as_deref(),
                reach: &server.reach,
                keys: &known,
            });
            let offers = house.handle.block_on(asked);
            offers.map_err(|failure| one_line(&format!("{} → {}", failure.message, failure.hint)))
        });
    errand::ModelServer {
        name: server.name.clone(),
        base_url: server.base_url.clone(),
        models: models.map(|offers| {
            let offers = offers.into_iter();
            offers.map(|offer| agent(house, server, &offer)).collect()
        }),
    }
}

/// A model as a member of a team.
fn agent(house: &House, server: &Server, offer: &Offer) -> Offered {
    let kind = AgentKind::Openai {
        base_url: server.base_url.clone(),
        model: offer.model.clone(),
        key_env: server.key_env.clone(),
        reach: server.reach.clone(),
        code: Sampling::CODE,
        lesson: Sampling::LESSON,
        extra_body: Default::default(),
        limits: server.limits,
        fallback: None,
    };
    let prices = &house.configuration.settings.prices;
    let price = find(prices, &offer.model).map(|price| price.value);
    let notes = [
        offer.context.map(|tokens| format!("{tokens} tokens")),
        price
            .or(offer.price)
            .map(|price| format!("${} / ${}", price.input, price.output)),
    ];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    Offered {
        agent: AgentSpec {
            name: team::plain_name(&offer.model),
            kind,
        },
        note: notes.join(", "),
    }
}

/// Asks an agent for one token. How fast it answered, in words.
///
/// # Errors
/// If it does not answer.
pub(super) fn attempt(house: &House, agent: &AgentSpec) -> Result<String, Failure> {
    let AgentKind::Openai {
        base_url,
        model,
        key_env,
        reach,
        extra_body,
        ..
    } = &agent.kind
    else {
        let what = format!("{} is built in: there is nobody to ask", agent.name);
        return Err(Failure::new(FailureKind::Usage, what));
    };
    team::check_keys(std::slice::from_ref(agent), &variable)?;
    let keys = keys::of_team(std::slice::from_ref(agent), &variable)?;
    let server = discover::ServerAddress {
        base_url,
        key_env: key_env.as_deref(),
        reach,
        keys: &keys,
    };
    let asked = discover::probe(server, model, extra_body);
    match house.handle.block_on(asked) {
        Ok((latency, _)) => Ok(format!("answers in {latency}")),
        Err(failure) => {
            Err(Failure::new(FailureKind::Environment, failure.message).hint(failure.hint))
        }
    }
}
