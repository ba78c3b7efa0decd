//! Which prompts there are, what each may use, and the built-in texts. Never fills one in.

/// Every prompt with the variables its template may use. Those marked so are fenced already. `task` and `rules` are
/// parts that the prompts for code include.
///
/// - `entry_name`: the function's bare name; `mode`: `serial` or `omp`; `toolchain`: compiler and flags in words.
/// - `description`, `entry`, `code_a` (the given code), `code_b` (the attempt): fenced.
/// - `lessons`: in prompt order, each with `intro` (a sentence by its outcome) and `text` (fenced); empty in round 0.
/// - `outcome`, `question`: sentences; `details`, `remarks`: fenced, or empty.
/// - `inputs` is asked while a function is taken, not in a run: its `code_b` is what makes the inputs.
/// - those named `implement` are for writing Python from a description: `task` is signature and description, `code` an
///   attempt, both fenced.
/// - `regions`: what of a project may be rewritten, in words, empty for a C++ function; `language`: the project's;
///   `context`: what is around the regions, fenced, or empty.
/// - `role`: a sentence, or empty; `tried`: lines of what was tried and what came of it; `same_as`: what the attempt is a
///   copy of, in words, or empty.
/// - `facts`: sentences about what is timed and the machine, empty under the paper's rules; `preset`: `corrected` or `paper`;
///   `changes`: the lines that differ between the given code and the attempt, fenced, or empty where most of them do;
///   `compared`: what the compiler remarked on both, fenced, or empty.
/// - `reflections`, `proposals`: lists, each item fenced; `plan`: fenced; `exemplar`: fenced, or empty; `count`: a number.
pub const VARIABLES: &[(&str, &[&str])] = &[
    ("inputs", &["code_a", "code_b", "description"]),
    (
        "task",
        &[
            "code_a",
            "description",
            "entry",
            "entry_name",
            "mode",
            "regions",
            "language",
            "context",
            "facts",
            "preset",
            "toolchain",
        ],
    ),
    (
        "rules",
        &[
            "code_a",
            "description",
            "entry",
            "entry_name",
            "mode",
            "regions",
            "language",
            "context",
            "facts",
            "preset",
            "toolchain",
        ],
    ),
    (
        "rewrite",
        &[
            "code_a",
            "description",
            "entry",
            "entry_name",
            "lessons",
            "mode",
            "regions",
            "language",
            "context",
            "facts",
            "preset",
            "toolchain",
        ],
    ),
    (
        "lesson",
        &[
            "code_a",
            "changes",
            "code_b",
            "compared",
            "details",
            "entry_name",
            "mode",
            "regions",
            "language",
            "context",
            "facts",
            "preset",
            "outcome",
            "question",
            "remarks",
            "toolchain",
        ],
    ),
    (
        "reason",
        &[
            "code_a",
            "description",
            "entry",
            "entry_name",
            "mode",
            "regions",
            "language",
            "context",
            "facts",
            "preset",
            "toolchain",
        ],
    ),
    (
        "retry",
        &[
            "code_a",
            "changes",
            "code_b",
            "compared",
            "description",
            "details",
            "entry",
            "entry_name",
            "mode",
            "regions",
            "language",
            "context",
            "facts",
            "preset",
            "outcome",
            "question",
            "reflections",
            "remarks",
            "toolchain",
        ],
    ),
    (
        "reflect",
        &[
            "code_a",
            "changes",
            "code_b",
            "compared",
            "details",
            "entry_name",
            "mode",
            "regions",
            "language",
            "context",
            "facts",
            "preset",
            "outcome",
            "question",
            "remarks",
            "toolchain",
        ],
    ),
    (
        "recall",
        &[
            "code_a",
            "count",
            "description",
            "entry",
            "entry_name",
            "mode",
            "regions",
            "language",
            "context",
            "facts",
            "preset",
            "toolchain",
        ],
    ),
    (
        "plan",
        &[
            "code_a",
            "description",
            "entry",
            "entry_name",
            "exemplar",
            "mode",
            "regions",
            "language",
            "context",
            "facts",
            "preset",
            "toolchain",
        ],
    ),
    (
        "code",
        &[
            "code_a",
            "description",
            "entry",
            "entry_name",
            "mode",
            "regions",
            "language",
            "context",
            "facts",
            "preset",
            "plan",
            "toolchain",
        ],
    ),
    (
        "repair",
        &[
            "code_a",
            "changes",
            "code_b",
            "compared",
            "description",
            "details",
            "entry",
            "entry_name",
            "mode",
            "regions",
            "language",
            "context",
            "facts",
            "preset",
            "outcome",
            "plan",
            "question",
            "remarks",
            "toolchain",
        ],
    ),
    (
        "combine",
        &[
            "code_a",
            "description",
            "entry",
            "entry_name",
            "mode",
            "regions",
            "language",
            "context",
            "facts",
            "preset",
            "proposals",
            "toolchain",
        ],
    ),
    (
        "explore",
        &[
            "code_a",
            "context",
            "description",
            "entry",
            "entry_name",
            "language",
            "lessons",
            "mode",
            "regions",
            "role",
            "toolchain",
            "tried",
        ],
    ),
    (
        "refine",
        &[
            "code_a",
            "code_b",
            "context",
            "description",
            "details",
            "entry",
            "entry_name",
            "language",
            "lessons",
            "mode",
            "outcome",
            "question",
            "regions",
            "remarks",
            "role",
            "toolchain",
            "tried",
        ],
    ),
    (
        "mend",
        &[
            "code_a",
            "code_b",
            "context",
            "description",
            "details",
            "entry",
            "entry_name",
            "language",
            "mode",
            "outcome",
            "question",
            "regions",
            "remarks",
            "role",
            "same_as",
            "toolchain",
        ],
    ),
    ("implement-task", &["entry_name", "task"]),
    ("implement-rules", &["entry_name", "task"]),
    ("implement", &["entry_name", "lessons", "task"]),
    ("implement-tests", &["count", "entry_name", "task"]),
    (
        "implement-lesson",
        &[
            "code",
            "details",
            "entry_name",
            "outcome",
            "question",
            "task",
        ],
    ),
    ("implement-reason", &["entry_name", "task"]),
    (
        "implement-retry",
        &[
            "code",
            "details",
            "entry_name",
            "outcome",
            "question",
            "reflections",
            "task",
        ],
    ),
    (
        "implement-reflect",
        &[
            "code",
            "details",
            "entry_name",
            "outcome",
            "question",
            "task",
        ],
    ),
    ("implement-recall", &["count", "entry_name", "task"]),
    ("implement-plan", &["entry_name", "exemplar", "task"]),
    ("implement-code", &["entry_name", "plan", "task"]),
    (
        "implement-repair",
        &[
            "code",
            "details",
            "entry_name",
            "outcome",
            "plan",
            "question",
            "task",
        ],
    ),
    ("implement-combine", &["entry_name", "proposals", "task"]),
];

/// The built-in texts by name.
pub(super) const BUILT_IN: [(&str, &str); 29] = [
    ("inputs", include_str!("../../../prompts/inputs.md")),
    ("task", include_str!("../../../prompts/task.md")),
    ("rules", include_str!("../../../prompts/rules.md")),
    ("rewrite", include_str!("../../../prompts/rewrite.md")),
    ("lesson", include_str!("../../../prompts/lesson.md")),
    ("reason", include_str!("../../../prompts/reason.md")),
    ("retry", include_str!("../../../prompts/retry.md")),
    ("reflect", include_str!("../../../prompts/reflect.md")),
    ("recall", include_str!("../../../prompts/recall.md")),
    ("plan", include_str!("../../../prompts/plan.md")),
    ("code", include_str!("../../../prompts/code.md")),
    ("repair", include_str!("../../../prompts/repair.md")),
    ("combine", include_str!("../../../prompts/combine.md")),
    ("explore", include_str!("../../../prompts/explore.md")),
    ("refine", include_str!("../../../prompts/refine.md")),
    ("mend", include_str!("../../../prompts/mend.md")),
    (
        "implement-task",
        include_str!("../../../prompts/implement-task.md"),
    ),
    (
        "implement-rules",
        include_str!("../../../prompts/implement-rules.md"),
    ),
    ("implement", include_str!("../../../prompts/implement.md")),
    (
        "implement-tests",
        include_str!("../../../prompts/implement-tests.md"),
    ),
    (
        "implement-lesson",
        include_str!("../../../prompts/implement-lesson.md"),
    ),
    (
        "implement-reason",
        include_str!("../../../prompts/implement-reason.md"),
    ),
    (
        "implement-retry",
        include_str!("../../../prompts/implement-retry.md"),
    ),
    (
        "implement-reflect",
        include_str!("../../../prompts/implement-reflect.md"),
    ),
    (
        "implement-recall",
        include_str!("../../../prompts/implement-recall.md"),
    ),
    (
        "implement-plan",
        include_str!("../../../prompts/implement-plan.md"),
    ),
    (
        "implement-code",
        include_str!("../../../prompts/implement-code.md"),
    ),
    (
        "implement-repair",
        include_str!("../../../prompts/implement-repair.md"),
    ),
    (
        "implement-combine",
        include_str!("../../../prompts/implement-combine.md"),
    ),
];

/// The variables of a prompt; `None`: there is no such prompt.
pub(super) fn variables(name: &str) -> Option<&'static [&'static str]> {
    VARIABLES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, variables)| *variables)
}

/// The names of all prompts, as they are listed to a person.
pub(super) fn names() -> String {
    let names: Vec<String> = VARIABLES
        .iter()
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    names.join(", ")
}
