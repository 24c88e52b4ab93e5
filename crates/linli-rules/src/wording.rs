//! Words looked for in what somebody wrote. Case, width of letters and white space do not matter.
//!
//! A Chinese word may stand anywhere in the text; an English one stands between whole words, in the
//! singular or the plural.

/// A text, made ready for looking.
pub struct Text {
    /// Without white space.
    solid: String,
    /// Its English words alone, a space around each.
    spaced: String,
}

/// A word to look for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    bare: String,
    english: bool,
}

/// Where a word stands: first byte, and the byte after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    english: bool,
    start: usize,
    end: usize,
}

impl Text {
    pub fn of(text: &str) -> Text {
        let small: String = text.chars().map(half_width).flat_map(char::to_lowercase).collect();
        let spaced = spaced(&small);
        Text { solid: small.chars().filter(|c| !c.is_whitespace()).collect(), spaced }
    }

    pub fn holds(&self, word: &Word) -> bool {
        self.searched(word).contains(&word.bare)
    }

    pub fn holds_any(&self, words: &[Word]) -> bool {
        words.iter().any(|word| self.holds(word))
    }

    /// Whether it says that word and no more.
    pub fn is(&self, word: &Word) -> bool {
        let others = |c: char| c.is_alphanumeric() && !c.is_ascii();
        self.searched(word) == word.bare && (!word.english || !self.solid.contains(others))
    }

    /// Everywhere a word stands.
    pub fn places<'a>(&'a self, word: &'a Word) -> impl Iterator<Item = Place> + 'a {
        let all = self.searched(word).match_indices(word.bare.as_str());
        all.map(|(start, found)| Place { english: word.english, start, end: start + found.len() })
    }

    fn searched(&self, word: &Word) -> &str {
        if word.english { &self.spaced } else { &self.solid }
    }
}

impl Word {
    /// Nothing for a word without letters.
    pub fn of(word: &str) -> Option<Word> {
        let text = Text::of(word);
        let english = text.solid.is_ascii();
        let bare = if english { text.spaced } else { text.solid };
        (!bare.trim().is_empty()).then_some(Word { bare, english })
    }

    pub fn all(words: &[String]) -> Vec<Word> {
        words.iter().filter_map(|word| Word::of(word)).collect()
    }

    /// How much it says: the number of its characters. An English word says as much as two.
    pub fn length(&self) -> usize {
        match self.english {
            true => 2 * self.bare.split_whitespace().count(),
            false => self.bare.chars().count(),
        }
    }
}

impl Place {
    /// Part of a longer one: 灯 in 路灯.
    pub fn is_part_of(self, longer: Place) -> bool {
        let within = longer.start <= self.start && self.end <= longer.end;
        within && self.english == longer.english && self != longer
    }
}

fn half_width(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '’' => '\'',
        _ => c,
    }
}

/// After these an apostrophe and s is the verb; after any other word it says whose something is.
const IS: [&str; 7] = ["there", "it", "he", "she", "who", "that", "here"];

/// The English words of small letters, without the plural's s.
fn spaced(small: &str) -> String {
    let words = small.split(|c: char| !c.is_ascii_alphanumeric() && c != '\'');
    let one = |word: &str| -> String {
        let word = word.trim_matches('\'');
        let (word, of) = word.strip_suffix("'s").map_or((word, false), |word| (word, true));
        if of && IS.contains(&word) {
            return format!("{word} is");
        }
        let plural = word.len() > 3 && word.ends_with('s') && !word.ends_with("ss");
        if plural { word[..word.len() - 1].to_owned() } else { word.to_owned() }
    };
    let words: Vec<String> = words.map(one).filter(|word| !word.is_empty()).collect();
    format!(" {} ", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str, word: &str) -> bool {
        Word::of(word).is_some_and(|word| Text::of(text).holds(&word))
    }

    #[test]
    fn a_chinese_word_stands_anywhere_an_english_one_between_words() {
        assert!(holds("三号楼前 路 灯不亮", "路灯"));
        assert!(holds("Two STREET  lamps, broken", "street lamp"));
        assert!(holds("the neighbour’s dog", "neighbour"));
        assert!(holds("小区ＬＥＤ灯坏了", "led"));
        assert!(holds("There's a fire", "there is a fire"));
        assert!(!holds("a carpet on the floor", "car"));
        assert!(!holds("我是 led 灯", "le"));
        assert_eq!(Word::of(" ！"), None);
        assert_eq!(Word::of("street lamps").map(|word| word.length()), Some(4));
    }

    #[test]
    fn a_text_is_a_word_when_it_says_no_more() {
        let is = |text: &str, word: &str| Text::of(text).is(&Word::of(word).unwrap());
        assert!(is(" FIRE… ", "fire") && is("救 命", "救命"));
        assert!(!is("fire lane", "fire") && !is("车 fire", "fire") && !is("救命药", "救命"));
    }

    #[test]
    fn a_shorter_word_is_part_of_the_longer_around_it() {
        let text = Text::of("路灯坏了");
        let at = |word: &str| text.places(&Word::of(word).unwrap()).next().unwrap();
        assert!(at("灯坏").is_part_of(at("路灯坏")));
        assert!(!at("路灯坏").is_part_of(at("路灯坏")));
        assert!(!at("坏了").is_part_of(at("路灯坏")));
    }
}
