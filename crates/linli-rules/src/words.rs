//! A sentence in the two languages every user-facing text of the project has.

use serde::{Deserialize, Serialize};

/// The same sentence in Chinese and in English.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub zh: String,
    pub en: String,
}

impl Words {
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Words {
        Words { zh: zh.into(), en: en.into() }
    }

    /// The sentence for a language tag; anything that is not English reads Chinese.
    pub fn in_lang(&self, lang: &str) -> &str {
        if lang.get(..2).is_some_and(|l| l.eq_ignore_ascii_case("en")) {
            &self.en
        } else {
            &self.zh
        }
    }
}
