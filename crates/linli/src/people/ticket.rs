//! Tickets: what a visitor has proved so far, carried in a hidden field between two pages of
//! signing in, sealed so that nobody can make or read one, and good for a quarter of an hour.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::base::Instant;
use crate::base::secret::Keys;

const GOOD_FOR_MINUTES: i64 = 15;

/// Seals `parts` for one purpose.
pub fn issue(keys: &Keys, purpose: &str, parts: &[&str], now: Instant) -> String {
    issue_for((keys, now), purpose, parts, GOOD_FOR_MINUTES)
}

/// As [`issue`], good for as many minutes.
pub fn issue_for(
    (keys, now): (&Keys, Instant),
    purpose: &str,
    parts: &[&str],
    minutes: i64,
) -> String {
    let until = now.plus_minutes(minutes).0;
    let text = serde_json::json!(["ticket", purpose, until, parts]).to_string();
    URL_SAFE_NO_PAD.encode(keys.seal(&text))
}

/// The parts of a ticket of this purpose that is still good.
pub fn open(keys: &Keys, purpose: &str, ticket: &str, now: Instant) -> Option<Vec<String>> {
    let sealed = URL_SAFE_NO_PAD.decode(ticket).ok()?;
    let text = keys.open_text(&sealed)?;
    let (head, for_what, until, parts): (String, String, i64, Vec<String>) =
        serde_json::from_str(&text).ok()?;
    (head == "ticket" && for_what == purpose && until > now.0).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_for_its_purpose_its_district_and_its_time() {
        let keys = Keys::fresh();
        let now = Instant(1_760_000_000_000_000);
        let ticket = issue(&keys, "join", &["13800001234"], now);
        assert_eq!(open(&keys, "join", &ticket, now), Some(vec!["13800001234".to_owned()]));
        assert_eq!(open(&keys, "first", &ticket, now), None);
        assert_eq!(open(&keys, "join", &ticket, now.plus_minutes(15)), None);
        assert_eq!(open(&Keys::fresh(), "join", &ticket, now), None);
        assert_eq!(open(&keys, "join", &ticket[1..], now), None);
    }
}
