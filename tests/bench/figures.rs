//! Small statistics and words for the tables. Never measures.

use std::fmt::Write as _;

/// The machine's load over the last minute.
pub(crate) fn load() -> String {
    std::fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split_whitespace().next().map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// The value below which `share` of the values lie; NaN of nothing.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// `median 1.23, 90 % below 2.34, most 3.45`.
pub(crate) fn spread(values: &[f64]) -> String {
    if values.is_empty() {
        return "none".to_owned();
    }
    let mut text = String::new();
    let _ = write!(
        text,
        "median {:.3}, 90 % below {:.3}, most {:.3}",
        quantile(values, 0.5),
        quantile(values, 0.9),
        quantile(values, 1.0)
    );
    text
}

/// `198 of 200 = 99.0 % [96.4, 99.7]`: a share with its 95 % interval (Wilson, JASA 1927).
pub(crate) fn share(hits: usize, of: usize) -> String {
    let (n, z) = (of.max(1) as f64, 1.96_f64);
    let p = hits as f64 / n;
    let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
    format!(
        "{hits} of {of} = {:.1} % [{:.1}, {:.1}]",
        p * 100.0,
        (middle - half).max(0.0) * 100.0,
        (middle + half).min(1.0) * 100.0
    )
}

/// Standard deviation.
pub(crate) fn deviation(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt()
}
