//! Personal information as it is shown by default (个人信息保护法): enough to know one's own, too
//! little to know another's.

mod doors;
mod given;
mod groups;
mod mails;
mod named;
mod plates;
mod spelt;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use groups::UNSEEN;
use spelt::MOBILE;

/// 张三丰 → 张**: the first character stays.
pub fn name(name: &str) -> String {
    let mut chars = name.trim().chars();
    match chars.next() {
        None => String::new(),
        Some(first) => format!("{first}{}", "*".repeat(chars.count().clamp(1, 3))),
    }
}

/// 13800001234 → 138****1234. A number too short for that keeps its last two digits at most.
pub fn phone(phone: &str) -> String {
    let n = phone.trim().chars().count();
    match n {
        11.. => keep(phone, 3, 4),
        7..=10 => keep(phone, 0, 2),
        _ => keep(phone, 0, 0),
    }
}

/// zhou@example.com → z***@example.com. A name of one character is hidden whole, as is what has no
/// `@`.
pub fn email(email: &str) -> String {
    match email.trim().split_once('@') {
        Some((local, domain)) => {
            let shown = if local.chars().count() > 1 { local.chars().next() } else { None };
            format!("{}***@{domain}", shown.map(String::from).unwrap_or_default())
        }
        None => "***".to_owned(),
    }
}

/// Six first and four last characters stay.
pub fn citizen_id(id: &str) -> String {
    let n = id.trim().chars().count();
    if n >= 15 { keep(id, 6, 4) } else { keep(id, 0, 0) }
}

fn keep(text: &str, first: usize, last: usize) -> String {
    let text = text.trim();
    let n = text.chars().count();
    let shown = |i: usize| i < first || i + last >= n;
    text.chars().enumerate().map(|(i, c)| if shown(i) { c } else { '*' }).collect()
}

/// Counted up whenever more is masked in public than before: what was masked by an earlier version
/// is then masked anew.
pub const VERSION: u32 = 1;

/// Signs of a text that are not told.
struct Marks {
    hide: Vec<bool>,
    /// Nothing stays of what is found: it is gone for good, and not only from sight.
    whole: bool,
}

impl Marks {
    fn new(chars: &[char], whole: bool) -> Marks {
        Marks { hide: vec![false; chars.len()], whole }
    }

    /// Of something that was found, the places of its signs; `masked` counts among them, and where
    /// it is empty nothing was found.
    fn mark(&mut self, places: &[usize], masked: Range<usize>) {
        if masked.is_empty() {
            return;
        }
        let masked = if self.whole { 0..places.len() } else { masked };
        places.get(masked).unwrap_or(&[]).iter().for_each(|at| self.hide[*at] = true);
    }

    /// As [`Marks::mark`], of signs that stand together.
    fn mark_run(&mut self, places: Range<usize>, masked: Range<usize>) {
        self.mark(&places.collect::<Vec<_>>(), masked);
    }

    fn over(&self, chars: &[char]) -> String {
        hidden(chars, &self.hide)
    }
}

/// Masks what looks personal in free text: mobile and fixed phones, citizen ids, bank cards,
/// e-mail addresses, number plates. Digits may be full-width or set apart by blanks, line ends and
/// signs; mobile phones and citizen ids may be written in characters (一三八…). Each masked character
/// becomes one `*`; everything else stays as it was.
///
/// A text that is to be shortened is masked first: half of a number is no number any more.
pub fn mask_text(text: &str) -> String {
    numbers(text, false)
}

fn numbers(text: &str, whole: bool) -> String {
    // Whatever is masked holds a digit or an @, or digits enough in characters; most titles do not.
    let suspect = |c: char| plain(c).is_some() || matches!(c, '@' | '＠');
    let spelt = text.chars().filter(|c| written(*c).is_some()).take(MOBILE).count() == MOBILE;
    if !spelt && !text.contains(suspect) && !named::speaks_of_messengers(text) {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let mut marks = Marks::new(&chars, whole);
    mails::plain(&chars, &mut marks);
    plates::plates(&chars, &mut marks);
    groups::numbers(&chars, &mut marks);
    spelt::numbers(&chars, &mut marks);
    named::accounts(&chars, &mut marks);
    marks.over(&chars)
}

/// As [`mask_text`], for everyone to read: where somebody lives is told as far as the house, and of
/// each name they are known by the first character.
pub fn mask_public<'a>(text: &str, own_names: impl IntoIterator<Item = &'a str>) -> String {
    public(text, own_names, false)
}

fn public<'a>(text: &str, own_names: impl IntoIterator<Item = &'a str>, whole: bool) -> String {
    let chars: Vec<char> = numbers(text, whole).chars().collect();
    let mut marks = Marks::new(&chars, whole);
    own_names.into_iter().for_each(|own| own_name_in(&chars, own, &mut marks));
    given::names(&chars, &mut marks);
    // Every door has its number; most titles have none, and lists show many of them.
    if chars.iter().any(|c| digit(*c).is_some() || matches!(c, '十' | '百')) {
        doors::rooms(&chars, &mut marks);
        doors::doors(&chars, &mut marks);
        doors::english(&chars, &mut marks);
    }
    mails::named(&chars, &mut marks);
    marks.over(&chars)
}

/// As [`without`], for the own words of somebody who leaves: whatever [`mask_public`] would mask in
/// them is gone as well, and gone whole. Houses stay, for they say where the matter is.
pub fn without_any<S: AsRef<str>>(text: &str, known: &[S]) -> String {
    public(&without(text, known), None, true)
}

/// Hides a name but for its first character.
fn own_name_in(chars: &[char], name: &str, marks: &mut Marks) {
    let name = signs_of(name);
    for at in 0..chars.len() {
        let signs = if name.len() < 2 { None } else { spelt_at(chars, at, &name, false) };
        signs.into_iter().for_each(|signs| marks.mark(&signs, 1..signs.len()));
    }
}

/// What people and programs write where a name is asked for and none is given.
const NOBODY: [&str; 32] = [
    "市民",
    "居民",
    "群众",
    "村民",
    "业主",
    "住户",
    "租户",
    "租客",
    "商户",
    "家长",
    "热心市民",
    "热心居民",
    "热心群众",
    "匿名",
    "匿名市民",
    "匿名用户",
    "先生",
    "女士",
    "小姐",
    "同志",
    "网友",
    "用户",
    "来电人",
    "反映人",
    "投诉人",
    "举报人",
    "诉求人",
    "本人",
    "不详",
    "未知",
    "anonymous",
    "resident",
];

/// Whether somebody goes by a word that everyone uses: to take it out of a text would take the text
/// to pieces, and hide nobody.
pub fn names_nobody(name: &str) -> bool {
    let name = name.trim().to_lowercase();
    NOBODY.contains(&name.as_str())
}

/// What stands between the parts of a name (GB/T 15834 间隔号), or is taken for it.
const DOTS: &str = "·•・‧∙⋅･.．";

/// A name without the dots between its parts.
fn signs_of(name: &str) -> Vec<char> {
    name.trim().chars().filter(|c| !DOTS.contains(*c)).collect()
}

/// A Chinese character.
fn han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// A full-width sign as the ordinary one.
pub fn narrow(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

fn hidden(chars: &[char], hide: &[bool]) -> String {
    chars.iter().zip(hide).map(|(c, hidden)| if *hidden { '*' } else { *c }).collect()
}

/// A digit as somebody typed it: full-width, in a circle or in mathematical letters as well
/// (Unicode NFKC makes digits of them).
fn plain(c: char) -> Option<u32> {
    let from = |first: u32, value: u32| Some((c as u32 - first) % 10 + value);
    match c {
        '０'..='９' => from('０' as u32, 0),
        '①'..='⑨' => from('①' as u32, 1),
        '⓵'..='⓽' => from('⓵' as u32, 1),
        '❶'..='❾' => from('❶' as u32, 1),
        '➀'..='➈' => from('➀' as u32, 1),
        '➊'..='➒' => from('➊' as u32, 1),
        '⑴'..='⑼' => from('⑴' as u32, 1),
        '⒈'..='⒐' => from('⒈' as u32, 1),
        '⓪' | '⓿' | '⁰' => Some(0),
        '¹' => Some(1),
        '²' => Some(2),
        '³' => Some(3),
        '⁴'..='⁹' => from('⁴' as u32, 4),
        '₀'..='₉' => from('₀' as u32, 0),
        '\u{1d7ce}'..='\u{1d7ff}' => from(0x1d7ce, 0),
        _ => c.to_digit(10),
    }
}

/// Whether a piece of a text may stand behind a mask, in part at least. Any other is found only
/// where everyone can read it.
///
/// Digits in characters are in everyday words too (第三小学). Of a masked number three digits are
/// shown before the mask and four behind it: so a piece that reaches into the mask has nothing but
/// digits, or four of them together.
pub fn may_be_hidden(piece: &str) -> bool {
    let sign = |c: char| mails::local(c) || plain(c).is_some();
    if piece.contains(sign) {
        return true;
    }
    let chars: Vec<char> = piece.chars().collect();
    let mut runs = (0..chars.len()).map(|at| spelt::run_at(&chars, at).len());
    let bare = chars.iter().all(|c| digit(*c).is_some() || spelt::parts(*c));
    runs.any(|len| len > 3 || (bare && len > 0))
}

/// A digit in characters: as people write it, as they say it, as banks write it.
fn written(c: char) -> Option<u32> {
    Some(match c {
        '〇' | '零' | '○' => 0,
        '一' | '幺' | '壹' => 1,
        '二' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn digit(c: char) -> Option<u32> {
    plain(c).or_else(|| written(c))
}

/// A text from which names and numbers of somebody who leaves are gone for good: each sign of them
/// is a `*`, also of a number whose digits are full-width or set apart. Names of one sign stay:
/// they are part of many words.
pub fn without<S: AsRef<str>>(text: &str, known: &[S]) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut hide = vec![false; chars.len()];
    for name in known.iter().map(|name| name.as_ref().trim()) {
        let number = name.chars().all(|c| c.is_ascii_digit());
        let name = signs_of(name);
        for at in 0..chars.len() {
            let signs = if name.len() < 2 { None } else { spelt_at(&chars, at, &name, number) };
            signs.into_iter().flatten().for_each(|at| hide[at] = true);
        }
    }
    hidden(&chars, &hide)
}

/// Where the signs of a name stand, if it is written at this place. Those of a number may be set
/// apart as people do it, the parts of a name by a dot of whichever kind.
fn spelt_at(chars: &[char], at: usize, name: &[char], number: bool) -> Option<Vec<usize>> {
    let mut next = at;
    let mut places = Vec::with_capacity(name.len());
    for sign in name {
        if number && !places.is_empty() {
            next += groups::gap_at(chars.get(next..)?).len();
        } else if !places.is_empty() && chars.get(next).is_some_and(|c| DOTS.contains(*c)) {
            places.push(next);
            next += 1;
        }
        let there = chars.get(next)?;
        let same = if number { plain(*there) == sign.to_digit(10) } else { there == sign };
        if !same {
            return None;
        }
        places.push(next);
        next += 1;
    }
    Some(places)
}
