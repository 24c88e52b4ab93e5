//! What bodies answer for, as far as places must know it: it goes along with places that are merged
//! or moved. Bodies stand below places in the order of the modules, so the application does it.

use super::Place;
use crate::act::{Acting, Done, Refusal};
use crate::store::ReadTx;

/// What a body answers for at places that become one, as it would stand at the new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remit {
    pub body: String,
    /// The kind of matter in words of both languages.
    pub kind: String,
    pub kind_en: String,
    /// Where that is written; of places where it is written elsewhere, each.
    pub ground: String,
    /// The names of the places where it stands so far.
    pub from: Vec<String>,
    /// The names of those where it does not.
    pub added: Vec<String>,
}

/// Places at which another body answers first for a kind of matter, once they are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passes {
    pub kind: String,
    pub kind_en: String,
    /// `None` where nobody answered.
    pub from: Option<String>,
    /// `None` where nobody will answer.
    pub to: Option<String>,
    pub places: Vec<String>,
}

/// What somebody looks at before places become one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    pub remits: Vec<Remit>,
    pub passes: Vec<Passes>,
    /// A digest of it, which the act holds against what is there then; empty where there is none.
    pub seen: String,
}

impl Looked {
    /// Where an entry stands at some of the places only, the merge gives the body more than it had:
    /// what whoever may not give that is told.
    pub fn widens(&self) -> Option<Refusal> {
        let (remit, other) =
            self.remits.iter().find_map(|remit| Some((remit, remit.added.first()?)))?;
        let refusal = Refusal::new("remit_widens")
            .with("kind", &remit.kind)
            .with("kind_en", &remit.kind_en)
            .with("body", &remit.body)
            .with("place", remit.from.join("、"))
            .with("other_place", other);
        Some(refusal)
    }
}

/// How the application looks at what bodies answer for, and takes it along.
#[derive(Clone, Copy, Debug)]
pub struct Remits {
    /// What would stand where these places become one; refused where two of them contradict.
    pub look: fn(&ReadTx<'_>, &[Place]) -> Done<Looked>,
    /// Ends it at these places, and puts it at the path of the one that they are now.
    pub carry: fn(&mut Acting<'_, '_>, &[Place], &str) -> Done<()>,
}
