use axum::http::StatusCode;

use super::each_town;
use crate::people::code::{MOST_AN_HOUR, MOST_TRIES};
use crate::people::sms;
use crate::store::StoreError;

const PHONE: &str = "13800009001";

#[test]
fn a_resident_comes_in_by_number_and_code() {
    each_town(async |town| {
        let got = town.post("/sign-in/code", "", &[("phone", "+86 138 0000 9001")]).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.text);
        assert!(got.text.contains("138****9001"));
        let code = town.last_code(PHONE);
        // Full-width digits and spaces, as phones offer them.
        let wide: String = code
            .chars()
            .map(|c| char::from_u32(c as u32 - '0' as u32 + '０' as u32).unwrap())
            .collect();
        let spaced = format!("{} {}", &wide[..9], &wide[9..]);
        let form = [("phone", PHONE), ("code", spaced.as_str()), ("next", "/mine")];
        let got = town.post("/sign-in", "", &form).await;
        assert_eq!(got.status, StatusCode::OK, "a new number is asked for consent");
        let (ticket, act_id) = (got.field("ticket"), got.field("act_id"));
        let no = [("ticket", ticket.as_str()), ("act_id", &act_id), ("next", "/mine")];
        let refused = town.post("/sign-in/join", "", &no).await;
        assert!(refused.cookie.is_none() && refused.text.contains("consent-error"));
        let yes = [no[0], no[1], no[2], ("consent", "yes"), ("name", "欧阳明珠")];
        let got = town.post("/sign-in/join", "", &yes).await;
        assert_eq!((got.status, got.location.as_str()), (StatusCode::SEE_OTHER, "/mine"));
        let cookie = got.cookie.unwrap();
        let page = town.get("/sign-in", &cookie).await;
        assert!(page.text.contains("欧***") && !page.text.contains("欧阳明珠"));
        // A code is good once.
        let again = town.post("/sign-in", "", &[("phone", PHONE), ("code", &code)]).await;
        assert!(again.cookie.is_none() && again.text.contains("code-error"));
        // The same person next time, not another.
        town.resident(PHONE).await;
        let people: Result<i64, StoreError> =
            town.district.store().read(|tx| tx.count("select count(*) from person", &[])).await;
        assert_eq!(people.unwrap(), 1);
        // Out is out at once.
        let out = town.post("/sign-out", &cookie, &[]).await;
        assert_eq!(out.status, StatusCode::SEE_OTHER);
        assert!(!town.get("/sign-in", &cookie).await.text.contains("欧***"));
    });
}

#[test]
fn an_older_code_stays_good_until_one_was_right() {
    each_town(async |town| {
        town.post("/sign-in/code", "", &[("phone", PHONE)]).await;
        let first = town.last_code(PHONE);
        town.post("/sign-in/code", "", &[("phone", PHONE)]).await;
        let second = town.last_code(PHONE);
        let asked = [("phone", PHONE), ("again", "yes")];
        assert!(town.post("/sign-in/code", "", &asked).await.text.contains("已再发一次（"));
        let third = town.last_code(PHONE);
        assert!(third != second, "another code went out");
        let got = town.post("/sign-in", "", &[("phone", PHONE), ("code", &first)]).await;
        assert!(got.text.contains("name=\"consent\""), "the older code is still good");
        let got = town.post("/sign-in", "", &[("phone", PHONE), ("code", &second)]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "a right one ends them all");
        assert!(got.text.contains("code-error"));
    });
}

#[test]
fn five_tries_end_a_code() {
    each_town(async |town| {
        town.post("/sign-in/code", "", &[("phone", PHONE)]).await;
        let code = town.last_code(PHONE);
        let wrong = if code == "000000" { "000001" } else { "000000" };
        for _ in 0..MOST_TRIES {
            let got = town.post("/sign-in", "", &[("phone", PHONE), ("code", wrong)]).await;
            assert!(got.text.contains("code-error"));
        }
        let got = town.post("/sign-in", "", &[("phone", PHONE), ("code", &code)]).await;
        assert!(got.cookie.is_none() && got.text.contains("code-error"), "five tries are all");
    });
}

#[test]
fn a_number_gets_five_codes_an_hour_and_none_lives_long() {
    each_town(async |town| {
        for _ in 0..MOST_AN_HOUR {
            let got = town.post("/sign-in/code", "", &[("phone", PHONE)]).await;
            assert!(!got.text.contains("code-error"));
        }
        let code = town.last_code(PHONE);
        let got = town.post("/sign-in/code", "", &[("phone", PHONE)]).await;
        assert!(got.text.contains("code-error"), "the sixth is refused");
        let other = town.post("/sign-in/code", "", &[("phone", "13800009002")]).await;
        assert!(!other.text.contains("code-error"), "another number is not held up");
        town.clock.shift(11 * 60 * 1_000_000);
        let got = town.post("/sign-in", "", &[("phone", PHONE), ("code", &code)]).await;
        assert!(got.text.contains("code-error"), "after ten minutes a code is over");
        town.clock.shift(60 * 60 * 1_000_000);
        let got = town.post("/sign-in/code", "", &[("phone", PHONE)]).await;
        assert!(!got.text.contains("code-error"), "the next hour is a new one");
    });
}

#[test]
fn nothing_leads_off_the_site() {
    each_town(async |town| {
        let cookie = town.resident(PHONE).await;
        assert!(!cookie.is_empty());
        town.clock.shift(3_700_000_000);
        town.post("/sign-in/code", "", &[("phone", PHONE)]).await;
        let code = town.last_code(PHONE);
        let form = [("phone", PHONE), ("code", code.as_str()), ("next", "//evil.example/a")];
        let got = town.post("/sign-in", "", &form).await;
        assert_eq!((got.status, got.location.as_str()), (StatusCode::SEE_OTHER, "/"));
    });
}

#[test]
fn where_nobody_sends_texts_no_code_is_said_to_be_under_way() {
    each_town(async |town| {
        sms::use_provider(&town.district, Box::new(sms::Nobody));
        let got = town.post("/sign-in/code", "", &[("phone", PHONE)]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            got.text.contains("phone-error") && got.text.contains("没有开通短信"),
            "{}",
            got.text
        );
        assert!(
            !got.text.contains("已发到") && !got.text.contains("name=\"code\""),
            "{}",
            got.text
        );
        assert_eq!(got.field("phone"), PHONE);
    });
}
