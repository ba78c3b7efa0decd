//! Claims about the inputs that `lessonl init` makes for a function: ordinary wrong rewrites of it are noticed, honest ones
//! are not refused, and what is not proved is told wherever a result is.

use std::path::Path;

use super::cli::said;

/// Takes a function out of a file and judges a rewrite of it: the outcome's word.
fn judged(at: &Path, file: &str, source: &str, function: &str, rewrite: &str) -> String {
    std::fs::write(at.join(file), source).unwrap();
    let out = format!("own_{function}");
    let take = [
        "init",
        file,
        "--function",
        function,
        "--out",
        &out,
        "--unproved",
        "--force",
    ];
    let (code, shown, err) = said(at, &take);
    assert_eq!(code, 0, "{function}: {shown}{err}");
    std::fs::write(at.join("rewrite.cpp"), rewrite).unwrap();
    let folder = format!("./{out}");
    let (_, shown, err) = said(at, &["eval", &folder, "rewrite.cpp", "--json"]);
    let value: serde_json::Value =
        serde_json::from_str(&shown).unwrap_or_else(|_| panic!("{function}: {shown}{err}"));
    value["outcome"].as_str().unwrap().to_owned()
}

const BITS: &str = "#include <cstddef>\n#include <cstdint>\nuint64_t set_bits(const uint64_t *words, size_t n) {\n    uint64_t total = 0;\n    for (size_t i = 0; i < n; ++i)\n        for (uint64_t w = words[i]; w; w >>= 1) total += w & 1;\n    return total;\n}\n";
const ROOT: &str = "#include <cstdint>\nuint64_t floor_root(uint64_t x) {\n    uint64_t low = 0, high = 4294967295u;\n    while (low < high) {\n        uint64_t mid = low + (high - low + 1) / 2;\n        if (mid <= x / mid) low = mid; else high = mid - 1;\n    }\n    return low;\n}\n";
const LARGEST: &str = "#include <cmath>\n#include <cstddef>\ndouble largest(const double *x, size_t n) {\n    double best = -1e300;\n    for (size_t i = 0; i < n; ++i)\n        if (!std::isnan(x[i]) && x[i] > best) best = x[i];\n    return best;\n}\n";
const POINTS: &str = "#include <cstddef>\nsize_t code_points(const char *text, size_t len) {\n    size_t count = 0;\n    for (size_t i = 0; i < len; ++count) {\n        unsigned char c = static_cast<unsigned char>(text[i]);\n        i += c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;\n    }\n    return count;\n}\n";
const DOT: &str = "#include <cstddef>\ndouble dot(const double *x, const double *y, size_t n) {\n    double s = 0;\n    for (size_t i = 0; i < n; ++i) s += x[i] * y[i];\n    return s;\n}\n";
const COMMON: &str = "#include <cstddef>\n#include <vector>\nint common(const std::vector<int> &a, const std::vector<int> &b) {\n    int n = 0;\n    for (size_t i = 0; i < a.size(); i++)\n        for (size_t j = 0; j < b.size(); j++)\n            if (a[i] == b[j]) n++;\n    return n;\n}\n";
const NEAREST: &str = "#include <algorithm>\n#include <vector>\nstruct Place { int id; double far; };\nstd::vector<int> nearest(std::vector<Place> all, int k) {\n    std::sort(all.begin(), all.end(), [](const Place &a, const Place &b) { return a.far != b.far ? a.far < b.far : a.id < b.id; });\n    std::vector<int> ids;\n    for (int i = 0; i < k && i < (int)all.size(); i++) ids.push_back(all[i].id);\n    return ids;\n}\n";

#[test]
fn ordinary_wrong_rewrites_are_noticed() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    let cases: [(&str, &str, &str); 7] = [
        // A population count of 32 bits.
        (
            BITS,
            "set_bits",
            "#include <cstddef>\n#include <cstdint>\nuint64_t set_bits(const uint64_t *words, size_t n) { uint64_t t = 0; for (size_t i = 0; i < n; ++i) t += __builtin_popcount(words[i]); return t; }\n",
        ),
        // A root through float.
        (
            ROOT,
            "floor_root",
            "#include <cmath>\n#include <cstdint>\nuint64_t floor_root(uint64_t x) { return static_cast<uint64_t>(std::sqrt(static_cast<float>(x))); }\n",
        ),
        // NaN forgotten.
        (
            LARGEST,
            "largest",
            "#include <cstddef>\ndouble largest(const double *x, size_t n) { double best = -1e300; for (size_t i = 0; i < n; ++i) best = best > x[i] ? best : x[i]; return best; }\n",
        ),
        // Right for ASCII alone.
        (
            POINTS,
            "code_points",
            "#include <cstddef>\nsize_t code_points(const char *text, size_t len) { (void)text; return len; }\n",
        ),
        // Loads that fault where memory is aligned to its elements only.
        (
            DOT,
            "dot",
            "#include <cstddef>\n#include <emmintrin.h>\ndouble dot(const double *x, const double *y, size_t n) { __m128d a = _mm_setzero_pd(); size_t i = 0; for (; i + 2 <= n; i += 2) a = _mm_add_pd(a, _mm_mul_pd(_mm_load_pd(x + i), _mm_load_pd(y + i))); double p[2], s; _mm_storeu_pd(p, a); s = p[0] + p[1]; for (; i < n; ++i) s += x[i] * y[i]; return s; }\n",
        ),
        // The length of one container for another's.
        (
            COMMON,
            "common",
            "#include <cstddef>\n#include <vector>\nint common(const std::vector<int> &a, const std::vector<int> &b) { int n = 0; const size_t m = a.size(); const int *q = b.data(); for (size_t i = 0; i < m; i++) for (size_t j = 0; j < m; j++) n += a[i] == q[j]; return n; }\n",
        ),
        // A count that is ignored.
        (
            NEAREST,
            "nearest",
            "#include <algorithm>\n#include <vector>\nstd::vector<int> nearest(std::vector<Place> all, int k) { (void)k; std::sort(all.begin(), all.end(), [](const Place &a, const Place &b) { return a.far != b.far ? a.far < b.far : a.id < b.id; }); std::vector<int> ids; for (auto &one : all) ids.push_back(one.id); return ids; }\n",
        ),
    ];
    for (source, function, rewrite) in cases {
        let outcome = judged(at, "a.cpp", source, function, rewrite);
        assert!(
            ["wrong_answer", "crashed", "rejected"].contains(&outcome.as_str()),
            "{function}: {outcome}"
        );
    }
}

#[test]
fn honest_rewrites_of_the_same_functions_are_measured() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    for (source, function, rewrite) in [
        (
            DOT,
            "dot",
            "#include <cstddef>\n#include <emmintrin.h>\ndouble dot(const double *x, const double *y, size_t n) { __m128d a = _mm_setzero_pd(); size_t i = 0; for (; i + 2 <= n; i += 2) a = _mm_add_pd(a, _mm_mul_pd(_mm_loadu_pd(x + i), _mm_loadu_pd(y + i))); double p[2], s; _mm_storeu_pd(p, a); s = p[0] + p[1]; for (; i < n; ++i) s += x[i] * y[i]; return s; }\n",
        ),
        (
            BITS,
            "set_bits",
            "#include <cstddef>\n#include <cstdint>\nuint64_t set_bits(const uint64_t *words, size_t n) { uint64_t t = 0; for (size_t i = 0; i < n; ++i) t += __builtin_popcountll(words[i]); return t; }\n",
        ),
        (
            NEAREST,
            "nearest",
            "#include <algorithm>\n#include <vector>\nstd::vector<int> nearest(std::vector<Place> all, int k) { const auto less = [](const Place &a, const Place &b) { return a.far != b.far ? a.far < b.far : a.id < b.id; }; const size_t m = std::min<size_t>(all.size(), std::max(k, 0)); std::partial_sort(all.begin(), all.begin() + m, all.end(), less); std::vector<int> ids; for (size_t i = 0; i < m; ++i) ids.push_back(all[i].id); return ids; }\n",
        ),
    ] {
        assert_eq!(
            judged(at, "a.cpp", source, function, rewrite),
            "measured",
            "{function}"
        );
    }
}

#[test]
fn a_type_may_use_a_constant_that_a_rewrite_states_again() {
    let home = tempfile::tempdir().unwrap();
    let source = "#include <cstddef>\nconstexpr int kLanes = 4;\nstruct Sums { double lane[kLanes]; };\ndouble total(const double *x, std::size_t n) {\n    Sums s = {};\n    for (std::size_t i = 0; i < n; ++i) s.lane[i % kLanes] += x[i];\n    double sum = 0;\n    for (int k = 0; k < kLanes; ++k) sum += s.lane[k];\n    return sum;\n}\n";
    assert_eq!(
        judged(home.path(), "a.cpp", source, "total", source),
        "measured"
    );
    // One that states it otherwise is compiled with its own.
    let wrong = source
        .replace("s.lane[k];", "2 * s.lane[k];")
        .replace("constexpr int", "static const int");
    assert_eq!(
        judged(home.path(), "a.cpp", source, "total", &wrong),
        "wrong_answer"
    );
}

#[test]
fn functions_as_they_are_become_folders_that_tell_wrong_from_right() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    let cases: [(&str, &str, &str, &str); 14] = [
        // Heads as C had them once.
        (
            "k.c",
            "int total(values, n)\nint *values;\nint n;\n{\n    int i, sum = 0;\n    for (i = 0; i < n; i++) sum += values[i];\n    return sum;\n}\n",
            "total",
            "int total(int *values, int n) { return n; }\n",
        ),
        // A body that a macro switches on.
        (
            "g.h",
            "unsigned fold(const unsigned char *data, unsigned long size);\n#ifdef BODIES\nunsigned fold(const unsigned char *data, unsigned long size) {\n    unsigned h = 1;\n    while (size--) h = h * 31 + *data++;\n    return h;\n}\n#endif\n",
            "fold",
            "unsigned fold(const unsigned char *data, unsigned long size) { return size; }\n",
        ),
        // A later standard.
        (
            "s.cpp",
            "#include <cstdint>\n#include <span>\n#include <string_view>\nstd::size_t find_all(std::string_view text, char what, std::span<std::uint32_t> places) {\n    std::size_t found = 0;\n    for (std::size_t i = 0; i < text.size() && found < places.size(); ++i)\n        if (text[i] == what) places[found++] = static_cast<std::uint32_t>(i);\n    return found;\n}\n",
            "find_all",
            "#include <span>\n#include <string_view>\nstd::size_t find_all(std::string_view text, char what, std::span<std::uint32_t> places) { return text.size() + what + places.size(); }\n",
        ),
        // A struct with a pointer and its dimensions.
        (
            "i.cpp",
            "struct Image { int width, height; unsigned char *data; };\nlong brightness(const Image *image) {\n    long sum = 0;\n    for (int y = 0; y < image->height; ++y)\n        for (int x = 0; x < image->width; ++x) sum += image->data[y * image->width + x];\n    return sum;\n}\n",
            "brightness",
            "struct Image { int width, height; unsigned char *data; };\nlong brightness(const Image *image) { long sum = 0; for (int i = 1; i < image->height * image->width; ++i) sum += image->data[i]; return sum; }\n",
        ),
        // A virtual member.
        (
            "v.cpp",
            "class Filter {\n  public:\n    virtual ~Filter() {}\n    virtual int apply(const float *from, float *to, int n) const;\n    float gain;\n};\nint Filter::apply(const float *from, float *to, int n) const {\n    for (int i = 0; i < n; ++i) to[i] = from[i] * gain;\n    return n;\n}\n",
            "Filter::apply",
            "int Filter_apply(Filter const &self, const float *from, float *to, int n) { for (int i = 0; i < n; ++i) to[i] = from[i] + self.gain; return n; }\n",
        ),
        // A function that is called back, with what it gets along.
        (
            "b.cpp",
            "#include <cstddef>\nvoid lines(const char *text, std::size_t size, void (*line)(const char *, std::size_t, void *), void *with) {\n    std::size_t from = 0;\n    for (std::size_t i = 0; i < size; ++i)\n        if (text[i] == '\\n') line(text + from, i - from, with), from = i + 1;\n}\n",
            "lines",
            "#include <cstddef>\nvoid lines(const char *text, std::size_t size, void (*line)(const char *, std::size_t, void *), void *with) { std::size_t from = 0; for (std::size_t i = 0; i < size; ++i) if (text[i] == '\\n') line(text + from, i - from + 1, with), from = i + 1; }\n",
        ),
        // A template over iterators, taken with a likely choice.
        (
            "t.cpp",
            "#include <algorithm>\n#include <iterator>\ntemplate <class It> void sort_small(It first, It last) {\n    for (It i = first; i != last; ++i)\n        for (It j = i; j != first && *j < *std::prev(j); --j) std::iter_swap(j, std::prev(j));\n}\n",
            "sort_small",
            "using It = int *;\nvoid sort_small(It first, It last) { (void)first, (void)last; }\n",
        ),
        // A window that an assertion bounds.
        (
            "w.cpp",
            "#include <cassert>\nvoid windows(const int *x, int n, int w, int *out) {\n    assert(w > 0 && w < 256);\n    for (int i = 0; i + w <= n; ++i) {\n        int s = 0;\n        for (int k = 0; k < w; ++k) s += x[i + k];\n        out[i] = s;\n    }\n}\n",
            "windows",
            "void windows(const int *x, int n, int w, int *out) { for (int i = 0; i + w <= n; ++i) { int s = 0; for (int k = 1; k < w; ++k) s += x[i + k]; out[i] = s; } }\n",
        ),
        // A stream to read and what a library's allocator is handed.
        (
            "f.c",
            "#include <stdio.h>\nlong count_lines(FILE *in) { long n = 0; int c; while ((c = fgetc(in)) != EOF) n += c == '\\n'; return n; }\n",
            "count_lines",
            "#include <stdio.h>\nlong count_lines(FILE *in) { long n = 1; int c; while ((c = fgetc(in)) != EOF) n += c == '\\n'; return n; }\n",
        ),
        // A pixel container whose accessor tells its length.
        (
            "p.cpp",
            "#include <vector>\nstruct Grid { int width, height; std::vector<int> cells; int at(int x, int y) const { return cells[y * width + x]; } };\nlong diagonal(const Grid &g) { long s = 0; for (int y = 0; y < g.height; ++y) for (int x = 0; x < g.width; ++x) if (x == y) s += g.at(x, y); return s; }\n",
            "diagonal",
            "#include <vector>\nlong diagonal(const Grid &g) { long s = 0; for (int y = 1; y < g.height; ++y) if (y < g.width) s += g.at(y, y); return s; }\n",
        ),
        // A head that macros make, and a list handed to a macro in the body.
        (
            "m.c",
            "#define P2(protos, names) protos\n#define EACH(type, i, n) for (type i = 0; i < (n); ++i)\nlong weigh P2((const int *x, int n), (x, n)) {\n    long s = 0;\n    EACH(int, i, n) s += (long)x[i] * i;\n    return s;\n}\n",
            "weigh",
            "long weigh(const int *x, int n) { long s = 0; for (int i = 0; i < n; ++i) s += x[i] * (i + 1L); return s; }\n",
        ),
        // Another way from a length on, which is none of the usual sizes.
        (
            "t.c",
            "#include <stddef.h>\nunsigned mixed(const unsigned char *p, size_t len) { unsigned h = len >= 24 ? 17 : 3; for (size_t i = 0; i < len; ++i) h = h * 31 + p[i]; return h; }\n",
            "mixed",
            "#include <stddef.h>\nunsigned mixed(const unsigned char *p, size_t len) { unsigned h = len > 24 ? 17 : 3; for (size_t i = 0; i < len; ++i) h = h * 31 + p[i]; return h; }\n",
        ),
        // A width that is a part of another.
        (
            "b.c",
            "unsigned smooth(const unsigned char *src, unsigned char *dst, int width, int radius) { unsigned n = 0; for (int i = radius; i < width - radius; i++) { unsigned s = 0; for (int k = i - radius; k <= i + radius; ++k) s += src[k]; dst[i] = s / (2 * radius + 1); ++n; } return n; }\n",
            "smooth",
            "unsigned smooth(const unsigned char *src, unsigned char *dst, int width, int radius) { unsigned n = 0; for (int i = radius; i < width - radius; i++) { unsigned s = 0; for (int k = i - radius; k < i + radius; ++k) s += src[k]; dst[i] = s / (2 * radius + 1); ++n; } return n; }\n",
        ),
        // New memory that is returned.
        (
            "o.c",
            "#include <stdlib.h>\nint *ranks(const int *x, int n) { int *r = calloc(n, sizeof(int)); for (int i = 0; r && i < n; ++i) for (int j = 0; j < n; ++j) r[i] += x[j] < x[i]; return r; }\n",
            "ranks",
            "#include <stdlib.h>\nint *ranks(const int *x, int n) { int *r = (int *)calloc(n, sizeof(int)); for (int i = 0; r && i < n; ++i) for (int j = 0; j < n; ++j) r[i] += x[j] <= x[i]; return r; }\n",
        ),
    ];
    for (file, source, function, wrong) in cases {
        let function = function.to_owned();
        let outcome = judged(at, file, source, &function, wrong);
        assert_eq!(outcome, "wrong_answer", "{function}");
    }
}

#[test]
fn objects_are_made_field_by_field_and_tell_wrong_from_right() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    let cases: [(&str, &str, &str, &str); 10] = [
        // Memory that grows, and how much of it there is.
        (
            "n.c",
            "#include <stdlib.h>\ntypedef struct { int used, alloc; unsigned *digits; } number;\nstatic int grow(number *n, int size) { if (n->alloc >= size) return 1; unsigned *more = (unsigned *)realloc(n->digits, size * sizeof(unsigned)); if (!more) return 0; n->digits = more; n->alloc = size; return 1; }\nint doubled(number *to, const number *from) {\n    unsigned carry = 0;\n    if (!grow(to, from->used + 1)) return 0;\n    for (int i = 0; i < from->used; ++i) { unsigned d = from->digits[i]; to->digits[i] = d << 1 | carry; carry = d >> 31; }\n    to->digits[from->used] = carry;\n    to->used = from->used + (carry != 0);\n    return 1;\n}\n",
            "doubled",
            "int doubled(number *to, const number *from) { unsigned carry = 0; if (!grow(to, from->used + 1)) return 0; for (int i = 0; i < from->used; ++i) { unsigned d = from->digits[i]; to->digits[i] = d << 1; carry = d >> 31; } to->digits[from->used] = carry; to->used = from->used + (carry != 0); return 1; }\n",
        ),
        // A struct in another one, and one behind a pointer.
        (
            "s.c",
            "struct plane { int width, height; float *at; };\nstruct scale { float by; };\nstruct filter { struct plane plane; struct scale *scale; void *unused; };\nfloat filtered(const struct filter *f) {\n    const struct plane *p = &f->plane;\n    float sum = 0;\n    for (int y = 0; y < p->height; ++y)\n        for (int x = 0; x < p->width; ++x) sum += p->at[y * p->width + x] * f->scale->by;\n    return sum;\n}\n",
            "filtered",
            "float filtered(const struct filter *f) { float sum = 0; for (int i = 1; i < f->plane.height * f->plane.width; ++i) sum += f->plane.at[i] * f->scale->by; return sum; }\n",
        ),
        // Several structs with pointers, in place and where a pointer leads.
        (
            "a.c",
            "struct taps { int count; double *by; };\nstruct bank { int factor; struct taps *taps; struct taps fixed[2]; };\ndouble applied(const struct bank *bank) {\n    double s = 0;\n    for (int f = 0; f < bank->factor; ++f) {\n        const struct taps *t = &bank->taps[f];\n        for (int i = 0; i < t->count; ++i) s += t->by[i] * (f + 1);\n    }\n    for (int f = 0; f < 2; ++f)\n        for (int i = 0; i < bank->fixed[f].count; ++i) s -= bank->fixed[f].by[i];\n    return s;\n}\n",
            "applied",
            "double applied(const struct bank *bank) { double s = 0; for (int f = 0; f < bank->factor; ++f) for (int i = 0; i < bank->taps[f].count; ++i) s += bank->taps[f].by[i] * (f + 1); for (int f = 0; f < 1; ++f) for (int i = 0; i < bank->fixed[f].count; ++i) s -= bank->fixed[f].by[i]; return s; }\n",
        ),
        // A member of a class template, defined outside of it with another name for its parameter.
        (
            "t.cpp",
            "#include <vector>\ntemplate <class T> class Table {\n    std::vector<T> cells;\n  public:\n    T sum(Table<T> const &other) const;\n    T at(int i) const { return cells[i]; }\n};\ntemplate <class U> U Table<U>::sum(Table<U> const &other) const {\n    U s = 0;\n    for (unsigned i = 0; i < cells.size(); ++i) s += cells[i];\n    for (U v : other.cells) s -= v;\n    return s;\n}\n",
            "Table::sum",
            "T Table_sum(Table const &self, Table const &other) { T s = 0; for (unsigned i = 1; i < self.cells.size(); ++i) s += self.cells[i]; for (T v : other.cells) s -= v; return s; }\n",
        ),
        // Several objects of one class, all as long as a number of one of them says.
        (
            "o.cpp",
            "#include <vector>\nclass Mat {\n    std::vector<double> cells;\n    int n = 0;\n  public:\n    void times(Mat const &a, Mat const &b);\n};\nvoid Mat::times(Mat const &a, Mat const &b) {\n    for (int i = 0; i < n; ++i)\n        for (int j = 0; j < n; ++j) {\n            double s = 0;\n            for (int k = 0; k < n; ++k) s += a.cells[i * n + k] * b.cells[k * n + j];\n            cells[i * n + j] = s;\n        }\n}\n",
            "Mat::times",
            "void Mat_times(Mat &self, Mat const &a, Mat const &b) { for (int i = 0; i < self.n; ++i) for (int j = 0; j < self.n; ++j) { double s = 0; for (int k = 1; k < self.n; ++k) s += a.cells[i * self.n + k] * b.cells[k * self.n + j]; self.cells[i * self.n + j] = s; } }\n",
        ),
        // A class that cannot be made without what nobody has, derived from another.
        (
            "c.cpp",
            "#include <string>\n#include <vector>\nstruct World;\nclass Base { protected: int shift; };\nclass Words : public Base {\n    World &world;\n    std::string extra;\n    std::vector<int> seen;\n  public:\n    Words(World &w, std::string const &e);\n    int count(std::string const &text) const;\n    int twice(std::string const &text) const { return 2 * count(text); }\n};\nint Words::count(std::string const &text) const {\n    int n = shift;\n    for (char c : text) n += c == ' ';\n    for (int s : seen) n ^= s;\n    return n + static_cast<int>(extra.size());\n}\n",
            "Words::count",
            "int Words_count(Words const &self, std::string const &text) { int n = self.shift; for (char c : text) n += c == '!'; for (int s : self.seen) n ^= s; return n + static_cast<int>(self.extra.size()); }\n",
        ),
        // Bits of a number as fields.
        (
            "b.c",
            "struct span { unsigned first : 24; unsigned count : 8; };\nunsigned long covered(const struct span *spans, int n) { unsigned long s = 0; for (int i = 0; i < n; ++i) s += spans[i].first ^ spans[i].count; return s; }\n",
            "covered",
            "unsigned long covered(const struct span *spans, int n) { unsigned long s = 0; for (int i = 0; i < n; ++i) s += spans[i].first ^ (spans[i].count & 127); return s; }\n",
        ),
        // Lists that a value of a member ends.
        (
            "l.c",
            "struct entry { int index; double value; };\ndouble dot(const struct entry *a, const struct entry *b) {\n    double s = 0;\n    while (a->index != -1 && b->index != -1) { s += a->value * b->value; ++a; ++b; }\n    return s;\n}\n",
            "dot",
            "double dot(const struct entry *a, const struct entry *b) { double s = 0; while (a->index != -1 && b[1].index != -1) { s += a->value * b->value; ++a; ++b; } return s; }\n",
        ),
        // Namespaces that macros open, and names that they paste.
        (
            "m.cpp",
            "namespace deep { typedef unsigned char letter; }\n#define OPEN namespace deep { namespace impl {\n#define CLOSE } }\n#define CODE(name) code_##name\nOPEN\nenum codes { code_plain = 3, code_other = 5 };\nint weigh(const letter *p, int n)\n{\n    int s = 0;\n    for (int i = 0; i < n; ++i) s += p[i] == ' ' ? CODE(plain) : CODE(other);\n    return s;\n}\nCLOSE\n",
            "weigh",
            "int weigh(const letter *p, int n) { int s = 0; for (int i = 1; i < n; ++i) s += p[i] == ' ' ? 3 : 5; return s; }\n",
        ),
        // Text that is looked for in other text.
        (
            "f.c",
            "#include <string.h>\nlong found(const char *text, const char *needle) {\n    size_t n = strlen(text), m = strlen(needle);\n    for (size_t i = 0; i + m <= n; ++i) if (memcmp(text + i, needle, m) == 0) return (long)i;\n    return -1;\n}\n",
            "found",
            "#include <string.h>\nlong found(const char *text, const char *needle) { size_t n = strlen(text), m = strlen(needle); for (size_t i = 0; i + m + 1 <= n; ++i) if (memcmp(text + i, needle, m) == 0) return (long)i; return -1; }\n",
        ),
    ];
    for (file, source, function, wrong) in cases {
        let outcome = judged(at, file, source, function, wrong);
        assert_eq!(outcome, "wrong_answer", "{function}");
    }
}

#[test]
fn what_a_build_makes_and_finds_out_is_stood_in_for_and_said() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    std::fs::create_dir_all(at.join("src")).unwrap();
    std::fs::write(at.join("configure.ac"), "").unwrap();
    std::fs::write(
        at.join("types.h.in"),
        "#undef HAVE_STDINT_H\ntypedef @WHOLE@ long whole;\n",
    )
    .unwrap();
    std::fs::write(at.join("CMakeLists.txt"), "set(WHOLE \"long\")\n").unwrap();
    let source = "#include <config.h>\n#include \"types.h\"\n#include <math.h>\n#ifndef HAVE_LROUND\nstatic long lround(double x) { return (long)(x + 0.5); }\n#endif\n\
        whole rounded(const double *x, int n) { whole s = 0; for (int i = 0; i < n; ++i) s += lround(x[i]); return s; }\n";
    std::fs::write(at.join("src/a.c"), source).unwrap();
    let asked = ["init", "src/a.c", "--function", "rounded", "--unproved"];
    let (code, out, err) = said(at, &asked);
    assert_eq!(code, 0, "{out}{err}");
    for told in [
        "config.h is made when the project is built. A stand-in serves here, empty",
        "made from types.h.in as far as that says",
        "-DHAVE_LROUND",
    ] {
        assert!(err.contains(told), "{told}: {err}");
    }
    let original = std::fs::read_to_string(at.join("rounded/original.cpp")).unwrap();
    assert!(original.contains("typedef long long whole;"), "{original}");
}

#[test]
fn of_several_of_a_name_the_longest_is_taken_and_that_is_said() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    std::fs::write(
        at.join("o.cpp"),
        "#include <string>\nint sum(const int *x, int n) { int s = 0; for (int i = 0; i < n; ++i) s += x[i]; return s; }\nint sum(std::string const &s) { return static_cast<int>(s.size()); }\n",
    )
    .unwrap();
    let (code, out, err) = said(at, &["init", "o.cpp", "--function", "sum", "--unproved"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        err.contains("There are several of this name; taken is int sum(const int *x, int n)"),
        "{err}"
    );
}

#[test]
fn a_file_in_latin_1_is_taken_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    std::fs::write(
        at.join("l.cpp"),
        b"// Gr\xfcn.\nint half(const int *x, int n) {\n    int s = 0; // \xe4\n    for (int i = 0; i < n; ++i) s += x[i] / 2;\n    return s;\n}\n",
    )
    .unwrap();
    let (code, out, err) = said(at, &["init", "l.cpp", "--function", "half", "--unproved"]);
    assert_eq!(code, 0, "{out}{err}");
    let original = std::fs::read_to_string(at.join("half/original.cpp")).unwrap();
    assert!(original.contains("int s = 0; // ?"), "{original}");
}

#[test]
fn a_header_of_the_project_is_found_without_flags() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    std::fs::create_dir_all(at.join("src")).unwrap();
    std::fs::create_dir_all(at.join("include/lib")).unwrap();
    std::fs::write(at.join("Makefile"), "").unwrap();
    std::fs::write(at.join("include/lib/scale.h"), "#define SCALE 3\n").unwrap();
    std::fs::write(
        at.join("src/a.c"),
        "#include <lib/scale.h>\nint scaled(const int *x, int n) { int s = 0; for (int i = 0; i < n; ++i) s += SCALE * x[i]; return s; }\n",
    )
    .unwrap();
    let (code, out, err) = said(
        at,
        &["init", "src/a.c", "--function", "scaled", "--unproved"],
    );
    assert_eq!(code, 0, "{out}{err}");
    assert!(err.contains("lib/scale.h found: -I"), "{err}");
}

#[test]
fn what_is_not_proved_is_told_with_every_result() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    // Signed sums do not bear the whole range of their type.
    std::fs::write(
        at.join("a.cpp"),
        "int total(const int *x, int n) {\n    int s = 0;\n    for (int i = 0; i < n; ++i) s += x[i];\n    return s;\n}\n",
    )
    .unwrap();
    let eval = || {
        let (_, out, err) = said(at, &["eval", "./total", "total/original.cpp", "--json"]);
        let value: serde_json::Value = serde_json::from_str(&out).expect(&err);
        let all = value["caveats"].as_array().unwrap().clone();
        let of_proof = all.iter().filter(|caveat| caveat["name"] == "proof");
        of_proof
            .map(|caveat| caveat["advice"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (code, out, err) = said(at, &["init", "a.cpp", "--function", "total", "--unproved"]);
    assert_eq!(code, 0, "{out}{err}");
    // Never proved: the whole range overflows, and nobody has found that out yet.
    let manifest = at.join("total/problem.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace(", \"full\"", "")).unwrap();
    let told = eval();
    assert!(
        told[0].starts_with("The folder was never proved"),
        "{told:?}"
    );
    let (code, out, err) = said(at, &["init", "a.cpp", "--function", "total", "--force"]);
    assert_eq!(code, 0, "{out}{err}");
    let never =
        "Never tried: values over the whole range of their type; the original does not bear it";
    assert!(
        out.contains("Left open:")
            && out.contains(never)
            && out.contains("Proved but for what is left open."),
        "{out}"
    );
    let text = std::fs::read_to_string(&manifest).unwrap();
    assert!(
        text.contains("Never tried, because it does not bear them: values over the whole range"),
        "{text}"
    );
    let told = eval();
    assert!(told.iter().any(|told| told.starts_with(never)), "{told:?}");
    // Another driver is another folder.
    let driver = at.join("total/driver.cpp");
    let text = std::fs::read_to_string(&driver).unwrap();
    std::fs::write(&driver, format!("{text}// mine\n")).unwrap();
    let told = eval();
    assert!(
        told[0].starts_with("The folder was changed after its proof"),
        "{told:?}"
    );
}

#[test]
fn a_timed_input_that_runs_hardly_any_of_the_function_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    // It returns at once unless the mode is one that nobody would guess.
    let mut source = "long work(const int *x, int n, int mode) {\n    if ((mode * 40503u & 0xffffff) != 0x5a17c3) return 0;\n    long s = 0;\n".to_owned();
    for step in 0..12 {
        source.push_str(&format!(
            "    for (int i = 0; i < n; ++i) s += x[i] ^ {step};\n"
        ));
    }
    source.push_str("    return s;\n}\n");
    std::fs::write(at.join("a.cpp"), source).unwrap();
    let asked = ["init", "a.cpp", "--function", "work", "--unproved"];
    let (code, out, err) = said(at, &asked);
    assert_eq!(code, 0, "{out}{err}");
    let (code, out, err) = said(at, &["problems", "check", "./work"]);
    assert_eq!(code, 2, "{out}{err}");
    assert!(out.contains("timed inputs run 1 of 14 lines"), "{out}{err}");
}

#[test]
fn a_sum_that_leaves_its_type_is_timed_at_sizes_that_it_bears() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    std::fs::write(
        at.join("a.c"),
        "int squares(const int *x, int n) { int s = 0; for (int i = 0; i < n; i++) s += x[i] * x[i]; return s; }\n",
    )
    .unwrap();
    // Whether so short a call can be timed depends on the machine.
    let (_, out, err) = said(at, &["init", "a.c", "--function", "squares"]);
    assert!(
        err.contains("Sizes from ") && err.contains("ok  keeps to its memory"),
        "{out}{err}"
    );
}

#[test]
fn where_a_function_stopped_is_compared() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    let text = "int words(const char *s, const char **end) {\n    int n = 0;\n    while (*s && *s != ';') {\n        while (*s == ' ') ++s;\n        if (*s && *s != ';') n++;\n        while (*s && *s != ' ' && *s != ';') ++s;\n    }\n    if (end) *end = s;\n    return n;\n}\n";
    std::fs::write(at.join("a.c"), text).unwrap();
    let asked = ["init", "a.c", "--function", "words", "--unproved"];
    let (code, out, err) = said(at, &asked);
    assert_eq!(code, 0, "{out}{err}");
    let wrong = text.replace("*end = s", "*end = 0");
    std::fs::write(at.join("wrong.cpp"), wrong).unwrap();
    let (_, out, err) = said(at, &["eval", "words", "wrong.cpp", "--json"]);
    let told: serde_json::Value =
        serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    assert!(told.to_string().contains("end_at"), "{told}");
}

#[test]
fn what_a_function_calls_in_other_files_comes_along_and_keeps_apart() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    std::fs::write(at.join("Makefile"), "").unwrap();
    std::fs::write(
        at.join("parts.h"),
        "extern const int weights[4];\nint folded(int a);\nint twice(int a);\n",
    )
    .unwrap();
    std::fs::write(at.join("main.c"), "#include \"parts.h\"\nstatic int step(int a) { return a + 1; }\nint total(const int *x, int n) { int s = 0; for (int i = 0; i < n; i++) s += folded(step(x[i])) * weights[i % 4]; return s; }\n").unwrap();
    std::fs::write(at.join("fold.c"), "#include \"parts.h\"\nstatic int step(int a) { return a / 3; }\nint folded(int a) { return twice(step(a)) ^ a; }\n").unwrap();
    std::fs::write(at.join("more.c"), "#include \"parts.h\"\nconst int weights[4] = {1, 2, 3, 5};\nint twice(int a) { return a - 7; }\n").unwrap();
    let (code, out, err) = said(at, &["init", "main.c", "--function", "total"]);
    assert!(code == 0 && out.contains("Proved"), "{out}{err}");
    assert!(
        err.contains("folded taken from") && err.contains("fold.c"),
        "{err}"
    );
    let original = std::fs::read_to_string(at.join("total/original.cpp")).unwrap();
    assert!(
        original.contains("step_of_fold") && original.contains("int twice"),
        "{original}"
    );
}
