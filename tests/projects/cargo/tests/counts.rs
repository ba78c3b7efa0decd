//! Claims about counting words.

#[test]
fn words_are_counted_in_order() {
    let found = words::counts("b a b\nc a b");
    assert_eq!(found, [("b".to_string(), 3), ("a".to_string(), 2), ("c".to_string(), 1)]);
    assert_eq!(words::counts(""), []);
}
