//! What stands around every page: the district's name, the doors, who is signed in.

use super::Visitor;
use crate::base::text;
use crate::words::Lang;

/// A door in the navigation.
#[derive(Clone, Debug)]
pub struct NavItem {
    pub href: &'static str,
    pub label: String,
    pub current: bool,
}

impl NavItem {
    /// A phone has no room for it among the doors: there it stands in the foot.
    pub fn minor(&self) -> bool {
        ["/duties", "/log"].contains(&self.href)
    }
}

/// The frame, as the templates use it: `f.say("key")` gives a sentence.
#[derive(Clone)]
pub struct Frame {
    pub lang: Lang,
    pub title: String,
    pub district: String,
    /// Who is signed in, as they are greeted.
    pub name: Option<String>,
    /// The post they act as.
    pub acting: String,
    pub is_staff: bool,
    pub elder: bool,
    pub demo: bool,
    pub nav: Vec<NavItem>,
    pub path: String,
    /// Notices not read yet.
    pub unread: i64,
    /// The desk uses the whole width.
    pub wide: bool,
    /// The page needs the map's script.
    pub map: bool,
    /// Whose the base map is, where it is not the shipped one.
    pub map_source: Option<String>,
    /// The page draws on the map.
    pub draw: bool,
}

/// href · message · the act one must have; `""` is for everyone, `"+"` for whoever is signed in.
const DOORS: [(&str, &str, &str); 14] = [
    ("/", "page.nav.home", ""),
    ("/cases/new", "page.nav.report", "case.report"),
    ("/mine", "page.nav.mine", "+"),
    ("/desk", "page.nav.desk", "desk"),
    ("/field", "page.nav.field", "field"),
    ("/counter", "page.nav.counter", "counter"),
    ("/public", "page.nav.public", ""),
    ("/grids", "page.nav.grids", ""),
    ("/duties", "page.nav.duties", ""),
    ("/log", "page.nav.record", ""),
    ("/admin", "page.nav.admin", "admin"),
    ("/admin/import", "page.nav.import", "case.import"),
    ("/classes", "page.nav.classes", "class.change"),
    ("/admin/keys", "page.nav.keys", "api_key.create"),
];

/// Who goes round a grid puts things right on the spot.
const HANDLED: &str = "case.report_handled";

/// Acts of which any one opens the administration.
pub const ADMIN_ACTS: [&str; 8] = [
    "staff.create",
    "post.appoint",
    "place.change",
    "class.change",
    "setting.change",
    "log.see",
    "case.import",
    "body.create",
];

/// The post somebody acts by. It bears the name it was given; an English page says first what kind
/// of post that is.
fn acting(visitor: &Visitor) -> String {
    let label = visitor.actor.label.clone();
    let kind = visitor.signed_in.as_ref().map_or("", |who| who.office_en.as_str());
    match visitor.lang {
        Lang::En if !kind.is_empty() => format!("{kind} · {label}"),
        _ => label,
    }
}

/// Digits of a number, with the + and the code of its country (ITU-T E.164: 15), and a few dialled
/// before it.
const LONGEST: usize = 20;

/// What is dialled of the first number in a text (RFC 3966): its digits, without what people set
/// them apart with. An extension behind it (转 8) is dialled by hand.
fn dialled(written: &str) -> Option<String> {
    let apart = |c: char| c.is_whitespace() || "-－—–.·()（）".contains(c);
    let narrow: String = written.chars().map(text::narrow).collect();
    let from = narrow.find(|c: char| c == '+' || c.is_ascii_digit())?;
    let mut number = String::new();
    for c in narrow[from..].chars() {
        match c {
            '+' if number.is_empty() => number.push(c),
            '0'..='9' => number.push(c),
            _ if apart(c) => {}
            _ => break,
        }
    }
    (3..=LONGEST).contains(&number.len()).then_some(number)
}

impl Frame {
    pub(super) fn new(visitor: &Visitor, title: String) -> Frame {
        let staff = visitor.actor.post.is_some();
        let open = |needs: &str| match needs {
            "" => true,
            "+" => visitor.signed_in.is_some() && !staff,
            "desk" => staff && visitor.may("case.see"),
            "field" => staff && visitor.actor.kind.starts_with("grid_") && visitor.may(HANDLED),
            "counter" => staff && visitor.may("person.register") && visitor.may("case.report"),
            "admin" => ADMIN_ACTS.iter().any(|act| staff && visitor.may(act)),
            act => visitor.may(act) && !(staff && act == "case.report"),
        };
        let here = visitor.path.split('?').next().unwrap_or_default();
        let doors: Vec<_> = DOORS.iter().filter(|(_, _, needs)| open(needs)).collect();
        // Of two doors that lead here the narrower one: /admin/keys before /admin.
        let leads =
            |href: &str| here == href || (href != "/" && here.starts_with(&format!("{href}/")));
        let current = doors.iter().map(|(href, _, _)| *href).filter(|href| leads(href));
        let current = current.max_by_key(|href| href.len());
        let item = |(href, key, _): &&(&'static str, &str, &str)| NavItem {
            href,
            label: visitor.lang.say(key),
            current: current == Some(*href),
        };
        // A part of a page comes without what stands around it.
        let nav =
            if visitor.part.is_some() { Vec::new() } else { doors.iter().map(item).collect() };
        Frame {
            lang: visitor.lang,
            title,
            district: visitor.district.config.name.clone(),
            name: visitor.signed_in.as_ref().map(|s| s.name.clone()),
            acting: acting(visitor),
            is_staff: staff,
            elder: visitor.elder,
            demo: visitor.district.config.demo,
            nav,
            path: visitor.path.clone(),
            unread: visitor.signed_in.as_ref().map_or(0, |s| s.unread),
            wide: false,
            map: false,
            map_source: visitor.district.config.map_source.clone(),
            draw: false,
        }
    }

    /// Names of places and bodies stay Chinese on an English page, and are marked so for whoever
    /// has it read aloud: the attribute, or nothing.
    pub fn zh(&self) -> &'static str {
        if self.lang == Lang::En { " lang=\"zh-CN\"" } else { "" }
    }

    /// The same for what people wrote, in whichever language they did (WCAG 3.1.2).
    pub fn zh_if(&self, words: impl AsRef<str>) -> &'static str {
        let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        if words.as_ref().chars().any(is_chinese) { self.zh() } else { "" }
    }

    /// The whole width, for dense pages.
    #[must_use]
    pub fn wide(mut self) -> Frame {
        self.wide = true;
        self
    }

    /// With the map's script and style.
    #[must_use]
    pub fn with_map(mut self) -> Frame {
        self.map = true;
        self
    }

    /// With the map and its drawing tools.
    #[must_use]
    pub fn with_drawing(mut self) -> Frame {
        self.map = true;
        self.draw = true;
        self
    }

    /// Whether the visitor has this door.
    pub fn has_door(&self, href: &str) -> bool {
        self.nav.iter().any(|item| item.href == href)
    }

    /// What was just done, as the address one was sent on to has it: `?done=class.close`,
    /// with the numbers in its sentence.
    pub fn done(&self) -> Option<String> {
        let (_, query) = self.path.split_once('?')?;
        let pairs: Vec<(&str, &str)> = query.split('&').filter_map(|p| p.split_once('=')).collect();
        let (_, what) = pairs.iter().find(|(name, _)| *name == "done")?;
        let key = format!("page.done.{what}");
        self.lang.find(&key)?;
        // Counts only: nothing else that an address brings is said.
        let counts = pairs.iter().filter(|(_, text)| text.bytes().all(|b| b.is_ascii_digit()));
        let told = self.lang.fill(&key, &counts.copied().collect::<Vec<_>>());
        (!told.contains('{')).then_some(told)
    }

    /// Whether this page answers a form that was taken, as [`Frame::done`] has it. What was typed
    /// into it need not be kept in the browser any more.
    pub fn took(&self) -> bool {
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        query.split('&').any(|pair| pair.starts_with("done="))
    }

    /// What a telephone dials of a number as somebody wrote it; none where there is none in it.
    pub fn dial(&self, written: impl AsRef<str>) -> Option<String> {
        dialled(written.as_ref())
    }

    pub fn say(&self, key: &str) -> String {
        self.lang.say(key)
    }

    /// A sentence with one `{n}` in it.
    pub fn with(&self, key: &str, n: &dyn std::fmt::Display) -> String {
        self.lang.with(key, n)
    }

    /// Changes with every build of the assets, so that browsers may keep them for a year.
    pub fn version(&self) -> &'static str {
        super::r#static::VERSION.as_str()
    }

    /// The column that holds the page.
    pub fn column(&self) -> &'static str {
        if self.wide { "desk-wide" } else { "govuk-width-container" }
    }
}

#[cfg(test)]
mod tests {
    use super::dialled;

    #[test]
    fn what_is_dialled_is_a_number_and_only_one() {
        for (written, number) in [
            ("0933-8212345", Some("09338212345")),
            ("（0933）821 2345 转 8", Some("09338212345")),
            ("＋86 138 0000 0001", Some("+8613800000001")),
            ("12345", Some("12345")),
            ("值班 0933－8212345、8212346", Some("09338212345")),
            ("到窗口问", None),
            ("9 号楼", None),
            ("", None),
        ] {
            assert_eq!(dialled(written).as_deref(), number, "{written}");
        }
    }
}
