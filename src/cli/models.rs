//! `lessonl models`: what the configured servers offer, with context and price, and whether the team's models answer.
//! Asks a model something only with `--probe`. Never shows a key; a price that nobody told is shown as unknown.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::args::{ModelsArguments, RunArguments};
use super::compose::{House, variable};
use super::keys;
use super::output::{self, Halt};
use super::team::Ollama;
use crate::agents::llm::discover::{self, Offer};
use crate::config::prices::find;
use crate::domain::ask::AskFailure;
use crate::domain::price::Price;
use crate::domain::reach::Reach;
use crate::domain::spec::{AgentKind, ServerLimits};
use crate::domain::units::{Nanos, Usage};
use crate::reports::table::{Table, one_line};

/// A server to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// Its name, or what names it.
    pub name: String,
    /// Its address.
    pub base_url: String,
    /// Variable of its key, if one is needed.
    pub key_env: Option<String>,
    /// How it is reached besides.
    pub reach: Reach,
    /// What it bears, as configured.
    pub limits: ServerLimits,
}

/// A model at a server.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    server: String,
    model: String,
    context: Option<u64>,
    price: Option<Price>,
    /// Who of the team uses it.
    agents: Vec<String>,
    probe: Option<Probed>,
}

/// Runs it. Returns the exit code.
pub(super) fn models(house: &House, wanted: &ModelsArguments) -> Result<u8, Halt> {
    let team = house.teams(&RunArguments {
        agents: wanted.agents.clone(),
        agent: wanted.agent.clone(),
        ..RunArguments::default()
    })?;
    let team = team
        .first()
        .map(|choice| choice.team.clone())
        .unwrap_or_default();
    let mut rows = Vec::new();
    let mut silent = Vec::new();
    for server in servers(house, &team) {
        let mut known = keys::Keys::new();
        keys::add(
            &mut known,
            server.key_env.as_deref(),
            &server.reach,
            &variable,
        )?;
        let asked = discover::offers(discover::ServerAddress {
            base_url: &server.base_url,
            key_env: server.key_env.as_deref(),
            reach: &server.reach,
            keys: &known,
        });
        let offers = match house.handle.block_on(asked) {
            Ok(offers) => offers,
            Err(failure) => {
                silent.push((server.clone(), failure));
                Vec::new()
            }
        };
        rows.extend(rows_of(house, &server, offers, &team));
    }
    if wanted.probe {
        for row in rows.iter_mut().filter(|row| !row.agents.is_empty()) {
            row.probe = probe(house, row, &team)?;
        }
    }
    if wanted.json {
        output::json(&document(&rows, &silent))?;
    } else {
        print(&rows, &silent, wanted.probe)?;
    }
    let failed = |row: &Row| matches!(row.probe, Some(Err(_)));
    Ok(if rows.iter().any(failed) { 4 } else { 0 })
}

/// The servers of the team, the providers and Ollama, each address once.
pub(super) fn servers(house: &House, team: &[crate::domain::spec::AgentSpec]) -> Vec<Server> {
    let mut servers: Vec<Server> = Vec::new();
    let mut add = |server: Server| {
        let plain = |url: &str| url.trim_end_matches('/').trim_end_matches("/v1").to_owned();
        let same = |known: &Server| plain(&known.base_url) == plain(&server.base_url);
        if !servers.iter().any(same) {
            servers.push(server);
        }
    };
    for (name, provider) in &house.configuration.settings.providers {
        add(Server {
            name: name.clone(),
            base_url: provider.base_url.clone(),
            key_env: provider.key_env.clone(),
            reach: provider.reach.clone(),
            limits: provider.limits,
        });
    }
    for agent in team {
        if let AgentKind::Openai {
            base_url,
            key_env,
            reach,
            limits,
            ..
        } = &agent.kind
        {
            add(Server {
                name: base_url.clone(),
                base_url: base_url.clone(),
                key_env: key_env.clone(),
                reach: reach.clone(),
                limits: *limits,
            });
        }
    }
    let host = variable("OLLAMA_HOST");
    if let Ollama::Models { base_url, .. } =
        house.handle.block_on(super::probe::ollama(host.as_deref()))
    {
        add(Server {
            name: "Ollama".to_owned(),
            base_url,
            key_env: None,
            reach: Reach::default(),
            limits: ServerLimits::default(),
        });
    }
    servers
}

fn rows_of(
    house: &House,
    server: &Server,
    mut offers: Vec<Offer>,
    team: &[crate::domain::spec::AgentSpec],
) -> Vec<Row> {
    let used = |model: &str| -> Vec<String> {
        let of = team.iter().filter(|agent| match &agent.kind {
            AgentKind::Openai {
                base_url,
                model: own,
                ..
            } => *base_url == server.base_url && own == model,
            _ => false,
        });
        of.map(|agent| agent.name.clone()).collect()
    };
    // what the team asks for is listed even where the server does not say that it has it
    let offered: BTreeSet<String> = offers.iter().map(|offer| offer.model.clone()).collect();
    for agent in team {
        if let AgentKind::Openai {
            base_url, model, ..
        } = &agent.kind
            && *base_url == server.base_url
            && !offered.contains(model)
            && offers.iter().all(|offer| offer.model != *model)
        {
            offers.push(Offer {
                model: model.clone(),
                ..Offer::default()
            });
        }
    }
    let prices = &house.configuration.settings.prices;
    let row = |offer: Offer| Row {
        server: server.name.clone(),
        context: offer.context.or(server.limits.context.map(u64::from)),
        // what the person wrote holds for budgets, so it is what is shown
        price: find(prices, &offer.model)
            .map(|price| price.value)
            .or(offer.price),
        agents: used(&offer.model),
        model: offer.model,
        probe: None,
    };
    offers.into_iter().map(row).collect()
}

type Probed = Result<(Nanos, Option<Usage>), AskFailure>;

fn probe(
    house: &House,
    row: &Row,
    team: &[crate::domain::spec::AgentSpec],
) -> Result<Option<Probed>, Halt> {
    let agent = team.iter().find(|agent| row.agents.contains(&agent.name));
    let Some((
        agent,
        AgentKind::Openai {
            base_url,
            model,
            key_env,
            reach,
            extra_body,
            ..
        },
    )) = agent.map(|agent| (agent, &agent.kind))
    else {
        return Ok(None);
    };
    let keys = keys::of_team(std::slice::from_ref(agent), &variable)?;
    let server = discover::ServerAddress {
        base_url,
        key_env: key_env.as_deref(),
        reach,
        keys: &keys,
    };
    let asked = discover::probe(server, model, extra_body);
    Ok(Some(house.handle.block_on(asked)))
}

fn price(price: Option<&Price>) -> String {
    price.map_or_else(
        || "unknown".to_owned(),
        |price| {
            // six digits after the point are a thousandth of a cent for a thousand tokens
            let digits = |dollars: f64| (dollars * 1e6).round() / 1e6;
            let (input, output) = (digits(price.input), digits(price.output));
            match price.cached {
                Some(cached) => format!("{input} / {} / {output}", digits(cached)),
                None => format!("{input} / {output}"),
            }
        },
    )
}

fn print(rows: &[Row], silent: &[(Server, AskFailure)], probed: bool) -> Result<(), Halt> {
    let mut heads = vec![
        "server",
        "model",
        "context",
        "$ per million: in / (cached) / out",
        "agents",
    ];
    if probed {
        heads.push("probe");
    }
    let mut table = Table::new(&heads);
    for row in rows {
        let context = row
            .context
            .map_or_else(|| "unknown".to_owned(), |n| n.to_string());
        let mut cells = vec![
            one_line(&row.server),
            row.model.clone(),
            context,
            price(row.price.as_ref()),
            row.agents.join(" "),
        ];
        if probed {
            cells.push(match &row.probe {
                None => String::new(),
                Some(Ok((latency, _))) => format!("answers in {latency}"),
                Some(Err(failure)) => format!("{} → {}", one_line(&failure.message), failure.hint),
            });
        }
        table.push(cells);
    }
    if !rows.is_empty() {
        output::print(&table.aligned())?;
    }
    for (server, failure) in silent {
        output::note(&format!(
            "{}: {} → {}",
            server.name,
            one_line(&failure.message),
            one_line(&failure.hint)
        ));
    }
    if rows.is_empty() && silent.is_empty() {
        output::note(
            "No model server is configured or found. Name one in the configuration with [providers.NAME], or start Ollama.",
        );
    }
    Ok(())
}

fn document(rows: &[Row], silent: &[(Server, AskFailure)]) -> Value {
    let models: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "server": row.server,
                "model": row.model,
                "context": row.context,
                "price": row.price,
                "agents": row.agents,
                "probe": row.probe.as_ref().map(|probe| match probe {
                    Ok((latency, usage)) => json!({ "ok": true, "latency_ms": latency.millis(), "usage": usage }),
                    Err(failure) => json!({ "ok": false, "message": failure.message, "hint": failure.hint }),
                }),
            })
        })
        .collect();
    let silent: Vec<Value> = silent
        .iter()
        .map(|(server, failure)| {
            json!({ "server": server.name, "message": failure.message, "hint": failure.hint })
        })
        .collect();
    json!({ "models": models, "unreachable": silent })
}
