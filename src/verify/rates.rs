//! The bit rates of a track by its segments.

/// Sizes in bytes and durations in ticks.
#[derive(Debug)]
pub(super) struct Rates {
    pub(super) segments: Vec<(u64, u64)>,
    pub(super) timescale: u32,
}

impl Rates {
    /// The mean rate in bits a second.
    pub(super) fn average(&self) -> u64 {
        self.of(&self.segments)
    }

    /// The least bandwidth in bits a second that plays without a pause behind `buffer_ms` of buffering.
    pub(super) fn least_bandwidth(&self, buffer_ms: u64) -> u64 {
        let buffer = u128::from(buffer_ms) * u128::from(self.timescale) / 1000;
        let bits: u128 = self.segments.iter().map(|&(size, _)| u128::from(size) * 8).sum();
        let duration: u128 = self.segments.iter().map(|&(_, duration)| u128::from(duration)).sum();
        u64::try_from(bits * u128::from(self.timescale) / (duration + buffer).max(1)).unwrap_or(u64::MAX)
    }

    /// The largest rate of any contiguous segments that last between 0.5 and 1.5 times the target (RFC 8216
    /// section 4.1), or of one that is longer.
    pub(super) fn peak(&self, target_ms: u64) -> u64 {
        let target = u128::from(target_ms) * u128::from(self.timescale);
        let mut peak = self.average();
        for first in 0..self.segments.len() {
            for last in first..self.segments.len() {
                let some = &self.segments[first..=last];
                let duration: u64 = some.iter().map(|&(_, duration)| duration).sum();
                let doubled_ms = u128::from(duration) * 2000;
                if doubled_ms >= target && (doubled_ms <= 3 * target || first == last) {
                    peak = peak.max(self.of(some));
                }
                if doubled_ms > 3 * target {
                    break;
                }
            }
        }
        peak
    }

    /// The longest segment in milliseconds.
    pub(super) fn longest_ms(&self) -> u64 {
        let longest = self.segments.iter().map(|&(_, duration)| duration).max().unwrap_or(0);
        u64::try_from(u128::from(longest) * 1000 / u128::from(self.timescale)).unwrap_or(u64::MAX)
    }

    fn of(&self, segments: &[(u64, u64)]) -> u64 {
        let size: u128 = segments.iter().map(|&(size, _)| u128::from(size)).sum();
        let duration: u128 = segments.iter().map(|&(_, duration)| u128::from(duration)).sum();
        u64::try_from(size * 8 * u128::from(self.timescale) / duration.max(1)).unwrap_or(u64::MAX)
    }
}
