//! Text messages about a case, to reporters who asked for them.
//!
//! Each is a row of its own, taken up by one sender, sent outside any transaction, and tried again
//! later where the provider failed. The message holds the number of the case and nothing else that
//! was said in it (个人信息保护法 第6条: 最小必要).

use super::store::{self, Text};
use crate::district::District;
use crate::people::{self, sms};
use crate::store::StoreError;
use crate::words::Lang;

/// Minutes after the event at which a message is tried for the first time, the second, and so on.
pub(super) const TRIED_AFTER: [i64; 5] = [0, 1, 10, 60, 360];
/// Tried so often, a message is given up.
pub(super) const MOST_TRIES: i64 = TRIED_AFTER.len() as i64;
/// Messages sent in one go.
const AT_ONCE: i64 = 50;

/// Sends the messages whose time has come; gives the number of those that went.
pub(super) async fn send(district: &District) -> Result<usize, StoreError> {
    let most = MOST_TRIES;
    let (store, now) = (district.store(), district.now());
    let since = TRIED_AFTER.map(|minutes| now.plus_minutes(-minutes));
    let waiting = store.read(move |tx| store::to_text(tx, since, AT_ONCE)).await?;
    let mut sent = 0;
    for text in waiting {
        let mine = text.clone();
        if store.upkeep(move |door| store::take(door, &mine)).await? {
            sent += usize::from(send_one(district, &text, most).await?);
        }
    }
    Ok(sent)
}

async fn send_one(district: &District, text: &Text, most: i64) -> Result<bool, StoreError> {
    let (store, person, text) = (district.store(), text.person.clone(), text.clone());
    let known = store.read(move |tx| people::store::person(tx, &person)).await?;
    let phone = known.as_ref().and_then(|known| known.full_phone(&district.keys));
    let (Some(known), Some(phone)) = (known, phone) else {
        // The account was closed in between.
        store.upkeep(move |door| store::not_texted(door, &text, most, "no_phone")).await?;
        return Ok(false);
    };
    let said = words(district, Lang::from_code(&known.language).unwrap_or_default(), &text);
    match sms::try_send(district, phone, said).await {
        Ok(()) => {
            let now = district.now();
            store.upkeep(move |door| store::texted(door, &text, now)).await?;
            Ok(true)
        }
        Err(sms::SmsError::NotSetUp) => {
            let why = "sms_not_set_up";
            store.upkeep(move |door| store::not_texted(door, &text, most, why)).await?;
            Ok(false)
        }
        Err(sms::SmsError::Failed(why)) => {
            let tries = text.tries + 1;
            tracing::warn!("a text message was not sent: {why}");
            store.upkeep(move |door| store::not_texted(door, &text, tries, "failed")).await?;
            Ok(false)
        }
    }
}

fn words(district: &District, lang: Lang, text: &Text) -> String {
    let mut params = text.params.clone();
    params.push(("place".to_owned(), district.config.name.clone()));
    lang.fill(&format!("notice.sms.{}", text.kind), &params)
}
