//! Shares and chances as typed: `0.25`. Pure.

/// Reads the chance of a hold-out: from 0 (nothing is left out) to below 1, since a lesson nobody reads measures nothing.
///
/// # Errors
/// What is wrong with it.
pub(super) fn chance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(chance) if (0.0..1.0).contains(&chance) => Ok(chance),
        _ => Err(format!(
            "`{text}` is not a chance from 0 to below 1, like 0.25"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chance_lies_between_nothing_and_everything() {
        assert_eq!(chance("0.25"), Ok(0.25));
        assert_eq!(chance("0"), Ok(0.0));
        for bad in ["1", "-0.1", "NaN", "inf", "a half", ""] {
            assert!(chance(bad).is_err(), "{bad}");
        }
    }
}
