//! The words that procedures of cases may use, as the program that runs them gives them.

use super::super::*;

const fn guard<'a>(name: &'a str, takes: &'a [Takes<'a>]) -> Signature<'a> {
    Signature { name, takes, refusal: "guard_fails" }
}

const PHOTOS: What = What::Field(&[FieldKind::Photos]);
const WRITTEN: What = What::Field(&[FieldKind::Text, FieldKind::Longtext]);
const CHOICES: What = What::Field(&[FieldKind::Choice, FieldKind::Text]);
const fn up_to(most: i64) -> What {
    What::Number { least: 1, most }
}
pub const KNOWN: Known = Known {
    guards: &[
        guard("record_is", &[Takes::need("field", CHOICES), Takes::need("value", What::Value)]),
        guard("says", &[Takes::need("field", WRITTEN)]),
        guard("body_has_duty", &[]),
        guard("another_body", &[]),
        guard("cites_duty_or_gap", &[]),
        guard("not_the_handler", &[]),
        guard("not_who_rejected", &[]),
        guard("reopen_window", &[Takes::need("days", up_to(365))]),
        guard("dispute_window", &[Takes::need("days", up_to(365))]),
        guard("within_clock", &[Takes::need("clock", What::Clock)]),
        guard("at_most_every", &[Takes::need("hours", up_to(720))]),
        guard("photos_at_least", &[Takes::need("field", PHOTOS), Takes::need("n", up_to(9))]),
        guard("right_after", &[Takes::need("act", What::Act), Takes::need("minutes", up_to(60))]),
        guard("is_reporter", &[]),
        guard("can_be_reached", &[]),
        guard("reporter_is_told", &[]),
    ],
    effects: &[
        "set_body",
        "clear_body",
        "set_class",
        "reset_class",
        "set_place",
        "set_lead",
        "close",
        "reopen",
        "withdraw",
    ],
    who: &[
        "reporter",
        "followers",
        "acceptors",
        "dispatchers",
        "dispatchers_before",
        "redispatchers",
        "responsible_body",
        "body_before",
        "verifiers",
        "verifiers_before",
        "handlers",
        "supervisors",
        "supervisors_if_unsolved",
    ],
    notices: None,
    disclose: Some(&["stage", "due", "responsible_body", "reply", "rating"]),
    fields: &[],
    acts: &[],
    owner: "is_reporter",
    owners: &["rate", "reopen", "withdraw", "dispute"],
};
