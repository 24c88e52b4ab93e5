//! Who looks at a case, and so how much of it they are shown.

use std::sync::Arc;

use super::time;
use crate::act::{Actor, DutyList, Reach, Scope};
use crate::base::Instant;
use crate::district::District;
use crate::matter::CASES;
use crate::page::Visitor;
use crate::words::Lang;

/// The one for whom a case is read: a page's visitor, or a program on somebody's behalf.
#[derive(Clone)]
pub struct Looker {
    pub district: Arc<District>,
    pub actor: Actor,
    pub duties: Arc<DutyList>,
    pub lang: Lang,
    /// They have just said why they look at the numbers, and it was noted (case.unmask).
    pub opened: bool,
}

impl From<&Visitor> for Looker {
    fn from(visitor: &Visitor) -> Looker {
        Looker {
            district: Arc::clone(&visitor.district),
            actor: visitor.actor.clone(),
            duties: Arc::clone(&visitor.duties),
            lang: visitor.lang,
            opened: false,
        }
    }
}

impl Looker {
    /// Whether the duty list gives this act to the looker on this row.
    pub fn may(&self, act: &str, row: &Reach) -> bool {
        self.duties.decide(&self.actor, act, row).granted()
    }

    /// A time as the looker reads it.
    pub fn short(&self, at: Instant, now: Instant) -> String {
        time::short(self.lang, at, now, self.district.config.offset_minutes)
    }

    /// The same with its year, for what is kept.
    pub fn dated(&self, at: Instant) -> String {
        time::dated(self.lang, at, self.district.config.offset_minutes)
    }

    /// Where the looker stands towards a case; `None` where they may not see it at all. What
    /// everyone may see who is not signed in, one sees signed in too: the public list has it.
    pub fn standing(&self, row: &Reach) -> Option<Standing> {
        let open = || self.duties.decide(&Actor::public(), CASES.see, row).granted();
        let sees = self.may(CASES.see, row);
        (sees || open()).then(|| self.stands_seeing(row, sees))
    }

    /// Where the looker stands towards a case that they may see.
    pub fn stands(&self, row: &Reach) -> Standing {
        self.stands_seeing(row, self.may(CASES.see, row))
    }

    /// `sees`: by a duty of their own, and not only as everyone does.
    fn stands_seeing(&self, row: &Reach, sees: bool) -> Standing {
        let mine = row.owner.is_some() && row.owner == self.actor.person;
        let by_office = self
            .duties
            .of(&self.actor.kind, CASES.see)
            .any(|duty| BY_OFFICE.contains(&duty.scope) && duty.scope.holds(&self.actor, row));
        let seated = self.actor.post.is_some() && by_office && sees;
        let office = self.actor.is_operator() || seated;
        let inspects = sees && self.may(INSPECT, row);
        Standing {
            mine,
            office,
            inspects,
            opened: self.opened && office && self.may("case.unmask", row),
        }
    }
}

/// Scopes by which a post looks at a case because it is its work.
pub const BY_OFFICE: [Scope; 4] =
    [Scope::MyGrid, Scope::MyPlaceAndBelow, Scope::AssignedToMyBody, Scope::MyDistrict];

/// The act of the duty list by which a case is looked over.
pub const INSPECT: &str = "case.inspect";

/// How somebody stands towards a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// They reported it.
    pub mine: bool,
    /// They look because of their post, and no wall keeps them away: to the body complained of a
    /// case shows what it shows to everyone (信访工作条例: 不得将反映人信息透露给被反映单位).
    pub office: bool,
    /// They look over those who handle it (监督、审计): by how its time was kept and by the proof that
    /// each step is in the record, and by nothing that is masked or internal.
    pub inspects: bool,
    /// What is masked for the office was opened to them, for a reason that is kept.
    pub opened: bool,
}

impl Standing {
    /// The reporter's words as they were written, with the numbers in them.
    pub fn words(self) -> bool {
        self.mine || self.opened
    }

    /// The very spot and the answers: it may be the reporter's home, and it is where the work is.
    pub fn exact(self) -> bool {
        self.mine || self.inside()
    }

    /// Internal notes, and who reported it (masked).
    pub fn inside(self) -> bool {
        self.office
    }

    /// How long each step may take and took, and what is to be seen to before it is closed.
    pub fn times(self) -> bool {
        !self.outside() || self.inspects
    }

    /// The receipt of each step.
    pub fn receipts(self) -> bool {
        self.mine || self.inspects
    }

    /// Whom a case shows what everyone may see of it.
    pub fn outside(self) -> bool {
        !self.mine && !self.office
    }
}
