//! Claims about servers as the command line sees them: what leaves the machine, a key's place, a certificate of one's own,
//! a proxy on the way, and a team's file that is tried before a run.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use crate::cli::{lessonl, said};
use crate::servers::good;
use crate::support::fake_server::{FakeServer, whole};

/// A problem that is a person's own: a bundled one, copied.
fn own_problem(home: &Path) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("benchmarks/pareval/reduce/average");
    let to = home.join("mine");
    std::fs::create_dir(&to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
    // what is the same as a bundled one is public
    let told = to.join("problem.toml");
    let text = std::fs::read_to_string(&told).unwrap();
    let own = text.replace("pareval/reduce/average", "mine/reduce/average");
    assert_ne!(own, text);
    std::fs::write(told, own).unwrap();
    to
}

#[test]
fn a_key_in_the_environment_alone_sends_no_code_of_ones_own_anywhere() {
    let home = tempfile::tempdir().unwrap();
    let mine = own_problem(home.path());
    let mut command = lessonl(home.path(), &["run", mine.to_str().unwrap(), "--headless"]);
    command
        .env("OPENAI_API_KEY", "sk-secret-0123456789")
        .env("OPENAI_BASE_URL", "https://models.example/v1");
    let output = command.output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(
        err.contains("would be sent to https://models.example/v1"),
        "{err}"
    );
    assert!(err.contains("--yes") && !err.contains("sk-secret"), "{err}");
}

#[test]
fn a_team_file_is_tried_before_a_run() {
    let home = tempfile::tempdir().unwrap();
    let server = FakeServer::start(vec![good(), good()]);
    let url = server.url().replace("http://", "");
    let team = format!(
        "[[agent]]\nname = \"a\"\nbase_url = \"{url}\"\nmodel = \"m\"\nkey_cmd = \"echo k-from-a-command\"\nextra_body = {{ stream = false }}\n"
    );
    std::fs::write(home.path().join("team.toml"), team).unwrap();
    let (code, out, err) = said(home.path(), &["models", "--probe", "--agents", "team.toml"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("answers in"), "{out}{err}");
    let requests = server.requests();
    assert!(requests[0].head.starts_with("GET /v1/models "));
    assert!(requests[1].head.contains("Bearer k-from-a-command"));
    assert_eq!(requests[1].json()["stream"], false);
}

#[test]
fn a_self_signed_certificate_is_taken_once_it_is_named() {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    let made = Command::new("openssl")
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
        ])
        .args(["-subj", "/CN=localhost", "-keyout", &file("key.pem")])
        .args(["-out", &file("cert.pem")])
        .output();
    let Ok(true) = made.map(|made| made.status.success()) else {
        eprintln!("without openssl there is no certificate to try");
        return;
    };
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let mut server = Command::new("openssl")
        .args(["s_server", "-www", "-accept", &port.to_string()])
        .args(["-key", &file("key.pem"), "-cert", &file("cert.pem")])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
    let tried = |more: &str| {
        let team = format!(
            "[[agent]]\nname = \"a\"\nbase_url = \"https://localhost:{port}/v1\"\nmodel = \"m\"\n{more}"
        );
        std::fs::write(home.path().join("team.toml"), team).unwrap();
        said(home.path(), &["models", "--agents", "team.toml"])
    };
    let (_, _, unknown) = tried("");
    let (_, _, pinned) = tried("ca_file = \"cert.pem\"\n");
    let (_, _, unseen) = tried("insecure = true\n");
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(
        unknown.contains("certificate") && unknown.contains("ca_file"),
        "{unknown}"
    );
    // it is reached, and is no server of models
    for reached in [pinned, unseen] {
        assert!(!reached.contains("certificate"), "{reached}");
        assert!(reached.contains("no JSON"), "{reached}");
    }
}

/// A SOCKS5 proxy for one connection: takes it to `port` of this machine whatever it is asked for, and gives the name that
/// it was asked for.
fn proxy(port: u16) -> (u16, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    let served = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut bytes = |count: usize| {
            let mut read = vec![0; count];
            client.read_exact(&mut read).unwrap();
            read
        };
        let methods = bytes(2)[1];
        bytes(usize::from(methods));
        client.write_all(&[5, 0]).unwrap();
        let mut bytes = |count: usize| {
            let mut read = vec![0; count];
            client.read_exact(&mut read).unwrap();
            read
        };
        let head = bytes(5);
        // version 5, connect, reserved, an address that is a name and its length
        assert_eq!(head[..4], [5, 1, 0, 3]);
        let name = String::from_utf8(bytes(usize::from(head[4]))).unwrap();
        bytes(2);
        client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).unwrap();
        let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let (mut there, mut back) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        let answers = thread::spawn(move || {
            let _ = std::io::copy(&mut &server, &mut back);
            let _ = back.shutdown(Shutdown::Both);
        });
        let _ = std::io::copy(&mut client, &mut there);
        let _ = there.shutdown(Shutdown::Both);
        answers.join().unwrap();
        name
    });
    (own, served)
}

#[test]
fn a_server_behind_a_socks_proxy_is_reached_by_the_name_that_the_proxy_knows() {
    let home = tempfile::tempdir().unwrap();
    let models = whole("200 OK", "", r#"{"data": [{"id": "behind-the-proxy"}]}"#);
    let server = FakeServer::start(vec![models]);
    let port = server.url().rsplit_once(':').unwrap().1.parse().unwrap();
    let (proxy, served) = proxy(port);
    let team = "[[agent]]\nname = \"a\"\nbase_url = \"http://models.example/v1\"\nmodel = \"m\"\n";
    std::fs::write(home.path().join("team.toml"), team).unwrap();
    let output = lessonl(home.path(), &["models", "--agents", "team.toml"])
        .env("ALL_PROXY", format!("socks5h://127.0.0.1:{proxy}"))
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(
        out.contains("behind-the-proxy"),
        "{out}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(served.join().unwrap(), "models.example");
}
