//! Looking for model servers: one short request, never a download and never a model load. No answer is an answer.

use super::team::Ollama;
use crate::agents::llm::discover;

/// Asks the Ollama that `OLLAMA_HOST` names which models it has.
pub(super) async fn ollama(host: Option<&str>) -> Ollama {
    match discover::ollama_models(host).await {
        Ok(discover::OllamaModels { base_url, models }) => Ollama::Models { base_url, models },
        Err(_) => Ollama::Unreachable {
            base_url: discover::ollama_address(host),
        },
    }
}
