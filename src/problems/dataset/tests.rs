//! Data sets as they come: whole, torn, doubled, packed, cut off. Never touches a real one.

use super::*;

fn read_text(set: Set, text: &str) -> Contents {
    lines(set, Path::new("set.jsonl"), text.as_bytes())
}

const FIRST: &str = r#"{"task_id":"HumanEval/0","prompt":"import math\n\ndef f(x):\n    \"\"\"Twice.\"\"\"\n","entry_point":"f","canonical_solution":"    return 2 * x\n","test":"def check(candidate):\n    assert candidate(1) == 2\n"}"#;

#[test]
fn a_humaneval_line_becomes_a_task_with_the_whole_solution() {
    let contents = read_text(Set::Humaneval, FIRST);
    let prompt = "import math\n\ndef f(x):\n    \"\"\"Twice.\"\"\"\n";
    let expected = DataSetTask {
        task: "HumanEval/0".to_owned(),
        entry: "f".to_owned(),
        prompt: prompt.to_owned(),
        tests: "def check(candidate):\n    assert candidate(1) == 2\n".to_owned(),
        inputs: Vec::new(),
        tolerance: 0.0,
        accepts: String::new(),
        canonical: format!("{prompt}    return 2 * x\n"),
    };
    assert_eq!(contents.tasks, [expected]);
    assert_eq!(contents.errors, []);
}

#[test]
fn torn_double_and_incomplete_lines_are_named_and_the_rest_loads() {
    let torn = &FIRST[..FIRST.len() / 2];
    let lacking = r#"{"task_id":"HumanEval/1","prompt":"def g(x):\n"}"#;
    let text = format!("{FIRST}\n{torn}\n\n{FIRST}\n{lacking}\n[1]\n");
    let contents = read_text(Set::Humaneval, &text);
    assert_eq!(contents.tasks.len(), 1);
    let told: Vec<(&str, &str)> = contents
        .errors
        .iter()
        .map(|error| (error.file.as_str(), error.what.split(':').next().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("set.jsonl:2", "is no whole JSON object"),
            ("set.jsonl:4", "HumanEval/0 was there already in line 1"),
            ("set.jsonl:5", "lacks `entry_point`"),
            ("set.jsonl:6", "is no JSON object"),
        ]
    );
    assert!(contents.errors.iter().all(|error| !error.hint.is_empty()));
}

#[test]
fn the_evalplus_form_keeps_every_digit_of_its_inputs_and_the_numbers_json_lacks() {
    let line = FIRST.replace(
        "\"test\"",
        "\"atol\":1e-6,\"base_input\":[[12345678901234567890123]],\"plus_input\":[[NaN],[-Infinity,\"NaN\"]],\"test\"",
    );
    let contents = read_text(Set::Humaneval, &line);
    let task = &contents.tasks[0];
    assert_eq!(
        task.inputs,
        [
            "[[12345678901234567890123]]",
            r#"[[{"$":"float","v":"nan"}],[{"$":"float","v":"-inf"},"NaN"]]"#
        ]
    );
    assert_eq!((task.tolerance, task.tests.as_str()), (1e-6, ""));
}

#[test]
fn an_mbpp_line_gets_its_signature_from_the_code_and_shows_no_test() {
    let line = r#"{"task_id":7,"text":"Write a function to \"double\" it.","code":"import re\ndef help(a):\n    return a\ndef double(a, b=1):\n    return help(a) * 2","test_list":["assert double(2) == 4"],"test_setup_code":"import math","challenge_test_list":[]}"#;
    let contents = read_text(Set::Mbpp, line);
    let task = &contents.tasks[0];
    assert_eq!(
        (task.task.as_str(), task.entry.as_str()),
        ("Mbpp/7", "double")
    );
    assert_eq!(
        task.prompt,
        "def double(a, b=1):\n    \"\"\"\n    Write a function to \"double\" it.\n    \"\"\"\n"
    );
    assert_eq!(task.tests, "import math\nassert double(2) == 4");
}

#[test]
fn the_evalplus_form_of_mbpp_keeps_its_prompt_and_takes_inputs_as_the_task_does() {
    let line = r#"{"task_id":"Mbpp/2","prompt":"\"\"\"\nShare.\nassert share((1,)) == (1,)\n\"\"\"\n","entry_point":"share","canonical_solution":"\ndef share(a):\n    return a\n","base_input":[[[1]]],"plus_input":[[[2]]],"atol":0,"assertion":"\nassert share((1,)) == (1,)\n"}"#;
    let contents = read_text(Set::Mbpp, line);
    assert_eq!(contents.errors, []);
    let task = &contents.tasks[0];
    let tuples = [1, 2].map(|n| format!(r#"[[{{"$":"tuple","v":[{n}]}}]]"#));
    assert_eq!(
        (&task.inputs[..], task.tests.as_str(), task.accepts.as_str()),
        (&tuples[..], "", "")
    );
    assert!(
        task.prompt
            .starts_with("def share(a):\n    \"\"\"\n    Share.\n")
    );
}

#[test]
fn a_packed_file_that_is_cut_off_gives_what_came_before_the_cut() {
    use std::io::Write;
    let text = format!("{FIRST}\n").repeat(1) + &FIRST.replace("HumanEval/0", "HumanEval/1") + "\n";
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    packed.write_all(text.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &packed).unwrap();
    assert_eq!(read(Set::Humaneval, file.path()).unwrap().tasks.len(), 2);
    std::fs::write(file.path(), &packed[..packed.len() * 3 / 4]).unwrap();
    let contents = read(Set::Humaneval, file.path()).unwrap();
    assert_eq!((contents.tasks.len(), contents.errors.len()), (1, 1));
    assert!(contents.errors[0].hint.contains("download it again"));
}

#[test]
fn a_task_whose_inputs_are_too_large_is_left_out_by_name() {
    let inputs = format!("\"plus_input\":[[\"{}\"]],\"test\"", "x".repeat(33 << 20));
    let contents = read_text(Set::Humaneval, &FIRST.replace("\"test\"", &inputs));
    assert_eq!(contents.tasks, []);
    let what = "the inputs of HumanEval/0 take 33 MiB, more than the 32 that we read";
    assert_eq!(contents.errors[0].what, what);
}
