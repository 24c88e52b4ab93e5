//! Personal information as it is shown by default (个人信息保护法): enough to know one's own, too
//! little to know another's.

mod given;
mod named;

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

/// zhou@example.com → z***@example.com. What has no `@` is hidden whole.
pub fn email(email: &str) -> String {
    match email.trim().split_once('@') {
        Some((local, domain)) => {
            let first: String = local.chars().take(1).collect();
            format!("{first}***@{domain}")
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

/// Masks what looks personal in free text: mobile and fixed phones, citizen ids, bank cards,
/// e-mail addresses, number plates. Digits may be full-width or set apart by blanks, line ends and
/// signs; mobile phones and citizen ids may be written in characters (一三八…). Each masked character
/// becomes one `*`; everything else stays as it was.
///
/// A text that is to be shortened is masked first: half of a number is no number any more.
pub fn mask_text(text: &str) -> String {
    // Whatever is masked holds a digit or an @, or digits enough in characters; most titles do not.
    let suspect = |c: char| plain(c).is_some() || matches!(c, '@' | '＠');
    let spelt = text.chars().filter(|c| written(*c).is_some()).take(MOBILE).count() == MOBILE;
    if !spelt && !text.contains(suspect) && !named::speaks_of_messengers(text) {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let mut hide = vec![false; chars.len()];
    mails(&chars, &mut hide);
    plates(&chars, &mut hide);
    numbers(&chars, &mut hide);
    spelt_numbers(&chars, &mut hide);
    named::accounts(&chars, &mut hide);
    hidden(&chars, &hide)
}

/// As [`mask_text`], for everyone to read: where somebody says they live is told as far as the
/// house, and of their own name, where it is known, the first character.
pub fn mask_public(text: &str, own_name: Option<&str>) -> String {
    let masked = mask_text(text);
    let chars: Vec<char> = masked.chars().collect();
    let mut hide = vec![false; chars.len()];
    own_name.into_iter().for_each(|own| own_name_in(&chars, own, &mut hide));
    given::names(&chars, &mut hide);
    named::rooms(&chars, &mut hide);
    named_mails(&chars, &mut hide);
    hidden(&chars, &hide)
}

/// Hides a name but for its first character.
fn own_name_in(chars: &[char], name: &str, hide: &mut [bool]) {
    let name = signs_of(name);
    for at in 0..chars.len() {
        let signs = if name.len() < 2 { None } else { spelt_at(chars, at, &name, false) };
        signs.into_iter().flatten().skip(1).for_each(|at| hide[at] = true);
    }
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
fn narrow(c: char) -> char {
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
    let sign = |c: char| local(c) || plain(c).is_some();
    if piece.contains(sign) {
        return true;
    }
    let chars: Vec<char> = piece.chars().collect();
    let mut runs = (0..chars.len()).map(|at| spelt_run(&chars, at).len());
    let bare = chars.iter().all(|c| digit(*c).is_some() || parts_spelt(*c));
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

/// Digits of a mobile phone, and of a citizen id.
const MOBILE: usize = 11;
const CITIZEN: usize = 18;

/// What may stand, once, between two digits in characters. A 、 is not among them: 一、三、五号楼.
fn parts_spelt(c: char) -> bool {
    c.is_whitespace() || UNSEEN.contains(&c) || "-－—–·".contains(c)
}

/// The digits from `at` on, written in whichever way, each with its place.
fn spelt_run(chars: &[char], mut at: usize) -> Vec<(usize, u32)> {
    let mut run = Vec::new();
    while let Some(value) = chars.get(at).and_then(|c| digit(*c)) {
        run.push((at, value));
        at += 1;
        if chars.get(at).is_some_and(|c| parts_spelt(*c)) {
            at += 1;
        }
    }
    run
}

/// A number of which at least one digit is in characters. What follows it may begin with a digit as
/// well (…五六七八一直没人接), so it is looked for at every place of a run.
fn spelt_numbers(chars: &[char], hide: &mut [bool]) {
    let mut at = 0;
    while at < chars.len() {
        let run = spelt_run(chars, at);
        let mut from = 0;
        while from < run.len() {
            let rest = &run[from..];
            let (len, hidden) = match (spelt_citizen(chars, rest), spelt_mobile(rest)) {
                (true, _) => (CITIZEN, 6..14),
                (false, true) => (MOBILE, 3..7),
                _ => (1, 0..0),
            };
            let in_characters = |(place, _): &(usize, u32)| written(chars[*place]).is_some();
            if rest.iter().take(len).any(in_characters) {
                rest[hidden].iter().for_each(|(place, _)| hide[*place] = true);
            }
            from += len;
        }
        at = run.last().map_or(at, |(place, _)| *place) + 1;
    }
}

fn spelt_mobile(rest: &[(usize, u32)]) -> bool {
    rest.len() >= MOBILE && rest[0].1 == 1 && rest[1].1 >= 3
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
            next += gap_at(chars.get(next..)?).len();
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

/// Whether a citizen id begins here; its last sign may be an X.
fn spelt_citizen(chars: &[char], rest: &[(usize, u32)]) -> bool {
    let ends_in_x = || {
        let end = rest.get(CITIZEN - 2).and_then(|(place, _)| chars.get(place + 1));
        end.is_some_and(|c| matches!(c, 'x' | 'X' | 'Ｘ' | 'ｘ'))
    };
    let whole = rest.len() >= CITIZEN || (rest.len() == CITIZEN - 1 && ends_in_x());
    let day: Vec<u32> = rest.iter().skip(6).take(8).map(|(_, value)| *value).collect();
    whole && rest[0].1 != 0 && born(&day)
}

/// A sign before the @ of an address: any letter but a Chinese one, which in Chinese is part of the
/// sentence.
fn local(c: char) -> bool {
    (c.is_alphanumeric() && !han(c) && written(c).is_none()) || "._%+-".contains(narrow(c))
}

/// zhang@example.com → z****@example.com; the domain may have any letters.
fn mails(chars: &[char], hide: &mut [bool]) {
    mails_of(chars, hide, local);
}

/// 王小明@公司.中国: for everyone so are letters before the @ that may as well be a sentence.
fn named_mails(chars: &[char], hide: &mut [bool]) {
    mails_of(chars, hide, |c| c.is_alphanumeric());
}

fn mails_of(chars: &[char], hide: &mut [bool], local: impl Fn(char) -> bool) {
    for at in (0..chars.len()).filter(|i| narrow(chars[*i]) == '@') {
        let before = chars[..at].iter().rev().take_while(|c| local(**c)).count();
        let domain: Vec<char> = chars[at + 1..]
            .iter()
            .map(|c| if *c == '。' { '.' } else { narrow(*c) })
            .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
            .collect();
        let dotted = domain.windows(2).any(|pair| pair[0] == '.' && pair[1] != '.');
        if before > 0 && dotted && domain[0] != '.' {
            let first = usize::from(before > 1);
            hide[at - before + first..at].fill(true);
        }
    }
}

const PLATE_PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
const PLATE_ENDS: &str = "学警港澳挂领";

/// 晋A12345 → 晋A****5: province, letter, five or six signs of which at least one is a digit.
fn plates(chars: &[char], hide: &mut [bool]) {
    for start in 0..chars.len() {
        let letter = chars.get(start + 1).is_some_and(|c| narrow(*c).is_ascii_alphabetic());
        if !letter || !PLATE_PROVINCES.contains(chars[start]) {
            continue;
        }
        let dot = chars.get(start + 2).is_some_and(|c| DOTS.contains(*c) || "- ".contains(*c));
        let from = start + 2 + usize::from(dot);
        let rest: Vec<char> = chars[from..].iter().map(|c| narrow(*c)).collect();
        let mut n = rest.iter().take_while(|c| c.is_ascii_alphanumeric()).count();
        let digits = rest[..n].iter().any(char::is_ascii_digit);
        if n == 4 && chars.get(from + n).is_some_and(|c| PLATE_ENDS.contains(*c)) {
            n += 1;
        }
        if digits && (n == 5 || n == 6) {
            hide[from..from + n - 1].fill(true);
        }
    }
}

/// A stretch of digits without a gap: where it begins, and its digits (X counts at the end).
struct Group {
    at: usize,
    digits: Vec<u32>,
    /// A sign stands before it that lists are made with.
    listed: bool,
}

const X: u32 = 10;

/// What people set digits apart with.
const GAPS: &str = "-－—–‐‑−~～._·・．/／()（）";

/// These too, but mostly they stand between rooms, houses, days, times of day and what is reckoned.
const LISTS: &str = "、，,:：|｜+＋*＊×转";

/// Blanks that take no room.
const UNSEEN: [char; 5] = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}'];

/// Signs that may stand between two groups of one number.
const WIDEST_GAP: usize = 3;

fn numbers(chars: &[char], hide: &mut [bool]) {
    let mut i = 0;
    while i < chars.len() {
        let mut run: Vec<Group> = vec![];
        let mut listed = false;
        while let Some(group) = group_at(chars, i, listed) {
            i += group.digits.len();
            run.push(group);
            let gap = gap_at(&chars[i..]);
            if gap.is_empty() || group_at(chars, i + gap.len(), false).is_none() {
                break;
            }
            i += gap.len();
            listed = gap.iter().any(|c| LISTS.contains(*c));
        }
        mask_run(chars, &run, hide);
        if run.is_empty() {
            i += 1;
        }
    }
}

/// The signs between two groups that may be of one number; none where it is too wide for that.
fn gap_at(chars: &[char]) -> &[char] {
    let parts = |c: &&char| {
        c.is_whitespace() || GAPS.contains(**c) || LISTS.contains(**c) || UNSEEN.contains(c)
    };
    let wide = chars.iter().take(WIDEST_GAP + 1).take_while(parts).count();
    if wide > WIDEST_GAP { &[] } else { &chars[..wide] }
}

fn group_at(chars: &[char], at: usize, listed: bool) -> Option<Group> {
    let mut digits: Vec<u32> = chars.get(at..)?.iter().map_while(|c| plain(*c)).collect();
    let end = chars.get(at + digits.len());
    if !digits.is_empty() && matches!(end, Some('x' | 'X' | 'Ｘ' | 'ｘ')) {
        digits.push(X);
    }
    (!digits.is_empty()).then_some(Group { at, digits, listed })
}

/// Groups of one number: a citizen id said digit by digit has eighteen.
const MOST_GROUPS: usize = 18;

/// Tries each group alone, then with those after it, never over one that is personal by itself.
fn mask_run(chars: &[char], run: &[Group], hide: &mut [bool]) {
    let mut first = 0;
    while first < run.len() {
        let told = after_word_for_phone(chars, run[first].at);
        let mut took = 1;
        for n in 1..=MOST_GROUPS.min(run.len() - first) {
            let groups = &run[first..first + n];
            if n > 1 && shown(&groups[n - 1..], false).is_some() {
                break;
            }
            let Some((head, tail)) = shown(groups, told) else { continue };
            let places = |group: &Group| group.at..group.at + group.digits.len();
            let places: Vec<usize> = groups.iter().flat_map(places).collect();
            let end = places.len().saturating_sub(tail);
            places.get(head..end).unwrap_or(&[]).iter().for_each(|p| hide[*p] = true);
            took = n;
            break;
        }
        first += took;
    }
}

/// 电话, 座机 … stands shortly before.
fn after_word_for_phone(chars: &[char], at: usize) -> bool {
    let before: String = chars[at.saturating_sub(6)..at].iter().collect();
    ["电话", "座机", "联系", "号码", "致电", "拨打"].iter().any(|word| before.contains(word))
}

/// How many digits at the beginning and at the end stay, when the digits are personal.
///
/// Days, rooms and houses are groups of digits too. So what stands as a list is a number only in
/// the shape of a mobile phone or digit by digit; a citizen id in groups must hold a day of birth,
/// a bank card in groups its check digit, an area code is a group by itself; and what comes in more
/// groups than one writes is a number said digit by digit.
fn shown(groups: &[Group], told: bool) -> Option<(usize, usize)> {
    let lens: Vec<usize> = groups.iter().map(|group| group.digits.len()).collect();
    let each = |most: usize| lens.iter().all(|len| *len <= most);
    let listed = groups.iter().skip(1).any(|group| group.listed);
    if (lens.len() > 6 && !each(2)) || (listed && !each(1) && lens != [3, 4, 4]) {
        return None;
    }
    let digits: Vec<u32> = groups.iter().flat_map(|group| &group.digits).copied().collect();
    let plain = digits.strip_suffix(&[X]).unwrap_or(&digits);
    let mobile = |d: &[u32]| d.len() == 11 && d[0] == 1 && d[1] >= 3;
    let whole = lens.len() == 1;
    match (digits.len(), plain.len()) {
        (18, _) if whole || born(&plain[6..14]) => Some((6, 4)),
        (15, 15) if lens.len() <= 3 && old_id(plain) => Some((6, 4)),
        (_, 11) if mobile(plain) => Some((3, 4 + digits.len() - plain.len())),
        (_, 13) if plain[..2] == [8, 6] && mobile(&plain[2..]) => Some((5, 4)),
        (_, 15) if plain[..4] == [0, 0, 8, 6] && mobile(&plain[4..]) => Some((7, 4)),
        (_, 10..=12) if plain[0] == 0 && (whole || matches!(lens[0], 3 | 4)) => {
            Some((if plain[1] <= 2 { 3 } else { 4 }, 2))
        }
        (_, 7 | 8) if told && plain[0] >= 2 => Some((0, 2)),
        (16.., _) if whole || luhn(plain) => Some((0, 4)),
        _ => None,
    }
}

/// Whether the last digit is the check digit of a bank card (ISO/IEC 7812-1 annex B).
fn luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| if at % 2 == 1 { doubled(*digit) } else { *digit })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether eight digits are a day on which somebody alive may be born.
fn born(digits: &[u32]) -> bool {
    let two = |at: usize| digits[at] * 10 + digits[at + 1];
    matches!(two(0), 19 | 20) && (1..=12).contains(&two(4)) && (1..=31).contains(&two(6))
}

/// A number of 15 digits as given out until 1999: the middle is a day of birth.
fn old_id(digits: &[u32]) -> bool {
    let two = |at: usize| digits[at] * 10 + digits[at + 1];
    digits[0] != 0 && (1..=12).contains(&two(8)) && (1..=31).contains(&two(10))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_phones_and_ids() {
        assert_eq!(
            [name("张三"), name("张"), name("欧阳小明"), name("")],
            ["张*", "张*", "欧***", ""]
        );
        assert_eq!(phone("13800001234"), "138****1234");
        assert_eq!(email(" zhou@example.com"), "z***@example.com");
        assert_eq!([email("@x.cn"), email("none")], ["***@x.cn", "***"]);
        assert_eq!(phone("87654321"), "******21");
        assert_eq!(phone("110"), "***");
        assert_eq!(citizen_id("11010519491231002X"), "110105********002X");
        assert_eq!(citizen_id("12345"), "*****");
    }

    #[test]
    fn personal_things_in_a_sentence() {
        let cases = [
            ("请打13800001234找我", "请打138****1234找我"),
            ("请打138 0000 1234找我", "请打138 **** 1234找我"),
            ("138-0000-1234，谢谢", "138-****-1234，谢谢"),
            ("＋８６１３８００００１２３４", "＋８６１３８****１２３４"),
            ("+8613800001234", "+86138****1234"),
            ("两个号 13800001234 13800005678", "两个号 138****1234 138****5678"),
            ("身份证11010519491231002X。", "身份证110105********002X。"),
            ("110105 19491231 002x", "110105 ******** 002x"),
            ("旧证110105491231002", "旧证110105*****1002"),
            ("座机0359-2021234", "座机0359-*****34"),
            ("010-62001234转3", "010-******34转3"),
            ("电话：2021234", "电话：*****34"),
            ("卡号6222020200001234567", "卡号***************4567"),
            ("写信到 zhang.san@example.com 吧", "写信到 z********@example.com 吧"),
            ("晋M12345占道", "晋M****5占道"),
            ("粤Ｂ12345堵门", "粤Ｂ****5堵门"),
            ("粤Ｂ・Ｄ１２３４５", "粤Ｂ・*****５"),
            ("写信ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ", "写信ｚ****＠ｅｘａｍｐｌｅ．ｃｏｍ"),
            ("写信zhang@公司.中国", "写信z****@公司.中国"),
            ("粤B·D12345 乱停", "粤B·*****5 乱停"),
            ("京A1234警", "京A****警"),
            ("008613812345678", "0086138****5678"),
            ("138.1234.5678", "138.****.5678"),
            ("138·1234·5678", "138·****·5678"),
            ("138、1234、5678", "138、****、5678"),
            ("138/1234/5678", "138/****/5678"),
            ("138_1234_5678", "138_****_5678"),
            ("138  1234  5678", "138  ****  5678"),
            ("138\u{a0}1234\u{a0}5678", "138\u{a0}****\u{a0}5678"),
            ("138\t1234\t5678", "138\t****\t5678"),
            ("138\n12345678", "138\n****5678"),
            ("138 - 1234 - 5678", "138 - **** - 5678"),
            ("1 3 8 1 2 3 4 5 6 7 8", "1 3 8 * * * * 5 6 7 8"),
            ("13 81 23 45 67 8", "13 8* ** *5 67 8"),
            ("1 1 0 1 0 5 1 9 4 9 1 2 3 1 0 0 2X", "1 1 0 1 0 5 * * * * * * * * 0 0 2X"),
            ("(0933)8612345", "(0933)*****45"),
            ("（0933） 861 2345", "（0933） *** **45"),
            ("6222 0202 0000 1235", "**** **** **** 1235"),
            ("身份证11010519491231002X13800001234", "身份证110105********002X138****1234"),
            ("13800001234x13900001234", "138****1234x139****1234"),
            ("138‑0000‑1234", "138‑****‑1234"),
            ("138−0000−1234", "138−****−1234"),
            ("138\u{200b}0000\u{200b}1234", "138\u{200b}****\u{200b}1234"),
            ("138，0000，1234", "138，****，1234"),
            ("138~0000~1234", "138~****~1234"),
            ("1、3、8、0、0、0、0、1、2、3、4", "1、3、8、*、*、*、*、1、2、3、4"),
            ("打一三八一二三四五六七八一直没人接", "打一三八****五六七八一直没人接"),
            ("幺三八〇〇零零幺二三四", "幺三八****幺二三四"),
            ("八六一三八一二三四五六七八", "八六一三八****五六七八"),
            ("一三八 一二三四-五六七八", "一三八 ****-五六七八"),
            ("138一二三四5678", "138****5678"),
            ("１３八１２３４５６７８，", "１３八****５６７８，"),
            ("壹叁捌壹贰叁肆伍陆柒捌", "壹叁捌****伍陆柒捌"),
            ("身份证一一〇一〇五一九四九一二三一〇〇二X", "身份证一一〇一〇五********〇〇二X"),
            ("一一〇一〇五一九四九一二三一〇〇二五号", "一一〇一〇五********〇〇二五号"),
            ("138:0000:1234", "138:****:1234"),
            ("138|0000|1234", "138|****|1234"),
            ("138+0000+1234", "138+****+1234"),
            ("138*0000*1234", "138******1234"),
            ("138转0000转1234", "138转****转1234"),
            ("①③⑧⓪⓪⓪⓪①②③④", "①③⑧****①②③④"),
            ("𝟏𝟑𝟖𝟎𝟎𝟎𝟎𝟏𝟐𝟑𝟒", "𝟏𝟑𝟖****𝟏𝟐𝟑𝟒"),
            ("QQ:123456789", "QQ:*******89"),
            ("加我微信zhangsan138", "加我微信z********38"),
            ("微信号：lamp_by_the_pier", "微信号：l*************er"),
            ("护照 E12345678", "护照 E******78"),
            ("港澳通行证H12345678，", "港澳通行证H******78，"),
        ];
        for (text, masked) in cases {
            assert_eq!(mask_text(text), masked);
        }
    }

    #[test]
    fn who_leaves_is_gone_from_what_they_wrote_and_others_are_not() {
        let known = ["欧阳明珠", "13800009007", "m.zhu@example.com", "朱"];
        for (text, left) in [
            ("我是欧阳明珠，电话13800009007", "我是****，电话***********"),
            ("138 0000-9007、１３８００００９００７", "*** ****-****、***********"),
            ("13800009007。另一位13800009008", "***********。另一位13800009008"),
            ("写信 m.zhu@example.com，别找朱红的门", "写信 *****************，别找朱红的门"),
            (r#"{"words":"13800009007"}"#, r#"{"words":"***********"}"#),
            ("2026-10-09 晋M12345", "2026-10-09 晋M12345"),
        ] {
            assert_eq!(without(text, &known), left);
        }
        assert_eq!(without::<&str>("原样", &[]), "原样");
    }

    #[test]
    fn what_is_not_personal_stays() {
        for text in [
            "3号楼2单元1201室，路灯20盏",
            "2026-10-09 10:20 来过",
            "案卷20261009编号",
            "拨打12345热线",
            "新A区 云B栋",
            "费用 1234567 元",
            "2026-10-09 到 2026-10-10，2026.10.09、2026.10.10",
            "2026/10/09 2026/10/10 2026/10/11",
            "1、2、3、4、5、6、7、8、9、10、11、12、13号楼",
            "08.15-08.20 10:20",
            "1201、1202、1203、1204室漏水",
            "301、302、401、402、501、502室",
            "1、3、5、7、9、11、13、15号楼",
            "20261009、20261010",
            "@所有人 a@b",
            "二〇二六年十一月二十六日",
            "一二三四五单元",
            "第一、三、五、七、九、一、三、五、七、九、一号楼",
            "一二三四五六七八九〇一二三",
            "二〇二六一一二六，一三八路公交车",
            "九三三一三八一二三四五",
            "08:15:20 到 08:30:05，2×3×4米",
            "微信群里 2026年 说过，QQ群 12345 热线",
            "微信小程序，WeChat Pay",
            "①号楼 ②单元 ③层，10²米",
            "",
        ] {
            assert_eq!(mask_text(text), text);
        }
    }

    #[test]
    fn everyone_reads_as_far_as_the_house_and_the_first_character_of_the_own_name() {
        for (text, shown) in [
            ("本人张三，住3号楼2单元501室", "本人张*，住3号楼*单元***室"),
            ("家住南苑二村12栋301，灯坏", "家住南苑二村12栋***，灯坏"),
            ("我住在501室，漏水", "我住在***室，漏水"),
            ("住3-2-501", "住3-*-***"),
            ("住３号楼２单元５０１室", "住３号楼*单元***室"),
            ("住三号楼二单元五〇一室", "住三号楼*单元***室"),
            ("住十二号楼三十二室", "住十二号楼***室"),
            ("ＱＱ：１２３４５６７８９", "ＱＱ：*******８９"),
            ("张三打13800001234", "张*打138****1234"),
            ("住户反映3号楼2单元501漏水", "住户反映3号楼2单元501漏水"),
            ("住3号楼，2单元的灯坏了", "住3号楼，2单元的灯坏了"),
            ("李四住得远", "李四住得远"),
        ] {
            assert_eq!(mask_public(text, Some("张三")), shown);
        }
        assert_eq!(mask_public("张三来过", None), "张三来过");
        assert_eq!(mask_public("王小明@公司.中国，请回信", None), "王**@公司.中国，请回信");
        for (dotted, shown) in [
            ("阿卜杜拉·买买提", "阿*******"),
            ("阿卜杜拉•买买提", "阿*******"),
            ("阿卜杜拉・买买提", "阿*******"),
            ("阿卜杜拉‧买买提", "阿*******"),
            ("阿卜杜拉∙买买提", "阿*******"),
            ("阿卜杜拉.买买提", "阿*******"),
            ("阿卜杜拉买买提", "阿******"),
        ] {
            assert_eq!(mask_public(dotted, Some("阿卜杜拉·买买提")), shown);
            assert_eq!(without(dotted, &["阿卜杜拉·买买提"]).replace('*', ""), "");
        }
        assert_eq!(mask_public("三号楼", Some("三")), "三号楼", "one character names nobody");
    }

    proptest! {
        #[test]
        fn a_mobile_phone_never_gets_through(
            before in "[一-龥，。 ]{0,8}", middle in 0u32..10_000, after in "[一-龥，。]{0,8}"
        ) {
            let phone = format!("138{middle:04}1234");
            let masked = mask_text(&format!("{before}{phone}{after}"));
            prop_assert_eq!(masked, format!("{before}138****1234{after}"));
        }

        #[test]
        fn a_mobile_phone_in_groups_never_gets_through(
            gaps in prop::collection::btree_map(
                0..10usize,
                "[ \u{a0}\u{200b}\t\n._·/()~－‑−\\-]{1,3}",
                0..=5,
            ),
            digits in "13[0-9]{9}",
        ) {
            let gap = |at: usize| gaps.get(&at).map_or("", String::as_str);
            let digits_apart = digits.chars().enumerate();
            let apart: String =
                digits_apart.map(|(at, digit)| format!("{digit}{}", gap(at))).collect();
            let masked = mask_text(&apart);
            let shown: String =
                masked.chars().filter(|c| c.is_ascii_digit() || *c == '*').collect();
            prop_assert_eq!(&shown[3..7], "****", "{}", masked);
        }

        #[test]
        fn a_mobile_phone_in_characters_never_gets_through(
            before in "[请打我的电话是，]{0,6}",
            digits in "[一幺壹1１][三八九3９][〇零○一幺壹二三四五六七八九玖]{9}",
            after in "(一直|三次|，|是我)?[没人接。]{0,6}",
        ) {
            let masked = mask_text(&format!("{before}{digits}{after}"));
            let at = before.chars().count();
            let hidden: String = masked.chars().skip(at + 3).take(4).collect();
            prop_assert_eq!(&hidden, "****", "{}", masked);
            prop_assert_eq!(masked.chars().filter(|c| *c == '*').count(), 4);
        }

        #[test]
        fn numbers_in_characters_that_name_nobody_stay(
            text in "([〇零一二三四五六七八九]{1,10}[年月日号楼单元路室、，。十百千第]{1,2}){0,8}"
        ) {
            prop_assert_eq!(mask_text(&text), text);
        }

        #[test]
        fn a_day_in_characters_stays(
            year in "[一二][〇零九][〇零一二三四五六七八九]{2}年?",
            month in "(十?[一二]|[一二三四五六七八九]|〇[一-二]|零[一二])月?",
            day in "([一二三]?十?[一二三四五六七八九]|〇一|三〇)日?",
        ) {
            let day = format!("{year}{month}{day}");
            prop_assert_eq!(mask_text(&day), day);
        }

        #[test]
        fn only_what_may_be_hidden_is(
            text in concat!(
                "([a-zA-Z0-9@._%+Xx京学A·０-９ \\-]|[〇一三八 —楼]",
                "|一三八[ -]?[〇一二三八]{8}|\\PC){0,40}"
            ),
            (from, to) in (0..8usize, 1..9usize),
        ) {
            let (masked, signs) = (mask_text(&text), text.chars().collect::<Vec<_>>());
            for (at, masked) in masked.chars().enumerate() {
                let to = signs.len().min(at + to);
                let piece: String = signs[at.saturating_sub(from)..to].iter().collect();
                let hidden = masked != signs[at];
                prop_assert!(!hidden || may_be_hidden(&piece), "{} in {}", piece, text);
            }
        }

        #[test]
        fn masking_keeps_every_place(text in "(\\PC|[0-9Xx @.\\-]){0,60}") {
            let masked = mask_text(&text);
            prop_assert_eq!(masked.chars().count(), text.chars().count());
            prop_assert!(masked.chars().zip(text.chars()).all(|(m, t)| m == t || m == '*'));
            let _ = (name(&text), phone(&text), citizen_id(&text));
        }
    }
}
