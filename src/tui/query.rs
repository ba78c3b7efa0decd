//! What is typed into a filter: words, `field:text`, and `field>2`. Pure; what a field means is told by the list.

/// A filter.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Query {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq)]
enum Term {
    Word(String),
    Has(String, String),
    Above(String, f64),
    Below(String, f64),
}

/// What a list's entry has under a field's name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
}

impl Query {
    /// Reads a filter. Everything is readable: what is no field is a word.
    pub(crate) fn parse(text: &str) -> Self {
        let term = |word: &str| {
            for sign in [':', '>', '<'] {
                let Some((field, rest)) = word.split_once(sign) else {
                    continue;
                };
                if field.is_empty() || !field.chars().all(char::is_alphabetic) {
                    continue;
                }
                let field = field.to_lowercase();
                match (sign, rest.trim_start_matches('=').parse()) {
                    (':', _) => return Term::Has(field, rest.to_lowercase()),
                    ('>', Ok(limit)) => return Term::Above(field, limit),
                    ('<', Ok(limit)) => return Term::Below(field, limit),
                    _ => {}
                }
            }
            Term::Word(word.to_lowercase())
        };
        Self {
            terms: text.split_whitespace().map(term).collect(),
        }
    }

    /// Whether everything passes.
    pub(crate) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether an entry passes: all of `text` and of its fields must agree. A field the entry does not have is not passed.
    pub(crate) fn passes(&self, text: &str, field: impl Fn(&str) -> Option<Value>) -> bool {
        let text = text.to_lowercase();
        self.terms.iter().all(|term| match term {
            Term::Word(word) => text.contains(word),
            Term::Has(name, part) => match field(name) {
                Some(Value::Text(value)) => value.to_lowercase().contains(part),
                Some(Value::Number(value)) => part.parse() == Ok(value),
                None => false,
            },
            Term::Above(name, limit) => {
                matches!(field(name), Some(Value::Number(value)) if value > *limit)
            }
            Term::Below(name, limit) => {
                matches!(field(name), Some(Value::Number(value)) if value < *limit)
            }
        })
    }

    /// Fields that are asked for but not among the known ones.
    pub(crate) fn unknown<'a>(&'a self, known: &[&str]) -> Vec<&'a str> {
        let names = self.terms.iter().filter_map(|term| match term {
            Term::Word(_) => None,
            Term::Has(name, _) | Term::Above(name, _) | Term::Below(name, _) => Some(name.as_str()),
        });
        names.filter(|name| !known.contains(name)).collect()
    }
}

/// How well a pattern's letters occur in a text in order: higher is better, `None` when they do not.
pub(crate) fn fuzzy(pattern: &str, text: &str) -> Option<i32> {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    if let Some(at) = text.find(&pattern) {
        return Some(1_000 - i32::try_from(at.min(500)).unwrap_or(500));
    }
    let mut wanted = pattern.chars().filter(|c| !c.is_whitespace()).peekable();
    let (mut score, mut before) = (0, None);
    for (at, c) in text.chars().enumerate() {
        if wanted.peek() == Some(&c) {
            wanted.next();
            score += if before.is_some_and(|b| b + 1 == at) {
                5
            } else {
                1
            };
            before = Some(at);
        }
    }
    wanted.peek().is_none().then_some(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str) -> Option<Value> {
        match name {
            "state" => Some(Value::Text("pinned".to_owned())),
            "best" => Some(Value::Number(2.5)),
            _ => None,
        }
    }

    #[test]
    fn words_fields_and_limits_must_all_agree() {
        let passes = |filter: &str| Query::parse(filter).passes("Tile the loops", entry);
        assert!(passes("tile state:pinned best>2 best<=3"));
        assert!(passes("LOOPS"));
        assert!(!passes("state:rejected"));
        assert!(!passes("best>2.5"));
        assert!(!passes("colour:red"));
        assert!(!passes("http://x"));
    }

    #[test]
    fn unknown_fields_are_named() {
        let query = Query::parse("tile colour:red best>2 a>b");
        assert_eq!(query.unknown(&["best"]), ["colour"]);
    }

    #[test]
    fn letters_in_order_match_and_a_whole_word_matches_better() {
        assert!(fuzzy("pin", "pin or unpin") > fuzzy("pnu", "pin or unpin"));
        assert_eq!(fuzzy("xyz", "pin or unpin"), None);
        assert!(fuzzy("", "anything").is_some());
    }
}
