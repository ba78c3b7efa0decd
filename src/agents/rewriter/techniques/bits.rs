//! `std::vector<bool>` filled element by element: whole words are built from bytes instead.
//! Legal when every element's value is pure and does not read the vector. Falls back to the plain loop off libstdc++.

use super::Options;
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::facts::{is_pure, is_whole};
use crate::rewriter::analysis::pattern::find;

/// Sixty-four elements at a time.
pub(crate) fn words(code: &Code, _options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for shape in [
            "for ($T $i = 0; $i < $n; $i++) { $m[$i] = $e; }",
            "for ($T $i = 0; $i < $n; $i++) { if ($e) { $m[$i] = true; } else { $m[$i] = false; } }",
            "for ($T $i = 0; $i < $n; $i++) { $U $t = $e; $m[$i] = $t; }",
        ] {
            for found in find(shape, &function.body) {
                let b = &found.bound;
                let (Some(i), Some(m), Some(e), Some(n)) =
                    (b.name("i"), b.name("m"), b.term("e"), b.term("n"))
                else {
                    continue;
                };
                let ty = super::squeezed(b.text("T", &code.text));
                let fits = is_whole(&ty)
                    && is_bits(function, m)
                    && is_pure(e, code)
                    && !e.mentions(m)
                    && is_pure(n, code)
                    && !n.mentions(i);
                // the value may have been narrowed by the type it went through
                let narrowed = b.term("U").is_some_and(|u| {
                    !matches!(super::squeezed(code.of(u)).as_str(), "bool" | "auto")
                });
                if fits && !narrowed {
                    let new = filled(code, m, i, &ty, code.of(n), &|index| code.with(e, i, index));
                    edits.push((found.range.clone(), new));
                }
            }
        }
        for found in find(
            "transform($x.begin(), $x.end(), $m.begin(), $f);",
            &function.body,
        ) {
            let b = &found.bound;
            let (Some(x), Some(m), Some(f)) = (b.name("x"), b.name("m"), b.term("f")) else {
                continue;
            };
            let known = f.name().is_some_and(|n| {
                code.function(n)
                    .is_some_and(|h| crate::rewriter::analysis::facts::pure_function(h, code, 2))
            }) || (f.kind == "lambda_expression"
                && !f.has("assign")
                && !f.has("update_expression"));
            if known && is_bits(function, m) && function.element_of(x).is_some_and(|e| e != "bool")
            {
                let i = code.fresh("index");
                let n = format!("{x}.size()");
                let call = code.of(f).to_owned();
                let new = filled(code, m, &i, "size_t", &n, &|index| {
                    format!("({call})({x}[{index}])")
                });
                edits.push((found.range.clone(), new));
            }
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

fn is_bits(function: &FunctionNode, name: &str) -> bool {
    function.element_of(name) == Some("bool")
}

fn filled(
    code: &Code,
    m: &str,
    i: &str,
    ty: &str,
    n: &str,
    value: &dyn Fn(&str) -> String,
) -> String {
    let wide = code.freshen(&value(&format!("({i} + %lane)")));
    let one = value(i);
    let template = format!(
        "{{\n{ty} {i} = 0;\n#if defined(__GLIBCXX__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__\nif ({n} >= 64) {{\nauto* %words = {m}.begin()._M_p;\nstatic_assert(sizeof(*%words) == 8, \"words of 64 bits\");\nfor (; {i} + 63 < {n}; {i} += 64) {{\nunsigned char %flags[64];\nfor (int %lane = 0; %lane < 64; ++%lane) {{\n%flags[%lane] = static_cast<bool>({wide});\n}}\nunsigned long long %word = 0;\nfor (int %group = 0; %group < 8; ++%group) {{\nunsigned long long %eight;\nstd::memcpy(&%eight, %flags + 8 * %group, 8);\n%word |= ((%eight * 0x0102040810204080ULL) >> 56) << (8 * %group);\n}}\n%words[{i} / 64] = %word;\n}}\n}}\n#endif\nfor (; {i} < {n}; ++{i}) {{\n{m}[{i}] = {one};\n}}\n}}"
    );
    code.freshen(&template)
}

#[cfg(test)]
mod tests {
    use super::super::Technique::BitWords;
    use super::super::tests::after;

    const BEFORE: &str = "void flag(std::vector<int> const& v, std::vector<bool>& f) { for (size_t i = 0; i < v.size(); i++) { f[i] = v[i] > 3; } }";

    #[test]
    fn bits_are_written_a_word_at_a_time() {
        let new = after(BitWords, BEFORE, "flag").unwrap_or_default();
        assert!(
            new.contains("words[i / 64] = word;") && new.contains("f[i] = v[i] > 3;"),
            "{new}"
        );
    }

    #[test]
    fn bytes_offsets_and_effects_stay() {
        for (what, by) in [
            ("vector<bool>", "vector<char>"),
            ("i = 0", "i = 1"),
            ("v[i] > 3", "f[i - 1]"),
            ("v[i] > 3", "next(v)"),
        ] {
            assert!(BEFORE.contains(what), "{what}");
            assert_eq!(
                after(BitWords, &BEFORE.replace(what, by), "flag"),
                None,
                "{by}"
            );
        }
    }
}
