//! Who hears that a grid was split or merged: whoever holds a post there and waits to be placed
//! anew, whoever may place them, and the community, whose cases went along.

use crate::act::{Acting, Audience, Done, Errand, Reach, Tell};
use crate::base::Id;
use crate::territory::Place;
use crate::territory::view::PostsBelow;

/// What became of places that ended.
pub(super) struct Redrawn<'a> {
    /// `split` or `merged`.
    pub how: &'a str,
    pub olds: &'a [Place],
    /// The names of what stands there now.
    pub now: Vec<String>,
    /// The code of the page that tells it.
    pub code: &'a str,
}

impl Redrawn<'_> {
    pub(super) fn tell(&self, cx: &mut Acting<'_, '_>, posts: PostsBelow) -> Done<()> {
        let Some(first) = self.olds.first() else { return Ok(()) };
        let (mut waiting, mut holders) = (0, Vec::new());
        for old in self.olds {
            for post in posts(cx.read(), &old.path, cx.now())? {
                waiting += 1;
                holders.extend(post.holders.into_iter().map(|(person, _)| person));
            }
        }
        holders.sort();
        holders.dedup();
        for person in holders {
            self.say(cx, Audience::Person(person), "yours", waiting);
        }
        if waiting > 0 {
            let to = errand(cx, "post.move", &first.path);
            self.say(cx, to, "posts", waiting);
        }
        let above = first.path.trim_end_matches('/').rsplit_once('/').map_or("/", |(up, _)| up);
        let to = errand(cx, "case.accept", &format!("{above}/"));
        self.say(cx, to, "here", waiting);
        Ok(())
    }

    /// Whose post went along is told where it is for now.
    pub(super) fn tell_placed(&self, cx: &mut Acting<'_, '_>, place: &Place, holders: &[Id]) {
        for person in holders {
            let params = [
                ("place", self.olds_in_words()),
                ("now", self.now.join("、")),
                ("at", place.name.clone()),
                ("grid", place.code.clone()),
            ];
            let params = params.map(|(name, value)| (name.to_owned(), value)).to_vec();
            let (kind, at) = (format!("grid.{}_placed", self.how), cx.now());
            let to = Audience::Person(person.clone());
            cx.tell(Tell { to, kind, matter: None, params, at, texts: false });
        }
    }

    fn olds_in_words(&self) -> String {
        self.olds.iter().map(|old| old.name.as_str()).collect::<Vec<_>>().join("、")
    }

    fn say(&self, cx: &mut Acting<'_, '_>, to: Audience, whom: &str, posts: usize) {
        let params = [
            ("place", self.olds_in_words()),
            ("now", self.now.join("、")),
            ("n", posts.to_string()),
            ("grid", self.code.to_owned()),
        ];
        let params = params.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let (kind, at) = (format!("grid.{}_{whom}", self.how), cx.now());
        cx.tell(Tell { to, kind, matter: None, params, at, texts: false });
    }
}

/// Whoever the duty list gives this act at a place, but for who redrew it.
fn errand(cx: &Acting<'_, '_>, act: &str, path: &str) -> Audience {
    let row = Reach { publicity: "public".to_owned(), ..Reach::at(path) };
    let doer = cx.actor.person.clone();
    Audience::OnDuty(Box::new(Errand { act: act.to_owned(), row, but: Vec::new(), doer }))
}
