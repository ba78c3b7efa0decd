//! The effectiveness adjustment: did agents that read a lesson do better than the attempt it came from?
//! Never credits a single lesson (all k share a prompt, as in the paper). Paper: Liu et al. 2025, arXiv 2505.23946.

/// The new factor of a lesson whose own speedup is `own`, after a round in which it was in the prompt: the mean over
/// `scores` (one speedup per agent that has a candidate of its own fault, 0 unless correct) of 1 + ε where the score is
/// above `own`, else 1 − ε. It replaces the old factor. `None` when no agent counts: the old factor stays.
pub fn effectiveness(own: f64, scores: &[f64], epsilon: f64) -> Option<f64> {
    if scores.is_empty() {
        return None;
    }
    let better = scores.iter().filter(|score| **score > own).count() as f64;
    let agents = scores.len() as f64;
    Some((better * (1.0 + epsilon) + (agents - better) * (1.0 - epsilon)) / agents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_is_the_mean_over_the_agents() {
        let near = |got: Option<f64>, want: f64| got.is_some_and(|g| (g - want).abs() < 1e-12);
        assert!(near(effectiveness(1.2, &[1.3, 1.4, 1.5], 0.1), 1.1));
        assert!(near(effectiveness(1.2, &[0.0, 1.1, 1.2], 0.1), 0.9));
        assert!(near(
            effectiveness(1.2, &[1.3, 0.0, 1.0], 0.1),
            (1.1 + 0.9 + 0.9) / 3.0
        ));
    }

    #[test]
    fn an_equal_score_is_not_better() {
        assert_eq!(effectiveness(0.0, &[0.0], 0.1), Some(0.9));
    }

    #[test]
    fn without_agents_nothing_changes() {
        assert_eq!(effectiveness(1.0, &[], 0.1), None);
    }
}
