//! Whether somebody tells of danger to life that is there now, for which one calls before one
//! writes: by lists of words that an office can read.
//!
//! Who sees a fire writes a line, and not of the fire on the second page: only the beginning
//! counts.
//!
//! To warn once too often costs a click, to be silent may cost a life; yet a warning above every
//! complaint would soon be read by nobody. Four lists keep it apart from what is feared, supposed
//! or long over.

use serde::Deserialize;

use crate::wording::{Place, Text, Word};

/// How many characters are read.
const BEGINNING: usize = 80;

/// The words, as the file has them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmergencyWords {
    /// From here to the end of the sentence nothing is told as happening: 万一.
    pub supposed: Vec<String>,
    /// The clause is about something else: 隐患.
    pub aside: Vec<String>,
    /// The sentence is about what is over: 去年.
    pub past: Vec<String>,
    /// It happens now, whatever else the sentence says: 快来.
    pub now: Vec<String>,
    /// For each kind of emergency the words that tell of it, the most pressing kind first.
    pub told: Vec<Vec<String>>,
    /// And for each kind those that tell of it only where a clause says no more: Fire!
    pub alone: Vec<Vec<String>>,
    /// Longer words in which one of those, or of what is supposed, means nothing of the kind:
    /// 油烟 … 跳楼价, if you can.
    pub except: Vec<String>,
}

/// The words, made ready.
pub struct Emergencies {
    supposed: Vec<Word>,
    aside: Vec<Word>,
    past: Vec<Word>,
    now: Vec<Word>,
    told: Vec<Vec<Word>>,
    alone: Vec<Vec<Word>>,
    except: Vec<Word>,
}

impl Emergencies {
    pub fn new(words: &EmergencyWords) -> Emergencies {
        let of_kinds = |kinds: &[Vec<String>]| kinds.iter().map(|kind| Word::all(kind)).collect();
        Emergencies {
            supposed: Word::all(&words.supposed),
            aside: Word::all(&words.aside),
            past: Word::all(&words.past),
            now: Word::all(&words.now),
            told: of_kinds(&words.told),
            alone: of_kinds(&words.alone),
            except: Word::all(&words.except),
        }
    }

    /// The kind of emergency that some words tell of, as its place in `told`.
    pub fn told(&self, words: &str) -> Option<usize> {
        let words: String = words.chars().take(BEGINNING).collect();
        let sentences = words.split(['。', '！', '!', '？', '?', '.', '\n']);
        sentences.filter_map(|sentence| self.in_sentence(sentence)).min()
    }

    fn in_sentence(&self, sentence: &str) -> Option<usize> {
        let whole = Text::of(sentence);
        let now = whole.holds_any(&self.now);
        if !now && whole.holds_any(&self.past) {
            return None;
        }
        let mut supposed = false;
        let mut found = None;
        for clause in sentence.split(['，', ',', '；', ';', '：', ':']).map(Text::of) {
            supposed |= self.means_any(&clause, &self.supposed);
            if now || !supposed && !clause.holds_any(&self.aside) {
                found = found.into_iter().chain(self.in_clause(&clause)).min();
            }
        }
        found
    }

    fn in_clause(&self, clause: &Text) -> Option<usize> {
        let told = self.told.iter().position(|words| self.means_any(clause, words));
        let cried = |words: &Vec<Word>| words.iter().any(|word| clause.is(word));
        told.into_iter().chain(self.alone.iter().position(cried)).min()
    }

    /// Whether one of the words stands there for itself, and not within a longer one.
    fn means_any(&self, clause: &Text, words: &[Word]) -> bool {
        let except: Vec<Place> = self.except.iter().flat_map(|word| clause.places(word)).collect();
        let means = |word: &Word| {
            clause.places(word).any(|place| !except.iter().any(|other| place.is_part_of(*other)))
        };
        words.iter().any(means)
    }
}
