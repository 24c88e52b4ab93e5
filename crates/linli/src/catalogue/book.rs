//! The book of classes in force, read once and kept until one of them changes. It is for reading:
//! an act asks the store, since what it has changed itself may yet be undone.

use std::sync::Arc;

use linli_rules::classify::{self, ClassWords, Known, Proposal};

use super::{Class, store};
use crate::base::Id;
use crate::district::District;
use crate::store::{ReadTx, StoreError};

const KEPT: &str = "catalogue";

/// The classes in force, by code, with their words made ready.
pub struct Book {
    mark: store::Mark,
    pub classes: Vec<Class>,
    known: Known,
}

impl Book {
    fn read(tx: &ReadTx<'_>, mark: store::Mark) -> Result<Book, StoreError> {
        let classes = store::all(tx)?;
        let words: Vec<ClassWords> = classes.iter().map(words_of).collect();
        Ok(Book { mark, known: Known::new(&words), classes })
    }

    /// Classes proposed for some words, best first, with the words that spoke for each.
    pub fn proposals(&self, words: &str, most: usize) -> Vec<Proposal> {
        self.known.propose(words, most)
    }

    /// The one among proposals that may stand ready chosen.
    pub fn ready(proposals: &[Proposal]) -> Option<&Proposal> {
        proposals.first().filter(|_| classify::is_clear(proposals))
    }

    pub fn by_code(&self, code: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.code == code)
    }

    pub fn by_id(&self, id: &Id) -> Option<&Class> {
        self.classes.iter().find(|class| class.id == *id)
    }
}

/// The words a class is known by.
pub fn words_of(class: &Class) -> ClassWords {
    let titles = [&class.title.zh, &class.title.en].into_iter().cloned();
    let keywords = class.keywords.iter().cloned().chain(titles).collect();
    ClassWords { code: class.code.clone(), keywords, except: Vec::new() }
}

/// The book as this transaction sees it.
pub fn book(district: &District, tx: &ReadTx<'_>) -> Result<Arc<Book>, StoreError> {
    let mark = store::mark(tx)?;
    if let Some(kept) = district.kept::<Book>(KEPT)
        && kept.mark == mark
    {
        return Ok(kept);
    }
    let fresh = Arc::new(Book::read(tx, mark)?);
    district.keep(KEPT, Arc::clone(&fresh));
    Ok(fresh)
}
