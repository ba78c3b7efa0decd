//! How long choosing lessons out of a million takes: `cargo bench --bench select`. Prints the figures; asserts nothing,
//! since a clock on a busy machine proves nothing.

use std::hint::black_box;
use std::time::Instant;

use lessonl::bank::{By, Rule, Shelf};

const LESSONS: usize = 1_000_000;
const REPEATS: usize = 101;

fn main() {
    let mut state = 1_u64;
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut shelf = Shelf::with_capacity(LESSONS);
    for _ in 0..LESSONS {
        shelf.push(draw() * 3.0, draw());
    }
    for (name, by) in [
        ("speed and relevance", By::SpeedAndRelevance),
        ("speed", By::Speed),
        ("relevance", By::Relevance),
        ("chance", By::Chance(7)),
    ] {
        for slots in [4, 32] {
            let rule = Rule {
                slots,
                threshold: 1.1,
                by,
            };
            let mut times: Vec<f64> = (0..REPEATS)
                .map(|_| {
                    let begin = Instant::now();
                    black_box(black_box(&shelf).choose(rule));
                    begin.elapsed().as_secs_f64() * 1e3
                })
                .collect();
            times.sort_by(f64::total_cmp);
            println!(
                "{slots:>2} of {LESSONS} lessons by {name}: median {:.2} ms, slowest {:.2} ms",
                times[REPEATS / 2],
                times[REPEATS - 1]
            );
        }
    }
}
