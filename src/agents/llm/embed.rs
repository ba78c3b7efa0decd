//! Texts → unit vectors over `/embeddings`. Tolerates base64, one vector per token, and entries out of order; checks count
//! and dimension. Never mixes vectors of different lengths.

use reqwest::StatusCode;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::time::{Instant, timeout_at};

use super::failure::{Trouble, cause};
use super::retry::{Tries, asked_wait};
use super::sse::ReadError;
use super::words::error_in;
use super::{Model, error_body};
use crate::domain::ask::AskFailure;

/// Texts per request; some servers refuse more.
const BATCH: usize = 32;
/// Most of a response: 32 vectors per token of a long text would be about this.
const RESPONSE_BYTES: usize = 64 * 1024 * 1024;

/// One vector of length 1 per text, in order, all of equal dimension.
pub(crate) async fn embed(model: &Model, texts: &[String]) -> Result<Vec<Vec<f32>>, AskFailure> {
    let _permit = model.server.permits.acquire().await;
    let mut vectors = Vec::with_capacity(texts.len());
    for batch in texts.chunks(BATCH) {
        vectors.extend(patiently(model, batch).await?);
    }
    let dimension = vectors.first().map_or(0, Vec::len);
    if vectors.iter().any(|vector| vector.len() != dimension) {
        let what = "the embeddings differ in their dimension";
        return Err(model.addressee.protocol(what).failure);
    }
    Ok(vectors)
}

async fn patiently(model: &Model, batch: &[String]) -> Result<Vec<Vec<f32>>, AskFailure> {
    let mut tries = Tries::default();
    loop {
        tries.made += 1;
        let trouble = match once(model, batch).await {
            Ok(vectors) => return Ok(vectors),
            Err(trouble) => trouble,
        };
        match trouble.next(model.patience, tries) {
            Some(wait) => {
                tries.waited += wait;
                tokio::time::sleep(wait).await;
            }
            None => return Err(trouble.failure),
        }
    }
}

async fn once(model: &Model, batch: &[String]) -> Result<Vec<Vec<f32>>, Trouble> {
    let whom = &model.addressee;
    let body = json!({"model": whom.model, "input": batch});
    let request = model.post("/embeddings", &body);
    let limit = model.patience.first_token;
    let deadline = Instant::now() + limit;
    let late = |_| whom.broken(&ReadError::FirstToken(limit));
    let mut response = timeout_at(deadline, request.send())
        .await
        .map_err(late)?
        .map_err(|error| whom.unreachable(&error))?;
    if response.status() != StatusCode::OK {
        let status = response.status().as_u16();
        let after = asked_wait(response.headers(), OffsetDateTime::now_utc());
        let body = error_body(response, model.patience).await;
        return Err(whom.refused(status, &body, after));
    }
    let mut bytes = Vec::new();
    loop {
        let chunk = timeout_at(deadline, response.chunk()).await.map_err(late)?;
        match chunk {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= RESPONSE_BYTES => {
                bytes.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => return Err(whom.broken(&ReadError::TooLarge)),
            Ok(None) => break,
            Err(error) => {
                let lost = ReadError::Lost(cause(&error));
                return Err(whom.broken(&lost));
            }
        }
    }
    let value: Value =
        serde_json::from_slice(&bytes).map_err(|_| whom.protocol("the embeddings are no JSON"))?;
    if let Some(error) = error_in(&value) {
        return Err(whom.inside(&error));
    }
    vectors(&value, batch.len()).map_err(|what| whom.protocol(&what))
}

/// The vectors of a response in the order of the texts.
fn vectors(value: &Value, count: usize) -> Result<Vec<Vec<f32>>, String> {
    let entries = value["data"].as_array().map_or(&[][..], Vec::as_slice);
    if entries.len() != count {
        return Err(format!("{} embeddings for {count} texts", entries.len()));
    }
    let mut slots: Vec<Option<Vec<f32>>> = vec![None; count];
    for (at, entry) in entries.iter().enumerate() {
        let index = entry["index"]
            .as_u64()
            .and_then(|index| usize::try_from(index).ok())
            .unwrap_or(at);
        let vector = vector(&entry["embedding"])
            .and_then(normalised)
            .ok_or_else(|| format!("embedding {index} is no vector of numbers"))?;
        match slots.get_mut(index) {
            Some(slot @ None) => *slot = Some(vector),
            _ => return Err(format!("two embeddings for text {index}, or no such text")),
        }
    }
    Ok(slots.into_iter().flatten().collect())
}

/// Numbers, base64 of little-endian floats, or one vector per token, of which the mean is taken.
fn vector(value: &Value) -> Option<Vec<f32>> {
    match value {
        Value::String(text) => floats(&base64(text)?),
        Value::Array(items) if items.iter().any(Value::is_array) => {
            let tokens: Vec<Vec<f32>> = items.iter().map(vector).collect::<Option<_>>()?;
            mean(&tokens)
        }
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_f64().map(|number| number as f32))
            .collect(),
        _ => None,
    }
}

fn mean(vectors: &[Vec<f32>]) -> Option<Vec<f32>> {
    let mut sum = vectors.first()?.clone();
    for vector in &vectors[1..] {
        if vector.len() != sum.len() {
            return None;
        }
        for (total, part) in sum.iter_mut().zip(vector) {
            *total += part;
        }
    }
    let count = vectors.len() as f32;
    Some(sum.into_iter().map(|total| total / count).collect())
}

/// The vector at length 1; a zero vector stays as it is; `None` if it is empty or not finite.
fn normalised(vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector
        .iter()
        .map(|x| f64::from(*x) * f64::from(*x))
        .sum::<f64>()
        .sqrt();
    if vector.is_empty() || !length.is_finite() {
        return None;
    }
    if length == 0.0 {
        return Some(vector);
    }
    Some(
        vector
            .into_iter()
            .map(|x| (f64::from(x) / length) as f32)
            .collect(),
    )
}

fn floats(bytes: &[u8]) -> Option<Vec<f32>> {
    let (quads, rest) = bytes.as_chunks::<4>();
    rest.is_empty()
        .then(|| quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect())
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for c in text.trim_end_matches('=').bytes() {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_come_in_order_and_at_length_one() {
        let response = json!({"data": [
            {"index": 1, "embedding": [0.0, 2.0]},
            {"index": 0, "embedding": [3.0, 4.0]},
        ]});
        assert_eq!(
            vectors(&response, 2),
            Ok(vec![vec![0.6, 0.8], vec![0.0, 1.0]])
        );
    }

    #[test]
    fn base64_and_vectors_per_token_are_understood() {
        // 3.0f32 and 4.0f32, little-endian.
        let response = json!({"data": [{"embedding": "AABAQAAAgEA="}, {"embedding": [[2.0, 4.0], [4.0, 4.0]]}]});
        assert_eq!(
            vectors(&response, 2),
            Ok(vec![vec![0.6, 0.8], vec![0.6, 0.8]])
        );
    }

    #[test]
    fn wrong_shapes_are_errors() {
        for (response, words) in [
            (json!({}), "0 embeddings for 1 texts"),
            (
                json!({"data": [{"embedding": []}]}),
                "embedding 0 is no vector of numbers",
            ),
            (
                json!({"data": [{"embedding": ["x"]}]}),
                "embedding 0 is no vector of numbers",
            ),
            (
                json!({"data": [{"embedding": [[1.0], [1.0, 2.0]]}]}),
                "embedding 0 is no vector of numbers",
            ),
            (
                json!({"data": [{"index": 7, "embedding": [1.0]}]}),
                "two embeddings for text 7, or no such text",
            ),
        ] {
            assert_eq!(vectors(&response, 1), Err(words.to_owned()));
        }
    }
}
