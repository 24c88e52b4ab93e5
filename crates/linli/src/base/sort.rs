//! Sort keys by pinyin, kept beside a name so that both engines order people-facing lists alike;
//! and the order of names by strokes, as official lists have it (CLDR `zh-u-co-stroke`).

use icu_collator::Collator;
use icu_locale_core::locale;
use pinyin::ToPinyin as _;

/// How names are put in order where they are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    #[default]
    Sound,
    Strokes,
}

impl By {
    /// As links have it.
    pub fn of(asked: &str) -> By {
        if asked == "stroke" { By::Strokes } else { By::Sound }
    }
}

/// Rows in the order of their names, those without one last; among the same names as they came.
pub fn by_name<T>(rows: Vec<T>, by: By, name: impl Fn(&T) -> String) -> Vec<T> {
    let strokes = match by {
        By::Sound => None,
        By::Strokes => Collator::try_new(locale!("zh-u-co-stroke").into(), Default::default()).ok(),
    };
    let keyed = |row: T| match (name(&row), &strokes) {
        (name, Some(_)) => (name, row),
        (name, None) => (key(&name), row),
    };
    let mut rows: Vec<(String, T)> = rows.into_iter().map(keyed).collect();
    rows.sort_by(|(a, _), (b, _)| {
        let names = strokes.as_ref().map_or_else(|| a.cmp(b), |strokes| strokes.compare(a, b));
        a.is_empty().cmp(&b.is_empty()).then(names)
    });
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Pinyin with tone numbers, syllables set apart, in lower case; other characters stand as they
/// are.
pub fn key(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c.to_pinyin() {
            Some(syllable) => {
                out.push_str(syllable.with_tone_num_end());
                out.push(' ');
            }
            None => out.extend(c.to_lowercase()),
        }
    }
    out.trim_end().to_owned()
}

/// Initials, for the search box: 东关街道 → `dgjd`.
pub fn initials(name: &str) -> String {
    name.chars()
        .map(|c| match c.to_pinyin() {
            Some(syllable) => syllable.first_letter().to_owned(),
            None => c.to_lowercase().to_string(),
        })
        .collect()
}

/// The whole sound without tones or spaces, for the search box: 东关街道 → `dongguanjiedao`.
pub fn sounds(name: &str) -> String {
    name.chars()
        .map(|c| match c.to_pinyin() {
            Some(syllable) => syllable.plain().to_owned(),
            None => c.to_lowercase().to_string(),
        })
        .collect()
}

/// Whether letters typed into a search box mean this name: its initials or its sound begin so.
pub fn means(name: &str, letters: &str) -> bool {
    initials(name).starts_with(letters) || sounds(name).starts_with(letters)
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_order_by_strokes_on_wish() {
        use super::{By, by_name};
        let names = ["", "赵䶮", "安国", "丁大", "李明", "王一"];
        let in_order = |by| by_name(names.to_vec(), by, |name| (*name).to_owned()).concat();
        assert_eq!(in_order(By::of("stroke")), "丁大王一安国李明赵䶮");
        assert_eq!(in_order(By::of("")), "安国丁大李明王一赵䶮");
    }

    #[test]
    fn names_order_by_sound() {
        assert_eq!(super::key("东关A"), "dong1 guan1 a");
        assert_eq!(super::initials("东关街道"), "dgjd");
        assert_eq!(super::sounds("东关街道"), "dongguanjiedao");
        assert!(super::means("东关街道", "dongg") && super::means("东关街道", "dgj"));
        assert!(!super::means("东关街道", "guan"));
        assert!(super::key("安国镇") < super::key("白水镇"));
    }
}
