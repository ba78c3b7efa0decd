//! Bytes → server-sent events, under time limits. The decoder is `sse-stream`; ours are the limits, the bound, and an event
//! whose last blank line never came. Never looks into an event.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use sse_stream::SseByteStream;
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
}

/// How far the answer is; what the reader of events tells the reader of bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Phase(Arc<AtomicU8>);

impl Phase {
    /// The first text or reasoning came: from now on silence counts, not the time to the first token.
    pub fn answering(&self) {
        self.0.fetch_max(1, Ordering::Relaxed);
    }
    /// The answer is complete: only usage may follow.
    pub fn finished(&self) {
        self.0.fetch_max(2, Ordering::Relaxed);
    }
}

/// A response's bytes under time limits.
pub(super) struct Source {
    /// The response.
    pub response: reqwest::Response,
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
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
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
        self.read += chunk.len();
        if self.read > RESPONSE_BYTES {
            return Err(ReadError::TooLarge);
        }
        Ok(Some(chunk.to_vec()))
    }

    /// The rest as a stream, beginning with bytes that were read already.
    pub fn into_stream(self, begun: Vec<u8>) -> impl Stream<Item = Result<Vec<u8>, ReadError>> {
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

/// The data of each event. Two line ends are added at the end, so that an event without its blank line still counts.
pub(super) fn events<S>(bytes: S) -> impl Stream<Item = Result<String, ReadError>>
where
    S: Stream<Item = Result<Vec<u8>, ReadError>>,
{
    let ended = bytes.chain(stream::once(async { Ok(b"\n\n".to_vec()) }));
    let cursors = ended.map(|chunk| chunk.map(Cursor::new));
    SseByteStream::new(Box::pin(cursors)).filter_map(|event| async move {
        match event {
            Ok(event) => event.data.map(Ok),
            Err(sse_stream::Error::Body(error)) => Some(Err(error
                .downcast::<ReadError>()
                .map_or_else(|other| ReadError::Lost(other.to_string()), |ours| *ours))),
            Err(other) => Some(Err(ReadError::Lost(other.to_string()))),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn decoded(pieces: Vec<&[u8]>) -> Vec<Result<String, ReadError>> {
        let pieces: Vec<_> = pieces.into_iter().map(|piece| Ok(piece.to_vec())).collect();
        events(stream::iter(pieces)).collect().await
    }

    #[tokio::test]
    async fn pieces_split_at_every_byte_give_the_same_events() {
        let whole = "\u{feff}: warming up\r\n\r\ndata: {\"a\":\"é→𝄞\"}\r\n\r\nevent: x\ndata: two\ndata: lines\n\n:\n\ndata:[DONE]";
        let expected: Vec<Result<String, ReadError>> = ["{\"a\":\"é→𝄞\"}", "two\nlines", "[DONE]"]
            .map(|data| Ok(data.to_owned()))
            .to_vec();
        let bytes = whole.as_bytes();
        for at in 0..=bytes.len() {
            let (left, right) = bytes.split_at(at);
            assert_eq!(decoded(vec![left, right]).await, expected, "split at {at}");
        }
        assert_eq!(decoded(bytes.chunks(1).collect()).await, expected);
    }

    #[tokio::test]
    async fn an_error_of_the_source_comes_through_as_it_is() {
        let pieces = vec![Ok(b"data: a\n\n".to_vec()), Err(ReadError::TooLarge)];
        let all: Vec<_> = events(stream::iter(pieces)).collect().await;
        assert_eq!(all, [Ok("a".to_owned()), Err(ReadError::TooLarge)]);
    }
}
