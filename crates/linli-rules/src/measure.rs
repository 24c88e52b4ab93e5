//! 指标: how well cases are handled, as exact shares of counts.
//!
//! 响应率, 解决率 and 满意率 are reckoned as 接诉即办 does; 立案率, 处置率, 返工率 and the like carry the
//! names of 城市管理绩效评价 (GB/T 30428.4). All of a period speak of the same cases: those reported in
//! it, as they stand now. What a share leaves out is left out above and below the line.

use std::ops::AddAssign;

use crate::share::Share;

/// What is counted of the cases of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// All that were reported, those left out of the shares included.
    Reported,
    /// Of them: handled by another system, whose times are not ours.
    Imported,
    /// Of them: called back by their reporters.
    Withdrawn,
    Accepted,
    Refused,
    /// First contacts whose time is over. None is due where the case ended within it.
    ContactDue,
    ContactInTime,
    /// First contacts that were not made and are not due, by how the case ended within their time.
    ContactRefused,
    ContactWithdrawn,
    ContactClosed,
    /// Limits of handling that are over, one for each round; not those of what was withdrawn.
    HandleDue,
    Handled,
    HandledInTime,
    Dispatched,
    /// Of the dispatched: sent back by a body, once or more.
    SentBack,
    /// Looks that found it done, and looks that did not.
    Passed,
    Failed,
    Answered,
    /// Of the answered: sent back to work, once or more.
    Reworked,
    /// Accepted and not withdrawn.
    ToClose,
    Closed,
    /// Closed, and no limit was overrun on the way.
    ClosedInTime,
    /// Cases whose reporter said whether it is solved; the last word counts.
    Asked,
    Solved,
    /// Cases whose reporter said whether they are satisfied.
    Rated,
    Satisfied,
    /// Closed cases whose reporter has said nothing.
    Unrated,
}

impl Count {
    pub const ALL: [Count; 27] = [
        Count::Reported,
        Count::Imported,
        Count::Withdrawn,
        Count::Accepted,
        Count::Refused,
        Count::ContactDue,
        Count::ContactInTime,
        Count::ContactRefused,
        Count::ContactWithdrawn,
        Count::ContactClosed,
        Count::HandleDue,
        Count::Handled,
        Count::HandledInTime,
        Count::Dispatched,
        Count::SentBack,
        Count::Passed,
        Count::Failed,
        Count::Answered,
        Count::Reworked,
        Count::ToClose,
        Count::Closed,
        Count::ClosedInTime,
        Count::Asked,
        Count::Solved,
        Count::Rated,
        Count::Satisfied,
        Count::Unrated,
    ];
}

/// All counts of some cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally([u64; Count::ALL.len()]);

impl Tally {
    /// The counts in the order of [`Count::ALL`]; what is missing is none.
    pub fn of(counts: impl IntoIterator<Item = u64>) -> Tally {
        let mut tally = Tally::default();
        for (cell, n) in tally.0.iter_mut().zip(counts) {
            *cell = n;
        }
        tally
    }

    pub fn get(&self, count: Count) -> u64 {
        self.0[count as usize]
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Tally) {
        for (cell, n) in self.0.iter_mut().zip(more.0) {
            *cell = cell.saturating_add(n);
        }
    }
}

/// A share that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Response,
    Filing,
    SentBack,
    Handling,
    HandledInTime,
    Passed,
    Rework,
    Closing,
    ClosedInTime,
    Solved,
    Satisfied,
    Unrated,
}

impl Measure {
    pub const ALL: [Measure; 12] = [
        Measure::Response,
        Measure::Filing,
        Measure::SentBack,
        Measure::Handling,
        Measure::HandledInTime,
        Measure::Passed,
        Measure::Rework,
        Measure::Closing,
        Measure::ClosedInTime,
        Measure::Solved,
        Measure::Satisfied,
        Measure::Unrated,
    ];

    /// As messages and addresses name it.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Response => "response",
            Measure::Filing => "filing",
            Measure::SentBack => "sent_back",
            Measure::Handling => "handling",
            Measure::HandledInTime => "handled_in_time",
            Measure::Passed => "passed",
            Measure::Rework => "rework",
            Measure::Closing => "closing",
            Measure::ClosedInTime => "closed_in_time",
            Measure::Solved => "solved",
            Measure::Satisfied => "satisfied",
            Measure::Unrated => "unrated",
        }
    }

    /// What stands above the line, and what is added up below it.
    pub fn formula(self) -> (Count, &'static [Count]) {
        match self {
            Measure::Response => (Count::ContactInTime, &[Count::ContactDue]),
            Measure::Filing => (Count::Accepted, &[Count::Accepted, Count::Refused]),
            Measure::SentBack => (Count::SentBack, &[Count::Dispatched]),
            Measure::Handling => (Count::Handled, &[Count::HandleDue]),
            Measure::HandledInTime => (Count::HandledInTime, &[Count::HandleDue]),
            Measure::Passed => (Count::Passed, &[Count::Passed, Count::Failed]),
            Measure::Rework => (Count::Reworked, &[Count::Answered]),
            Measure::Closing => (Count::Closed, &[Count::ToClose]),
            Measure::ClosedInTime => (Count::ClosedInTime, &[Count::Closed]),
            Measure::Solved => (Count::Solved, &[Count::Asked]),
            Measure::Satisfied => (Count::Satisfied, &[Count::Rated]),
            Measure::Unrated => (Count::Unrated, &[Count::Rated, Count::Unrated]),
        }
    }

    /// The share; nothing where nothing is below the line.
    pub fn share(self, tally: &Tally) -> Option<Share> {
        let (above, below) = self.formula();
        Share::of(tally.get(above), below.iter().map(|count| tally.get(*count)).sum())
    }
}

/// Weights of 响应率, 解决率 and 满意率 in a score: 30, 35 and 35 of a hundred.
pub const WEIGHTS: [(Measure, u32); 3] =
    [(Measure::Response, 30), (Measure::Solved, 35), (Measure::Satisfied, 35)];

/// The score in hundredths of a point, 0 to 10,000, rounded half up; nothing where one of its
/// shares is of nothing.
pub fn score(tally: &Tally) -> Option<u32> {
    let shares: Vec<(Share, u32)> = WEIGHTS
        .iter()
        .map(|(measure, weight)| Some((measure.share(tally)?, *weight)))
        .collect::<Option<_>>()?;
    let below: u128 = shares.iter().try_fold(1_u128, |all, (s, _)| all.checked_mul(s.n.into()))?;
    let mut above = 0_u128;
    for (share, weight) in &shares {
        let others = below / u128::from(share.n);
        let part = others.checked_mul(u128::from(share.k) * u128::from(*weight) * 100)?;
        above = above.checked_add(part)?;
    }
    u32::try_from(above.checked_mul(2)?.checked_add(below)? / (below.checked_mul(2)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tally(counts: &[(Count, u64)]) -> Tally {
        let of = |count: &Count| counts.iter().find(|(one, _)| one == count).map_or(0, |c| c.1);
        Tally::of(Count::ALL.iter().map(of))
    }

    #[test]
    fn the_response_rate_is_contacts_in_time_over_contacts_due() {
        let some =
            tally(&[(Count::Reported, 9), (Count::ContactDue, 3), (Count::ContactInTime, 2)]);
        let share = Measure::Response.share(&some).unwrap();
        assert_eq!((share.k, share.n, share.per_mille), (2, 3, 667));
        assert_eq!(Measure::Response.share(&tally(&[(Count::Reported, 9)])), None, "none is due");
    }

    #[test]
    fn who_did_not_rate_is_in_neither_part_of_the_rate_and_shown_beside_it() {
        let some = tally(&[
            (Count::Asked, 4),
            (Count::Solved, 3),
            (Count::Rated, 4),
            (Count::Satisfied, 2),
            (Count::Unrated, 6),
        ]);
        let of = |measure: Measure| measure.share(&some).map(|share| (share.k, share.n)).unwrap();
        assert_eq!(of(Measure::Solved), (3, 4));
        assert_eq!(of(Measure::Satisfied), (2, 4));
        assert_eq!(of(Measure::Unrated), (6, 10));
    }

    #[test]
    fn a_score_weighs_thirty_thirty_five_thirty_five() {
        let weights: u32 = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        assert_eq!(weights, 100);
        let some = tally(&[
            (Count::ContactDue, 10),
            (Count::ContactInTime, 9),
            (Count::Asked, 4),
            (Count::Solved, 3),
            (Count::Rated, 3),
            (Count::Satisfied, 1),
        ]);
        // 27 + 26.25 + 11.666…
        assert_eq!(score(&some), Some(6492));
        assert_eq!(score(&tally(&[(Count::ContactDue, 1)])), None);
    }

    #[test]
    fn counts_stand_where_their_names_say() {
        for (at, count) in Count::ALL.into_iter().enumerate() {
            assert_eq!(count as usize, at);
        }
    }

    /// Cases as they may have gone, counted one by one.
    fn random() -> impl Strategy<Value = Tally> {
        proptest::collection::vec(0_u64..1_000_000, Count::ALL.len()).prop_map(|n| {
            let mut tally = Tally::of(n);
            // What stands above a line is part of what stands below it.
            for measure in Measure::ALL {
                let (above, below) = measure.formula();
                let whole: u64 = below.iter().map(|count| tally.get(*count)).sum();
                tally.0[above as usize] = tally.get(above).min(whole);
            }
            tally
        })
    }

    proptest! {
        #[test]
        fn a_district_is_the_sum_of_its_streets(all in proptest::collection::vec(random(), 1..9)) {
            let mut sum = Tally::default();
            all.iter().for_each(|one| sum += *one);
            for measure in Measure::ALL {
                let shares: Vec<Share> = all.iter().filter_map(|one| measure.share(one)).collect();
                let whole = measure.share(&sum);
                prop_assert_eq!(whole.map_or(0, |s| s.n), shares.iter().map(|s| s.n).sum::<u64>());
                prop_assert_eq!(whole.map_or(0, |s| s.k), shares.iter().map(|s| s.k).sum::<u64>());
                // A whole lies between its best and its worst part.
                if let Some(whole) = whole {
                    let parts = || shares.iter().map(|share| share.per_mille);
                    prop_assert!(parts().min().unwrap() <= whole.per_mille);
                    prop_assert!(whole.per_mille <= parts().max().unwrap());
                }
            }
        }

        #[test]
        fn the_score_agrees_with_the_formula(one in random()) {
            let share = |measure: Measure| measure.share(&one).map(|s| s.k as f64 / s.n as f64);
            let parts = WEIGHTS.map(|(measure, weight)| Some(share(measure)? * f64::from(weight)));
            match parts.into_iter().sum::<Option<f64>>() {
                None => prop_assert_eq!(score(&one), None),
                Some(sum) => {
                    let exact = f64::from(score(&one).unwrap());
                    prop_assert!((exact - sum * 100.0).abs() <= 0.5 + 1e-6, "{} {}", exact, sum);
                    prop_assert!(exact <= 10_000.0);
                }
            }
        }
    }
}
