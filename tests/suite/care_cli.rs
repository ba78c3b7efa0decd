//! Budgets, recordings and the list of models through the built program: a server answers, then it is gone.

use std::fs;
use std::path::Path;
use std::process::Output;

use lessonl::domain::event::{Ending, Envelope, Fact};
use lessonl::domain::run::Run;
use serde_json::{Value, json};

use super::cli::lessonl;
use crate::support::fake_server::{FakeServer, Script, stream, whole};

const KEY: &str = "sk-very-secret-key-0123456789";
const PROBLEM: &str = "pareval/reduce/sum";

/// An answer that says the key back, as a hostile or careless server may.
fn answer() -> Script {
    let text = json!({"choices": [{"delta": {"content": format!("No idea, {KEY}.")}}]});
    let last = json!({"choices": [{"delta": {}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 50}});
    stream(&format!("data: {text}\n\ndata: {last}\n\ndata: [DONE]\n\n"))
}

fn home(server: &FakeServer, prices: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/lessonl");
    fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "[providers.box]\nbase_url = \"{}/v1\"\nkey_env = \"BOX_KEY\"\ncontext = 8192\n{prices}\n\
         [[agent]]\nname = \"one\"\nprovider = \"box\"\nmodel = \"m\"\n",
        server.url()
    );
    fs::write(folder.join("config.toml"), text).unwrap();
    home
}

const PRICES: &str = "[prices.m]\ninput = 1\noutput = 10\n";

fn said(home: &Path, key: Option<&str>, arguments: &[&str]) -> (i32, String, String) {
    let mut command = lessonl(home, arguments);
    if let Some(key) = key {
        command.env("BOX_KEY", key);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn facts(text: &str) -> Vec<Envelope> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn problem(home: &Path) -> String {
    let (_, out, _) = said(home, None, &["problems", "--json"]);
    let list: Value = serde_json::from_str(&out).unwrap();
    let ids = list
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|p| p["id"].as_str());
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    let wanted = ids.iter().find(|id| **id == PROBLEM).or(ids.first());
    (*wanted.unwrap()).to_owned()
}

#[test]
fn a_run_is_recorded_without_the_key_and_repeated_without_server_or_key() {
    let server = FakeServer::start((0..4).map(|_| answer()).collect());
    let home = home(&server, PRICES);
    let problem = problem(home.path());
    let file = home.path().join("run.rec");
    let file = file.to_str().unwrap();
    let arguments = [
        "run",
        &problem,
        "--strategy",
        "best-of",
        "--rounds",
        "4",
        "--budget-cost",
        "0.0011",
        "--headless",
        "--json",
        "--record",
        file,
    ];
    let (code, out, err) = said(home.path(), Some(KEY), &arguments);
    assert_eq!(code, 0, "{err}");
    let run = Run::fold(&facts(&out)).unwrap();
    // 100 read at 1 $ and 50 written at 10 $ per million: 0.0006 $ each, the second one crosses the line
    assert_eq!(
        (run.ending.clone(), run.spent.asks),
        (Some(Ending::Budget), 2)
    );
    assert_eq!(server.requests().len(), 2);
    let text = fs::read_to_string(file).unwrap();
    assert!(!text.contains(KEY) && text.contains("[key]"), "{text}");
    assert!(err.contains("lessonl run --recorded"), "{err}");

    // resuming does not start a whole new budget
    let (code, _, err) = said(
        home.path(),
        Some(KEY),
        &["run", "--resume", "latest", "--json"],
    );
    assert_eq!(code, 2);
    assert!(
        err.contains("no money left") && err.contains("--budget-cost"),
        "{err}"
    );

    drop(server);
    let (code, out, err) = said(home.path(), None, &["run", "--recorded", file, "--json"]);
    assert_eq!(code, 0, "{err}");
    let told = facts(&out);
    let again = Run::fold(&told).unwrap();
    assert_eq!(
        (again.ending.clone(), again.spent.reused),
        (Some(Ending::Budget), 2)
    );
    assert_eq!(again.spent.cost, run.spent.cost);
    let texts = |run: &Run| {
        let all = run.units[0].candidates.values();
        all.map(|c| c.candidate.id).collect::<Vec<_>>()
    };
    assert_eq!(texts(&again), texts(&run));
    assert!(told.iter().any(|e| matches!(e.fact, Fact::AskNoted { .. })));
}

#[test]
fn a_budget_of_money_with_an_unknown_price_is_refused_with_what_to_write() {
    let server = FakeServer::start(Vec::new());
    let home = home(&server, "");
    let arguments = ["run", "pareval", "--budget-cost", "1", "--json"];
    let (code, out, err) = said(home.path(), Some(KEY), &arguments);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("the price of `m` is unknown"), "{err}");
    assert!(err.contains("[prices]\n\"m\" = { input = "), "{err}");
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn models_lists_what_servers_offer_and_tries_the_teams() {
    let list = json!({"data": [{"id": "m", "max_model_len": 4096}, {"id": "other"}]}).to_string();
    let server = FakeServer::start(vec![
        whole("200 OK", "Content-Type: application/json\r\n", &list),
        answer(),
    ]);
    let home = home(&server, PRICES);
    let (code, out, err) = said(home.path(), Some(KEY), &["models", "--probe", "--json"]);
    assert_eq!(code, 0, "{err}");
    let document: Value = serde_json::from_str(&out).unwrap();
    let models = document["models"].as_array().unwrap();
    assert_eq!(models.len(), 2, "{out}");
    let one = &models[0];
    assert_eq!(
        (
            &one["server"],
            &one["model"],
            &one["context"],
            &one["agents"]
        ),
        (&json!("box"), &json!("m"), &json!(4096), &json!(["one"]))
    );
    assert_eq!(one["price"]["output"], json!(10.0));
    assert_eq!(one["probe"]["ok"], json!(true));
    assert_eq!(
        (&models[1]["price"], &models[1]["context"]),
        (&Value::Null, &json!(8192))
    );
    let asked = server.requests();
    assert_eq!(asked[1].json()["max_tokens"], json!(1));
    assert!(!out.contains(KEY) && !err.contains(KEY));
}
