//! Which class of matter a text is about, by words a clerk can read and change.
//!
//! A proposal says which words it rests on, so that the person who accepts it can see why.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::wording::{Place, Text, Word};

/// What one character of a word counts where the word is one class's alone.
const UNIT: usize = 12;
/// Words among the first characters of a text, where one says what it is about, count double.
const LEAD: usize = 30;

/// The words of a class of matter (事项类别).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassWords {
    pub code: String,
    pub keywords: Vec<String>,
    /// Words that speak against the class: with one of them it is not proposed.
    #[serde(default)]
    pub except: Vec<String>,
}

/// A class for a text, and the words found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    pub code: String,
    /// Sum over the words found of the square of their length, for long words say more; shared
    /// among the classes that have the word.
    pub score: u32,
    pub matched: Vec<String>,
}

/// The words of all classes, made ready for many texts.
pub struct Known {
    words: Vec<Entry>,
    /// Code of each class, and the words that speak against it.
    classes: Vec<(String, Vec<Word>)>,
}

/// A word, as it is written and as it is looked for, with the classes that have it.
struct Entry {
    written: String,
    word: Word,
    classes: BTreeSet<usize>,
}

impl Known {
    pub fn new(classes: &[ClassWords]) -> Known {
        let mut entries: BTreeMap<Word, Entry> = BTreeMap::new();
        for (n, class) in classes.iter().enumerate() {
            for written in &class.keywords {
                let Some(word) = Word::of(written) else { continue };
                let entry = entries.entry(word.clone()).or_insert_with(|| Entry {
                    written: written.clone(),
                    word,
                    classes: BTreeSet::new(),
                });
                let length = |written: &String| (written.chars().count(), written.clone());
                entry.written =
                    std::cmp::min_by_key(written, &entry.written, |w| length(w)).clone();
                entry.classes.insert(n);
            }
        }
        let code = |class: &ClassWords| (class.code.clone(), Word::all(&class.except));
        Known {
            words: entries.into_values().collect(),
            classes: classes.iter().map(code).collect(),
        }
    }

    /// Classes whose words are in the text: highest score first, equal scores by code, `most` at
    /// most.
    ///
    /// A word that only stands within a longer one of any class (灯坏 in 路灯坏) does not count.
    pub fn propose(&self, text: &str, most: usize) -> Vec<Proposal> {
        let (text, lead) = (Text::of(text), Text::of(&text.chars().take(LEAD).collect::<String>()));
        let mut scored: BTreeMap<usize, (usize, Vec<&Entry>)> = BTreeMap::new();
        for entry in self.found(&text) {
            let times = if lead.holds(&entry.word) { 2 } else { 1 };
            let says = UNIT * entry.word.length().pow(2) * times / entry.classes.len();
            for class in &entry.classes {
                let (score, words) = scored.entry(*class).or_default();
                *score += says;
                words.push(entry);
            }
        }
        let spoken_against = |class: usize| text.holds_any(&self.classes[class].1);
        scored.retain(|class, _| !spoken_against(*class));
        let one = |(class, (score, mut words)): (usize, (usize, Vec<&Entry>))| {
            words.sort_by_key(|entry| (std::cmp::Reverse(entry.word.length()), &entry.written));
            Proposal {
                code: self.classes[class].0.clone(),
                score: u32::try_from(score).unwrap_or(u32::MAX),
                matched: words.iter().map(|entry| entry.written.clone()).collect(),
            }
        };
        let mut proposals: Vec<Proposal> = scored.into_iter().map(one).collect();
        proposals.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.code.cmp(&b.code)));
        proposals.truncate(most);
        proposals
    }

    /// Words that stand in the text for themselves.
    fn found(&self, text: &Text) -> Vec<&Entry> {
        let places = |entry: &Entry| -> Vec<Place> { text.places(&entry.word).collect() };
        let all: Vec<(&Entry, Vec<Place>)> = self.words.iter().map(|e| (e, places(e))).collect();
        let every: Vec<Place> = all.iter().flat_map(|(_, places)| places).copied().collect();
        let for_itself = |place: &Place| !every.iter().any(|other| place.is_part_of(*other));
        let stands = all.into_iter().filter(|(_, places)| places.iter().any(for_itself));
        stands.map(|(entry, _)| entry).collect()
    }
}

/// As [`Known::propose`], for one text.
pub fn propose(classes: &[ClassWords], text: &str, most: usize) -> Vec<Proposal> {
    Known::new(classes).propose(text, most)
}

/// Whether the best of some proposals may stand ready chosen: it leads the next by half, and rests
/// on more than a short word or a passing one.
pub fn is_clear(proposals: &[Proposal]) -> bool {
    let [best, rest @ ..] = proposals else { return false };
    let says = best.score as usize >= UNIT * 12;
    says && rest.first().is_none_or(|next| 2 * best.score >= 3 * next.score)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn classes() -> Vec<ClassWords> {
        let class = |code: &str, keywords: &[&str], except: &[&str]| ClassWords {
            code: code.to_owned(),
            keywords: keywords.iter().map(|w| (*w).to_owned()).collect(),
            except: except.iter().map(|w| (*w).to_owned()).collect(),
        };
        vec![
            class("light", &["灯", "路灯", "不亮", "LED"], &["红绿灯"]),
            class("signal", &["红绿灯", "信号灯"], &[]),
            class("noise", &["噪音", "施工"], &[]),
            class("dust", &["施工", "扬尘"], &[]),
        ]
    }

    #[test]
    fn the_words_found_are_the_reason() {
        let said = propose(&classes(), "三号楼前 路 灯不亮", 3);
        assert_eq!(said.len(), 1);
        assert_eq!((said[0].code.as_str(), said[0].score), ("light", 192));
        assert_eq!(said[0].matched, ["不亮", "路灯"]);
        assert_eq!(propose(&classes(), "ｌｅｄ 坏了", 3)[0].matched, ["LED"]);
        assert_eq!(propose(&classes(), "红绿灯坏了", 3)[0].code, "signal");
        assert!(propose(&classes(), "你好", 3).is_empty());
    }

    #[test]
    fn a_word_within_a_longer_one_does_not_count_for_another_class() {
        let class = |code: &str, keywords: &[&str]| ClassWords {
            code: code.to_owned(),
            keywords: keywords.iter().map(|w| (*w).to_owned()).collect(),
            except: Vec::new(),
        };
        let all = [class("lamp", &["路灯坏", "street lamp"]), class("signal", &["灯坏"])];
        let said = propose(&all, "路灯坏了", 3);
        assert_eq!(said.iter().map(|p| p.code.as_str()).collect::<Vec<_>>(), ["lamp"]);
        assert_eq!(propose(&all, "路灯坏了，红绿灯坏了", 3).len(), 2);
        assert_eq!(propose(&all, "The Street Lamps are out", 3)[0].code, "lamp");
    }

    #[test]
    fn what_stands_ready_leads_clearly() {
        let clear = |text: &str| is_clear(&propose(&classes(), text, 3));
        assert!(clear("红绿灯坏了"));
        assert!(!clear("夜里施工"), "two classes have the word");
        assert!(!clear("噪音"), "one short word");
        assert!(!clear("你好"));
    }

    #[test]
    fn equal_scores_go_by_code() {
        let said = propose(&classes(), "夜里施工", 3);
        assert_eq!(said.iter().map(|p| p.code.as_str()).collect::<Vec<_>>(), ["dust", "noise"]);
        assert_eq!(propose(&classes(), "夜里施工噪音", 1)[0].code, "noise");
    }

    proptest! {
        #[test]
        fn the_order_of_classes_does_not_matter(
            text in "[灯路不亮红绿噪音施工扬尘 ]{0,30}|\\PC{0,30}", turn in 0usize..4
        ) {
            let mut turned = classes();
            turned.rotate_left(turn);
            turned.iter_mut().for_each(|class| class.keywords.reverse());
            prop_assert_eq!(propose(&turned, &text, 9), propose(&classes(), &text, 9));
        }
    }
}
