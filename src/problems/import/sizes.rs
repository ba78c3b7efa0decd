//! Sizes of imported problems: what upstream writes, and the size at which one call takes some milliseconds here.
//! Never measures: the table was measured once, on the machine the bundled suites were calibrated on.

/// The value of upstream's `(1<<10)`, `3*(2<<4)`, `1024`; nothing for anything else or above 2^40.
pub(crate) fn evaluate(text: &str) -> Option<u64> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (value, rest) = shift(&text, 0)?;
    (rest.is_empty() && value > 0 && value <= 1 << 40).then_some(value)
}

/// Deepest nesting of parentheses that is followed.
const DEEPEST: u32 = 16;

fn shift(text: &str, depth: u32) -> Option<(u64, &str)> {
    let (mut value, mut rest) = product(text, depth)?;
    while let Some(after) = rest.strip_prefix("<<") {
        let (by, after) = product(after, depth)?;
        value = value.checked_mul(1u64.checked_shl(u32::try_from(by).ok()?)?)?;
        rest = after;
    }
    Some((value, rest))
}

fn product(text: &str, depth: u32) -> Option<(u64, &str)> {
    let (mut value, mut rest) = atom(text, depth)?;
    while let Some(after) = rest.strip_prefix('*') {
        let (by, after) = atom(after, depth)?;
        value = value.checked_mul(by)?;
        rest = after;
    }
    Some((value, rest))
}

fn atom(text: &str, depth: u32) -> Option<(u64, &str)> {
    if let Some(inner) = text.strip_prefix('(') {
        if depth == DEEPEST {
            return None;
        }
        let (value, rest) = shift(inner, depth + 1)?;
        return Some((value, rest.strip_prefix(')')?));
    }
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// Sizes to check with, and those that agents are not told; at the largest of the former upstream's own validator runs.
pub(crate) struct Checks {
    /// Agents may be told.
    pub told: &'static [u64],
    /// Agents are not.
    pub hidden: &'static [u64],
}

/// The sizes to check problems of a type with. None is below 8: upstream's drivers are not made for that.
pub(crate) fn checks(category: &str) -> Checks {
    match category {
        // Upstream's graphs have at most one edge per thousand pairs: small ones have none.
        "graph" => Checks {
            told: &[8, 33, 150, 400],
            hidden: &[64, 222, 300],
        },
        _ => Checks {
            told: &[8, 16, 33, 64],
            hidden: &[11, 27, 50],
        },
    }
}

/// Upstream's name without number and category, and the size at which one call takes about 2 to 20 ms.
const TIMED: &[(&str, u64)] = &[
    ("axpy", 1000000),
    ("gemm", 500),
    ("gemv", 2000),
    ("lu_decomp", 300),
    ("solve", 300),
    ("dft", 1000),
    ("fft_conjugate", 32768),
    ("fft_out_of_place", 65536),
    ("inverse_fft", 65536),
    ("split_fft", 65536),
    ("closest_pair_1d", 2500),
    ("closest_pair_2d", 3000),
    ("convex_hull", 16384),
    ("convex_hull_perimeter", 40000),
    ("smallest_triangle", 250),
    ("count_components", 1800),
    ("edge_count", 2000),
    ("highest_degree", 2000),
    ("largest_component", 1800),
    ("shortest_path", 4000),
    ("bin_0-100", 1500000),
    ("count_quadrants", 500000),
    ("count_quartile", 500000),
    ("first_letter_counts", 400000),
    ("pixel_histogram", 4000000),
    ("average", 3000000),
    ("product_of_inverses", 500000),
    ("smallest_odd_number", 1000000),
    ("sum_of_min_of_pairs", 1000000),
    ("xor", 4000000),
    ("largest_contiguous_subarray_sum", 4000),
    ("prefix_sum", 1000000),
    ("reverse_prefix_sum", 1000000),
    ("scan_with_min_function", 2000000),
    ("sum_of_prefix_sum_array", 500000),
    ("check_if_array_contains_value", 16000000),
    ("find_the_closest_number_to_pi", 3000000),
    ("find_the_first_even_number", 5000000),
    ("search_for_last_struct_by_key", 1000000),
    ("xor_contains", 3000000),
    ("k-th_smallest_element", 60000),
    ("sort_an_array_of_complex_numbers_by_magnitude", 8192),
    ("sort_an_array_of_structs_by_key", 50000),
    ("sort_non-zero_elements", 40000),
    ("sorted_ranks", 40000),
    ("sparse_axpy", 1500000),
    ("sparse_lu_decomp", 120),
    ("sparse_solve", 300),
    ("spmm", 400),
    ("spmv", 30000),
    ("1d_jacobi_3-point_stencil", 1000000),
    ("2d_jacobi_5-point_stencil", 1000),
    ("edge_kernel", 900),
    ("game_of_life", 900),
    ("xor_kernel", 800),
    ("inverse_offset", 1500000),
    ("map_function", 2000000),
    ("negate_odds", 4000000),
    ("relu", 1500000),
    ("squaring", 4000000),
    ("polybench/2mm", 300),
    ("polybench/3mm", 300),
    ("polybench/adi", 32),
    ("polybench/atax", 2000),
    ("polybench/bicg", 1000),
    ("polybench/cholesky", 180),
    ("polybench/correlation", 400),
    ("polybench/covariance", 400),
    ("polybench/deriche", 600),
    ("polybench/doitgen", 80),
    ("polybench/durbin", 2000),
    ("polybench/fdtd_2d", 72),
    ("polybench/floyd_warshall", 150),
    ("polybench/gemm", 500),
    ("polybench/gemver", 800),
    ("polybench/gesummv", 1000),
    ("polybench/gramschmidt", 250),
    ("polybench/heat_3d", 20),
    ("polybench/jacobi_1d", 4000),
    ("polybench/jacobi_2d", 64),
    ("polybench/lu", 200),
    ("polybench/ludcmp", 200),
    ("polybench/mvt", 1000),
    ("polybench/nussinov", 250),
    ("polybench/seidel_2d", 28),
    ("polybench/symm", 220),
    ("polybench/syr2k", 250),
    ("polybench/syrk", 200),
    ("polybench/trisolv", 1600),
    ("polybench/trmm", 300),
];

/// The timed size of a problem: the measured one, or a modest part of upstream's, never more than upstream's.
pub(crate) fn timed(name: &str, upstream: u64) -> u64 {
    let known = TIMED.iter().find(|(known, _)| *known == name);
    known
        .map_or(upstream / 4, |(_, size)| *size)
        .clamp(1, upstream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstreams_sizes_are_computed() {
        for (text, value) in [
            ("(1<<10)", Some(1024)),
            ("1024", Some(1024)),
            (" 3 * (1 << 2) ", Some(12)),
            ("1<<70", None),
            ("", None),
            ("(1<<10", None),
            ("system()", None),
            ("0", None),
        ] {
            assert_eq!(evaluate(text), value, "{text}");
        }
        assert_eq!(evaluate(&"(".repeat(100_000)), None);
    }

    #[test]
    fn the_timed_size_is_never_larger_than_upstreams() {
        assert_eq!(timed("gemm", 1 << 6), 64);
        assert_eq!(timed("unheard_of", 1024), 256);
        assert_eq!(timed("unheard_of", 1), 1);
    }
}
