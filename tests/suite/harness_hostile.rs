//! Claims about containment: what hostile candidates try, and that it gains them nothing.
#![allow(clippy::unwrap_used, clippy::panic)] // a test's own helpers may fail loudly

use std::time::{Duration, Instant};

use lessonl::domain::evaluation::{Evaluation, Stage};
use lessonl::domain::problem::Mode;
use lessonl::harness::{Cancel, Harness};

use super::harness::{SUM, SUM_DRIVER, SUM_FAST, SUM_ORIGINAL, harness, problem, ready, ready_sum};

/// The entry with `body` before a correct answer.
fn with(before: &str, body: &str) -> String {
    format!(
        "{before}\ndouble sum(std::vector<double> const &x) {{\n{body}\n    double total = 0;\n    for (double v : x) total += v;\n    return total;\n}}\n"
    )
}

fn rule(evaluation: &Evaluation) -> String {
    match evaluation {
        Evaluation::Rejected { rule, .. } => rule.clone(),
        other => format!("{other:?}"),
    }
}

/// Where the kernel lists the children that this very thread started.
fn children_file() -> std::path::PathBuf {
    let own = std::fs::read_link("/proc/thread-self").unwrap();
    std::path::Path::new("/proc").join(own).join("children")
}

fn children(file: &std::path::Path) -> usize {
    std::fs::read_to_string(file)
        .unwrap()
        .split_whitespace()
        .count()
}

#[test]
fn crashes_are_named_and_leaving_early_is_one() {
    let ready = ready_sum();
    for (body, named) in [
        ("*(volatile int *)8 = 1;", "SIGSEGV"),
        ("if (x.size() > 2) throw 1;", "SIGABRT"),
        ("_exit(0);", "exit code 0"),
        (
            "std::puts(\"passed 1000x faster\"); std::fflush(stdout); std::_Exit(0);",
            "exit code 0",
        ),
        ("std::abort();", "SIGABRT"),
    ] {
        let evaluation = ready.outcome(&with("#include <unistd.h>", body));
        let Evaluation::Crashed { how, stage } = &evaluation else {
            panic!("{body}: {evaluation:?}");
        };
        assert!(how.contains(named), "{body}: {how}");
        assert_eq!(*stage, Stage::Check);
    }
}

#[test]
fn printing_is_neither_credited_nor_punished() {
    let flood = with(
        "#include <iostream>",
        "std::cout << \"PASS time 0.000001\" << std::endl; std::printf(\"PASS\\n\");",
    );
    let evaluation = ready_sum().outcome(&flood);
    assert!(evaluation.measurement().is_some(), "{evaluation:?}");
}

#[test]
fn an_endless_loop_times_out_and_leaves_no_process() {
    let ready = ready_sum();
    let evaluation = ready.outcome(&with("", "volatile int forever = 1; while (forever) {}"));
    let Evaluation::TimedOut { stage, .. } = evaluation else {
        panic!("{evaluation:?}");
    };
    assert_eq!(stage, Stage::Check);
    assert_eq!(children(&children_file()), 0);
}

#[test]
fn forbidden_imports_are_refused_by_name() {
    let ready = ready_sum();
    for (include, body, expected) in [
        ("unistd.h", "if (fork() == 0) _exit(0);", "processes"),
        (
            "cstdlib",
            "if (std::system(\"true\")) return 0;",
            "processes",
        ),
        (
            "sys/socket.h",
            "if (socket(AF_INET, SOCK_STREAM, 0) > 0) return 0;",
            "network",
        ),
        (
            "fcntl.h",
            "if (open(\"/etc/passwd\", O_RDONLY) > 0) return 0;",
            "files",
        ),
        (
            "fstream",
            "std::ifstream in(\"/etc/passwd\"); if (in) return 0;",
            "files",
        ),
        ("unistd.h", "syscall(57);", "kernel"),
        ("thread", "std::thread([] {}).join();", "threads"),
    ] {
        let evaluation = ready.outcome(&with(&format!("#include <{include}>"), body));
        assert_eq!(rule(&evaluation), expected, "{body}");
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn raw_system_calls_end_the_process_or_are_refused() {
    let ready = ready_sum();
    let call = "static long call(long number, long a, long b, long c) { long r; \
        asm volatile(\"mov $0, %%r10\\n\\tsyscall\" : \"=a\"(r) : \"a\"(number), \"D\"(a), \"S\"(b), \"d\"(c) : \"rcx\", \"r11\", \"r10\", \"memory\"); return r; }";
    // fork, socket, execve, kill of all, executable memory, ptrace
    for body in [
        "call(57, 0, 0, 0);",
        "call(41, 2, 1, 0);",
        "call(59, (long)\"/bin/true\", 0, 0);",
        "call(62, -1, 9, 0);",
        "call(9, 0, 4096, 7);",
        "call(101, 0, 0, 0);",
    ] {
        let evaluation = ready.outcome(&with(call, body));
        let Evaluation::Crashed { how, .. } = &evaluation else {
            panic!("{body}: {evaluation:?}");
        };
        assert!(how.contains("SIGSYS"), "{body}: {how}");
    }
    // open is refused without a kill, because honest library code tries it
    let opened = ready.outcome(&with(
        call,
        "if (call(2, (long)\"/etc/passwd\", 0, 0) >= 0) return 1e300;",
    ));
    assert!(opened.measurement().is_some(), "{opened:?}");
}

#[test]
fn constructors_gain_nothing() {
    let ready = ready_sum();
    let attribute = ready.outcome(&with(
        "__attribute__((constructor)) static void early() {}",
        "",
    ));
    assert_eq!(rule(&attribute), "constructors");
    let hidden = ready.outcome(&with("static volatile int seen;\n#define A(x) __attribute__((x))\nA(constru\\\nctor) static void early() { seen = 1; }", ""));
    assert_eq!(rule(&hidden), "constructors");
    let object = ready.outcome(&with(
        "#include <unistd.h>\nstruct Early { Early() { _exit(0); } }; static Early early;",
        "",
    ));
    let Evaluation::Crashed { stage, .. } = object else {
        panic!("{object:?}");
    };
    assert_eq!(stage, Stage::Load);
}

#[test]
fn interposing_reaches_nobody_else() {
    let ready = ready_sum();
    let source = with(
        "#include <time.h>\nextern \"C\" int clock_gettime(clockid_t, timespec *t) noexcept { t->tv_sec = 0; t->tv_nsec = 0; return 0; }\n\
         void *operator new(size_t n) { return std::malloc(n); }\nvoid operator delete(void *p) noexcept { std::free(p); }",
        "",
    );
    let evaluation = ready.outcome(&source);
    let measurement = evaluation
        .measurement()
        .unwrap_or_else(|| panic!("{evaluation:?}"));
    assert!(
        measurement
            .launches
            .iter()
            .all(|launch| launch.candidate.0 > 0)
    );
}

#[test]
fn memory_is_bounded() {
    let ready = ready_sum();
    let greedy = with(
        "",
        "std::vector<char *> all; for (int i = 0; i < 4096; ++i) { all.push_back(new char[64 << 20]); std::memset(all.back(), 1, 4096); }",
    );
    let Evaluation::Crashed { how, .. } = ready.outcome(&greedy) else {
        panic!("it got all it asked for");
    };
    assert!(how.contains("SIGABRT"), "{how}");
}

#[test]
fn compilers_read_nothing_of_the_machine() {
    let ready = ready_sum();
    let included = ready.of(&with("#include \"/etc/passwd\"", ""));
    let Evaluation::NotCompiled { diagnostics, .. } = &included.evaluation else {
        panic!("{included:?}");
    };
    assert!(!diagnostics.contains("root:"), "{diagnostics}");
    let exists = ready.outcome(&with(
        "#if __has_include(\"/etc/passwd\")\n#error seen\n#endif",
        "",
    ));
    assert!(!format!("{exists:?}").contains("seen"), "{exists:?}");
    // Even where no rule sees what the pieces are.
    let hidden = "#define NAME \".inc\" \"bin \\\"/etc/passwd\\\"\"\nasm(NAME);";
    let Evaluation::NotCompiled { message, .. } = ready.outcome(&with(hidden, "")) else {
        panic!("it was read");
    };
    assert!(message.to_lowercase().contains("error"), "{message}");
    assert!(!message.contains("/lessonl-"), "{message}");
    let endless = ready.outcome(&with(
        "template <int N> struct Deep { Deep<N + 1> next; }; Deep<0> deep;",
        "",
    ));
    assert!(
        matches!(endless, Evaluation::NotCompiled { .. }),
        "{endless:?}"
    );
}

#[test]
fn cancelling_ends_at_once() {
    let ready = ready_sum();
    let cancel = Cancel::default();
    let begun = Instant::now();
    let file = children_file();
    let evaluated = std::thread::scope(|scope| {
        scope.spawn(|| {
            while children(&file) < 2 && begun.elapsed() < Duration::from_secs(10) {
                std::thread::park_timeout(Duration::from_millis(5));
            }
            cancel.cancel();
        });
        let source = with("", "volatile int forever = 1; while (forever) {}");
        ready
            .harness
            .confirm(&ready.prepared, &source, 1, &cancel, &|_| ())
    });
    assert_eq!(
        evaluated.evaluation,
        Evaluation::HarnessFault {
            what: "cancelled".to_owned()
        }
    );
    assert_eq!(children(&children_file()), 0);
}

#[test]
fn verdicts_are_cached_but_confirming_never_is() {
    let harness: Harness = harness();
    let unique = format!("// {}\n{SUM_FAST}", fastrand::u64(..));
    let prepared = harness
        .prepare(
            problem(SUM, SUM_ORIGINAL, SUM_DRIVER, 5000),
            Mode::Serial,
            &Cancel::default(),
            &|_| (),
        )
        .unwrap();
    let first = harness.evaluate(&prepared, &unique, 1, &Cancel::default(), &|_| ());
    let second = harness.evaluate(&prepared, &unique, 2, &Cancel::default(), &|_| ());
    assert!(!first.cached && second.cached);
    assert_eq!(first.evaluation, second.evaluation);
    assert!(
        !harness
            .confirm(&prepared, &unique, 3, &Cancel::default(), &|_| ())
            .cached
    );
}

#[test]
fn parallel_candidates_stay_contained() {
    let ready = ready(problem(SUM, SUM_ORIGINAL, SUM_DRIVER, 5000), Mode::Omp);
    let evaluation = ready.outcome(&with(
        "#include <unistd.h>",
        "std::thread([] { volatile auto f = &::write; f(7, \"x\", 1); }).join();",
    ));
    let Evaluation::Crashed { how, .. } = &evaluation else {
        panic!("{evaluation:?}");
    };
    assert!(how.contains("SIGSYS"), "{how}");
}

#[test]
fn a_thread_that_outlives_its_call_is_seen() {
    let ready = ready(problem(SUM, SUM_ORIGINAL, SUM_DRIVER, 20_000), Mode::Omp);
    let spinning = ready.outcome(&with(
        "static std::atomic<bool> started{false};",
        "if (!started.exchange(true)) std::thread([] { volatile int forever = 1; while (forever) {} }).detach();",
    ));
    assert_eq!(rule(&spinning), "background_work");
}
