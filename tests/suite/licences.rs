//! A claim about the dependencies: each is under a licence that `.cargo/deny.toml` allows. Reads what cargo has on disk; never
//! uses the network.
#![allow(clippy::unwrap_used, clippy::panic)] // a test's own helpers may fail loudly

use std::process::Command;

use serde_json::Value;

/// Whether an SPDX expression can be met with what is allowed: `OR` and `/` offer, `AND` demands.
fn met(expression: &str, allowed: &[&str]) -> bool {
    let plain = expression.replace(['(', ')'], " ");
    plain.split(" AND ").all(|part| {
        part.replace('/', " OR ")
            .split(" OR ")
            .any(|one| allowed.contains(&one.trim()))
    })
}

#[test]
fn every_dependency_is_under_a_licence_that_is_allowed() {
    let root = env!("CARGO_MANIFEST_DIR");
    let rules: toml::Table = std::fs::read_to_string(format!("{root}/.cargo/deny.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let words = |value: &toml::Value| -> Vec<String> {
        let list = value.as_array().unwrap();
        list.iter()
            .map(|word| word.as_str().unwrap().to_owned())
            .collect()
    };
    let allowed = words(&rules["licenses"]["allow"]);
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(
        metadata.status.success(),
        "{}",
        String::from_utf8_lossy(&metadata.stderr)
    );
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let mut refused = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or("none");
        let mut allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
        for exception in rules["licenses"]["exceptions"].as_array().unwrap() {
            if exception["crate"].as_str() == Some(name) {
                let more = exception["allow"].as_array().unwrap();
                allowed.extend(more.iter().filter_map(|word| word.as_str()));
            }
        }
        if !met(licence, &allowed) {
            refused.push(format!("{name}: {licence}"));
        }
    }
    assert_eq!(refused, Vec::<String>::new());
}

#[test]
fn an_expression_is_met_by_one_of_what_it_offers_and_all_of_what_it_demands() {
    let allowed = ["MIT", "ISC"];
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("(GPL-3.0 OR MIT) AND ISC", true),
        ("MIT AND GPL-3.0", false),
    ] {
        assert_eq!(met(expression, &allowed), expected, "{expression}");
    }
}
