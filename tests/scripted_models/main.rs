//! The scripted models as a program, to run a whole comparison against without any model:
//!
//! ```sh
//! cargo run --release --example scripted_models -- 8811 1 vary > tokens.tsv &
//! lessonl compare pareval/dense_la/gemm pareval/fft/dft pareval/geometry/closest_pair_2d pareval/graph/largest_component \
//!     pareval/histogram/count_quartile pareval/reduce/smallest_odd_number pareval/scan/scan_with_min_function \
//!     pareval/search/find_the_closest_number_to_pi pareval/sort/k-th_smallest_element pareval/sparse_la/sparse_solve \
//!     pareval/stencil/game_of_life pareval/transform/map_function --repeats 2 --seed 1 --headless \
//!     --agent a=scripted-a@http://127.0.0.1:8811/v1 --agent b=scripted-b@http://127.0.0.1:8811/v1 \
//!     --agent c=scripted-c@http://127.0.0.1:8811/v1
//! ```
//!
//! A problem of each of the twelve categories, seven strategies, twice. It prints a line per answer: model, kind, tokens
//! in, tokens out; their sums are those of the comparison's table. Arguments: port, seed, and `vary` if the same question
//! is to be answered anew each time.

mod server;

use std::io::Write;
use std::path::Path;

use server::{Manner, Server};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().and_then(|text| text.parse().ok());
    let seed = arguments.next().and_then(|text| text.parse().ok());
    let manner = Manner {
        seed: seed.unwrap_or(1),
        vary: arguments.next().is_some_and(|word| word == "vary"),
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("benchmarks");
    let server = Server::start(port.unwrap_or(8811), &[&root], manner, |logged| {
        let mut out = std::io::stdout().lock();
        let text = format!(
            "{}\t{}\t{}\t{}\n",
            logged.model, logged.kind, logged.input, logged.output
        );
        // A log that nobody reads is no reason to stop answering.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    })?;
    eprintln!(
        "scripted models answer at {}; Ctrl-C ends them",
        server.url()
    );
    loop {
        std::thread::park();
    }
}
