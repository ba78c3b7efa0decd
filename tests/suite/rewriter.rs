//! The rewriting agents against a real compiler: what they write compiles and computes what the original does.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use lessonl::agents::rewriter::answer;
use lessonl::domain::ask::{Ask, Brief, Task};
use lessonl::domain::id::{AgentId, AskId, CandidateId, LessonId, Purpose, Round, UnitId};
use lessonl::domain::lesson::{Lesson, LessonOutcome, LessonState};
use lessonl::domain::problem::Mode;
use lessonl::domain::spec::{Preset, RewriterStyle};

/// A function written for this test: text, entry, and the body of `run(seed, n)` that calls it and folds its results into `out`.
struct Case {
    entry: &'static str,
    code: &'static str,
    drive: &'static str,
    /// Techniques that some agent must have applied in some round.
    techniques: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        entry: "blend",
        code: "void blend(std::vector<double> const& left, std::vector<double> const& right, std::vector<double>& out, int rows, int inner, int columns) {\n  for (int r = 0; r < rows; ++r) {\n    for (int c = 0; c < columns; ++c) {\n      double total = 0;\n      for (int t = 0; t < inner; ++t)\n        total += left[r * inner + t] * right[t * columns + c];\n      out[r * columns + c] = 0.5 * total + out[r * columns + c];\n    }\n  }\n}\n",
        drive: "auto a = in.reals(n * (n + 1)), b = in.reals((n + 1) * (n + 2)), c = in.reals(n * (n + 2)); blend(a, b, c, n, n + 1, n + 2); for (double v : c) out.push_back(v);",
        techniques: &["loop interchange"],
    },
    Case {
        entry: "spectrum",
        code: "void spectrum(std::vector<double> const& wave, std::vector<double>& power) {\n  const int len = wave.size();\n  const double unit = 2.0 * M_PI / len;\n  for (int f = 0; f < len; f++) {\n    double re = 0, im = 0;\n    for (int t = 0; t < len; t++) {\n      double phase = unit * f * t;\n      re += wave[t] * std::cos(phase);\n      im -= wave[t] * std::sin(phase);\n    }\n    power[f] = re * re + im * im;\n  }\n}\n",
        drive: "auto a = in.reals(n); std::vector<double> p(n); spectrum(a, p); for (double v : p) out.push_back(v);",
        techniques: &["table of angles"],
    },
    Case {
        entry: "nearestStars",
        code: "struct Star { double u; double v; int name; };\nstatic double apart(const Star& a, const Star& b) {\n  double du = a.u - b.u;\n  double dv = a.v - b.v;\n  return std::sqrt(du * du + dv * dv);\n}\ndouble nearestStars(const std::vector<Star>& stars) {\n  double best = 1e9;\n  for (size_t a = 0; a + 0 < stars.size(); a++) { }\n  for (size_t a = 0; a < stars.size(); a++)\n    for (size_t b = a + 1; b < stars.size(); b++)\n      best = std::min(best, apart(stars[a], stars[b]));\n  return best;\n}\n",
        drive: "std::vector<Star> s(n); for (auto& v : s) { v.u = in.real(); v.v = in.real(); } out.push_back(nearestStars(s));",
        techniques: &["sorted sweep over pairs"],
    },
    Case {
        entry: "totalOfRunning",
        code: "double totalOfRunning(std::vector<double> const& steps) {\n  if (steps.empty()) return 0.0;\n  std::vector<double> along(steps.size());\n  along[0] = steps[0];\n  for (size_t s = 1; s < steps.size(); s++) along[s] = along[s - 1] + steps[s];\n  double all = 0.0;\n  for (double v : along) all += v;\n  return all;\n}\n",
        drive: "auto a = in.reals(n); out.push_back(totalOfRunning(a));",
        techniques: &["weighted sum"],
    },
    Case {
        entry: "byLength",
        code: "struct Arrow { double dx, dy; };\nbool longer(Arrow const& a, Arrow const& b) { return std::hypot(a.dx, a.dy) > std::hypot(b.dx, b.dy); }\nvoid byLength(std::vector<Arrow>& arrows) {\n  std::sort(arrows.begin(), arrows.end(), longer);\n}\n",
        drive: "std::vector<Arrow> s(n); for (auto& v : s) { v.dx = in.real(); v.dy = in.real(); } byLength(s); for (auto& v : s) { out.push_back(v.dx); out.push_back(v.dy); }",
        techniques: &["sort keys computed once"],
    },
    Case {
        entry: "erode",
        code: "void erode(std::vector<int> const& land, std::vector<int>& out, int width) {\n  for (int y = 0; y < width; y++) {\n    for (int x = 0; x < width; x++) {\n      int sum = land[y * width + x];\n      if (y > 0) sum += land[(y - 1) * width + x];\n      if (y < width - 1) sum += land[(y + 1) * width + x];\n      if (x > 0) sum += land[y * width + x - 1];\n      if (x + 1 < width) sum += land[y * width + x + 1];\n      out[y * width + x] = sum / 2;\n    }\n  }\n}\n",
        drive: "std::vector<int> a(n * n), b(n * n); for (int& v : a) v = in.whole(100); erode(a, b, n); for (int v : b) out.push_back(v);",
        techniques: &["interior without bounds checks"],
    },
    Case {
        entry: "isKnown",
        code: "bool isKnown(const std::vector<long>& names, const std::vector<long>& others, long wanted) {\n  bool here = false;\n  for (long name : names) {\n    if (name == wanted) {\n      here = true;\n      break;\n    }\n  }\n  return here || std::count(others.begin(), others.end(), wanted) > 0;\n}\n",
        drive: "std::vector<long> a(n * 40), b(n); for (auto& v : a) v = in.whole(3000); for (auto& v : b) v = in.whole(50); for (long w = 0; w < 40; ++w) out.push_back(isKnown(a, b, w));",
        techniques: &["blocked search"],
    },
    Case {
        entry: "flagOdd",
        code: "static bool odd(int v) { return v % 2 != 0; }\nvoid flagOdd(std::vector<int> const& values, std::vector<bool>& flags) {\n  std::transform(values.begin(), values.end(), flags.begin(), odd);\n}\n",
        drive: "std::vector<int> a(n * 7); for (int& v : a) v = in.whole(9); std::vector<bool> f(a.size()); flagOdd(a, f); for (bool v : f) out.push_back(v);",
        techniques: &["whole words of vector<bool>"],
    },
    Case {
        entry: "tally",
        code: "void tally(const std::vector<unsigned char>& bytes, std::array<int, 16>& counts) {\n  for (size_t i = 0; i < bytes.size(); ++i) counts[bytes[i] / 16]++;\n}\n",
        drive: "std::vector<unsigned char> a(n * 3); for (auto& v : a) v = in.whole(256); std::array<int, 16> c{}; tally(a, c); for (int v : c) out.push_back(v);",
        techniques: &["several histograms"],
    },
    Case {
        entry: "energy",
        code: "double energy(std::vector<double> const& speed, std::vector<double> const& mass) {\n  double sum = 0;\n  for (int i = 0; i < (int)speed.size(); ++i) {\n    const double s = speed[i];\n    sum += 0.5 * mass[i] * pow(s, 2);\n  }\n  return sum;\n}\n",
        drive: "auto a = in.reals(n * 5), b = in.reals(n * 5); out.push_back(energy(a, b));",
        techniques: &["several accumulators"],
    },
    Case {
        entry: "reach",
        code: "int reach(std::vector<int> const& roads, size_t towns, int start) {\n  std::vector<int> seen(towns, 0);\n  std::queue<int> todo;\n  int count = 0;\n  if (towns == 0) return 0;\n  todo.push(start);\n  seen[start] = 1;\n  while (!todo.empty()) {\n    int town = todo.front();\n    todo.pop();\n    count++;\n    for (size_t next = 0; next < towns; next++) {\n      if (roads[town * towns + next] == 1 && seen[next] == 0) {\n        seen[next] = 1;\n        todo.push(next);\n      }\n    }\n  }\n  return count;\n}\n",
        drive: "std::vector<int> a(n * n); for (int& v : a) v = in.whole(n + 1) == 0; out.push_back(reach(a, n, 0));",
        techniques: &["vector as queue"],
    },
    Case {
        entry: "distinctWords",
        code: "std::string distinctWords(const std::vector<std::string>& words, std::vector<int> const& wanted, std::vector<int> const& pool) {\n  std::map<std::string, int> times;\n  for (auto word : words) times[word]++;\n  std::ostringstream text;\n  std::vector<int> hits;\n  for (int w : wanted) hits.push_back(w * 2);\n  for (int w : wanted) {\n    if (std::find(pool.begin(), pool.end(), w) != pool.end()) text << w << std::endl;\n  }\n  text << times.size() << ' ' << hits.size();\n  return text.str();\n}\n",
        drive: "std::vector<std::string> s(n); for (auto& v : s) v = std::to_string(in.whole(9)); std::vector<int> a(n), b(n); for (int& v : a) v = in.whole(30); for (int& v : b) v = in.whole(30); for (char c : distinctWords(s, a, b)) out.push_back(c);",
        techniques: &["hashed look-ups"],
    },
    Case {
        entry: "product",
        code: "void product(std::vector<std::vector<double>>& left, std::vector<std::vector<double>>& right, std::vector<std::vector<double>>& out, std::vector<double>& norm, int rows, int inner, int columns) {\n  for (int r = 0; r < rows; r++) {\n    for (int c = 0; c < columns; c++) {\n      out[r][c] *= 0.5;\n      for (int t = 0; t < inner; t++) out[r][c] += left[r][t] * right[t][c];\n    }\n  }\n  for (int c = 0; c < columns; c++) {\n    norm[c] = 0;\n    for (int r = 0; r < rows; r++) norm[c] += out[r][c] * out[r][c];\n    norm[c] /= rows;\n  }\n}\n",
        drive: "auto a = in.table(n, n + 1), b = in.table(n + 1, n + 2), c = in.table(n, n + 2); std::vector<double> d(n + 2); product(a, b, c, d, n, n + 1, n + 2); if (n == 0) d.clear(); for (auto& r : c) for (double v : r) out.push_back(v); for (double v : d) out.push_back(v);",
        techniques: &[
            "loop interchange",
            "several updates per pass",
            "loop tiling",
        ],
    },
    Case {
        entry: "eliminate",
        code: "const int WIDTH = 140;\nvoid eliminate(double m[][WIDTH], int n) {\n  for (int i = 0; i < n; i++) {\n    for (int j = 0; j < i; j++) {\n      for (int k = 0; k < j; k++) m[i][j] -= m[i][k] * m[k][j];\n      m[i][j] /= m[j][j];\n    }\n    for (int j = i; j < n; j++)\n      for (int k = 0; k < i; k++) m[i][j] -= m[i][k] * m[k][j];\n  }\n}\n",
        drive: "static double m[WIDTH][WIDTH]; for (int i = 0; i < n; ++i) for (int j = 0; j < n; ++j) m[i][j] = in.real() + (i == j ? 2 * n : 0); eliminate(m, n); for (int i = 0; i < n; ++i) for (int j = 0; j < n; ++j) out.push_back(m[i][j]);",
        techniques: &["loop interchange", "scalar accumulation"],
    },
    Case {
        entry: "bothWays",
        code: "void bothWays(std::vector<std::vector<float>>& m, std::vector<float>& along, std::vector<float>& down, std::vector<float>& x, std::vector<float>& y, int rows, int columns) {\n  for (int i = 0; i < rows; i++) {\n    along[i] = 0;\n    for (int j = 0; j < columns; j++) {\n      down[j] = down[j] + y[i] * m[i][j];\n      along[i] = along[i] + m[i][j] * x[j];\n    }\n  }\n}\n",
        drive: "std::vector<std::vector<float>> m; std::vector<float> a(n), d(n + 1), x(n + 1), y(n); auto fill = [&](std::vector<float>& v) { for (float& e : v) e = in.whole(9); }; for (int i = 0; i < n; ++i) { m.emplace_back(n + 1); fill(m[i]); } fill(d); fill(x); fill(y); bothWays(m, a, d, x, y, n, n + 1); for (float v : a) out.push_back(v); for (float v : d) out.push_back(v);",
        techniques: &["scalar accumulation", "several accumulators"],
    },
    Case {
        entry: "ownProduct",
        code: "void ownProduct(std::vector<std::vector<double>>& a, std::vector<std::vector<double>>& c, int n, int m) {\n  for (int i = 0; i < n; i++) {\n    for (int j = 0; j <= i; j++) c[i][j] *= 0.5;\n    for (int k = 0; k < m; k++) {\n      for (int j = 0; j <= i; j++) c[i][j] += a[i][k] * a[j][k];\n    }\n  }\n}\n",
        drive: "auto a = in.table(n, n + 1), c = in.table(n, n); ownProduct(a, c, n, n + 1); for (auto& r : c) for (double v : r) out.push_back(v);",
        techniques: &[
            "loop interchange",
            "scalar accumulation",
            "several accumulators",
        ],
    },
];

const FRAME: &str = "#include <bits/stdc++.h>\nstruct Inputs {\n  std::mt19937_64 bits;\n  double real() { return (double)(bits() >> 11) / 9007199254740992.0 - 0.5; }\n  int whole(int below) { return (int)(bits() % (unsigned)below); }\n  std::vector<double> reals(size_t n) { std::vector<double> v(n); for (double& x : v) x = real(); return v; }\n  std::vector<std::vector<double>> table(size_t n, size_t m) { std::vector<std::vector<double>> t; for (size_t i = 0; i < n; ++i) t.push_back(reals(m)); return t; }\n};\nstatic int failures = 0;\nstatic void compare(const char* what, int n, std::vector<double> const& a, std::vector<double> const& b) {\n  bool same = a.size() == b.size();\n  for (size_t i = 0; same && i < a.size(); ++i) same = std::fabs(a[i] - b[i]) <= 1e-9 * (1 + std::fabs(a[i]));\n  if (!same) { std::printf(\"%s differs at size %d\\n\", what, n); failures++; }\n}\n";

fn ask(case: &Case, style: RewriterStyle, round: u16, mode: Mode, lessons: Vec<Lesson>) -> Ask {
    let about = CandidateId::first(Round(round), AgentId(style as u8));
    Ask {
        unit: UnitId(0),
        id: AskId {
            about,
            purpose: Purpose::Rewrite,
        },
        brief: Arc::new(Brief {
            title: String::new(),
            description: String::new(),
            entry: String::new(),
            entry_name: case.entry.to_owned(),
            original: case.code.to_owned(),
            mode,
            toolchain: String::new(),
            preset: Preset::Corrected,
            work: Default::default(),
            form: lessonl::domain::ask::AnswerForm::Function,
            facts: Default::default(),
        }),
        task: Task::Rewrite { lessons },
    }
}

fn code_of(answer: &str) -> String {
    let start = answer.find("```cpp\n").map_or(0, |at| at + 7);
    answer[start..]
        .trim_end()
        .trim_end_matches("```")
        .to_owned()
}

fn lesson(text: &str, outcome: LessonOutcome) -> Lesson {
    let about = CandidateId::first(Round(0), AgentId(1));
    Lesson {
        id: LessonId::Learned(about),
        text: text.to_owned(),
        outcome,
        speedup: if outcome == LessonOutcome::Significant {
            2.0
        } else {
            0.0
        },
        factor: 1.0,
        relevance: 0.5,
        round: Round(0),
        agent: Some(about.agent),
        read: Vec::new(),
        state: LessonState::Proposed,
        edited: false,
        origin: None,
        measured: None,
        cause: None,
        supporters: 0,
    }
}

/// Every different rewrite of a case in a mode, with the original first.
fn versions(case: &Case, mode: Mode) -> Vec<String> {
    let mut texts = vec![case.code.to_owned()];
    let everything = "loop tiling; several accumulators; row pointers; cheap test first; products instead of pow; newlines without flush; reserve; references instead of copies; hashed map; scalar accumulation";
    for style in [
        RewriterStyle::Loops,
        RewriterStyle::Library,
        RewriterStyle::Parallel,
    ] {
        // what goes first, what goes furthest alone and what goes furthest with lessons
        for round in [0, 2, 3] {
            let lessons = match round {
                3 => vec![lesson(everything, LessonOutcome::Significant)],
                _ => Vec::new(),
            };
            let text = code_of(&answer(style, &ask(case, style, round, mode, lessons)));
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
    texts
}

fn agree(mode: Mode, flags: &[&str]) {
    let mut source = FRAME.to_owned();
    let mut calls = String::new();
    for case in CASES {
        let mut texts = versions(case, mode);
        assert!(texts.len() > 1, "{}: nothing was rewritten", case.entry);
        if mode == Mode::Omp {
            // what has no directive is a serial rewrite, compared there
            let mut first = true;
            texts.retain(|text| std::mem::take(&mut first) || text.contains("#pragma omp"));
        }
        for (index, text) in texts.iter().enumerate() {
            let space = format!("{}_{index}", case.entry);
            let _ = writeln!(
                source,
                "namespace {space} {{\nusing namespace std;\n{text}\nstd::vector<double> drive(int n) {{ Inputs in{{std::mt19937_64(n * 17 + 5)}}; std::vector<double> out; {} return out; }}\n}}",
                case.drive
            );
            if index > 0 {
                let _ = writeln!(
                    calls,
                    "compare(\"{space}\", n, {}_0::drive(n), {space}::drive(n));",
                    case.entry
                );
            }
        }
    }
    let _ = writeln!(
        source,
        "int main() {{\nfor (int n : {{0, 1, 2, 3, 5, 8, 17, 33, 70, 131}}) {{\n{calls}}}\nreturn failures;\n}}"
    );
    let folder = tempfile::tempdir().unwrap();
    let (file, program) = (folder.path().join("all.cpp"), folder.path().join("all"));
    std::fs::write(&file, source).unwrap();
    let built = Command::new("g++")
        .args(["-std=c++17", "-O1", "-w"])
        .args(flags)
        .arg(&file)
        .arg("-o")
        .arg(&program)
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    let ran = run(&program);
    assert_eq!(ran, "");
}

fn run(program: &Path) -> String {
    let out = Command::new(program).output().unwrap();
    format!(
        "{}{}",
        String::from_utf8_lossy(&out.stdout),
        if out.status.success() { "" } else { "failed" }
    )
}

#[test]
fn serial_rewrites_compute_what_the_original_does() {
    agree(
        Mode::Serial,
        &[
            "-fsanitize=signed-integer-overflow,shift,bounds,alignment",
            "-fno-sanitize-recover=all",
        ],
    );
}

#[test]
fn openmp_rewrites_compute_what_the_original_does() {
    agree(Mode::Omp, &["-fopenmp"]);
}

#[test]
fn every_technique_finds_its_pattern_in_foreign_code() {
    for case in CASES {
        let versions = versions(case, Mode::Serial);
        for technique in case.techniques {
            let named = |text: &String| {
                text.lines()
                    .any(|l| l.trim_start().starts_with("// techniques: ") && l.contains(technique))
            };
            assert!(
                versions.iter().any(named),
                "{}: {technique} was not applied",
                case.entry
            );
        }
    }
}

#[test]
fn lessons_are_taken_over_and_failures_avoided() {
    let case = &CASES[9];
    let text = |outcome| {
        let lessons = vec![lesson(
            "Summing in several accumulators was tried.",
            outcome,
        )];
        (
            answer(
                RewriterStyle::Library,
                &ask(
                    case,
                    RewriterStyle::Library,
                    1,
                    Mode::Serial,
                    lessons.clone(),
                ),
            ),
            answer(
                RewriterStyle::Parallel,
                &ask(case, RewriterStyle::Parallel, 1, Mode::Serial, lessons),
            ),
        )
    };
    let (library, _) = text(LessonOutcome::Significant);
    assert!(
        library.contains("Taken over from lessons: several accumulators"),
        "{library}"
    );
    let (_, parallel) = text(LessonOutcome::Wrong);
    assert!(
        parallel.contains("Left out because of lessons: several accumulators"),
        "{parallel}"
    );
    assert!(!code_of(&parallel).contains("several accumulators"));
}

#[test]
fn what_cannot_be_read_comes_back_unchanged() {
    let case = Case {
        entry: "broken",
        code: "int broken( {",
        drive: "",
        techniques: &[""],
    };
    for style in [
        RewriterStyle::Loops,
        RewriterStyle::Library,
        RewriterStyle::Parallel,
    ] {
        let text = answer(style, &ask(&case, style, 0, Mode::Serial, Vec::new()));
        assert_eq!(code_of(&text).trim_end(), case.code);
    }
}

#[test]
fn text_that_nests_without_end_is_answered_on_a_small_stack() {
    let around = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let body = |inner: &str| {
        format!(
            "double deep(std::vector<double> const& x) {{\n  double s = 0;\n  {inner}\n  return s;\n}}\n"
        )
    };
    let mut codes = vec![
        format!("double {}deep() {{ return 0; }}", "*".repeat(8000)),
        around("namespace a {", "double deep() { return 0; }", "}", 3000),
    ];
    for times in [20, 70, 150, 3000] {
        codes.push(body(&format!("s = {};", around("(", "x[0]", ")", times))));
        codes.push(body(&format!("s = x[0]{};", " + x[1]".repeat(times))));
        codes.push(body(&around("{", "s += x[0];", "}", times)));
        codes.push(body(&around(
            "for (int i = 0; i < 9; ++i) {",
            "s += x[i];",
            "}",
            times,
        )));
        codes.push(body(&around("if (s < 1) {", "s += 1;", "}", times)));
    }
    let answers = move || {
        for code in codes {
            let case = Case {
                entry: "deep",
                code: Box::leak(code.into_boxed_str()),
                drive: "",
                techniques: &[],
            };
            for style in [RewriterStyle::Loops, RewriterStyle::Library] {
                for mode in [Mode::Serial, Mode::Omp] {
                    let text = answer(style, &ask(&case, style, 0, mode, Vec::new()));
                    assert!(text.contains("```cpp"));
                }
            }
        }
    };
    let small = std::thread::Builder::new().stack_size(1 << 20);
    small.spawn(answers).unwrap().join().unwrap();
}
