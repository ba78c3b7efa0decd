//! Claims about how far subscripts reach.

use super::*;

fn far(text: &str, seeds: &[(&str, Seed)]) -> Vec<String> {
    let parsed = Parsed::new(text).unwrap();
    let seeds = seeds
        .iter()
        .map(|(name, seed)| ((*name).to_owned(), seed.clone()))
        .collect();
    let function = parsed.functions.last().unwrap();
    let mut said = Vec::new();
    for (name, all) in reach(&parsed, function, &seeds, &BTreeMap::new()).far {
        let plain = |sum: &Polynomial| sum.in_driver().replace("size_t(", "").replace(')', "");
        let all: Vec<String> = all.iter().map(plain).collect();
        said.push(format!("{name}: {}", all.join(" or ")));
    }
    said
}

#[test]
fn subscripts_of_matrices_tell_their_extents() {
    use Seed::{Buffer, Number};
    assert_eq!(
        far(
            "void f(const double *a, const double *b, double *c, int m, int n, int k) { for (int i = 0; i < m; ++i) for (int j = 0; j < n; j++) {\n\
             double s = 0; for (int l = 0; l < k; ++l) s += a[i * k + l] * b[(size_t)l * n + j]; c[i * n + j] = s; } }",
            &[
                ("a", Buffer),
                ("b", Buffer),
                ("c", Buffer),
                ("m", Number),
                ("n", Number),
                ("k", Number)
            ],
        ),
        ["a: k * m", "b: k * n", "c: m * n"]
    );
    assert_eq!(
        far(
            "void f(const float *in, float *out, int rows, int cols, int ld) { for (int r = rows - 1; r >= 0; r--) for (int c = 0; c <= cols - 1; ++c) out[c * rows + r] = in[r * ld + 2 * c + 1]; }",
            &[
                ("in", Buffer),
                ("out", Buffer),
                ("rows", Number),
                ("cols", Number),
                ("ld", Number)
            ],
        ),
        ["in: ld * rows + 2 * cols", "out: cols * rows"]
    );
}

#[test]
fn pointers_and_counters_that_walk_are_followed() {
    use Seed::{Buffer, Number};
    assert_eq!(
        far(
            "void f(double *x, int n, int d, double *dd, int *count) { const double *p = x; for (int i = 0; i < n; ++i, p += d) { const double *q = p + d;\n\
             int k = 0; while (k < d) { dd[i] += q[k] - *p; k++; } } double *w = dd; for (int i = 0; i < n; i++) *w++ = 0; int at = 0;\n\
             for (int i = 0; i < n; i++) for (int j = 0; j < d; j++) count[at++] = 1; }",
            &[
                ("x", Buffer),
                ("n", Number),
                ("d", Number),
                ("dd", Buffer),
                ("count", Buffer)
            ],
        ),
        ["count: d * n", "dd: n", "x: d * n + d"]
    );
    assert_eq!(
        far(
            "unsigned f(const unsigned char *p, size_t len) { unsigned s = 0; const unsigned char *end = p + len; while (p < end) s += *p++; return s; }",
            &[("p", Buffer), ("len", Number)],
        ),
        ["p: len"]
    );
    assert_eq!(
        far(
            "unsigned f(const char *p, int len) { unsigned s = 0; while (len--) s += *p++; return s; }",
            &[("p", Buffer), ("len", Number)],
        ),
        ["p: len"]
    );
}

#[test]
fn calls_rows_and_bytes_are_followed_and_what_cannot_be_is_unknown() {
    use Seed::{Buffer, Bytes, Number, Rows};
    assert_eq!(
        far(
            "static double dot(const double *a, int n) { double s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }\n\
             void f(const double *x, int n, double **rows, const void *data, int *odd, int k) { for (int i = 0; i < n; ++i) { rows[i][2 * k] = dot(x + i * n, n); }\n\
             const uint32_t *blocks = (const uint32_t *)data; for (int i = 0; i < n / 4; i++) odd[blocks[i]] = 1; }",
            &[
                ("x", Buffer),
                ("n", Number),
                ("rows", Rows),
                ("data", Bytes),
                ("odd", Buffer),
                ("k", Number)
            ],
        ),
        ["data: 4 * n", "rows: n", "rows[]: 2 * k + 1", "x: n * n"]
    );
}

#[test]
fn arrays_of_a_fixed_length_bound_the_numbers_that_index_them() {
    let most = |text: &str, numbers: &[&str]| {
        let parsed = Parsed::new(text).unwrap();
        let seeds = numbers
            .iter()
            .map(|name| ((*name).to_owned(), Seed::Number))
            .collect();
        let function = parsed.functions.last().unwrap();
        reach(&parsed, function, &seeds, &BTreeMap::new()).most
    };
    let known = |all: &[(&str, i64)]| -> BTreeMap<String, i64> {
        all.iter()
            .map(|(name, most)| ((*name).to_owned(), *most))
            .collect()
    };
    let text = "#define BANDS 32 /* of them */\nvoid scale(double x[][3][BANDS], unsigned bands, int gr) { for (int g = 0; g < gr; g++) for (int s = 0; s < bands; s++) x[0][g][s] *= 2; }";
    assert_eq!(
        most(text, &["bands", "gr"]),
        known(&[("bands", 32), ("gr", 3)])
    );
    let text = "static int table[256];\nint f(int n) { int own[17] = {0}, s = 0; for (int i = 0; i <= n; ++i) s += own[i]; return s + table[n - 1]; }";
    assert_eq!(most(text, &["n"]), known(&[("n", 16)]));
    let text = "int f(int n, int m, int *x) { int own[8]; for (int i = 0; i < n * m; ++i) own[i % 8] = x[i]; return own[0]; }";
    assert_eq!(most(text, &["n", "m"]), known(&[]));
}
