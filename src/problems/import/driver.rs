//! Upstream's driver → one of ours: their inputs, their validator and their call of the entry, inside the protocol in
//! which our harness asks for cases. Never runs it; the harness compiles and contains it like any other.

use std::fmt::Write as _;

use super::cpp::{self, FunctionParts};
use super::defect::{self, ReleaseDefect, Texts};
use super::sizes;

/// How the problem is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriverDefects {
    /// With defects repaired.
    Mended,
    /// With them.
    AsReleased,
}

/// What a driver is made of.
pub(crate) struct Parts<'a> {
    /// What is known about the problem's texts.
    pub texts: &'a Texts<'a>,
    /// The helpers that all drivers share, without comments and branches for other machines.
    pub utilities: &'a str,
    /// The code to make faster, as our problem will have it.
    pub original: &'a str,
    /// Upstream's type of problem.
    pub category: &'a str,
    /// Its defects.
    pub defects: &'a [ReleaseDefect],
    /// Whether they are repaired.
    pub wanted: DriverDefects,
}

impl Parts<'_> {
    fn mends(&self, defect: ReleaseDefect) -> bool {
        self.wanted == DriverDefects::Mended && self.defects.contains(&defect)
    }
}

/// Writes the driver; the error says what of theirs is not as expected.
pub(crate) fn write(parts: &Parts<'_>) -> Result<String, String> {
    let texts = parts.texts;
    let part = |name: &str| {
        FunctionParts::find(texts.driver, name)
            .ok_or_else(|| format!("cpu.cc has no function `{name}` that can be understood"))
    };
    let (compute, reset, validate) = (part("compute")?, part("reset")?, part("validate")?);
    let arguments = cpp::arguments(&texts.driver[compute.body.clone()], texts.called)
        .filter(|arguments| arguments.len() == texts.asked.parameters.len())
        .ok_or("cpu.cc calls the entry with another number of arguments than it has")?;
    let gives = texts.correct.returns.as_str();
    let entry = texts.asked.name.as_str();
    let seeded = texts.driver.contains("mt19937");

    let mut theirs = String::new();
    let mut includes: Vec<&str> = vec!["<cstdint>", "<random>", "<iostream>"];
    for text in [parts.utilities, texts.baseline, texts.driver] {
        for line in text.lines() {
            let directive = line.trim().strip_prefix('#').map(str::trim);
            match directive.and_then(|d| d.strip_prefix("include")) {
                // Upstream's clock is not on the system's path, and ours is used.
                Some(name) if name.contains("nanobench") => {}
                Some(name) if name.trim().starts_with('<') => includes.push(name.trim()),
                Some(_) => {}
                None if directive == Some("pragma once") || line.trim().is_empty() => {}
                None => {
                    let line = match defect::divides_whole(line) {
                        Some(at) if parts.mends(ReleaseDefect::ZeroInputs) => {
                            format!("{}* 1.0 {}", &line[..at], &line[at..])
                        }
                        _ => line.to_owned(),
                    };
                    theirs.push_str(&line);
                    theirs.push('\n');
                }
            }
        }
    }
    // Only calls are renamed: a variable may have the entry's name.
    theirs = renamed_calls(&theirs, texts.called, "lessonl_entry");
    includes.sort_unstable();
    includes.dedup();

    let mut made = String::from(
        "// Made by `lessonl import` around the benchmark's own driver; import again instead of editing it.\n",
    );
    for include in &includes {
        let _ = writeln!(made, "#include {include}");
    }
    made.push_str("#define DRIVER_PROBLEM_SIZE lessonl_size\n#define USE_SERIAL 1\n\nnamespace {\nsize_t lessonl_size = 1;\n");
    if gives == "void" {
        let _ = writeln!(
            made,
            "template <class... A> void lessonl_entry(A &&...all) {{ ::{entry}(std::forward<A>(all)...); }}"
        );
    } else {
        let _ = writeln!(
            made,
            "{gives} lessonl_given{{}};\ntemplate <class... A> {gives} lessonl_entry(A &&...all) {{ return lessonl_given = ::{entry}(std::forward<A>(all)...); }}"
        );
    }
    made.push_str(&theirs);
    let varies = parts.mends(ReleaseDefect::Unseeded);
    if varies {
        made.push_str(VARY);
    }
    made.push_str("}  // namespace\n\n");
    for plain in cpp::structs(&cpp::without_comments(parts.original)) {
        let members: Vec<String> = plain.members.iter().map(|m| format!("c(s.{m});")).collect();
        let _ = writeln!(
            made,
            "template <class C> void lessonl_members(C &c, {} &s) {{ {} }}",
            plain.name,
            members.join(" ")
        );
    }

    let sow = if seeded {
        "std::mt19937 engine;\n        engine.seed(static_cast<std::mt19937::result_type>(in.bits()));"
    } else if parts.wanted == DriverDefects::Mended {
        "srand(static_cast<unsigned>(in.bits()));"
    } else {
        "srand(1);"
    };
    let round = if parts.category == "fft" {
        "\n        while (size & (size - 1)) size &= size - 1;  // transforms are of powers of two"
    } else {
        ""
    };
    let handed = if seeded { "ctx, engine" } else { "ctx" };
    let mut vary = String::new();
    if varies {
        vary.push_str("\n        const double factor = in.uniform(0.5, 1);\n        const uint64_t turn = in.bits();");
        for argument in &arguments {
            let indexed = format!("{argument}[");
            if argument.starts_with("ctx->") && texts.driver[reset.body.clone()].contains(&indexed)
            {
                let _ = write!(vary, "\n        lessonl_vary({argument}, factor, turn);");
            }
        }
    }
    let unseen = defect::unseen(texts, &texts.driver[validate.body.clone()]);
    let writable = defect::writable(texts.asked);
    let mut fields = String::new();
    for (argument, parameter) in arguments.iter().zip(&texts.asked.parameters) {
        let name = cpp::declared(parameter);
        let plain = argument
            .strip_prefix("ctx->")
            .is_some_and(|rest| rest.chars().all(cpp::of_name));
        if !plain {
            return Err(format!(
                "cpu.cc gives the entry `{argument}`, which is no part of its context"
            ));
        }
        let kind = match (writable.contains(&name), unseen.iter().any(|s| s == name)) {
            (true, true) => continue,
            (true, false) => "inout",
            (false, _) => "input",
        };
        let _ = write!(fields, "\n        f.{kind}(\"{name}\", {argument});");
    }
    if gives != "void" {
        fields.push_str("\n        f.inout(\"returned value\", returned);");
    }
    let returned = if gives == "void" {
        String::new()
    } else {
        format!("\n    {gives} returned{{}};")
    };
    let keep = if gives == "void" {
        ""
    } else {
        " returned = lessonl_given;"
    };
    let validator = if parts.mends(ReleaseDefect::RefusesOriginal) {
        String::new()
    } else {
        let verdict = if seeded {
            "std::mt19937 engine;\n            engine.seed(static_cast<std::mt19937::result_type>(seed));\n            uint64_t verdict = validate(ctx, engine);"
        } else {
            "srand(static_cast<unsigned>(seed));\n            uint64_t verdict = validate(ctx);"
        };
        let at = sizes::checks(parts.category).told.iter().max().copied();
        let at = at.unwrap_or(1);
        format!(
            "\n        if constexpr (std::is_same_v<F, lessonl::EmitOutputs>) {{\n            if (asked != {at}) return;\n            lessonl_size = size;\n            {verdict}\n            f.output(\"upstream's validator\", verdict);\n        }}"
        )
    };
    let _ = write!(
        made,
        "\nstruct Case {{\n    Context *ctx = nullptr;\n    uint64_t asked = 0, size = 0, seed = 0;{returned}\n    Case() = default;\n    Case(const Case &) = delete;\n    ~Case() {{ if (ctx) destroy(ctx); }}\n    void make(lessonl::Input &in) {{\n        asked = size = in.size;{round}\n        lessonl_size = size;\n        seed = in.bits();\n        {sow}\n        ctx = init();\n        reset({handed});{vary}\n    }}\n    void call() {{ compute(ctx);{keep} }}\n    template <class F> void fields(F &f) {{{fields}{validator}\n    }}\n}};\nLESSONL_PROBLEM(Case)\n"
    );
    Ok(made)
}

/// Inputs that follow the seed although upstream's do not: reals are scaled, rows of whole numbers are rotated.
const VARY: &str = "
template <class T> void lessonl_vary(T &value, double factor, uint64_t) {
    if constexpr (std::is_floating_point_v<T>) value = static_cast<T>(value * factor);
}
template <class T> void lessonl_vary(std::vector<T> &all, double factor, uint64_t turn) {
    if constexpr (std::is_integral_v<T>) {
        if (!all.empty()) std::rotate(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(turn % all.size()), all.end());
    } else {
        for (auto &one : all) lessonl_vary(one, factor, turn);
    }
}
";

fn renamed_calls(text: &str, from: &str, to: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut last = 0;
    for at in cpp::words(text, from) {
        let end = at + from.len();
        if text[end..].trim_start().starts_with('(') {
            made.push_str(&text[last..at]);
            made.push_str(to);
            last = end;
        }
    }
    made.push_str(&text[last..]);
    made
}
