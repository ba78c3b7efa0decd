//! A server that answers like models do, for trying strategies without one: OpenAI's chat over HTTP, streamed. For every
//! bundled problem it has several rewrites of differing quality: the best known one, one that gains less, the original,
//! one that is slower, a wrong one, one that does not compile, and words without code; of a function that is to be written
//! in Python, the right one, wrong ones and tests. Which one comes follows from seed, model and the prompt's code and
//! lessons alone, so that a run cut off and taken up again hears the same; with `vary` also from how often the same was
//! asked, as with a model that samples. A prompt with a lesson about a large gain draws the good ones more often:
//! lessons help here, by construction. It tells the tokens of every answer. Never a measure of any real model.

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};

/// How it answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Seed of what is drawn.
    pub seed: u64,
    /// Whether the same question is answered anew each time.
    pub vary: bool,
}

/// An answer as the server accounts for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Logged {
    /// The model that was asked.
    pub model: String,
    /// What was answered: the rewrite's kind, or `words`, `plan`, `recall`.
    pub kind: &'static str,
    /// Tokens of the prompt.
    pub input: u64,
    /// Tokens of the answer.
    pub output: u64,
}

/// The rewrites it has for a problem.
struct Prepared {
    /// Lines of the original, or of the description, by which a prompt is recognised.
    lines: Vec<String>,
    rewrites: Vec<(&'static str, String)>,
    /// What opens a block of its code, and a comment in it.
    language: (&'static str, &'static str),
    /// Tests of a function that is written from its description.
    tests: String,
}

/// A running server.
pub(crate) struct Server {
    port: u16,
}

struct World {
    manner: Manner,
    problems: Vec<Prepared>,
    asked: Mutex<HashMap<u64, u64>>,
    tell: Box<dyn Fn(&Logged) + Send + Sync>,
}

impl Server {
    /// Starts it on a port of the loopback (0: any free one), with the problems below these folders. Every answer is
    /// told to `tell` as well.
    pub(crate) fn start(
        port: u16,
        roots: &[&Path],
        manner: Manner,
        tell: impl Fn(&Logged) + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let port = listener.local_addr()?.port();
        let mut problems = Vec::new();
        for root in roots {
            gather(root, &mut problems);
        }
        let world = Arc::new(World {
            manner,
            problems,
            asked: Mutex::new(HashMap::new()),
            tell: Box::new(tell),
        });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let world = Arc::clone(&world);
                thread::spawn(move || serve(stream, &world));
            }
        });
        Ok(Self { port })
    }

    /// Its base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }
}

/// The problems below a folder that come with a best known solution.
fn gather(folder: &Path, problems: &mut Vec<Prepared>) {
    let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
    if let (Some(original), Some(best), Some(about)) = (
        read("original.cpp"),
        read("best_known.cpp"),
        read("problem.toml"),
    ) {
        let entry = about.lines().find_map(|line| line.strip_prefix("entry = "));
        let head = entry.and_then(|e| e.trim_matches(['"', '\'']).split('(').next());
        let head = format!("{}(", head.unwrap_or_default());
        problems.push(prepare(&original, &best, &head));
    }
    if let (Some(described), Some(whole), Some(tests)) =
        (read("prompt.py"), read("canonical.py"), read("tests.py"))
    {
        problems.push(described_one(&described, whole, &tests));
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut inner: Vec<_> = entries.map(|e| e.path()).filter(|p| p.is_dir()).collect();
    inner.sort();
    inner.iter().for_each(|folder| gather(folder, problems));
}

fn prepare(original: &str, best: &str, head: &str) -> Prepared {
    let broken = match original.rfind('}') {
        Some(at) => original[..at].to_owned(),
        None => format!("{original} }}"),
    };
    let rewrites = vec![
        ("best", best.to_owned()),
        ("better", waiting(best, head, 200_000)),
        ("same", original.to_owned()),
        ("slow", waiting(original, head, 4_000_000)),
        ("wrong", wrong(original, head)),
        ("broken", broken),
    ];
    Prepared {
        lines: told(original),
        rewrites,
        language: ("cpp", "//"),
        tests: String::new(),
    }
}

/// A Python function that is written from its signature and description: nothing of it is slow, but some of it is wrong.
fn described_one(described: &str, whole: String, tests: &str) -> Prepared {
    let returning = |what: &str| format!("{}\n    return {what}\n", described.trim_end());
    let rewrites = vec![
        ("best", whole.clone()),
        ("better", whole),
        ("same", returning("None")),
        ("slow", returning("1")),
        ("wrong", returning("[]")),
        ("broken", returning("(")),
    ];
    let asserted = tests.lines().filter(|line| line.starts_with("assert "));
    Prepared {
        lines: told(described),
        rewrites,
        language: ("python", "#"),
        tests: asserted.collect::<Vec<_>>().join("\n"),
    }
}

/// The lines of a text that say something.
fn told(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
    lines.map(str::to_owned).collect()
}

/// The code with so many idle steps at the entry's beginning.
fn waiting(code: &str, head: &str, steps: u64) -> String {
    let idle = format!(
        "{{ volatile unsigned long idle = 0; for (unsigned long step = 0; step < {steps}; ++step) idle = idle + step; }}"
    );
    match body(code, head) {
        Some(at) => format!("{} {idle}{}", &code[..at], &code[at..]),
        None => code.to_owned(),
    }
}

/// Where the entry's body begins, behind its brace.
fn body(code: &str, head: &str) -> Option<usize> {
    let at = code.rfind(head)?;
    Some(at + code[at..].find('{')? + 1)
}

/// The code with one sign changed, inside the entry.
fn wrong(code: &str, head: &str) -> String {
    let at = body(code, head).unwrap_or(0);
    let changes = [
        ("+= ", "-= "),
        (" * ", " + "),
        (" > ", " < "),
        (" < ", " > "),
    ];
    for (from, to) in changes {
        if code[at..].contains(from) {
            return format!("{}{}", &code[..at], code[at..].replacen(from, to, 1));
        }
    }
    code.to_owned()
}

fn serve(mut stream: TcpStream, world: &World) {
    // A client that went away wants no answer.
    let Some((head, body)) = request(&mut stream) else {
        return;
    };
    let response = if head.starts_with("GET") {
        let list = json!({ "object": "list", "data": [{ "id": "scripted-a", "object": "model" }] });
        http("application/json", &list.to_string())
    } else {
        match serde_json::from_str::<Value>(&body) {
            Ok(asked) => http("text/event-stream", &answer(world, &asked)),
            Err(_) => "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_owned(),
        }
    };
    let _ = stream
        .write_all(response.as_bytes())
        .and_then(|()| stream.flush());
}

fn http(kind: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16_384];
    loop {
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = head.lines().find_map(|line| {
            let line = line.to_lowercase();
            line.strip_prefix("content-length:")?.trim().parse().ok()
        });
        let length: usize = length.unwrap_or(0);
        if bytes.len() >= end + 4 + length {
            let body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
            return Some((head, body));
        }
    }
}

fn answer(world: &World, asked: &Value) -> String {
    let model = asked["model"].as_str().unwrap_or_default();
    let prompt = asked["messages"][0]["content"].as_str().unwrap_or_default();
    let mut draws = world.draws(model, prompt);
    let (kind, text) = say(world, prompt, &mut draws);
    let logged = Logged {
        model: model.to_owned(),
        kind,
        input: prompt.len() as u64 / 4 + 1,
        output: text.len() as u64 / 4 + 1,
    };
    (world.tell)(&logged);
    let usage = json!({ "prompt_tokens": logged.input, "completion_tokens": logged.output });
    let chunk = |delta: Value, finish: Value| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        let value = json!({ "id": "1", "object": "chat.completion.chunk", "model": model, "choices": [choice] });
        format!("data: {value}\n\n")
    };
    let last = json!({ "id": "1", "model": model, "choices": [], "usage": usage });
    format!(
        "{}{}data: {last}\n\ndata: [DONE]\n\n",
        chunk(json!({ "role": "assistant", "content": text }), Value::Null),
        chunk(json!({}), json!("stop"))
    )
}

/// What is answered, and of what kind it is.
fn say(world: &World, prompt: &str, draws: &mut Draws) -> (&'static str, String) {
    if prompt.contains("Answer in one or two plain sentences") {
        let why = [
            "Walking memory in order keeps the cache warm",
            "Leaving out repeated work inside the inner loop saves most of the time",
            "The changed sign breaks the result for most inputs",
            "The idle loop at the beginning costs more than all the rest",
            "A cheaper algorithm with fewer steps beats every micro-optimisation",
        ];
        let text = why[draws.below(why.len())];
        let number = draws.below(90) + 10;
        return (
            "lesson",
            format!("{text}, as seen in about {number} of 100 tries."),
        );
    }
    if prompt.contains("Look back at it before you try again") {
        return (
            "reflection",
            format!("Next time I try idea {}.", draws.below(1000)),
        );
    }
    if prompt.contains("First recall") {
        let exemplars = (1..=3).map(|n| {
            format!(
                "### Exemplar {n}: technique {}\nIt was slow; it was changed; it is fast.\n",
                draws.below(100)
            )
        });
        return ("recall", exemplars.collect());
    }
    if prompt.contains("Confidence: <number>") {
        let (step, sure) = (draws.below(1000), draws.below(101));
        return (
            "plan",
            format!("1. Apply step {step}.\n\nConfidence: {sure}"),
        );
    }
    let known = |p: &&Prepared| p.lines.iter().all(|line| prompt.contains(line.as_str()));
    let found = world.problems.iter().filter(known);
    let Some(problem) = found.max_by_key(|p| p.lines.len()) else {
        return ("words", "I do not know this function.".to_owned());
    };
    let (language, comment) = problem.language;
    if prompt.contains("Write tests for it first") {
        return ("tests", format!("```{language}\n{}\n```", problem.tests));
    }
    let helped = prompt.contains("significantly improves");
    // best, better, same, slow, wrong, broken, words, in hundredths
    let odds: [usize; 7] = match helped {
        true => [30, 25, 10, 10, 10, 10, 5],
        false => [10, 20, 20, 10, 20, 15, 5],
    };
    let mut at = draws.below(100);
    for ((kind, code), odds) in problem.rewrites.iter().zip(odds) {
        if at < odds {
            // models word the same idea in many ways, and some ways twice
            let note = ["plain", "second", "last"][draws.below(3)];
            let text = format!(
                "Here is my rewrite.\n\n```{language}\n{comment} {note} version\n{code}\n```\n"
            );
            return (kind, text);
        }
        at -= odds;
    }
    (
        "words",
        "I would rather not touch this function.".to_owned(),
    )
}

/// What of a prompt decides about its answer: what stands in its fences, digits left out. A figure that was measured a
/// little otherwise must not make another question of it.
fn told_apart(prompt: &str) -> String {
    let mut kept = String::new();
    let mut fenced = false;
    for line in prompt.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            kept.extend(line.chars().filter(|c| !c.is_ascii_digit()));
            kept.push('\n');
        }
    }
    let asked = prompt.trim_end().lines().last().unwrap_or_default();
    kept + asked
}

/// splitmix64.
struct Draws(u64);

impl Draws {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        usize::try_from(z % count as u64).unwrap_or(0)
    }
}

impl World {
    fn draws(&self, model: &str, prompt: &str) -> Draws {
        // FNV-1a, 64 bits
        let prompt = told_apart(prompt);
        let bytes = model.bytes().chain([0]).chain(prompt.bytes());
        let hash = bytes.fold(
            0xcbf2_9ce4_8422_2325_u64 ^ self.manner.seed,
            |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3),
        );
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let times = asked.entry(hash).or_default();
        *times += 1;
        Draws(if self.manner.vary {
            hash.wrapping_add(times.wrapping_mul(0x2545_f491_4f6c_dd1d))
        } else {
            hash
        })
    }
}
