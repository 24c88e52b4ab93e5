//! A report that comes in from another maker's app.

use std::collections::BTreeMap;

use super::answer::{Answer, Told, Trouble};
use super::node::Node;
use super::{Call, SEVERAL, read, services};
use crate::act::{self, Act as _, Done, Failure, Order, Refusal, Subject, Verdict};
use crate::affairs::appeal::answers;
use crate::affairs::appeal::report::{self, Fixed, Report};
use crate::base::{Id, text};
use crate::catalogue::{self, Class};
use crate::channel::{idempotency_key, matter_number};
use crate::district::District;
use crate::file::{self, MOST_PHOTOS};
use crate::matter::{Begin, Moved, Photo};
use crate::people;
use crate::people::acts::Register;
use crate::people::keys::Holder;
use crate::people::sealed::{SealedContact, SealedName, SealedPhone};
use crate::store::ReadTx;
use crate::territory;

/// The channel that these reports come by.
pub(super) const SOURCE: &str = "open311";
/// GeoReport v2: `description`, a full description.
const WORDS_MAX: usize = 4000;
/// Links to pictures: mySociety's clients send one parameter each.
pub(super) const LINKS: &str = "media_url";
/// The longest link to a picture that we keep.
const LINK_MAX: usize = 500;
/// Longest name, phone, mail and address.
const SHORT_MAX: usize = 200;
/// Ours beside the standard: `true` asks for news by text message.
const TEXTS: &str = "notify_by_sms";
/// What mySociety's clients send when the reporter set no pin.
const NO_PIN: &str = "#NOTPINPOINTED#";

pub(super) async fn request(call: &Call) -> Told<Answer> {
    let holder = call.holder().await?;
    call.once(&SEVERAL)?;
    let code = call.get("service_code");
    let code = code.ok_or(Trouble::bad("api.open311.missing").of("service_code"))?;
    let asked = file::asked("open311", &call.form, &call.photos).map_err(Failure::Fault)?;
    let act_id = act_id(call, &holder)?;
    if let Some(number) = told_before(call, &holder, &act_id, &asked).await? {
        return received(number, known_notice(call, code).await?);
    }
    let class = services::offered(call, code).await?;
    let report = report_of(call, &holder, &class).await?;
    let texts = match call.get(TEXTS).is_some_and(is_yes) {
        true => Some(agreed(call, &holder).await?),
        false => None,
    };
    let report = Report { texts: texts.unwrap_or_default(), ..report };
    let number = begin(call, &holder, report, (act_id, asked)).await?;
    received(number, notice_of(call, &class, texts))
}

fn act_id(call: &Call, holder: &Holder) -> Told<Id> {
    Ok(match idempotency_key(&call.headers)? {
        Some(key) => Id::derived(&format!("open311 {} {key}", holder.key)),
        None => call.district.new_id(),
    })
}

/// The number that the same request under the same key was given, whatever has ended meanwhile.
async fn told_before(
    call: &Call,
    holder: &Holder,
    act_id: &Id,
    asked: &[u8],
) -> Told<Option<String>> {
    if idempotency_key(&call.headers)?.is_none() {
        return Ok(None);
    }
    let (id, actor, asked) = (act_id.clone(), holder.actor.clone(), asked.to_owned());
    let found = call
        .district
        .store()
        .read(move |tx| act::repeated::<Moved>(tx, &id, &actor, "case.report", &asked))
        .await?;
    Ok(found.map(|answer| answer.outcome.number))
}

/// The notice of a class that may have been closed since.
async fn known_notice(call: &Call, code: &str) -> Told<String> {
    let code = code.to_owned();
    let look = move |tx: &crate::store::ReadTx<'_>| -> Result<_, crate::store::StoreError> {
        let standing = catalogue::store::by_code(tx, &code)?;
        let closed = catalogue::store::closed(tx)?.into_iter().find(|class| class.code == code);
        Ok(standing.or(closed))
    };
    let class = call.district.store().read(look).await?;
    Ok(class.map(|class| notice_of(call, &class, None)).unwrap_or_default())
}

fn received(number: String, notice: String) -> Told<Answer> {
    let node = Node::Fields(vec![
        ("service_request_id", Node::text(number)),
        ("service_notice", Node::text(notice)),
        ("account_id", Node::Empty),
    ]);
    Ok(Answer::list("service_requests", "request", vec![node]))
}

/// Who left a mobile number, found or registered, where the duty list lets the key's holder do so.
async fn reporter(call: &Call, holder: &Holder) -> Told<Option<Id>> {
    let (district, keys) = (&call.district, &call.district.keys);
    let Some(phone) = call.get("phone").and_then(people::rules::phone) else { return Ok(None) };
    let name = name_of(call)?;
    let phone = SealedPhone::of(keys, &phone);
    let path = format!("/{}/", district.config.code);
    let act = Register {
        id: Id::derived(&format!("reporter {}", phone.blind)),
        name: SealedName::of(keys, name.as_deref().unwrap_or("市民")),
        phone: Some(phone),
        place_id: None,
        place_path: path,
        language: call.lang.code().to_owned(),
        consent: "open311".to_owned(),
    };
    match district.door.perform(&holder.actor, Order::new(district.new_id(), act)).await {
        Ok(done) => Ok(Some(done.outcome.person)),
        Err(Failure::Refused(_)) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

/// The name of whoever reports, as their letters write it.
fn name_of(call: &Call) -> Told<Option<String>> {
    let names = [short(call, "last_name")?, short(call, "first_name")?];
    let western = names.iter().flatten().all(|name| name.is_ascii());
    let [last, first] = names.map(Option::unwrap_or_default);
    let name = if western { format!("{first} {last}") } else { format!("{last}{first}") };
    Ok(Some(name.trim().to_owned()).filter(|name| !name.is_empty()))
}

/// What the reporter left to be reached by, sealed. A number that led to an account is kept there.
fn contact(call: &Call, registered: bool) -> Told<Option<SealedContact>> {
    let name = name_of(call)?;
    let email = short(call, "email")?;
    if email.as_deref().is_some_and(|email| !is_mail(email)) {
        return Err(Trouble::bad("api.open311.bad_value").of("email"));
    }
    let phone = short(call, "phone")?.filter(|_| !registered);
    let keys = &call.district.keys;
    Ok(SealedContact::of(keys, name.as_deref(), phone.as_deref(), email.as_deref()))
}

/// Something before the one `@` and a domain with a dot behind it; whether it is there, only a
/// message would tell.
fn is_mail(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = !text.contains(char::is_whitespace) && !domain.contains('@');
    let dotted = domain.split_once('.').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
    plain && !local.is_empty() && dotted
}

/// Digits as numbers of telephones are written anywhere, enough of them to be dialled; a mobile
/// number of ours is found out elsewhere.
fn is_phone(text: &str) -> bool {
    let sign = |c: char| c.is_ascii_digit() || c.is_whitespace() || "+-–－()（）./".contains(c);
    let ours = people::rules::phone(text).is_some();
    ours || (text.chars().all(sign) && text.chars().filter(char::is_ascii_digit).count() >= 5)
}

fn is_yes(value: &str) -> bool {
    ["true", "1", "yes"].iter().any(|yes| value.eq_ignore_ascii_case(yes))
}

/// Whether a text message may be sent: only to the number a resident proved when they signed in,
/// and only where their own program asks for it (docs/decisions/11-texts-need-proof.md).
async fn agreed(call: &Call, holder: &Holder) -> Told<bool> {
    if holder.actor.post.is_some() {
        return Ok(false);
    }
    let person = holder.person.clone();
    let masked = call.district.store().read(move |tx| people::remit::masked(tx, &person)).await?;
    Ok(masked.is_some_and(|(_, phone)| phone.is_some()))
}

/// What the reporter is told: what happens now, whether a link was left out, and whether the text
/// messages they asked for will come.
fn notice_of(call: &Call, class: &Class, texts: Option<bool>) -> String {
    let mut told = vec![call.lang.with("api.open311.received", &class.title.pick(call.lang))];
    if links(call).any(|url| link(url).is_none()) {
        told.push(call.lang.say("api.open311.link_left_out"));
    }
    match texts {
        Some(true) => told.push(call.lang.say("api.open311.texts_come")),
        Some(false) => told.push(call.lang.say("api.open311.no_texts")),
        None => {}
    }
    told.join(" ")
}

/// The report is made ready and held against the duty list before anybody is registered for it:
/// what is refused leaves nobody behind.
async fn begin(
    call: &Call,
    holder: &Holder,
    mut report: Report,
    (act_id, asked): (Id, Vec<u8>),
) -> Told<String> {
    let district = &call.district;
    let fixed = Fixed {
        case: district.new_id(),
        number: matter_number(district).await?,
        now: district.now(),
    };
    contact(call, false)?;
    let mut act = prepared(call, &fixed, &report).await?;
    let (door, actor, subject) = (district.door.clone(), holder.actor.clone(), act.subject());
    let look = move |tx: &ReadTx<'_>| -> Done<Verdict> {
        let duties = door.duty_list(tx)?;
        Ok(match &subject {
            Subject::New { reach, .. } => duties.decide(&actor, "case.report", reach),
            Subject::Row { .. } => Verdict::Denied(Refusal::new("not_your_duty")),
        })
    };
    if let Verdict::Denied(refusal) = district.store().read(look).await? {
        return Err(Failure::from(refusal.with("act", "case.report")).into());
    }
    let registered = reporter(call, holder).await?;
    report.contact = contact(call, registered.is_some())?;
    if registered.is_some() || report.contact.is_some() {
        report.owner = registered.or(report.owner);
        act = prepared(call, &fixed, &report).await?;
    }
    let act = Begin { asked, ..act };
    let done = district.door.perform(&holder.actor, Order::new(act_id, act)).await?;
    Ok(done.outcome.number)
}

async fn prepared(call: &Call, fixed: &Fixed, report: &Report) -> Told<Begin> {
    let (district, report) = (std::sync::Arc::clone(&call.district), report.clone());
    let fixed = Fixed { case: fixed.case.clone(), number: fixed.number.clone(), now: fixed.now };
    let look = move |tx: &ReadTx<'_>| -> Done<Begin> {
        let report = report::located(&district, tx, report)?;
        report::begin(&district, tx, &fixed, "report", &report)
    };
    Ok(call.district.store().read(look).await?)
}

async fn report_of(call: &Call, holder: &Holder, class: &Class) -> Told<Report> {
    let words = match text::clean(call.form.get("description"), WORDS_MAX) {
        Ok(words) => words,
        Err(text::TextProblem::Missing) => class.title.zh.clone(),
        Err(text::TextProblem::TooLong { .. }) => {
            return Err(Trouble::bad("api.open311.too_long").of("description"));
        }
    };
    for name in ["email", "phone", "first_name", "last_name", "device_id", "account_id"] {
        short(call, name)?;
    }
    if call.get("phone").is_some_and(|phone| !is_phone(phone)) {
        return Err(Trouble::bad("api.open311.bad_value").of("phone"));
    }
    // Whose key is their own is known by it.
    let known = holder.actor.post.is_none();
    let reachable = known || call.get("email").is_some() || call.get("phone").is_some();
    if !class.anonymous && !reachable {
        return Err(Trouble::bad("api.open311.who_are_you"));
    }
    let place = whereabouts(call).await?;
    let photos = photos_of(call).await?;
    let mut given = answers_of(call, class)?;
    if links(call).count() > MOST_PHOTOS {
        return Err(Trouble::bad("api.open311.bad_value").of(LINKS));
    }
    let kept: Vec<&str> = links(call).filter_map(link).collect();
    if !kept.is_empty() {
        given.insert(answers::LINK.to_owned(), answers::joined(&kept));
    }
    Ok(Report {
        words,
        class: Some(class.code.clone()),
        place: place.code,
        address: place.address,
        lat_e7: place.pin.map(|(lat, _)| lat),
        lng_e7: place.pin.map(|(_, lng)| lng),
        answers: given,
        photos,
        source: SOURCE.to_owned(),
        language: call.lang.code().to_owned(),
        // A resident's own program reports in their name; an office's for whoever asked it to.
        owner: holder.actor.post.is_none().then(|| holder.person.clone()),
        vouched: reachable,
        ..Report::default()
    })
}

/// Photos that came along, taken in before the door.
pub(super) async fn photos_of(call: &Call) -> Told<Vec<Photo>> {
    let mut out = Vec::new();
    for upload in &call.photos {
        let taken = file::take(&call.district, &upload.field, upload.bytes.clone()).await?;
        if !out.iter().any(|photo: &Photo| photo.file == taken.hash) {
            out.push(Photo { file: taken.hash, role: "photos".to_owned() });
        }
    }
    Ok(out)
}

fn short(call: &Call, name: &'static str) -> Told<Option<String>> {
    let Some(value) = call.get(name) else { return Ok(None) };
    match text::clean(value, SHORT_MAX) {
        Ok(text) => Ok(Some(text)),
        Err(text::TextProblem::Missing) => Ok(None),
        Err(text::TextProblem::TooLong { .. }) => {
            Err(Trouble::bad("api.open311.too_long").of(name))
        }
    }
}

/// The links to pictures that came along.
pub(super) fn links(call: &Call) -> impl Iterator<Item = &str> {
    call.form.all(LINKS).iter().map(|url| url.trim()).filter(|url| !url.is_empty())
}

/// A link we keep as text. It is never fetched: that would let callers reach into our network.
pub(super) fn link(url: &str) -> Option<&str> {
    let plain = url.bytes().all(|b| b.is_ascii_graphic());
    (url.starts_with("https://") && url.len() <= LINK_MAX && plain).then_some(url)
}

struct Whereabouts {
    pin: Option<(i64, i64)>,
    address: Option<String>,
    code: Option<String>,
}

/// A pin, an address in words, or an address by its id: one of them there must be. The id is that
/// of a row of the table of addresses, or the code of a place.
async fn whereabouts(call: &Call) -> Told<Whereabouts> {
    let address = short(call, "address_string")?;
    let pin = read::point(call)?;
    match call.get("address_id") {
        Some(NO_PIN) => Ok(Whereabouts { pin: None, address, code: None }),
        Some(id) => {
            let (district, id) = (std::sync::Arc::clone(&call.district), id.to_owned());
            let look = move |tx: &ReadTx<'_>| by_id(&district, tx, &id);
            let found: Option<Whereabouts> = call.district.store().read(look).await?;
            let found = found.ok_or(Trouble::bad("api.open311.no_address").of("address_id"))?;
            // What the caller says themself goes before what the table says.
            Ok(Whereabouts {
                pin: pin.or(found.pin),
                address: address.or(found.address),
                code: found.code,
            })
        }
        None if pin.is_none() && address.is_none() => Err(Trouble::bad("api.open311.where")),
        None => Ok(Whereabouts { pin, address, code: None }),
    }
}

/// A place by its code, or an address of the table with the grid it lies in today.
fn by_id(district: &District, tx: &ReadTx<'_>, id: &str) -> Done<Option<Whereabouts>> {
    if let Some(place) = territory::place_by_code(tx, id)? {
        return Ok(Some(Whereabouts { pin: None, address: None, code: Some(place.code) }));
    }
    let Some(id) = Id::parse(id) else { return Ok(None) };
    let row = territory::offer(district, tx, &id)?.filter(|row| !row.code.is_empty());
    Ok(row.map(|row| Whereabouts {
        pin: row.point.map(|point| (point.lat_e7, point.lng_e7)),
        address: Some(row.text),
        code: Some(row.code),
    }))
}

/// Answers to the questions of the class, as they were sent.
fn answers_of(call: &Call, class: &Class) -> Told<BTreeMap<String, String>> {
    let mut given: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in call.form.pairs() {
        let Some(rest) = name.strip_prefix("attribute[") else { continue };
        let code = rest.strip_suffix("[]").unwrap_or(rest).strip_suffix(']');
        // A link to a picture answers no question.
        let code = code.filter(|code| *code != answers::LINK);
        let code = code.ok_or_else(|| Trouble::bad("api.open311.bad_value").of(name))?;
        if !value.trim().is_empty() {
            given.entry(code).or_default().push(value.trim());
        }
    }
    let several = |code: &str| {
        let question = class.questions.iter().find(|question| question.code == code);
        question.is_none_or(|question| question.kind == "multi")
    };
    for (code, values) in &given {
        if values.len() > 1 && !several(code) {
            let named = answers::field(SOURCE, code);
            return Err(Trouble::bad("api.open311.bad_value").of(named));
        }
    }
    Ok(given.into_iter().map(|(code, all)| (code.to_owned(), answers::joined(&all))).collect())
}
