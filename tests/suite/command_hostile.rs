//! Claims about projects whose commands or candidates misbehave: what is refused before any change, and that nothing a
//! candidate's processes do reaches beyond their copy or counts as speed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use lessonl::domain::candidate::Candidate;
use lessonl::domain::evaluation::{Evaluated, Evaluation};
use lessonl::domain::id::{AgentId, CandidateId, Round};
use lessonl::domain::problem::Mode;
use lessonl::harness::{Cancel, Harness, HarnessError, HarnessSettings};
use lessonl::problems;

const WORK: &str = "echo done\nsleep 0.12\n";

/// A project of shell scripts, one of which is a region.
fn project(home: &Path, keys: &str) -> std::path::PathBuf {
    fs::create_dir_all(home.join("app")).unwrap();
    fs::create_dir_all(home.join("p")).unwrap();
    fs::write(home.join("app/work.sh"), WORK).unwrap();
    fs::write(home.join("app/other.txt"), "untouched\n").unwrap();
    let text = format!(
        "kind = \"command\"\nid = \"mine/work\"\ntitle = \"Work\"\ncategory = \"mine\"\n[[region]]\nfile = \"work.sh\"\n\
         [project]\ndir = \"../app\"\n{keys}\n[project.limits]\ntiming = 3\nbench = 10\ntest = 8\nprocesses = 60\nmemory = 300\noutput = 1\n"
    );
    fs::write(home.join("p/problem.toml"), text).unwrap();
    home.join("p")
}

const PLAIN: &str = "test = \"sh work.sh | grep -q done\"\nbench = \"sh work.sh\"";

fn harness() -> Harness {
    static HARNESS: OnceLock<Harness> = OnceLock::new();
    let open = || {
        Harness::open(HarnessSettings {
            runner: Some(env!("CARGO_BIN_EXE_lessonl").into()),
            ..HarnessSettings::default()
        })
        .unwrap()
    };
    HARNESS.get_or_init(open).clone()
}

fn refused(keys: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    let problem = problems::load_folder(&project(home.path(), keys)).unwrap();
    match harness().prepare(Arc::new(problem), Mode::Serial, &Cancel::default(), &|_| ()) {
        Err(HarnessError::Problem { what }) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_judged_is_refused_with_its_own_last_lines() {
    let red = refused("test = \"echo one failed; exit 3\"\nbench = \"sh work.sh\"");
    assert!(
        red.contains("red before any change") && red.contains("one failed"),
        "{red}"
    );
    let build =
        refused("build = \"echo no such header; false\"\ntest = \"true\"\nbench = \"sh work.sh\"");
    assert!(
        build.contains("build fails") && build.contains("no such header"),
        "{build}"
    );
    let bench = refused("test = \"true\"\nbench = \"echo broke >&2; exit 1\"");
    assert!(
        bench.contains("bench fails") && bench.contains("broke"),
        "{bench}"
    );
    let short = refused("test = \"true\"\nbench = \"true\"");
    assert!(
        short.contains("takes only") && short.contains("bench_figure"),
        "{short}"
    );
    let figure = refused(
        "test = \"true\"\nbench = \"sh work.sh\"\nbench_figure = { pattern = \"t=([0-9]+)\", better = \"lower\" }",
    );
    assert!(figure.contains("prints nothing that matches"), "{figure}");
    let noisy = refused(
        // Any of 0.1 to 0.9 s, so that runs that happen to take the same time are next to impossible.
        "test = \"true\"\nbench = \"sleep 0.$(cut -c1 /proc/sys/kernel/random/uuid | tr 0123456789abcdef 1234567891234567)\"",
    );
    assert!(
        noisy.contains("too noisy") && noisy.contains("steadier"),
        "{noisy}"
    );
    let setup = refused("setup = \"exit 9\"\ntest = \"true\"\nbench = \"sh work.sh\"");
    assert!(
        setup.contains("setup failed") && setup.contains("network"),
        "{setup}"
    );
}

#[test]
fn the_network_is_there_for_setup_alone_where_that_is_said() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let (told, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for mut peer in server.incoming().flatten() {
            let mut word = String::new();
            // Whoever connects is heard, whatever it then says.
            let _ = std::io::Read::read_to_string(&mut peer, &mut word);
            let _ = told.send(word);
        }
    });
    let call = |word: &str| {
        format!(
            "python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}), 5).sendall(b\"{word}\")' 2>/dev/null"
        )
    };
    let home = tempfile::tempdir().unwrap();
    let keys = format!(
        "network = \"setup\"\nsetup = '''{} && echo yes > reached'''\ntest = '''test -f reached && ! {} && sh work.sh'''\nbench = '''sh work.sh'''",
        call("setup"),
        call("test")
    );
    let problem = problems::load_folder(&project(home.path(), &keys)).unwrap();
    let prepared = harness()
        .prepare(Arc::new(problem), Mode::Serial, &Cancel::default(), &|_| ())
        .unwrap();
    // What a candidate says while it is tested and timed goes nowhere.
    let source = format!("{} && echo reached\n{WORK}", call("candidate"));
    let evaluated = harness().evaluate(&prepared, &source, 7, &Cancel::default(), &|_| ());
    assert!(
        matches!(evaluated.evaluation, Evaluation::Measured { .. }),
        "{evaluated:?}"
    );
    // Setup may have run in the copies of both sides; nothing else was ever heard.
    let words: Vec<String> = heard.try_iter().collect();
    assert!(
        !words.is_empty() && words.iter().all(|word| word == "setup"),
        "{words:?}"
    );
}

#[test]
fn a_project_that_is_too_large_or_lacks_its_region_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let folder = project(home.path(), PLAIN);
    let manifest = folder.join("problem.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(
        &manifest,
        text.replace("timing = 3", "timing = 3\ncopy = 1"),
    )
    .unwrap();
    fs::write(home.path().join("app/big"), vec![7; 3 << 20]).unwrap();
    let problem = problems::load_folder(&folder).unwrap();
    let error = harness().prepare(Arc::new(problem), Mode::Serial, &Cancel::default(), &|_| ());
    let what = error.unwrap_err().to_string();
    assert!(
        what.contains("too large") && what.contains("big (3 MiB)"),
        "{what}"
    );
    fs::write(
        &manifest,
        text.replace("file = \"work.sh\"", "file = \"none.sh\""),
    )
    .unwrap();
    assert!(
        problems::load_folder(&folder)
            .unwrap_err()
            .to_string()
            .contains("none.sh")
    );
}

/// A sheltered place outside the copies that a candidate may try to reach.
struct Trap {
    home: tempfile::TempDir,
    prepared: lessonl::harness::PreparedProblem,
}

fn trap() -> Trap {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("secret"), "secret").unwrap();
    fs::set_permissions(
        home.path().join("secret"),
        fs::Permissions::from_mode(0o666),
    )
    .unwrap();
    let problem = problems::load_folder(&project(home.path(), PLAIN)).unwrap();
    let prepared = harness()
        .prepare(Arc::new(problem), Mode::Serial, &Cancel::default(), &|_| ())
        .unwrap();
    Trap { home, prepared }
}

impl Trap {
    fn judge(&self, source: &str) -> Evaluated {
        harness().evaluate(&self.prepared, source, 7, &Cancel::default(), &|_| ())
    }

    fn rule(&self, source: &str) -> String {
        match self.judge(source).evaluation {
            Evaluation::Rejected { rule, .. } => rule,
            other => panic!("{source}: {other:?}"),
        }
    }
}

#[test]
fn nothing_a_candidates_processes_do_reaches_out_or_counts() {
    let trap = trap();
    let outside = trap.home.path().display().to_string();
    // What a try gives is printed, so that the bench's output tells when something was possible.
    let parent = std::process::id();
    let tries = [
        format!("cat {outside}/secret"),
        format!("echo x >> {outside}/secret"),
        format!("echo x > {outside}/new"),
        "cat /etc/shadow".to_owned(),
        "ls /root /home".to_owned(),
        format!("cat /proc/{parent}/environ"),
        format!("kill -9 {parent}"),
        "mknod own b 8 0".to_owned(),
        "mount -t tmpfs none .".to_owned(),
        "unshare -U true".to_owned(),
        "python3 -c 'import socket; socket.socket()'".to_owned(),
        "python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"/run/docker.sock\")'"
            .to_owned(),
        "date -s 2001-01-01".to_owned(),
    ];
    let all: String = tries
        .iter()
        .map(|command| {
            format!(
                "({command}) >/dev/null 2>&1 && echo POSSIBLE {}\n",
                command.len()
            )
        })
        .collect();
    let evaluated = trap.judge(&format!("{all}{WORK}"));
    assert!(
        matches!(evaluated.evaluation, Evaluation::Measured { .. }),
        "{evaluated:?}"
    );
    assert_eq!(
        fs::read_to_string(trap.home.path().join("secret")).unwrap(),
        "secret"
    );
    assert!(!trap.home.path().join("new").exists());

    // Processes that outlive their parent, in sessions of their own, are found and ended.
    let mark = format!(
        "{}.{}",
        7100 + std::process::id() % 800,
        std::process::id() % 1000
    );
    let survivor = format!(
        "setsid sh -c 'setsid sleep {mark} & setsid sleep {mark}' >/dev/null 2>&1 &\necho done\nsleep 0.03\n"
    );
    assert_eq!(trap.rule(&survivor), "background_work");
    let left = std::process::Command::new("pgrep")
        .args(["-f", &format!("sleep {mark}")])
        .output();
    if let Ok(left) = left {
        assert_eq!(String::from_utf8_lossy(&left.stdout), "");
    }

    assert_eq!(
        trap.rule(&format!("echo x >> other.txt\n{WORK}")),
        "changed_files"
    );
    let keeps = "if [ -e kept ]; then echo done; exit; fi\n: > kept\necho done\nsleep 0.12\n";
    assert!(
        matches!(trap.judge(keeps).evaluation, Evaluation::Rejected { .. }),
        "{:?}",
        trap.judge(keeps)
    );
    let grows = "echo done\necho x >> log\nsleep 0.02\n";
    assert_eq!(trap.rule(grows), "leaves_files");

    let crash = |source: &str| match trap.judge(source).evaluation {
        Evaluation::Crashed { how, .. } => how,
        other => panic!("{source}: {other:?}"),
    };
    let bomb = crash("for i in $(seq 150); do sleep 3 & done\nsleep 3\necho done\n");
    assert!(bomb.contains("processes"), "{bomb}");
    assert!(
        crash("echo done; head -c 900000000 /dev/zero | tail >/dev/null; sleep 1\n")
            .contains("memory")
    );
    let flood = trap.judge("yes done\n").evaluation;
    assert!(!matches!(flood, Evaluation::Measured { .. }), "{flood:?}");
    assert!(matches!(
        trap.judge("sleep 60\n").evaluation,
        Evaluation::TimedOut { .. }
    ));
    let wrong = trap.judge("echo other\nsleep 0.02\n").evaluation;
    assert!(matches!(wrong, Evaluation::WrongAnswer { .. }), "{wrong:?}");
    let differs = trap.judge("echo done twice\nsleep 0.02\n").evaluation;
    assert!(
        matches!(differs, Evaluation::WrongAnswer { .. }),
        "{differs:?}"
    );

    let faster = trap.judge("echo done\nsleep 0.02\n");
    let speedup = faster.evaluation.speedup().expect("a speedup");
    assert!(speedup.lo > 1.01, "{speedup}");
}

#[test]
fn candidates_of_a_project_are_compared_in_the_place_where_they_were_built() {
    let home = tempfile::tempdir().unwrap();
    // The build notes where it ran; a bench elsewhere fails.
    let keys = "build = \"pwd > made-in\"\ntest = \"sh work.sh | grep -q done\"\nbench = \"test $(cat made-in) = $(pwd) && sh work.sh\"";
    let problem = problems::load_folder(&project(home.path(), keys)).unwrap();
    let prepared = harness()
        .prepare(Arc::new(problem), Mode::Serial, &Cancel::default(), &|_| ())
        .unwrap();
    let candidate = |(agent, seconds): (u8, &str)| Candidate {
        id: CandidateId::first(Round(0), AgentId(agent)),
        source: WORK.replace("0.12", seconds),
        rationale: String::new(),
        read: Vec::new(),
        build: None,
        lineage: None,
    };
    let mut all: Vec<Candidate> = (0..).zip(["0.11", "0.04"]).map(candidate).collect();
    let silent = "sleep 0.02\n".to_owned();
    all.push(Candidate {
        source: silent,
        ..candidate((2, ""))
    });
    let all: Vec<&Candidate> = all.iter().collect();
    let found = harness()
        .contest(&prepared, &all, 7, &Cancel::default(), &|_| ())
        .unwrap();
    assert_eq!(found.winner, Some(all[1].id), "{found}");
    let words = found.to_string();
    assert!(words.contains("as fast as r0a0"), "{words}");
    assert!(words.contains("r0a2 failed: another answer"), "{words}");
}
