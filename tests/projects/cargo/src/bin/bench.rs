//! Counts the words of a made-up text.

use words::counts;

fn main() {
    let mut text = String::new();
    let mut state: u32 = 1;
    for _ in 0..120_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push_str(&format!("w{} ", (state >> 8) % 3000));
    }
    let found = counts(&text);
    println!("{} {}", found.len(), found.iter().map(|(_, n)| n).sum::<usize>());
}
