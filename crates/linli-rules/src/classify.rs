//! Which class of matter a text is about, by words a clerk can read and change.
//!
//! A proposal says which words it rests on, so that the person who accepts it can see why.

use serde::{Deserialize, Serialize};

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
    /// Sum over the words found of their length in characters: long words say more.
    pub score: u32,
    pub matched: Vec<String>,
}

/// The words of all classes, made ready for many texts.
pub struct Known {
    classes: Vec<Plain>,
}

/// A class with its words as texts are compared: the long ones first, beside how they are written.
struct Plain {
    code: String,
    words: Vec<(String, String)>,
    except: Vec<String>,
}

impl Known {
    pub fn new(classes: &[ClassWords]) -> Known {
        Known { classes: classes.iter().map(Plain::of).collect() }
    }

    /// Classes whose words are in the text: highest score first, equal scores by code, `most` at
    /// most.
    ///
    /// Case, width of letters and white space do not matter. A word within another word of the
    /// same class that was found (灯 in 路灯) does not count again.
    pub fn propose(&self, text: &str, most: usize) -> Vec<Proposal> {
        let text = plain(text);
        let mut proposals: Vec<Proposal> =
            self.classes.iter().filter_map(|class| class.found_in(&text)).collect();
        proposals.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.code.cmp(&b.code)));
        proposals.truncate(most);
        proposals
    }
}

/// As [`Known::propose`], for one text.
pub fn propose(classes: &[ClassWords], text: &str, most: usize) -> Vec<Proposal> {
    Known::new(classes).propose(text, most)
}

impl Plain {
    fn of(class: &ClassWords) -> Plain {
        let bare = |words: &[String]| -> Vec<(String, String)> {
            let pairs = words.iter().map(|word| (word.clone(), plain(word)));
            pairs.filter(|(_, bare)| !bare.is_empty()).collect()
        };
        let mut words = bare(&class.keywords);
        words.sort_by_cached_key(|(word, bare)| {
            (std::cmp::Reverse(bare.chars().count()), word.clone())
        });
        let except = bare(&class.except).into_iter().map(|(_, bare)| bare).collect();
        Plain { code: class.code.clone(), words, except }
    }

    fn found_in(&self, text: &str) -> Option<Proposal> {
        if self.except.iter().any(|word| text.contains(word)) {
            return None;
        }
        let mut matched: Vec<&(String, String)> = vec![];
        for pair in self.words.iter().filter(|(_, bare)| text.contains(bare)) {
            if !matched.iter().any(|(_, longer)| longer.contains(&pair.1)) {
                matched.push(pair);
            }
        }
        let score: usize = matched.iter().map(|(_, bare)| bare.chars().count()).sum();
        let score = u32::try_from(score).unwrap_or(u32::MAX);
        let matched: Vec<String> = matched.into_iter().map(|(word, _)| word.clone()).collect();
        let code = self.code.clone();
        (!matched.is_empty()).then_some(Proposal { code, score, matched })
    }
}

/// Small half-width letters without white space.
fn plain(text: &str) -> String {
    let half = |c: char| match c {
        '！'..='～' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        _ => c,
    };
    text.chars().filter(|c| !c.is_whitespace()).map(half).flat_map(char::to_lowercase).collect()
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
        assert_eq!((said[0].code.as_str(), said[0].score), ("light", 4));
        assert_eq!(said[0].matched, ["不亮", "路灯"]);
        assert_eq!(propose(&classes(), "ｌｅｄ 坏了", 3)[0].matched, ["LED"]);
        assert_eq!(propose(&classes(), "红绿灯坏了", 3)[0].code, "signal");
        assert!(propose(&classes(), "你好", 3).is_empty());
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
