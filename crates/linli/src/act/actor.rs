//! Who acts: a person as one of their posts, a resident, anyone, the clock, the terminal.

use crate::base::Id;

/// Anyone at all, not signed in.
pub const PUBLIC: &str = "public";
/// A signed-in person acting for themself.
pub const RESIDENT: &str = "resident";
/// Deadlines that nobody met.
pub const CLOCK: &str = "clock";

/// What is put down for those who act without a post; told to readers in their own language.
pub const PUBLIC_LABEL: &str = "市民";
pub const RESIDENT_LABEL: &str = "居民";
pub const CLOCK_LABEL: &str = "系统时钟";
pub const OPERATOR_LABEL: &str = "本机管理终端";
/// Whoever has a terminal on the machine itself; never reachable over the network.
pub const OPERATOR: &str = "operator";

/// One act, one post: a person with several posts acts and looks as one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub person: Option<Id>,
    /// The kind of post, as the duty list names it.
    pub kind: String,
    pub post: Option<Id>,
    /// Where the post is held: `/620802/620802001/`.
    pub place_path: String,
    /// The body the post belongs to.
    pub body: Option<Id>,
    /// Every other body the person belongs to at the time, by posts they hold or stand in for:
    /// walls stand for the person, whichever post they act by.
    pub other_bodies: Vec<Id>,
    /// They stand in for whoever holds the post, and do not hold it themself: 代岗.
    pub stands_in: bool,
    /// Three administrators who see no matter: 系统管理员, 安全保密管理员, 安全审计员.
    pub administrator: bool,
    /// What others are shown: `东关街道派遣员`, never a resident's name.
    pub label: String,
}

impl Actor {
    fn plain(kind: &str, person: Option<Id>, label: &str) -> Actor {
        Actor {
            person,
            kind: kind.to_owned(),
            post: None,
            place_path: "/".to_owned(),
            body: None,
            other_bodies: Vec::new(),
            stands_in: false,
            administrator: false,
            label: label.to_owned(),
        }
    }

    /// As the duty list judges whoever holds a post; none of the three administrators.
    pub fn in_post(
        (person, post): (Id, Id),
        kind: &str,
        place_path: &str,
        body: Option<Id>,
    ) -> Actor {
        let (post, place_path) = (Some(post), place_path.to_owned());
        Actor { post, place_path, body, ..Actor::plain(kind, Some(person), "") }
    }

    pub fn public() -> Actor {
        Actor::plain(PUBLIC, None, PUBLIC_LABEL)
    }

    pub fn resident(person: Id) -> Actor {
        Actor::plain(RESIDENT, Some(person), RESIDENT_LABEL)
    }

    pub fn clock() -> Actor {
        Actor::plain(CLOCK, None, CLOCK_LABEL)
    }

    pub fn operator() -> Actor {
        Actor::plain(OPERATOR, None, OPERATOR_LABEL)
    }

    /// The machine's own terminal, which holds no post: who has their kind from a post acts by that
    /// post, and one that bears this name is a post like any other.
    pub fn is_operator(&self) -> bool {
        self.kind == OPERATOR && self.post.is_none()
    }

    /// All bodies the person belongs to, that of the post they act by first.
    pub fn bodies(&self) -> impl Iterator<Item = &Id> {
        self.body.iter().chain(&self.other_bodies)
    }

    /// The name under which acts are kept: the person, or the kind where there is none.
    pub fn key(&self) -> String {
        self.person.as_ref().map_or_else(|| self.kind.clone(), Id::to_string)
    }
}
