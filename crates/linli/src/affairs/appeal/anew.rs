//! What everyone finds of a case by its words was masked as the case was written, by the program
//! of that day. Where a newer one knows more of what is personal, the words of the cases that are
//! there already are masked anew (个人信息保护法 第51条: 去标识化), by an act of the clock.

use std::borrow::Cow;

use linli_rules::mask::{VERSION, mask_public};

use super::{CaseFile, store};
use crate::act::{Act, Acting, Done, Reach, Subject};
use crate::base::{Fault, Id};
use crate::matter::title;

/// Cases in one act: a leaf of the record holds the rows of twice as many.
pub const AT_ONCE: i64 = 200;
pub const MASK_ANEW: &str = "case.mask_anew";

/// A case as everyone finds it, of whatever batch.
pub struct Masked {
    pub id: Id,
    pub title: String,
    pub words: String,
    pub open_words: Option<String>,
}

impl Masked {
    /// Whether a program of before has masked less of it.
    pub fn is_old(&self) -> bool {
        let open = open_anew(&self.words, self.open_words.as_deref());
        open != self.open_words || title::masked(&self.title) != self.title
    }
}

/// The words that everyone reads, masked again: what was masked in them stays so.
fn open_anew(words: &str, open: Option<&str>) -> Option<String> {
    Some(mask_public(open.unwrap_or(words), None)).filter(|open| open != words)
}

/// Without cases it says that all have been looked at.
pub struct MaskAnew {
    pub cases: Vec<Id>,
}

impl MaskAnew {
    /// The act that is the last one by this version of the masks.
    pub fn last() -> Id {
        Id::derived(&format!("{MASK_ANEW} {VERSION}"))
    }
}

impl Act for MaskAnew {
    type Outcome = usize;

    fn name(&self) -> Cow<'static, str> {
        MASK_ANEW.into()
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(&(VERSION, &self.cases))?)
    }

    fn subject(&self) -> Subject {
        Subject::New { kind: "masks", id: VERSION.to_string(), reach: Reach::at("/") }
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<usize> {
        for case in &self.cases {
            title::put_anew(cx, case)?;
            let file = store::known(cx.read(), case)?;
            let open_words = open_anew(&file.words, file.open_words.as_deref());
            if open_words != file.open_words {
                store::leave(cx, &CaseFile { open_words, ..file })?;
            }
        }
        Ok(self.cases.len())
    }
}
