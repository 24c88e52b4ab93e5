//! How long things take, counted in buckets: a few atomic numbers, cheap enough for every request.

use std::sync::atomic::{AtomicU64, Ordering};

/// Upper ends of the buckets, in microseconds. What takes longer stands in one more.
pub const ENDS: [u64; 10] =
    [1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 5_000_000];

/// Counts since the process began.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; ENDS.len() + 1],
    micros: AtomicU64,
}

impl Histogram {
    pub fn count(&self, micros: i64) {
        let micros = u64::try_from(micros).unwrap_or(0);
        let at = ENDS.iter().position(|most| micros <= *most).unwrap_or(ENDS.len());
        self.buckets[at].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// How many took no longer than each of [`ENDS`]; the last number is all there were.
    pub fn no_longer_than(&self) -> Vec<u64> {
        let counts = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed));
        let sum = |sum: &mut u64, count: u64| {
            *sum += count;
            Some(*sum)
        };
        counts.scan(0, sum).collect()
    }

    /// Microseconds in all.
    pub fn total(&self) -> u64 {
        self.micros.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bucket_holds_what_took_no_longer_than_its_end() {
        let histogram = Histogram::default();
        for micros in [0, 1_000, 1_001, 200_000, 6_000_000, -5] {
            histogram.count(micros);
        }
        let told = histogram.no_longer_than();
        assert_eq!((told[0], told[1], told[5], told[6], told[9]), (3, 4, 4, 5, 5));
        assert_eq!((told[10], told.len()), (6, ENDS.len() + 1));
        assert_eq!(histogram.total(), 6_202_001);
    }
}
