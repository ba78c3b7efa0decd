//! How a server is reached besides its address: where its key comes from, which headers it wants, whom it is trusted by.
//! Never holds a key or a header's value, only where each is to be found.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// How a server is reached besides its address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reach {
    /// File that holds the key and that nobody else may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// Command that prints the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_cmd: Option<String>,
    /// Header that carries the bare key, as `api-key`; `None`: `Authorization: Bearer …`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_header: Option<String>,
    /// Further headers, each with the environment variable that holds its value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// File of the certificates that the server is trusted by: its authority's, or its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Whether the server's certificate is not looked at.
    #[serde(default, skip_serializing_if = "is_false")]
    pub insecure: bool,
}

fn is_false(value: &bool) -> bool {
    !*value
}

impl Reach {
    /// Whether there is nothing to say.
    pub(crate) fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// This one over another one: what it does not say is as there. A key comes from one place only.
    pub fn over(&self, base: &Self) -> Self {
        let of_key = match self.key_place(None) {
            Some(_) => self,
            None => base,
        };
        let mut headers = base.headers.clone();
        headers.extend(self.headers.clone());
        Self {
            key_file: of_key.key_file.clone(),
            key_cmd: of_key.key_cmd.clone(),
            key_header: self.key_header.clone().or(base.key_header.clone()),
            headers,
            ca_file: self.ca_file.clone().or(base.ca_file.clone()),
            insecure: self.insecure || base.insecure,
        }
    }

    /// Under which name the key is kept, and shown: the variable, or the file or command in its place.
    pub fn key_place(&self, key_env: Option<&str>) -> Option<String> {
        let file = || Some(format!("the file {}", self.key_file.as_ref()?.display()));
        let command = || Some(format!("what `{}` prints", self.key_cmd.as_ref()?));
        key_env.map(str::to_owned).or_else(file).or_else(command)
    }
}
