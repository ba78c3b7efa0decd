//! A model server that says as many words a second as a fast model: every connection is answered with a stream.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The running server.
pub(crate) struct Server {
    /// Its port.
    pub port: u16,
    /// Streams under way.
    pub streaming: Arc<AtomicUsize>,
}

impl Server {
    /// Answers every request with so many words a second for a time, then with a source.
    pub(crate) fn start(rate: u32, time: Duration, source: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let streaming = Arc::new(AtomicUsize::new(0));
        let (counted, source) = (Arc::clone(&streaming), source.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (counted, source) = (Arc::clone(&counted), source.clone());
                std::thread::spawn(move || {
                    counted.fetch_add(1, Ordering::SeqCst);
                    // A client that leaves early is no concern of ours.
                    let _ = answer(stream, rate, time, &source);
                    counted.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { port, streaming }
    }
}

fn answer(mut stream: TcpStream, rate: u32, time: Duration, source: &str) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    stream.write_all(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n",
    )?;
    let began = Instant::now();
    let mut said = 0_u32;
    while began.elapsed() < time {
        let word = if said % 12 == 11 {
            "cache.\n"
        } else {
            "tiling "
        };
        delta(&mut stream, word)?;
        said += 1;
        let due = Duration::from_secs(1) * said / rate;
        std::thread::sleep(due.saturating_sub(began.elapsed()));
    }
    delta(&mut stream, &format!("\n```cpp\n{source}\n```\n"))?;
    stream.write_all(b"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":900,\"completion_tokens\":2000}}\n\ndata: [DONE]\n\n")
}

fn delta(stream: &mut TcpStream, text: &str) -> std::io::Result<()> {
    let text = serde_json::to_string(text).unwrap_or_default();
    let event = format!(
        "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{text}}},\"finish_reason\":null}}]}}\n\n"
    );
    stream.write_all(event.as_bytes())
}
