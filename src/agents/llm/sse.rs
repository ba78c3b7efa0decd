//! Bytes → server-sent events, under time limits. What is no event of the protocol but was sent all the same is handed
//! out too, since it may be the server's only word about what went wrong. Never looks into an event.

use std::collections::VecDeque;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use flate2::write::{GzDecoder, ZlibDecoder};
use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Instant, timeout_at};

/// Most bytes of one response; a token's event takes a few hundred.
const RESPONSE_BYTES: usize = 64 * 1024 * 1024;

/// Why a response stopped before its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ReadError {
    /// Nothing of the answer came in time.
    #[error("nothing of the answer came within {0:?}")]
    FirstToken(Duration),
    /// It fell silent.
    #[error("the server fell silent for {0:?}")]
    Idle(Duration),
    /// The connection ended.
    #[error("the connection was lost: {0}")]
    Lost(String),
    /// It is larger than we read.
    #[error("the response is larger than we read")]
    TooLarge,
    /// It is compressed in a way that we cannot read.
    #[error("the response is compressed ({0}), which was not asked for, and cannot be read")]
    Compressed(String),
}

/// How far the answer is; what the reader of events tells the reader of bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Phase(Arc<AtomicU8>);

impl Phase {
    /// The first text or reasoning came: from now on silence counts, not the time to the first token.
    pub(crate) fn answering(&self) {
        self.0.fetch_max(1, Ordering::Relaxed);
    }
    /// The answer is complete: only usage may follow.
    pub(crate) fn finished(&self) {
        self.0.fetch_max(2, Ordering::Relaxed);
    }
}

/// How a response is compressed. Nothing of the kind is asked for; some gateways do it all the same.
pub(super) enum Packing {
    /// Not at all.
    None,
    /// By gzip.
    Gzip(Box<GzDecoder<Vec<u8>>>),
    /// By deflate.
    Deflate(Box<ZlibDecoder<Vec<u8>>>),
    /// In another way.
    Other(String),
}

impl Packing {
    /// What a response's headers say.
    pub(crate) fn of(response: &reqwest::Response) -> Self {
        let header = response.headers().get(reqwest::header::CONTENT_ENCODING);
        let name = header.and_then(|value| value.to_str().ok()).unwrap_or("");
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Self::None,
            "gzip" | "x-gzip" => Self::Gzip(Box::new(GzDecoder::new(Vec::new()))),
            "deflate" => Self::Deflate(Box::new(ZlibDecoder::new(Vec::new()))),
            other => Self::Other(other.to_owned()),
        }
    }

    /// The next bytes, unpacked.
    pub(crate) fn unpacked(&mut self, bytes: &[u8]) -> Result<Vec<u8>, ReadError> {
        let written = match self {
            Self::None => return Ok(bytes.to_vec()),
            Self::Other(name) => return Err(ReadError::Compressed(name.clone())),
            Self::Gzip(to) => to
                .write_all(bytes)
                .and_then(|()| to.flush())
                .map(|()| std::mem::take(to.get_mut())),
            Self::Deflate(to) => to
                .write_all(bytes)
                .and_then(|()| to.flush())
                .map(|()| std::mem::take(to.get_mut())),
        };
        written.map_err(|error| ReadError::Lost(format!("it cannot be unpacked: {error}")))
    }
}

/// A response's bytes under time limits.
pub(super) struct Source {
    /// The response.
    pub response: reqwest::Response,
    /// How it is compressed.
    pub packing: Packing,
    /// When the first token must be there, and the limit that came from.
    pub first: (Instant, Duration),
    /// How long the server may be silent.
    pub idle: Duration,
    /// How long the server may be silent after it finished.
    pub linger: Duration,
    /// How far the answer is.
    pub phase: Phase,
    /// Bytes so far.
    pub read: usize,
}

impl Source {
    /// The next bytes; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        let (deadline, error) = match self.phase.0.load(Ordering::Relaxed) {
            0 => (self.first.0, ReadError::FirstToken(self.first.1)),
            1 => (Instant::now() + self.idle, ReadError::Idle(self.idle)),
            _ => (Instant::now() + self.linger, ReadError::Idle(self.linger)),
        };
        let chunk = timeout_at(deadline, self.response.chunk())
            .await
            .map_err(|_| error)?
            .map_err(|error| ReadError::Lost(super::failure::cause(&error)))?;
        let Some(chunk) = chunk else {
            return Ok(None);
        };
        let chunk = self.packing.unpacked(&chunk)?;
        self.read += chunk.len();
        if self.read > RESPONSE_BYTES {
            return Err(ReadError::TooLarge);
        }
        Ok(Some(chunk))
    }

    /// The rest as a stream, beginning with bytes that were read already.
    pub(crate) fn into_stream(
        self,
        begun: Vec<u8>,
    ) -> impl Stream<Item = Result<Vec<u8>, ReadError>> {
        let rest = stream::unfold(Some(self), |source| async move {
            let mut source = source?;
            match source.next().await {
                Ok(Some(chunk)) => Some((Ok(chunk), Some(source))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        });
        stream::once(async move { Ok(begun) }).chain(rest)
    }
}

/// A piece of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// An event.
    Event {
        /// Its name; mostly empty.
        name: String,
        /// Its data.
        data: String,
    },
    /// A line that belongs to no event.
    Stray(String),
}

/// The parts of a stream. At the end an event counts even if its blank line never came.
pub(super) fn parts<S>(bytes: S) -> impl Stream<Item = Result<Part, ReadError>>
where
    S: Stream<Item = Result<Vec<u8>, ReadError>>,
{
    let state = (
        Box::pin(bytes),
        Decoder::default(),
        VecDeque::new(),
        Open::Yes,
    );
    stream::unfold(
        state,
        |(mut bytes, mut decoder, mut ready, mut open)| async move {
            loop {
                if let Some(part) = ready.pop_front() {
                    return Some((Ok(part), (bytes, decoder, ready, open)));
                }
                if open == Open::No {
                    return None;
                }
                match bytes.next().await {
                    Some(Ok(chunk)) => decoder.feed(&chunk, &mut ready),
                    Some(Err(error)) => {
                        return Some((Err(error), (bytes, decoder, ready, Open::No)));
                    }
                    None => {
                        decoder.end(&mut ready);
                        open = Open::No;
                    }
                }
            }
        },
    )
}

/// Whether more may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Yes,
    No,
}

/// Bytes to lines to parts.
#[derive(Debug, Default)]
struct Decoder {
    /// The beginning of a character whose rest has to come.
    cut: Vec<u8>,
    line: String,
    /// Whether the last line ended with a carriage return, whose line feed is not another end.
    returned: bool,
    begun: bool,
    name: String,
    data: Option<String>,
}

impl Decoder {
    fn feed(&mut self, bytes: &[u8], ready: &mut VecDeque<Part>) {
        let text = self.lossy(bytes);
        for c in text.chars() {
            if !std::mem::replace(&mut self.begun, true) && c == '\u{feff}' {
                continue;
            }
            let returned = std::mem::replace(&mut self.returned, c == '\r');
            match c {
                '\n' if returned => {}
                '\n' | '\r' => self.end_line(ready),
                c => self.line.push(c),
            }
        }
    }

    /// The text of these bytes and of what was left before; what is no text becomes U+FFFD.
    fn lossy(&mut self, bytes: &[u8]) -> String {
        self.cut.extend_from_slice(bytes);
        let bytes = std::mem::take(&mut self.cut);
        let mut text = String::with_capacity(bytes.len());
        let mut rest = bytes.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(good) => {
                    text.push_str(good);
                    return text;
                }
                Err(error) => {
                    let (good, bad) = rest.split_at(error.valid_up_to());
                    text.push_str(&String::from_utf8_lossy(good));
                    match error.error_len() {
                        Some(length) => {
                            text.push('\u{fffd}');
                            rest = &bad[length..];
                        }
                        None => {
                            self.cut = bad.to_vec();
                            return text;
                        }
                    }
                }
            }
        }
    }

    fn end_line(&mut self, ready: &mut VecDeque<Part>) {
        let line = std::mem::take(&mut self.line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" if line.is_empty() => self.dispatch(ready),
            "" | "id" | "retry" => {}
            "event" => value.clone_into(&mut self.name),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            // not of the protocol, but llama.cpp reported its errors so for years
            "error" => ready.push_back(Part::Event {
                name: "error".to_owned(),
                data: value.to_owned(),
            }),
            _ => ready.push_back(Part::Stray(line)),
        }
    }

    fn dispatch(&mut self, ready: &mut VecDeque<Part>) {
        let name = std::mem::take(&mut self.name);
        if let Some(data) = self.data.take() {
            ready.push_back(Part::Event { name, data });
        }
    }

    fn end(&mut self, ready: &mut VecDeque<Part>) {
        if !std::mem::take(&mut self.cut).is_empty() {
            self.line.push('\u{fffd}');
        }
        if !self.line.is_empty() {
            self.end_line(ready);
        }
        self.dispatch(ready);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn decoded(pieces: Vec<&[u8]>) -> Vec<Result<Part, ReadError>> {
        let pieces: Vec<_> = pieces.into_iter().map(|piece| Ok(piece.to_vec())).collect();
        parts(stream::iter(pieces)).collect().await
    }

    fn event(name: &str, data: &str) -> Result<Part, ReadError> {
        Ok(Part::Event {
            name: name.to_owned(),
            data: data.to_owned(),
        })
    }

    #[tokio::test]
    async fn pieces_split_at_every_byte_give_the_same_events() {
        let whole = "\u{feff}: warming up\r\n\r\ndata: {\"a\":\"é→𝄞\"}\r\n\r\nevent: x\ndata: two\ndata: lines\n\n:\n\nid: 7\rerror: {}\r\r{\"bare\":1}\n\ndata:[DONE]";
        let expected = [
            event("", "{\"a\":\"é→𝄞\"}"),
            event("x", "two\nlines"),
            event("error", "{}"),
            Ok(Part::Stray("{\"bare\":1}".to_owned())),
            event("", "[DONE]"),
        ];
        let bytes = whole.as_bytes();
        for at in 0..=bytes.len() {
            let (left, right) = bytes.split_at(at);
            assert_eq!(decoded(vec![left, right]).await, expected, "split at {at}");
        }
        assert_eq!(decoded(bytes.chunks(1).collect()).await, expected);
    }

    #[tokio::test]
    async fn bytes_that_are_no_text_are_replaced_and_the_rest_is_read() {
        let bytes: &[u8] = b"data: a\xf0\x9fb\n\ndata: \xffc\n\ndata: d\xe2\x86";
        for at in 0..=bytes.len() {
            let (left, right) = bytes.split_at(at);
            let expected = [
                event("", "a\u{fffd}b"),
                event("", "\u{fffd}c"),
                event("", "d\u{fffd}"),
            ];
            assert_eq!(decoded(vec![left, right]).await, expected, "split at {at}");
        }
    }

    #[tokio::test]
    async fn an_error_of_the_source_comes_through_as_it_is() {
        let pieces = vec![Ok(b"data: a\n\n".to_vec()), Err(ReadError::TooLarge)];
        let all: Vec<_> = parts(stream::iter(pieces)).collect().await;
        assert_eq!(all, [event("", "a"), Err(ReadError::TooLarge)]);
    }
}
