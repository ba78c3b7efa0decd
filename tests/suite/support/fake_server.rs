//! A scripted HTTP server on loopback: raw responses in any pieces, cut wherever a test wants, and a record of what was
//! asked. It answers one request per connection and knows nothing of HTTP beyond finding a request's end.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// What one connection is answered with.
#[derive(Debug, Clone)]
pub(crate) enum Script {
    /// These pieces, each sent on its own, then a clean close.
    Pieces(Vec<Vec<u8>>),
    /// These pieces, then nothing more until the client goes away.
    Hold(Vec<Vec<u8>>),
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Request line and headers.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Request {
    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }
}

/// The running server; answers its scripts in order of connection, then refuses.
pub(crate) struct FakeServer {
    port: u16,
    requests: Receiver<Request>,
    gone: Receiver<()>,
}

impl FakeServer {
    /// Starts it.
    pub(crate) fn start(scripts: Vec<Script>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (asked, requests) = channel();
        let (left, gone) = channel();
        thread::spawn(move || {
            for script in scripts {
                let Ok((stream, _)) = listener.accept() else {
                    return;
                };
                let (asked, left) = (asked.clone(), left.clone());
                thread::spawn(move || serve(stream, script, &asked, &left));
            }
        });
        Self {
            port,
            requests,
            gone,
        }
    }

    /// Its base URL, without `/v1`.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Requests that came so far, in order. Call it when the answers are there.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.try_iter().collect()
    }

    /// Waits for the next request.
    pub(crate) fn next_request(&self) -> Request {
        self.requests.recv().expect("a request")
    }

    /// Waits until a client that was held has gone away.
    pub(crate) fn client_gone(&self) {
        self.gone.recv().expect("a held client");
    }
}

fn serve(mut stream: TcpStream, script: Script, asked: &Sender<Request>, left: &Sender<()>) {
    stream.set_nodelay(true).expect("a socket option");
    let Some(request) = request(&mut stream) else {
        return;
    };
    // A test that has what it wants may be gone already.
    let _ = asked.send(request);
    let (pieces, hold) = match script {
        Script::Pieces(pieces) => (pieces, false),
        Script::Hold(pieces) => (pieces, true),
    };
    for piece in pieces {
        if stream
            .write_all(&piece)
            .and_then(|()| stream.flush())
            .is_err()
        {
            return;
        }
    }
    if hold {
        while stream.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
        let _ = left.send(());
    }
}

fn request(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length:")?
                    .trim()
                    .parse()
                    .ok()
            })
            .unwrap_or(0_usize);
        if body.len() >= length {
            return Some(Request {
                head: head.to_owned(),
                body: body.to_owned(),
            });
        }
    }
}

/// A response that ends where the connection does.
pub(crate) fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n{body}").into_bytes()
}

/// A response in one piece.
pub(crate) fn whole(status: &str, headers: &str, body: &str) -> Script {
    Script::Pieces(vec![response(status, headers, body)])
}

/// A stream of events in one piece.
pub(crate) fn stream(body: &str) -> Script {
    whole("200 OK", "Content-Type: text/event-stream\r\n", body)
}
