//! Rules of people, pure: numbers as they are written, codes as they are typed, who may hold what.

use crate::act::Refusal;
use crate::base::{Id, text};

/// A mobile number of mainland China as eleven digits, however it was written: `+86`, `0086`,
/// spaces, hyphens and full-width digits are taken (工信部 电信网编号计划: 1 and ten digits).
pub fn phone(text: &str) -> Option<String> {
    let plain = narrow(text);
    let digits = plain.strip_prefix("+86").or_else(|| plain.strip_prefix("0086")).unwrap_or(&plain);
    let digits = match digits.strip_prefix("86") {
        Some(rest) if digits.len() == 13 => rest,
        _ => digits,
    };
    let second = digits.as_bytes().get(1).copied().unwrap_or_default();
    let right = digits.len() == 11
        && digits.bytes().all(|b| b.is_ascii_digit())
        && digits.starts_with('1')
        && (b'3'..=b'9').contains(&second);
    right.then(|| digits.to_owned())
}

/// Whether this may be the telephone of an office: any kind of number, the short ones (12345) as
/// well, with an extension, or several of them.
pub fn is_telephone(text: &str) -> bool {
    let plain = narrow(text);
    let sign = |c: char| c.is_ascii_digit() || "+()（）转/／、,，;；".contains(c);
    let digits = plain.chars().filter(char::is_ascii_digit).count();
    digits > 2 && plain.chars().all(sign)
}

/// A six-digit code as somebody typed it: spaces and full-width digits are taken.
pub fn code(text: &str) -> Option<String> {
    let digits = narrow(text);
    (digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

/// Full-width signs become plain; spaces and hyphens go.
fn narrow(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '－' | '–' | '(' | ')'))
        .map(text::narrow)
        .collect()
}

/// A path of this very site, fit to be gone to after signing in; anything else becomes `/`.
pub fn next(text: &str) -> &str {
    let inside = text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= 512
        && !text.contains('\\')
        && text.bytes().all(|b| b.is_ascii_graphic())
        && !text.starts_with("/sign-");
    if inside { text } else { "/" }
}

/// A user name: 3 to 32 of `a-z 0-9 . _ -`, beginning with a letter. Capitals are taken as small.
pub fn username(text: &str) -> Option<String> {
    let name = text.trim().to_ascii_lowercase();
    let shaped = (3..=32).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
    shaped.then_some(name)
}

/// The shortest password that is taken; longer is better than stranger.
pub const PASSWORD_MIN: usize = 10;
pub const PASSWORD_MAX: usize = 200;

/// What everyone tries first, in small letters.
const TRIED_FIRST: [&str; 8] = [
    "password",
    "qwertyuiop",
    "1234567890",
    "0123456789",
    "abcdefghij",
    "iloveyou",
    "admin",
    "linli",
];

/// Why a password is not taken, as a code of the messages.
pub fn password(text: &str, username: &str) -> Result<(), &'static str> {
    let count = text.chars().count();
    if count < PASSWORD_MIN {
        return Err("password_short");
    }
    if count > PASSWORD_MAX {
        return Err("password_long");
    }
    let small = text.to_lowercase();
    let mut kinds: Vec<char> = small.chars().collect();
    kinds.sort_unstable();
    kinds.dedup();
    let guessed = TRIED_FIRST.iter().any(|word| small.replace(word, "").chars().count() < 6);
    let named = !username.is_empty() && small.contains(username);
    if kinds.len() < 5 || guessed || named { Err("password_easy") } else { Ok(()) }
}

/// To say yes to what another administrator proposed.
pub const CONFIRM: &str = "duty.confirm";
/// The three administrators (GB/T 22239—2019 安全管理中心): each held by another person, none of
/// whom works on cases.
pub const ADMINISTRATOR: &str = "administrator";

/// A post somebody holds, as far as holding another beside it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    pub kind: String,
    pub group: String,
    /// As it is published.
    pub title: String,
}

/// Whether a person with these posts may take one more.
pub fn may_hold(held: &[Beside], kind: &str, group: &str) -> Result<(), Refusal> {
    let other =
        |had: &&Beside| (had.group == ADMINISTRATOR || group == ADMINISTRATOR) && had.kind != kind;
    match held.iter().find(other) {
        None => Ok(()),
        Some(had) => Err(Refusal::new("posts_apart").with("held", had.title.clone())),
    }
}

/// A post somebody holds, as far as standing in for another goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub kind: String,
    /// What the kind belongs together with, as the duty list has it.
    pub group: String,
    pub place_path: String,
    pub body: Option<Id>,
    pub body_kind: Option<String>,
}

/// The offices of a place, from the grid up: who works in one may help out below.
const LINE: [&str; 4] = ["grid", "community", "street", "district"];
/// The offices of the departments; like those of a place, of the administration.
const DEPARTMENT: &str = "department";
/// Bodies that work for the administration and are not of it.
const OUTSIDE: [&str; 2] = ["property_company", "social_organisation"];

/// Whether who holds these posts may stand in for the holder of that one (代岗): a colleague of
/// the same body, or an office of the same or a higher place. What works for the administration,
/// watches it or runs its machine keeps to itself: its powers go to its own people and it takes
/// no others, whatever else one of them holds.
pub fn may_stand_in(held: &[Held], post: &Held) -> bool {
    let outside =
        |held: &Held| held.body_kind.as_deref().is_some_and(|kind| OUTSIDE.contains(&kind));
    let official = |held: &Held| {
        (LINE.contains(&held.group.as_str()) || held.group == DEPARTMENT) && !outside(held)
    };
    let own = |held: &Held| held.body == post.body && (held.group == post.group || outside(held));
    if held.iter().any(|held| !official(held) && !own(held)) {
        return false;
    }
    let line = |held: &Held| official(held) && LINE.contains(&held.group.as_str());
    held.iter().any(|held| {
        let above = post.place_path.starts_with(&held.place_path);
        let colleague = held.body.is_some() && held.body == post.body;
        !official(held) && own(held)
            || official(held) && official(post) && colleague
            || line(held) && line(post) && above
    })
}

/// Of the appointments somebody holds the one by which they may stand in for the holder of a post.
pub fn stands_in_by<'a>(own: &'a [(Id, Held)], post: &Held) -> Option<&'a Id> {
    let all: Vec<Held> = own.iter().map(|(_, held)| held.clone()).collect();
    let may = |held: &Held| may_stand_in(std::slice::from_ref(held), post);
    let by = own.iter().find(|(_, held)| may(held)).filter(|_| may_stand_in(&all, post));
    by.map(|(appointment, _)| appointment)
}

/// Nobody gives a post, a password or a ban to themself.
pub fn not_oneself(actor: Option<&Id>, whom: &Id) -> Result<(), Refusal> {
    if actor == Some(whom) { Err(Refusal::new("not_on_oneself")) } else { Ok(()) }
}

/// A kind of matter as the catalogue writes it: `urban_management`.
pub fn is_kind(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// One body's answering for one kind of matter, at a place and below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    pub entry: Id,
    pub body: Id,
    pub name: String,
    pub sort_key: String,
    pub place_path: String,
}

/// Who answers at `path`: the entry with the nearest place at or above it; of two at the same
/// place the body that comes first by name. The same as the store's own question.
pub fn answers<'a>(of_kind: &'a [Holding], path: &str) -> Option<&'a Holding> {
    let over = of_kind.iter().filter(|held| path.starts_with(&held.place_path));
    over.min_by_key(|held| (std::cmp::Reverse(held.place_path.len()), &held.sort_key, &held.body))
}

/// What passes from one body to another when a remit changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passing {
    /// `None` where nobody answered.
    pub from: Option<String>,
    /// `None` where nobody will answer.
    pub to: Option<String>,
    /// The places, from above to below.
    pub places: Vec<String>,
}

/// Place by place (path and name) where another body answers after the change than before it.
pub fn passing(before: &[Holding], after: &[Holding], places: &[(String, String)]) -> Vec<Passing> {
    let mut out: Vec<Passing> = Vec::new();
    for (path, place) in places {
        let (old, new) = (answers(before, path), answers(after, path));
        if old.map(|held| &held.body) == new.map(|held| &held.body) {
            continue;
        }
        let name = |held: Option<&Holding>| held.map(|held| held.name.clone());
        let (from, to) = (name(old), name(new));
        match out.iter_mut().find(|had| had.from == from && had.to == to) {
            Some(had) => had.places.push(place.clone()),
            None => out.push(Passing { from, to, places: vec![place.clone()] }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_office_of_the_same_line_stands_in() {
        let of = |kind: &str, group: &str, place_path: &str, body: (&str, &str)| Held {
            kind: kind.to_owned(),
            group: group.to_owned(),
            place_path: place_path.to_owned(),
            body: Some(Id::derived(body.0)),
            body_kind: Some(body.1.to_owned()),
        };
        let committee = ("north", "community_committee");
        let worker = of("grid_worker", "grid", "/1/1/1/1/", committee);
        let clerk = of("community_clerk", "community", "/1/1/1/", committee);
        let street = of("dispatcher", "street", "/1/1/", ("office", "street_office"));
        let next = of("dispatcher", "street", "/1/2/", ("other", "street_office"));
        let works = of("department_officer", "department", "/1/", ("works", "municipal_works"));
        let head = of("department_head", "department", "/1/", ("works", "municipal_works"));
        let police = of("department_officer", "department", "/1/", ("police", "police"));
        let helper = of("department_officer", "department", "/1/", ("ngo", "social_organisation"));
        let hired = of("grid_worker", "grid", "/1/1/1/1/", ("ngo", "social_organisation"));
        let firm = of("property_officer", "property", "/1/1/", ("firm", "property_company"));
        let rival = of("property_officer", "property", "/1/1/", ("rival", "property_company"));
        let watch = of("supervision_committee", "oversight", "/1/1/1/", ("watch", "watch"));
        let auditor = of("auditor", "oversight", "/1/", ("audit", "audit"));
        let system = of("system_admin", ADMINISTRATOR, "/1/", ("centre", "command_centre"));
        let centre = of("district_dispatcher", "district", "/1/", ("centre", "command_centre"));
        let may = |held: &Held, post: &Held| may_stand_in(std::slice::from_ref(held), post);
        for (held, post) in [
            (&clerk, &worker),
            (&worker, &clerk),
            (&street, &worker),
            (&street, &clerk),
            (&centre, &street),
            (&head, &works),
            (&firm, &firm),
            (&watch, &watch),
            (&system, &system),
            (&hired, &helper),
        ] {
            assert!(may(held, post), "{held:?} for {post:?}");
        }
        let closed = [&firm, &rival, &watch, &auditor, &system, &helper, &hired];
        for held in [&closed[..], &[&next, &works, &police][..]].concat() {
            assert!(!may(held, &worker) && !may(held, &clerk), "{held:?}");
        }
        for post in closed {
            for held in [&worker, &clerk, &street, &works, &centre] {
                assert!(!may(held, post), "{held:?} for {post:?}");
            }
        }
        for (held, post) in [(&clerk, &street), (&rival, &firm), (&works, &police)] {
            assert!(!may(held, post), "{held:?} for {post:?}");
        }
        assert!(!may_stand_in(&[], &worker), "who holds nothing stands in for nobody");
        // Whoever watches does not step over to those who are watched by another post of theirs.
        assert!(!may_stand_in(&[clerk, auditor], &worker));
    }

    #[test]
    fn a_new_remit_takes_only_what_no_nearer_one_holds() {
        let held = |name: &str, path: &str| Holding {
            entry: Id::derived(&format!("{name} {path}")),
            body: Id::derived(name),
            name: name.to_owned(),
            sort_key: name.to_owned(),
            place_path: path.to_owned(),
        };
        let places = [("/1/", "区"), ("/1/1/", "甲街"), ("/1/1/1/", "社区"), ("/1/2/", "乙街")]
            .map(|(path, name)| (path.to_owned(), name.to_owned()));
        let before = vec![held("works", "/1/"), held("homes", "/1/1/1/")];
        let after = [before.clone(), vec![held("office", "/1/1/")]].concat();
        let works = Some("works".to_owned());
        let expected = Passing {
            from: works.clone(),
            to: Some("office".to_owned()),
            places: vec!["甲街".to_owned()],
        };
        assert_eq!(passing(&before, &after, &places), [expected]);
        let gone = passing(&before[..1], &[], &places[..2]);
        assert_eq!(gone[0].to, None);
        assert_eq!(gone[0].places, ["区", "甲街"]);
        // Of two at one place the first by name: nothing passes.
        let late = [before.clone(), vec![held("zeta", "/1/")]].concat();
        assert_eq!(passing(&before, &late, &places), []);
        assert!(is_kind("urban_management") && !is_kind("") && !is_kind("Urban"));
    }

    #[test]
    fn a_number_is_found_however_it_was_written() {
        for text in [
            "13800001234",
            "+86 138 0000 1234",
            "0086-13800001234",
            "１３８００００１２３４",
            "86 13800001234",
            "(+86)138-0000-1234",
        ] {
            assert_eq!(phone(text).as_deref(), Some("13800001234"), "{text}");
        }
        for bad in ["", "1380000123", "138000012345", "12800001234", "+1 3800001234", "abc"] {
            assert_eq!(phone(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_office_has_a_telephone_of_any_kind() {
        for text in
            ["12345", "0933-8612345", "（０９３３）8612345转3", "8612345、8612346", "+86 10 6200"]
        {
            assert!(is_telephone(text), "{text}");
        }
        for text in ["abc", "12", "电话8612345", "8612345 王", ""] {
            assert!(!is_telephone(text), "{text}");
        }
    }

    #[test]
    fn a_code_is_six_digits_with_spaces_or_wide() {
        assert_eq!(code(" 123 456 ").as_deref(), Some("123456"));
        assert_eq!(code("１２３４５６").as_deref(), Some("123456"));
        assert_eq!(code("12345"), None);
        assert_eq!(code("12345a"), None);
    }

    #[test]
    fn after_signing_in_one_stays_on_this_site() {
        assert_eq!(next("/cases/1?a=b"), "/cases/1?a=b");
        for bad in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil",
            "javascript:x",
            "/a\nb",
            "/sign-out",
            "/sign-in",
        ] {
            assert_eq!(next(bad), "/", "{bad}");
        }
    }

    #[test]
    fn easy_passwords_are_refused() {
        assert_eq!(password("short", "u"), Err("password_short"));
        assert_eq!(password(&"长".repeat(201), "u"), Err("password_long"));
        assert_eq!(password("aaaaaaaaaaaa", "u"), Err("password_easy"));
        assert_eq!(password("password123", "u"), Err("password_easy"));
        assert_eq!(password("hewenjun-2026", "hewenjun"), Err("password_easy"));
        assert_eq!(password("望潮街道灯塔东渡口好天气", "hewenjun"), Ok(()));
        assert_eq!(password("quiet lamp by the pier", "hewenjun"), Ok(()));
    }

    #[test]
    fn administrators_stand_apart() {
        let held = |kind: &str, group: &str| {
            let [kind, group] = [kind, group].map(str::to_owned);
            vec![Beside { title: format!("a {kind}"), kind, group }]
        };
        assert!(may_hold(&held("grid_worker", "grid"), "grid_assistant", "grid").is_ok());
        assert!(
            may_hold(&held("system_admin", "administrator"), "audit_admin", "administrator")
                .is_err()
        );
        let apart = may_hold(&held("grid_worker", "grid"), "system_admin", "administrator");
        assert_eq!(apart.unwrap_err().param("held"), Some("a grid_worker"), "named by its title");
        assert!(may_hold(&held("system_admin", "administrator"), "dispatcher", "street").is_err());
        assert!(may_hold(&[], "system_admin", "administrator").is_ok());
    }
}
