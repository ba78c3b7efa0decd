//! A server's errors, in any of the shapes that servers give them. Pure; never decides what kind of error it is.

use serde_json::Value;

/// An error as some server words it, out of a body or out of the middle of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ServerError {
    /// Its words.
    pub message: String,
    /// Its code or type where that is a text, e.g. `insufficient_quota`.
    pub code: String,
    /// The HTTP status it names, if it does.
    pub status: Option<u16>,
}

/// The error in a JSON value; `None` if there is none.
pub(super) fn error_in(value: &Value) -> Option<ServerError> {
    if let Value::Array(items) = value {
        return items.iter().find_map(error_in);
    }
    match &value["error"] {
        Value::String(text) if !text.trim().is_empty() => return Some(said(text)),
        Value::Object(error) if !error.is_empty() => return Some(described(&value["error"])),
        _ => {}
    }
    match &value["detail"] {
        Value::String(text) => return Some(said(text)),
        Value::Null => {}
        detail => return Some(said(&detail.to_string())),
    }
    let named = |name: &str, text: &str| value[name].as_str() == Some(text);
    // gateways that put the error itself in the place of the answer
    let bare = value["choices"].is_null()
        && ["message", "msg"]
            .iter()
            .any(|name| value[*name].is_string())
        && match &value["code"] {
            Value::Number(code) => !matches!(code.as_i64(), Some(0 | 200)),
            Value::String(code) => !matches!(code.as_str(), "" | "0" | "200" | "OK" | "ok"),
            _ => false,
        };
    (bare || named("object", "error") || named("type", "error")).then(|| described(value))
}

/// The error of an event that is named one, whatever its shape.
pub(super) fn error_event(data: &str) -> ServerError {
    match serde_json::from_str::<Value>(data) {
        Ok(value) => error_in(&value).unwrap_or_else(|| match &value {
            Value::String(text) => said(text),
            other => described(other),
        }),
        Err(_) => said(data),
    }
}

/// The error in a choice; `None` if there is none.
pub(super) fn error_of_choice(choice: &Value) -> Option<ServerError> {
    match &choice["error"] {
        Value::Null => {}
        Value::String(text) => return Some(said(text)),
        error => return Some(described(error)),
    }
    if choice["finish_reason"].as_str() != Some("error") {
        return None;
    }
    let message = ["/message/content", "/delta/content"]
        .iter()
        .find_map(|place| choice.pointer(place)?.as_str())
        .filter(|text| !text.trim().is_empty())
        .unwrap_or("the model's server ended with an error and did not say which");
    Some(said(message))
}

fn said(text: &str) -> ServerError {
    ServerError {
        message: text.to_owned(),
        ..ServerError::default()
    }
}

fn described(error: &Value) -> ServerError {
    let status = [&error["code"], &error["status"], &error["status_code"]]
        .into_iter()
        .find_map(|place| match place {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        })
        .and_then(|status| u16::try_from(status).ok())
        .filter(|status| (300..600).contains(status));
    let code = [&error["code"], &error["type"], &error["status"]]
        .into_iter()
        .filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    let message = ["message", "msg", "detail"]
        .iter()
        .find_map(|name| error[*name].as_str())
        .map_or_else(|| error.to_string(), str::to_owned);
    ServerError {
        message,
        code,
        status,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn errors_are_found_in_every_shape() {
        let error = |value: Value| error_in(&value).unwrap();
        assert_eq!(error(json!({"error": "text"})).message, "text");
        assert_eq!(error(json!({"detail": "Not Found"})).message, "Not Found");
        let number = error(json!({"error": {"message": "m", "code": 429}}));
        assert_eq!((number.message.as_str(), number.status), ("m", Some(429)));
        let text =
            error(json!([{"error": {"message": "m", "code": "insufficient_quota", "type": "t"}}]));
        assert_eq!(
            (text.code.as_str(), text.status),
            ("insufficient_quota t", None)
        );
        assert_eq!(
            error(json!({"object": "error", "message": "m", "code": 404})).status,
            Some(404)
        );
        assert_eq!(error(json!({"code": 1301, "msg": "m"})).message, "m");
        for none in [
            json!({"choices": []}),
            json!({"error": null}),
            json!({"error": {}}),
            json!({"code": 200, "msg": "ok"}),
            json!({"message": "m"}),
        ] {
            assert_eq!(error_in(&none), None, "{none}");
        }
    }

    #[test]
    fn an_error_event_and_a_choices_error_keep_their_words() {
        let event = error_event(r#"{"code":500,"message":"out of memory"}"#);
        assert_eq!(
            (event.message.as_str(), event.status),
            ("out of memory", Some(500))
        );
        assert_eq!(error_event("plain words").message, "plain words");
        let choice = json!({"finish_reason": "error", "error": {"message": "m", "code": 502}});
        assert_eq!(error_of_choice(&choice).unwrap().status, Some(502));
        let silent = json!({"finish_reason": "error", "delta": {"content": ""}});
        assert!(
            error_of_choice(&silent)
                .unwrap()
                .message
                .contains("did not say")
        );
        assert_eq!(error_of_choice(&json!({"finish_reason": "stop"})), None);
    }
}
