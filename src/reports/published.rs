//! Figures that the LessonL paper printed (Liu et al., NeurIPS 2025, arXiv 2505.23946): mean ± standard deviation of three runs on
//! ParEval's 60 problems. Never a figure that is not in the paper; never mixed into ours, only shown beside them.

use crate::domain::problem::Mode;

/// A mean with its standard deviation over runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub deviation: f64,
}

/// What was published of one method in one mode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Published {
    /// The method, in the paper's words.
    pub method: &'static str,
    /// The mode.
    pub mode: Mode,
    /// Share of correct problems, 0 to 1.
    pub correct: Figure,
    /// Share of problems with a speedup above 2, 0 to 1.
    pub large: Figure,
    /// Geometric mean of the speedups.
    pub speedup: Figure,
}

const fn row(method: &'static str, mode: Mode, figures: [f64; 6]) -> Published {
    let [correct, correct_sd, large, large_sd, speedup, speedup_sd] = figures;
    Published {
        method,
        mode,
        correct: Figure {
            mean: correct,
            deviation: correct_sd,
        },
        large: Figure {
            mean: large,
            deviation: large_sd,
        },
        speedup: Figure {
            mean: speedup,
            deviation: speedup_sd,
        },
    }
}

/// The paper's main table for ParEval.
pub const PAREVAL: [Published; 8] = [
    row("GPT-4o", Mode::Serial, [0.80, 0.00, 0.16, 0.03, 1.72, 0.11]),
    row(
        "OpenAI o3",
        Mode::Serial,
        [0.77, 0.02, 0.23, 0.04, 2.21, 0.16],
    ),
    row(
        "MapCoder",
        Mode::Serial,
        [0.88, 0.02, 0.15, 0.02, 1.85, 0.08],
    ),
    row(
        "LessonL",
        Mode::Serial,
        [0.91, 0.02, 0.21, 0.01, 2.16, 0.11],
    ),
    row("GPT-4o", Mode::Omp, [0.73, 0.05, 0.58, 0.05, 2.93, 0.30]),
    row("OpenAI o3", Mode::Omp, [0.72, 0.03, 0.58, 0.03, 3.55, 0.27]),
    row("MapCoder", Mode::Omp, [0.83, 0.05, 0.58, 0.02, 3.43, 0.17]),
    row("LessonL", Mode::Omp, [0.86, 0.01, 0.62, 0.02, 3.46, 0.03]),
];

/// How many problems the published figures are over.
pub const PAREVAL_PROBLEMS: usize = 60;
