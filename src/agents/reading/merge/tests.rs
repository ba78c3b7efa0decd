//! Claims about putting parts in place.

use super::*;

const PYTHON: Language = Language {
    tongue: Tongue::Python,
    style: Some(Style::Python),
};
const CPP: Language = Language {
    tongue: Tongue::Cpp,
    style: Some(Style::Cpp),
};

const FILE: &str = "\"\"\"Sums.\"\"\"\n\n\ndef mean(values):\n    return 0\n\n\ndef spread(values):\n    return 1\n\n\nLIMIT = 100\n";

#[test]
fn a_part_takes_the_place_of_its_namesake_and_the_rest_stays() {
    let given = merged(FILE, "import math\n\nHALF = 0.5\n\ndef mean(values):\n    return math.fsum(values)\n\nprint(mean([1]))\n", PYTHON).unwrap();
    let wanted = FILE
        .replace("    return 0\n", "    return math.fsum(values)\n")
        .replace("\n\n\ndef mean", "\n\n\nimport math\nHALF = 0.5\ndef mean");
    assert_eq!(given.text, wanted);
    assert_eq!(given.part, ["mean", "import math (new)", "HALF (new)"]);
    assert_eq!(given.unused, ["the statement `print(mean([1]))`"]);
}

#[test]
fn a_whole_is_taken_as_it_is_and_gaps_are_refused() {
    let whole = FILE.replace("return 0", "return 2");
    assert_eq!(
        merged(FILE, &whole, PYTHON),
        Ok(Merged {
            text: whole.clone(),
            ..Merged::default()
        })
    );
    let gap = whole.replace("    return 1\n", "    # ... unchanged ...\n");
    assert!(
        merged(FILE, &gap, PYTHON)
            .unwrap_err()
            .contains("unchanged")
    );
    let error = merged(FILE, "x = mean([1])\n", PYTHON).unwrap_err();
    assert!(
        error.contains("`mean`") && error.contains("`LIMIT`"),
        "{error}"
    );
    let lazy = "def mean(values):\n    return 2\n\n# ... the rest of the file stays as it is ...\n";
    assert_eq!(merged(FILE, lazy, PYTHON).unwrap().text, whole);
}

#[test]
fn members_are_put_into_their_classes() {
    let file = "class C:\n    k = 1\n\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n";
    let part = "class C:\n    def f(self):\n        return self.h()\n\n    def h(self):\n        return 3\n";
    assert_eq!(
        merged(file, part, PYTHON).unwrap().text,
        "class C:\n    k = 1\n\n    def h(self):\n        return 3\n\n    def f(self):\n        return self.h()\n\n    def g(self):\n        return 2\n"
    );
    let file = "#include <vector>\nnamespace n {\nstruct S {\n  int f() { return 1; }\n  int g() { return 2; }\n};\n}\n";
    let part =
        "struct T { int x; };\nnamespace n {\nstruct S {\n  int f() { return T{3}.x; }\n};\n}\n";
    assert_eq!(
        merged(file, part, CPP).unwrap().text,
        "#include <vector>\nstruct T { int x; };\n\nnamespace n {\nstruct S {\n  int f() { return T{3}.x; }\n  int g() { return 2; }\n};\n}\n"
    );
}

#[test]
fn overloads_are_told_apart() {
    let file = "int f(int a) { return 1; }\nint f(double a) { return 2; }\n";
    assert_eq!(
        merged(file, "int f(double b) { return 3; }", CPP)
            .unwrap()
            .text,
        "int f(int a) { return 1; }\nint f(double b) { return 3; }\n"
    );
}
