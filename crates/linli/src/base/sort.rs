//! Sort keys by pinyin, kept beside a name so that both engines order people-facing lists alike.

use pinyin::ToPinyin as _;

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
    fn names_order_by_sound() {
        assert_eq!(super::key("东关A"), "dong1 guan1 a");
        assert_eq!(super::initials("东关街道"), "dgjd");
        assert_eq!(super::sounds("东关街道"), "dongguanjiedao");
        assert!(super::means("东关街道", "dongg") && super::means("东关街道", "dgj"));
        assert!(!super::means("东关街道", "guan"));
        assert!(super::key("安国镇") < super::key("白水镇"));
    }
}
