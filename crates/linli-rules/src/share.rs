//! Shares and how sure they are; small figures that would point at somebody.

use serde::{Deserialize, Serialize};

/// Fewest people a published cell may speak of.
pub const SMALLEST_CELL: u32 = 5;

/// Above this both numbers are halved until they fit; a thousandth does not feel it.
const LARGEST: u64 = 100_000_000;
/// 1.96² × 10,000, for 95 %; and half of it.
const Z2: i128 = 38_416;
const HALF_Z2: i128 = Z2 / 2;

/// k of n in thousandths, with its Wilson interval at 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    pub k: u64,
    pub n: u64,
    /// Rounded half up.
    pub per_mille: u32,
    /// Lower end, rounded down, so that the interval shown is never narrower than the true one.
    pub low: u32,
    /// Upper end, rounded up.
    pub high: u32,
}

impl Share {
    /// Nothing when there is nothing to share, or k is more than n.
    pub fn of(k: u64, n: u64) -> Option<Share> {
        if n == 0 || k > n {
            return None;
        }
        let (mut a, mut b) = (k, n);
        while b > LARGEST {
            (a, b) = (a / 2, b / 2);
        }
        let per_mille = ((u128::from(k) * 2000 + u128::from(n)) / (2 * u128::from(n))) as u32;
        let (low, high) = wilson(i128::from(a), i128::from(b));
        Some(Share { k, n, per_mille, low, high })
    }
}

/// The ends of the interval in thousandths, found by exact comparison of squares.
///
/// The ends are (C ∓ R) / D with C = k + z²/2, D = n + z², R² = z²·k(n−k)/n + z⁴/4, all × 10⁴.
fn wilson(k: i128, n: i128) -> (u32, u32) {
    let centre = 1000 * (k * 10_000 + HALF_Z2);
    let whole = n * 10_000 + Z2;
    let root_squared = 1_000_000 * (10_000 * Z2 * k * (n - k) + HALF_Z2 * HALF_Z2 * n);
    let reaches = |far: i128| far >= 0 && n * far * far >= root_squared;
    let low = (0..=1000).rev().find(|m| reaches(centre - m * whole)).unwrap_or(0);
    let high = (0..=1000).find(|m| reaches(m * whole - centre)).unwrap_or(1000);
    (low as u32, high as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn intervals_worked_by_hand() {
        let ends = |k, n| Share::of(k, n).map(|s| (s.per_mille, s.low, s.high));
        assert_eq!(ends(5, 10), Some((500, 236, 764)), "0.2366 to 0.7634");
        assert_eq!(ends(0, 10), Some((0, 0, 278)), "0 to 0.2775");
        assert_eq!(ends(10, 10), Some((1000, 722, 1000)));
        assert_eq!(ends(1, 3), Some((333, 61, 793)), "0.0615 to 0.7923");
        assert_eq!(ends(1, 0), None);
        assert_eq!(ends(2, 1), None);
        assert!(ends(u64::MAX / 2, u64::MAX).is_some_and(|e| e == (500, 499, 501)));
    }

    proptest! {
        #[test]
        fn the_interval_agrees_with_the_formula(n in 1u64..100_000_000, part in 0u64..=1000) {
            let k = n * part / 1000;
            let share = Share::of(k, n).unwrap();
            let (kf, nf, z) = (k as f64, n as f64, 1.96f64);
            let root = z * (kf * (nf - kf) / nf + z * z / 4.0).sqrt();
            let end = |side: f64| 1000.0 * (kf + z * z / 2.0 + side * root) / (nf + z * z);
            prop_assert!((f64::from(share.low) - end(-1.0).floor()).abs() <= 1.0);
            prop_assert!(f64::from(share.low) <= end(-1.0) + 1e-6);
            prop_assert!(f64::from(share.high) >= end(1.0) - 1e-6);
            prop_assert!((f64::from(share.high) - end(1.0).ceil()).abs() <= 1.0);
            prop_assert!(share.low <= share.per_mille && share.per_mille <= share.high);
        }

        #[test]
        fn the_interval_has_a_mirror(n in 1u64..1_000_000, part in 0u64..=1000) {
            let k = n * part / 1000;
            let (one, other) = (Share::of(k, n).unwrap(), Share::of(n - k, n).unwrap());
            prop_assert_eq!((one.low, one.high), (1000 - other.high, 1000 - other.low));
        }
    }
}
