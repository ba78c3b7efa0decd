//! What drawing costs: frames, time and bytes of the latest ones. Told by the loop, shown on request. Never asks for a frame.

use std::collections::VecDeque;

/// Frames remembered.
const KEPT: usize = 240;

/// Whether the figures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Shown {
    /// No.
    #[default]
    No,
    /// At the upper right.
    Yes,
}

/// One frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameCost {
    /// Processor time of drawing and writing it, microseconds.
    pub took: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Time from the key that asked for it until it was written, microseconds.
    pub since_key: Option<u64>,
}

/// The figures.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Meter {
    /// Whether they are shown.
    pub shown: Shown,
    /// Frames since the start.
    pub frames: u64,
    /// The latest frames, oldest first.
    pub latest: VecDeque<FrameCost>,
}

impl Meter {
    /// Takes in a frame.
    pub(crate) fn take(&mut self, frame: FrameCost) {
        self.frames += 1;
        self.latest.push_back(frame);
        if self.latest.len() > KEPT {
            self.latest.pop_front();
        }
    }

    /// Median and 99th percentile of a figure over the latest frames that have it.
    pub(crate) fn spread(&self, of: impl Fn(&FrameCost) -> Option<u64>) -> Option<(u64, u64)> {
        let mut values: Vec<u64> = self.latest.iter().filter_map(of).collect();
        values.sort_unstable();
        let last = values.len().checked_sub(1)?;
        Some((values[last / 2], values[last * 99 / 100]))
    }

    /// The figures in lines.
    pub(crate) fn lines(&self) -> Vec<String> {
        let millis = |(median, most): (u64, u64)| {
            format!(
                "{:.1} ms, p99 {:.1} ms",
                median as f64 / 1e3,
                most as f64 / 1e3
            )
        };
        let words = |found: Option<String>| found.unwrap_or_else(|| "none yet".to_owned());
        let draw = self.spread(|f| Some(f.took)).map(millis);
        let key = self.spread(|f| f.since_key).map(millis);
        let bytes = self.spread(|f| Some(f.bytes));
        vec![
            format!("frames  {}", self.frames),
            format!("draw    {}", words(draw)),
            format!("key     {}", words(key)),
            format!(
                "bytes   {}",
                words(bytes.map(|(median, most)| format!("{median}, p99 {most}")))
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_frames_are_told_by_median_and_99th_percentile() {
        let mut meter = Meter::default();
        for n in 1..=1_000 {
            meter.take(FrameCost {
                took: n,
                bytes: 10,
                since_key: None,
            });
        }
        assert_eq!((meter.frames, meter.latest.len()), (1_000, KEPT));
        assert_eq!(meter.spread(|f| Some(f.took)), Some((880, 997)));
        assert_eq!(meter.spread(|f| f.since_key), None);
    }
}
