//! Claims about what parameters are.

use super::*;
use crate::items::Parsed;
use crate::param_usage::uses;
use crate::signature::read;

fn shown(text: &str) -> (bool, Vec<String>) {
    let parsed = Parsed::new(text).unwrap();
    let function = parsed.functions.last().unwrap();
    let head = read(&parsed, function).unwrap();
    let names: Vec<String> = head.parameters.iter().map(|p| p.name.clone()).collect();
    let uses = uses(&parsed, function, &names);
    let plan = plan(
        &head,
        &uses,
        &mut Types::new(&parsed, &[]),
        None,
        function,
        text,
    );
    let roles = plan.fed.iter().map(|f| match &f.role {
        Role::Buffer { extent, .. } => format!("{}[{extent}]", f.name),
        Role::Bytes(extent) => format!("{}:{extent} bytes", f.name),
        role => format!("{}:{role:?}", f.name),
    });
    (plan.batch, roles.collect())
}

#[test]
fn lengths_find_their_buffers() {
    for (text, expected) in [
        (
            "double f(const double *x, int n) { double s = 0; for (int i = 0; i < n; i++) s += x[i]; return s; }",
            vec!["x[size_t(n)]", "n:Length"],
        ),
        (
            "int f(const char *a, int na, const char *b, int nb) { while (na-- && nb--) if (*a++ != *b++) return 0; return 1; }",
            vec!["a[size_t(na)]", "na:Length", "b[size_t(na)]", "nb:Length"],
        ),
        (
            "void g(const float *);\nvoid f(const float *A, const float *B, float *C, int m, int n) { g(A); C[m - 1] = A[n] + B[0]; }",
            vec![
                "A[size_t(m) * size_t(n)]",
                "B[1]",
                "C[size_t(m)]",
                "m:Length",
                "n:Length",
            ],
        ),
        (
            "int f(const char *s) { int n = 0; while (*s++) n++; return n; }",
            vec!["s:ZeroEnded"],
        ),
        (
            "int f(const int *first, const int *last) { return *first; }",
            vec!["first[in.size]", "last:End(\"first\")"],
        ),
        (
            "void f(const void *p, size_t len, unsigned char *out) { out[len] = 0; }",
            vec!["p:size_t(len) bytes", "len:Length", "out[size_t(len) + 1]"],
        ),
    ] {
        assert_eq!(
            shown(text),
            (false, expected.into_iter().map(str::to_owned).collect()),
            "{text}"
        );
    }
}

#[test]
fn a_function_of_numbers_is_called_many_times() {
    assert_eq!(
        shown("int gcd(int a, int b) { return b ? gcd(b, a % b) : a; }"),
        (true, vec!["a:Number".to_owned(), "b:Number".to_owned()])
    );
    assert_eq!(
        shown("long f(int n) { long s = 0; for (int i = 2; i < n; ++i) s += i; return s; }"),
        (false, vec!["n:Length".to_owned()])
    );
}

#[test]
fn what_cannot_be_derived_is_a_slot() {
    let (_, roles) = shown(
        "struct Node { int v; Node *next; };\nvoid f(Node *list, FILE *out, int **p, void (*call)(int), int (*order)(const void *, const void *)) { call(list->next->v); }",
    );
    assert!(
        roles[0].contains("Slot")
            && roles[1].contains("how the function uses this stream")
            && roles[2].contains("Rows")
            && roles[3].contains("Callback")
            && roles[4].contains("Slot"),
        "{roles:?}"
    );
}

#[test]
fn a_struct_with_a_pointer_is_made_as_its_own_subscripts_say() {
    let (_, roles) = shown(
        "struct Image { int width, height; unsigned char *data; };\nlong f(const Image *im) { long s = 0; for (int y = 0; y < im->height; ++y) for (int x = 0; x < im->width; ++x) s += im->data[y * im->width + x]; return s; }",
    );
    assert!(
        roles[0].contains("Length") && roles[0].contains("size_t(im.height) * size_t(im.width)"),
        "{roles:?}"
    );
}

#[test]
fn a_number_that_nothing_reaches_as_far_as_counts() {
    for (text, wanted) in [
        (
            "void f(const int *x, int n, int w, int *out) { for (int i = 0; i + w <= n; ++i) { int s = 0; for (int k = 0; k < w; ++k) s += x[i + k]; out[i] = s; } }",
            vec!["x[size_t(n)]", "n:Length", "w:Count", "out[size_t(n) + 1]"],
        ),
        (
            "int f(const std::vector<int> &all, int k) { int s = 0; for (int i = 0; i < k && i < (int)all.size(); i++) s += all[i]; return s; }",
            vec!["all:Value", "k:Count"],
        ),
    ] {
        let (_, roles) = shown(text);
        assert_eq!(roles, wanted, "{text}");
    }
}

#[test]
fn numbers_that_a_function_tells_apart_are_among_what_it_is_given() {
    let text = "#define COL 102\n#define ROW 101\nvoid f(int layout, int kind, int n, double *out) {\n    if (layout == COL) out[n - 1] = 1;\n    else if (ROW != layout) switch (kind) { case 7: out[0] = 2; }\n}\n";
    let parsed = Parsed::new(text).unwrap();
    let function = parsed.functions.last().unwrap();
    let head = read(&parsed, function).unwrap();
    let names: Vec<String> = head.parameters.iter().map(|p| p.name.clone()).collect();
    let uses = uses(&parsed, function, &names);
    let types = &mut Types::new(&parsed, &[]);
    let plan = plan(&head, &uses, types, None, function, text);
    let choices: Vec<&[String]> = plan.fed.iter().map(|f| f.choices.as_slice()).collect();
    assert_eq!(
        (choices[0], choices[1]),
        (
            &["102".to_owned(), "101".to_owned()][..],
            &["7".to_owned()][..]
        ),
        "{:?}",
        uses.compared
    );
}
