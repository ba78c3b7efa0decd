//! The rewriting techniques: from a syntactic pattern to an equal, faster text. Each refuses when it is not sure.
//! None knows any particular function.

mod angles;
mod bits;
mod calls;
mod containers;
mod histogram;
mod hoist;
mod jam;
mod keys;
mod nest;
mod order;
mod parallel;
mod queue;
mod reduce;
mod scalar;
mod scan;
mod search;
mod skip;
mod stencil;
mod sweep;
mod tile;

use super::analysis::code::Code;

pub(crate) use super::analysis::code::squeeze as squeezed;

/// What can be varied without changing what is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Options {
    /// Accumulators of a sum.
    pub lanes: usize,
    /// Rows that share a pass in a loop nest.
    pub rows: usize,
    /// Updates of a row that share a pass over it.
    pub updates: usize,
    /// Elements compared at once in a search.
    pub block: usize,
    /// Tables that take turns in a histogram.
    pub tables: usize,
    /// Whether loops that are rebuilt may run on several threads.
    pub threads: Threads,
}

/// Whether OpenMP may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threads {
    /// One thread.
    One,
    /// OpenMP.
    Team,
}

/// What a rewriting agent can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Technique {
    /// See [`sweep`].
    Sweep,
    /// See [`tile`].
    Tiling,
    /// See [`nest`].
    Interchange,
    /// See [`jam`].
    Jam,
    /// See [`angles`].
    AngleTable,
    /// See [`scan`].
    WeightedSum,
    /// See [`keys`].
    SortKeys,
    /// See [`stencil`].
    Interior,
    /// See [`skip`].
    SkipBlocks,
    /// See [`queue`].
    CheapTest,
    /// See [`queue`].
    VectorQueue,
    /// See [`search`].
    BlockedSearch,
    /// See [`bits`].
    BitWords,
    /// See [`parallel`].
    ParallelLoops,
    /// See [`histogram`].
    SplitHistogram,
    /// See [`reduce`].
    Accumulators,
    /// See [`calls`].
    Powers,
    /// See [`calls`].
    Newlines,
    /// See [`containers`].
    Reserve,
    /// See [`containers`].
    References,
    /// See [`containers`].
    HashMaps,
    /// See [`containers`].
    HashedLookups,
    /// See [`hoist`].
    Hoisting,
    /// See [`scalar`].
    ScalarAccumulation,
}

/// The text after a technique.
type Apply = fn(&Code, &Options) -> Option<String>;

/// How a technique is spoken of.
pub(crate) struct Words {
    /// Its name in comments and lessons.
    pub name: &'static str,
    /// What it does, as the beginning of a sentence.
    pub act: &'static str,
    /// Why it helps, after "because".
    pub because: &'static str,
    /// Words in other people's lessons that mean it; any of them, lower case.
    pub keywords: &'static [&'static str],
}

impl Technique {
    /// All, in the order in which they are applied.
    pub(crate) const ALL: [Self; 24] = [
        Self::Sweep,
        Self::Tiling,
        Self::Interchange,
        Self::Jam,
        Self::AngleTable,
        Self::WeightedSum,
        Self::SortKeys,
        Self::Interior,
        Self::SkipBlocks,
        Self::CheapTest,
        Self::VectorQueue,
        Self::HashedLookups,
        Self::BlockedSearch,
        Self::BitWords,
        Self::ScalarAccumulation,
        Self::ParallelLoops,
        Self::SplitHistogram,
        Self::Accumulators,
        Self::Powers,
        Self::Newlines,
        Self::Reserve,
        Self::References,
        Self::HashMaps,
        Self::Hoisting,
    ];

    /// The text after the technique, wherever it applies; `None` where it does not.
    pub(crate) fn apply(self, code: &Code, options: &Options) -> Option<String> {
        (self.row().0)(code, options)
    }

    /// How it is spoken of.
    pub(crate) fn words(self) -> Words {
        self.row().1
    }

    /// What it does, in code and in words.
    fn row(self) -> (Apply, Words) {
        let row = |apply: Apply, name, act, because, keywords| {
            (
                apply,
                Words {
                    name,
                    act,
                    because,
                    keywords,
                },
            )
        };
        match self {
            Self::Sweep => row(
                sweep::sorted,
                "sorted sweep over pairs",
                "sorting the points along one coordinate and leaving each pass once that coordinate alone is too far",
                "most pairs are never looked at and the square root is taken once",
                &[
                    "sweep",
                    "sort the points",
                    "sorted by x",
                    "sort by x",
                    "prun",
                    "squared distance",
                ],
            ),
            Self::Tiling => row(
                tile::tiled,
                "loop tiling",
                "computing the sums in small tiles of several rows and columns",
                "the running sums stay in registers and every loaded value is used several times",
                &[
                    "tiling",
                    "tiled",
                    "blocking",
                    "cache block",
                    "register block",
                ],
            ),
            Self::Interchange => row(
                nest::interchange,
                "loop interchange",
                "interchanging the two inner loops",
                "the innermost access becomes contiguous and vectorises",
                &[
                    "interchang",
                    "loop order",
                    "i-k-j",
                    "ikj",
                    "reorder the loops",
                    "reordering the loops",
                    "reordering loops",
                ],
            ),
            Self::Jam => row(
                jam::jammed,
                "several updates per pass",
                "adding several products to a row in one pass over it",
                "every element of the row is loaded and stored once instead of once per product",
                &[
                    "unroll-and-jam",
                    "unroll and jam",
                    "updates per pass",
                    "several rows at once",
                ],
            ),
            Self::AngleTable => row(
                angles::table,
                "table of angles",
                "taking sine and cosine from a table walked modulo its length",
                "the angles repeat, so each is computed once instead of in every step",
                &[
                    "twiddle",
                    "table of angles",
                    "precomput",
                    "look-up table",
                    "lookup table",
                    "sine and cosine",
                ],
            ),
            Self::WeightedSum => row(
                scan::weighted,
                "weighted sum instead of a stored scan",
                "replacing the stored running sums by one weighted sum",
                "no array is written and read again and the additions no longer wait for each other",
                &["weighted sum", "prefix array", "intermediate array", "fus"],
            ),
            Self::SortKeys => row(
                keys::keyed,
                "sort keys computed once",
                "computing each element's sort key once and sorting pairs of key and element",
                "the costly key is no longer computed in every comparison",
                &[
                    "sort key",
                    "keys once",
                    "schwartzian",
                    "decorate",
                    "comparator",
                    "squared magnitude",
                    "std::norm",
                ],
            ),
            Self::Interior => row(
                stencil::interior,
                "interior without bounds checks",
                "separating the interior from the border",
                "the interior needs no bounds checks and its inner loop vectorises",
                &["interior", "bounds check", "border", "boundary"],
            ),
            Self::SkipBlocks => row(
                skip::blocks,
                "blocks without hits skipped",
                "asking a whole block for hits before looking at its elements",
                "the question vectorises and most blocks hold none",
                &["without hits", "skip blocks", "skipping blocks"],
            ),
            Self::CheapTest => row(
                queue::cheap_first,
                "cheap test first",
                "asking the cheap test before the one that fetches from the large table",
                "most fetches from the large table are saved",
                &[
                    "cheap test",
                    "reorder the condition",
                    "condition order",
                    "visited first",
                    "check visited",
                    "short-circuit",
                ],
            ),
            Self::VectorQueue => row(
                queue::vector_queue,
                "vector as queue",
                "using a vector with a head position as the queue",
                "pushing and popping touch contiguous memory only",
                &["vector as queue", "std::queue", "deque", "head index"],
            ),
            Self::BlockedSearch => row(
                search::blocked,
                "blocked search",
                "searching in blocks without an early exit inside",
                "the comparison of a whole block vectorises",
                &[
                    "blocked search",
                    "search in blocks",
                    "branch-free",
                    "branchless search",
                    "std::find",
                    "chunked search",
                ],
            ),
            Self::BitWords => row(
                bits::words,
                "whole words of vector<bool>",
                "filling the vector<bool> one whole word at a time",
                "there is no read-modify-write for every single bit",
                &[
                    "vector<bool>",
                    "whole words",
                    "word-wise",
                    "wordwise",
                    "bit-packed",
                ],
            ),
            Self::ParallelLoops => row(
                parallel::loops,
                "parallel loops",
                "running independent loop iterations on several threads",
                "the cores share the work",
                &[
                    "parallel for",
                    "parallel loop",
                    "openmp",
                    "#pragma omp",
                    "threads",
                    "reduction(",
                ],
            ),
            Self::SplitHistogram => row(
                histogram::split,
                "several histograms",
                "counting into several tables that take turns",
                "an increment need not wait for the one before it",
                &[
                    "several histograms",
                    "sub-histogram",
                    "private histogram",
                    "multiple histograms",
                ],
            ),
            Self::Accumulators => row(
                reduce::accumulators,
                "several accumulators",
                "summing in several accumulators",
                "the additions no longer wait for each other and vectorise",
                &["accumulators", "partial sums", "unroll"],
            ),
            Self::Powers => row(
                calls::powers,
                "products instead of pow",
                "multiplying instead of calling pow",
                "a product is far cheaper than the library call",
                &["pow(", "std::pow", "instead of pow"],
            ),
            Self::Newlines => row(
                calls::newlines,
                "newlines without flush",
                "writing '\\n' instead of std::endl",
                "the stream is not flushed at every line",
                &["endl"],
            ),
            Self::Reserve => row(
                containers::reserve,
                "reserve",
                "reserving the vector's memory before it is filled",
                "it is not copied while it grows",
                &["reserve"],
            ),
            Self::References => row(
                containers::references,
                "references instead of copies",
                "passing and walking by constant reference",
                "nothing is copied",
                &[
                    "const reference",
                    "constant reference",
                    "by reference",
                    "instead of copies",
                    "avoid copies",
                ],
            ),
            Self::HashMaps => row(
                containers::hash_maps,
                "hashed map",
                "using a hashed map where the order is never asked for",
                "a look-up no longer walks a tree",
                &["unordered_map", "hashed map", "hash map"],
            ),
            Self::HashedLookups => row(
                containers::hashed_lookups,
                "hashed look-ups",
                "looking values up in a hash set built once",
                "the vector is no longer searched from its start for every value",
                &["unordered_set", "hash set", "hashed look"],
            ),
            Self::Hoisting => row(
                hoist::pointers,
                "row pointers",
                "hoisting row offsets and sizes out of the inner loop into raw pointers",
                "the inner loop no longer recomputes them",
                &[
                    "row pointer",
                    "raw pointer",
                    "hoist",
                    "invariant",
                    "restrict",
                ],
            ),
            Self::ScalarAccumulation => row(
                scalar::scalars,
                "scalar accumulation",
                "accumulating in a local variable instead of an array element",
                "the running value stays in a register",
                &[
                    "scalar accumul",
                    "local scalar",
                    "local variable",
                    "in a register",
                ],
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Options of the first round.
    pub(crate) const PLAIN: Options = Options {
        lanes: 8,
        rows: 4,
        updates: 4,
        block: 1024,
        tables: 4,
        threads: Threads::One,
    };

    /// The text after a technique; must be C++ again.
    pub(crate) fn after(technique: Technique, text: &str, entry: &str) -> Option<String> {
        let code = Code::read(text, entry).expect("the test's own code reads");
        let new = technique.apply(&code, &PLAIN)?;
        assert!(Code::read(&new, entry).is_some(), "no longer C++:\n{new}");
        Some(new)
    }

    #[test]
    fn names_are_told_apart() {
        for one in Technique::ALL {
            for other in Technique::ALL.into_iter().filter(|o| *o != one) {
                assert!(
                    !one.words().name.contains(other.words().name),
                    "{one:?} {other:?}"
                );
            }
        }
    }
}
