//! Small statistics and words for the tables. Never measures.

use std::fmt::Write as _;

/// The machine's load over the last minute.
pub fn load() -> String {
    std::fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split_whitespace().next().map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// The value below which `share` of the values lie; NaN of nothing.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// `a median 1.23, 90 % below 2.34, most 3.45`.
pub fn spread(values: &[f64]) -> String {
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

/// Standard deviation.
pub fn deviation(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt()
}
