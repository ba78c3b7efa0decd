//! What a function needs of its file: types, constants, macros, helpers and headers, transitively, by the words it uses.
//! Rather takes a little too much than too little. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

use tree_sitter::Node;

use super::items::{Function, Item, Kind, Parsed, is_function};
use super::words::{Reached, words};

/// What is taken along.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Needed {
    /// The text of all of it, in the order of the file.
    pub text: String,
    /// Functions and variables that are announced but defined elsewhere.
    pub missing: Vec<String>,
}

/// Gathers what `seed` (the function's text) needs. `source` is the text as written, `parsed` the same with silent macros
/// blanked. Nobody constructs objects of the classes `raw`.
pub(super) fn gather(
    parsed: &Parsed<'_>,
    source: &str,
    function: &Function,
    seed: &[&str],
    raw: &[String],
) -> Needed {
    let gathering = Gathering {
        raw,
        ..Gathering::new(parsed, source, function)
    };
    gathering.run(seed)
}

struct Gathering<'p> {
    parsed: &'p Parsed<'p>,
    source: &'p str,
    function: &'p Function,
    by_name: BTreeMap<&'p str, Vec<usize>>,
    taken: BTreeSet<usize>,
    plain: BTreeSet<&'p str>,
    any: BTreeSet<&'p str>,
    /// The words of what is asked for.
    seeds: BTreeSet<String>,
    /// Classes whose constructors and destructors nobody calls.
    raw: &'p [String],
    /// What macros that are taken paste before and after a word.
    pasting: BTreeSet<(&'p str, &'p str)>,
}

impl<'p> Gathering<'p> {
    fn new(parsed: &'p Parsed<'p>, source: &'p str, function: &'p Function) -> Self {
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, item) in parsed.items.iter().enumerate() {
            for name in &item.names {
                by_name.entry(name).or_default().push(at);
            }
        }
        Self {
            parsed,
            source,
            function,
            by_name,
            taken: BTreeSet::new(),
            plain: BTreeSet::new(),
            any: BTreeSet::new(),
            seeds: BTreeSet::new(),
            raw: &[],
            pasting: BTreeSet::new(),
        }
    }

    fn item(&self, at: usize) -> Option<&'p Item> {
        self.parsed.items.get(at)
    }

    fn text(&self, span: &Range<usize>) -> &'p str {
        let written = self.source.get(span.clone()).unwrap_or("");
        // Half of a macro around what it begins with.
        match written.matches('(').count() < written.matches(')').count() {
            true => self.parsed.slice(span),
            false => written,
        }
    }

    /// Whether an item is the function itself.
    fn is_itself(&self, item: &Item) -> bool {
        item.kind == Kind::Function
            && item.span.start <= self.function.span.start
            && self.function.span.end <= item.span.end
    }

    fn run(mut self, seed: &[&str]) -> Needed {
        let seeds: Vec<String> = seed.iter().map(|text| (*text).to_owned()).collect();
        let mut fresh: Vec<usize> = Vec::new();
        for text in &seeds {
            let known: Vec<(String, Reached)> = words(text)
                .into_iter()
                .map(|word| (word.text.to_owned(), word.reached))
                .collect();
            for (word, reached) in known {
                self.seeds.insert(word.clone());
                let names: Option<(&&'p str, _)> = self.by_name.get_key_value(word.as_str());
                if let Some((name, _)) = names {
                    let name: &'p str = name;
                    self.any.insert(name);
                    if reached == Reached::Plainly {
                        self.plain.insert(name);
                    }
                }
            }
        }
        loop {
            for at in 0..self.parsed.items.len() {
                if !self.taken.contains(&at) && self.wanted(at) {
                    self.taken.insert(at);
                    fresh.push(at);
                }
            }
            if fresh.is_empty() {
                break;
            }
            for at in std::mem::take(&mut fresh) {
                let Some(item) = self.item(at) else { continue };
                let text = self.text(&item.span);
                if item.kind == Kind::Define {
                    self.pasting.extend(pasted(text));
                }
                for word in words(text) {
                    // That a class announces a member function does not call it.
                    if item.kind == Kind::Type && announces(text, word.at + word.text.len()) {
                        continue;
                    }
                    self.any.insert(word.text);
                    if word.reached == Reached::Plainly {
                        self.plain.insert(word.text);
                    }
                }
            }
        }
        self.complete();
        Needed {
            text: self.written(),
            missing: self.missing(),
        }
    }

    fn type_taken(&self, class: &str) -> bool {
        let of = |at: &usize| {
            self.taken.contains(at) && self.item(*at).is_some_and(|item| item.kind == Kind::Type)
        };
        self.by_name
            .get(class)
            .is_some_and(|all| all.iter().any(of))
    }

    fn wanted(&self, at: usize) -> bool {
        let Some(item) = self.item(at) else {
            return false;
        };
        if self.is_itself(item) {
            return false;
        }
        let named =
            |set: &BTreeSet<&str>| item.names.iter().any(|name| set.contains(name.as_str()));
        match (&item.class, item.kind) {
            (Some(class), Kind::Function | Kind::Variable) => {
                let made = !self.raw.contains(class);
                let special = item.names.iter().any(|name| {
                    made && (name == class || name.starts_with('~')) || name.starts_with("operator")
                });
                let of_raw = !made && item.names.iter().any(|n| n == class || n.starts_with('~'));
                self.type_taken(class) && !of_raw && (named(&self.any) || special)
            }
            // What a macro is made to mean behind the function is not what it means in it.
            (_, Kind::Define) => named(&self.plain) && !self.is_redefined_behind(item),
            (_, Kind::Type | Kind::Variable) => named(&self.plain) || self.is_pasted(item),
            (_, Kind::Function) => {
                named(&self.plain) || self.is_operator_of_taken(item) || self.is_pasted(item)
            }
            (_, Kind::Include) => true,
            (None, Kind::Prototype) => self.announces_taken(item),
            (_, Kind::Prototype | Kind::Using | Kind::Undef) => false,
        }
    }

    /// Whether a macro that is taken pastes one of its names together out of a word that is used: `kind_##name`.
    fn is_pasted(&self, item: &Item) -> bool {
        let glued = |name: &String| {
            self.pasting.iter().any(|(before, after)| {
                let rest = name
                    .strip_prefix(before)
                    .and_then(|n| n.strip_suffix(after));
                rest.is_some_and(|rest| self.any.contains(rest) || self.seeds.contains(rest))
            })
        };
        !self.pasting.is_empty() && item.names.iter().any(glued)
    }

    fn is_behind(&self, item: &Item) -> bool {
        item.span.start >= self.function.span.end
    }

    /// Whether a definition of a macro stands behind the function, and another one before it.
    fn is_redefined_behind(&self, item: &Item) -> bool {
        let before = |at: &usize| {
            self.item(*at)
                .is_some_and(|other| other.kind == Kind::Define && !self.is_behind(other))
        };
        let known = |name: &String| {
            self.by_name
                .get(name.as_str())
                .is_some_and(|all| all.iter().any(before))
        };
        self.is_behind(item) && item.names.iter().any(known)
    }

    /// Whether an item announces a function that is taken.
    fn announces_taken(&self, item: &Item) -> bool {
        item.names.iter().any(|name| {
            self.by_name.get(name.as_str()).is_some_and(|all| {
                all.iter().any(|at| {
                    self.taken.contains(at)
                        && self.item(*at).is_some_and(|other| {
                            other.kind == Kind::Function && other.scope == item.scope
                        })
                })
            })
        })
    }

    /// An operator over types that are taken.
    fn is_operator_of_taken(&self, item: &Item) -> bool {
        if !item.names.iter().any(|name| name.starts_with("operator")) {
            return false;
        }
        let head = self.text(&item.span).split('{').next().unwrap_or("");
        words(head).iter().any(|word| self.type_taken(word.text))
    }

    /// `using` lines that still have something to refer to, `#undef` of macros.
    fn complete(&mut self) {
        let taken: Vec<&Item> = self.taken.iter().filter_map(|at| self.item(*at)).collect();
        let scopes: BTreeSet<&str> = taken
            .iter()
            .flat_map(|item| item.scope.iter().map(String::as_str))
            .collect();
        let local: BTreeSet<&str> = self
            .parsed
            .items
            .iter()
            .flat_map(|item| item.scope.iter().map(String::as_str))
            .collect();
        let names: BTreeSet<&str> = taken
            .iter()
            .flat_map(|item| item.names.iter().map(String::as_str))
            .collect();
        let mut more = Vec::new();
        for (at, item) in self.parsed.items.iter().enumerate() {
            let keep = match item.kind {
                Kind::Undef => {
                    let taken = |name: &String| names.contains(name.as_str());
                    item.names.iter().any(taken) && !self.is_behind(item)
                }
                Kind::Using => {
                    let text = self.text(&item.span);
                    let used = words(text);
                    let last = used.last().map_or("", |word| word.text);
                    let roots: Vec<&str> = used
                        .iter()
                        .map(|word| word.text)
                        .filter(|w| local.contains(w))
                        .collect();
                    let elsewhere = roots.is_empty();
                    let of_namespace = used.iter().any(|word| word.text == "namespace");
                    elsewhere
                        || (of_namespace && roots.iter().all(|root| scopes.contains(root)))
                        || (!of_namespace && names.contains(last))
                }
                _ => false,
            };
            if keep {
                more.push(at);
            }
        }
        self.taken.extend(more);
    }

    /// What is used, announced, and defined nowhere in what was read.
    fn missing(&self) -> Vec<String> {
        let defined = |name: &str| {
            self.by_name.get(name).is_some_and(|all| {
                all.iter().any(|at| {
                    self.item(*at).is_some_and(|item| {
                        let announced = item.kind == Kind::Prototype
                            || (item.kind == Kind::Variable
                                && self.text(&item.span).trim_start().starts_with("extern"));
                        !announced
                    })
                })
            })
        };
        let mut missing = BTreeSet::new();
        for item in &self.parsed.items {
            let announced = item.kind == Kind::Prototype && item.class.is_none()
                || (item.kind == Kind::Variable
                    && self.text(&item.span).trim_start().starts_with("extern"));
            if announced {
                for name in &item.names {
                    if self.plain.contains(name.as_str()) && !defined(name) {
                        missing.insert(name.clone());
                    }
                }
            }
        }
        missing.into_iter().collect()
    }

    /// Namespaces that the file opens by macros, so that nothing shows that the function is in them: those of what it, and
    /// what stands beside it, names without them.
    fn hidden_namespaces(&self) -> BTreeSet<Vec<String>> {
        let mut found = BTreeSet::new();
        if !self.function.scope.is_empty() {
            return found;
        }
        let beside = self.taken.iter().filter_map(|at| self.item(*at));
        let beside = beside.filter(|item| item.scope.is_empty() && item.kind != Kind::Define);
        let texts = beside
            .map(|item| self.text(&item.span))
            .chain([self.text(&self.function.span)]);
        let mut named: BTreeSet<&str> = BTreeSet::new();
        for text in texts {
            for word in words(text)
                .into_iter()
                .filter(|w| w.reached == Reached::Plainly)
            {
                let qualified = text.get(..word.at).is_some_and(|b| b.ends_with("::"));
                named.extend((!qualified).then_some(word.text));
            }
        }
        for item in self.taken.iter().filter_map(|at| self.item(*at)) {
            let scope = &item.scope;
            let plain = !scope.is_empty() && scope.iter().all(|name| !name.is_empty());
            if plain && item.names.iter().any(|name| named.contains(name.as_str())) {
                found.insert(scope.clone());
            }
        }
        found
    }

    fn written(&self) -> String {
        let mut out = String::new();
        for scope in self.hidden_namespaces() {
            let (open, close) = (scope.iter(), " }".repeat(scope.len()));
            let open: String = open.map(|name| opened(name)).collect();
            let _ = writeln!(out, "{open}{close}\nusing namespace {};", scope.join("::"));
        }
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for item in self.taken.iter().filter_map(|at| self.item(*at)) {
            for head in self.unannounced(item, &mut known) {
                out.push_str(&head);
            }
            let directive = matches!(item.kind, Kind::Include | Kind::Define | Kind::Undef);
            let text = if item.kind == Kind::Type {
                self.opened_up(item)
            } else {
                self.text(&item.span).to_owned()
            };
            // Headers are never included inside a namespace. A block for each piece, so that each can be replaced alone.
            let scope: &[String] = if directive { &[] } else { &item.scope };
            let open: String = scope.iter().map(|name| opened(name)).collect();
            let close = " }".repeat(scope.len());
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{open}{}{close}", text.trim_end());
        }
        out
    }

    /// Announcements of functions that `item` uses and that stand behind it: what announces them for the file is in a place
    /// that is not taken along. `known` are the functions announced or defined so far.
    fn unannounced(&self, item: &Item, known: &mut BTreeSet<&'p str>) -> Vec<String> {
        let mut heads = Vec::new();
        if matches!(item.kind, Kind::Function | Kind::Variable) {
            let used = words(self.text(&item.span));
            let plain = used
                .iter()
                .filter(|word| word.reached == Reached::Plainly && !known.contains(word.text));
            let names: BTreeSet<&'p str> = plain.map(|word| word.text).collect();
            for name in names {
                let all = self
                    .by_name
                    .get(name)
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                let behind = all.iter().filter_map(|at| {
                    let other = self.item(*at).filter(|_| self.taken.contains(at))?;
                    (other.span.start > item.span.start).then_some(other)
                });
                let functions: Vec<&Item> = behind.collect();
                if let [one] = functions.as_slice()
                    && let Some(head) = self.head(one)
                {
                    known.insert(name);
                    heads.push(head);
                }
            }
        }
        if matches!(item.kind, Kind::Function | Kind::Prototype)
            && let Some(at) = self
                .parsed
                .items
                .iter()
                .find(|other| other.span == item.span)
        {
            known.extend(at.names.iter().map(String::as_str));
        }
        heads
    }

    /// The announcement of a plain function.
    fn head(&self, item: &Item) -> Option<String> {
        if item.kind != Kind::Function || item.class.is_some() {
            return None;
        }
        let inside = |f: &&Function| item.span.start <= f.span.start && f.span.end <= item.span.end;
        let function = self.parsed.functions.iter().find(inside)?;
        let head = self
            .source
            .get(item.span.start..function.body.start)?
            .trim_end();
        let plain =
            function.template.is_none() && head.ends_with(')') && !head.contains(['=', ';', '#']);
        let open: String = item.scope.iter().map(|name| opened(name)).collect();
        plain.then(|| format!("{open}{head};{}\n", " }".repeat(item.scope.len())))
    }

    /// A type with all its members public: the driver makes values of it.
    fn opened_up(&self, item: &Item) -> String {
        let mut edits: Vec<(Range<usize>, &str)> = Vec::new();
        let root = self.parsed.tree.root_node();
        let last = item.span.end.saturating_sub(1);
        if let Some(node) = root.descendant_for_byte_range(item.span.start, last) {
            access(node, &item.span, &mut edits);
        }
        edits.sort_by_key(|(span, _)| span.start);
        // Without silent macros: whoever reads it next knows none of them.
        let mut out = String::new();
        let mut at = item.span.start;
        for (span, with) in edits {
            if span.start < at {
                continue;
            }
            out.push_str(self.parsed.slice(&(at..span.start)));
            out.push_str(with);
            at = span.end;
        }
        out.push_str(self.parsed.slice(&(at..item.span.end)));
        out
    }
}

fn access(node: Node<'_>, within: &Range<usize>, edits: &mut Vec<(Range<usize>, &str)>) {
    // An explicit stack: what nests deeply must not cost ours.
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        let before = open.len();
        let mut cursor = node.walk();
        if opens_up(node, within, edits) {
            open.extend(node.children(&mut cursor));
            open[before..].reverse();
        }
    }
}

/// Makes one piece public; whether what is in it must be looked at.
fn opens_up(node: Node<'_>, within: &Range<usize>, edits: &mut Vec<(Range<usize>, &str)>) -> bool {
    if node.start_byte() < within.start || node.end_byte() > within.end {
        return false;
    }
    match node.kind() {
        "access_specifier" => {
            edits.push((node.byte_range(), "public"));
            return false;
        }
        "class_specifier" => {
            if let Some(body) = node.child_by_field_name("body") {
                let open = body.start_byte() + 1;
                edits.push((open..open, " public:"));
            }
        }
        // Without virtual functions a class needs no table of them, which only the file with its first one has. The driver
        // makes objects of the very class that is named.
        "virtual" | "virtual_function_specifier" | "virtual_specifier" | "pure_virtual_clause" => {
            edits.push((node.byte_range(), ""));
            return false;
        }
        "field_declaration" => {
            let declarator = node.child_by_field_name("declarator");
            let value = node.child_by_field_name("default_value");
            if let (Some(declarator), Some(value)) = (declarator, value)
                && is_function(declarator)
            {
                edits.push((declarator.end_byte()..value.end_byte(), ""));
            }
        }
        "compound_statement" => return false,
        _ => {}
    }
    true
}

/// What a macro's text pastes before and after its parameters: `kind_` and nothing for `kind_##name`.
fn pasted(text: &str) -> Vec<(&str, &str)> {
    // A word shorter than this would fit too much.
    const LEAST: usize = 3;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (at, _) in text.match_indices("##") {
        let before = text[..at].trim_end();
        let after = text[at + 2..].trim_start();
        let begun = before.rfind(|c| !word(c)).map_or(0, |b| b + 1);
        let end = after.find(|c| !word(c)).unwrap_or(after.len());
        found.extend((before.len() - begun >= LEAST).then_some((&before[begun..], "")));
        found.extend((end >= LEAST).then_some(("", &after[..end])));
    }
    found
}

/// Whether what stands at `after` in a class makes the word before it the name of a function without a body.
fn announces(text: &str, after: usize) -> bool {
    let rest = text.get(after..).unwrap_or("").trim_start();
    let Some(inside) = rest.strip_prefix('(') else {
        return false;
    };
    let mut depth = 1;
    let close = inside.char_indices().find(|(_, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    let Some(tail) = close.and_then(|(close, _)| inside.get(close + 1..)) else {
        return false;
    };
    let end = tail.find([';', '{', ':', '}', '(']).unwrap_or(tail.len());
    let between = tail.get(..end).unwrap_or("");
    let silent = [
        "const", "noexcept", "override", "final", "=", "0", "default", "delete",
    ];
    // A call in a body ends alike; but a body's words stand behind a brace on the way there.
    let before = text.get(..after).unwrap_or("");
    let open =
        before.matches('{').count() - before.matches('}').count().min(before.matches('{').count());
    open <= 1
        && tail.get(end..).is_some_and(|t| t.starts_with(';'))
        && between
            .split_whitespace()
            .all(|word| silent.contains(&word))
}

fn opened(name: &str) -> String {
    let gap = if name.is_empty() { "" } else { " " };
    format!("namespace{gap}{name} {{ ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "#include <vector>\n#define SCALE 3\n#define UNUSED 4\nusing namespace std;\nusing namespace other;\n\
        namespace other { int no() { return 1; } }\n\
        static int half(int v);\nnamespace a { class P { int x; public: int y; int get() const; };\nstruct Unused {}; \n\
        int P::get() const { return half(x) * SCALE; }\nint f(P const &p) { return p.get(); } }\nstatic int half(int v) { return v / 2; }\nint extra(int);\n";

    #[test]
    fn what_is_used_comes_along_in_order_and_nothing_else() {
        let parsed = Parsed::new(TEXT).unwrap();
        let function = parsed.functions.iter().find(|f| f.name == "f").unwrap();
        let needed = gather(
            &parsed,
            TEXT,
            function,
            &[parsed.slice(&function.span)],
            &[],
        );
        assert_eq!(
            needed.text,
            "#include <vector>\n#define SCALE 3\nusing namespace std;\nstatic int half(int v);\n\
             namespace a { class P { public: int x; public: int y; int get() const; }; }\n\
             namespace a { int P::get() const { return half(x) * SCALE; } }\n\
             static int half(int v) { return v / 2; }\n"
        );
        assert!(needed.missing.is_empty());
        let needed = gather(&parsed, TEXT, function, &["extra(1)"], &[]);
        assert_eq!(needed.missing, ["extra"]);
    }

    #[test]
    fn names_that_macros_paste_come_along() {
        let text = "#define E(name) error_##name\n#define FAIL(e) ((int)-E(e))\nenum { error_big, error_small };\nint error_other(void);\nenum { other };\nint f(int v) { return v > 9 ? FAIL(big) : v; }\n";
        let parsed = Parsed::new(text).unwrap();
        let function = parsed.functions.iter().find(|f| f.name == "f").unwrap();
        let needed = gather(
            &parsed,
            text,
            function,
            &[parsed.slice(&function.span)],
            &[],
        );
        assert_eq!(
            needed.text,
            "#define E(name) error_##name\n#define FAIL(e) ((int)-E(e))\nenum { error_big, error_small };\n"
        );
    }

    #[test]
    fn what_is_used_before_it_is_defined_is_announced() {
        let text = "int first(int v) { return second(v) + 1; }\nint second(int v)\n{ return v; }\nint f(int v) { return first(v); }\n";
        let parsed = Parsed::new(text).unwrap();
        let function = parsed.functions.iter().find(|f| f.name == "f").unwrap();
        let needed = gather(
            &parsed,
            text,
            function,
            &[parsed.slice(&function.span)],
            &[],
        );
        assert_eq!(
            needed.text,
            "int second(int v);\nint first(int v) { return second(v) + 1; }\nint second(int v)\n{ return v; }\n"
        );
    }
}
