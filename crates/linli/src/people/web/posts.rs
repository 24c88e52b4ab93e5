//! Administration of posts: who holds what, what is vacant, who holds too much.

use std::collections::HashSet;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query};
use axum::routing::{get, post};
use serde::Deserialize;

use super::choice::{self, Choice};
use super::turned::{Turned, address, turned};
use super::{form_id, problems_of};
use crate::act::{Act, Done, Failure, FieldProblem, Subject};
use crate::base::sort::{self, By};
use crate::base::{Day, Id};
use crate::district::Districts;
use crate::page::{
    Form, Frame, Page, Problems, Visitor, one_of, page_above, render_form, see_other,
};
use crate::people::acts::office::{Office, ProposeOffice, TakeTwo};
use crate::people::acts::{Appoint, ChangePost, CreatePost, EndPost, MovePost, Relieve};
use crate::people::store::{self, DelegationView, Holder, Overload, PostView};
use crate::people::{APPOINTMENTS, POSTS, rules};
use crate::store::{ReadTx, StoreError};
use crate::territory::{self, Place, succession};

pub(super) fn routes(two: TakeTwo) -> Router<Districts> {
    Router::new()
        .route("/admin/posts", get(list).post(create))
        .route("/admin/posts/{id}", get(one).post(change))
        .route("/admin/posts/{id}/move", get(page_above).post(relocate))
        .route("/admin/posts/{id}/end", get(page_above).post(end))
        .route(
            "/admin/posts/{id}/appoint",
            get(page_above).post(move |v, id, form| appoint(v, id, form, two)),
        )
        .route(
            "/admin/posts/{id}/relieve",
            get(page_above).post(move |v, id, form| relieve(v, id, form, two)),
        )
        .route("/admin/posts/{id}/end_delegation", post(end_delegation))
}

#[derive(Template)]
#[template(path = "people/pages/posts.html")]
struct PostsPage {
    f: Frame,
    lists: Vec<super::List>,
    problems: Problems,
    act_id: Id,
    /// How many there are, of which `posts` are those that were asked for.
    all: usize,
    posts: Turned<PostView>,
    wanted: Wanted,
    vacant: usize,
    /// Posts whose place has ended: they are to be placed anew.
    homeless: Vec<Id>,
    overloaded: Vec<Overload>,
    kinds: Vec<(String, String)>,
    places: Vec<(Id, String)>,
    bodies: Vec<(Id, String)>,
    title: String,
    contact: String,
    may_create: bool,
    kind: String,
    place: String,
    body: String,
}

/// Which posts of the list are wanted.
#[derive(Default, Deserialize)]
struct Wanted {
    /// Letters of the title, of a holder or of the body.
    #[serde(default)]
    q: String,
    /// `vacant` or `homeless`; all of them otherwise.
    #[serde(default)]
    only: String,
    /// `pinyin` or `stroke`: by the names of those who hold them; place by place otherwise.
    #[serde(default)]
    sort: String,
    /// Behind which post the page begins.
    #[serde(default)]
    after: String,
}

impl Wanted {
    /// Posts with nobody in them come last where names are the order.
    fn in_order(&self, posts: Vec<PostView>) -> Vec<PostView> {
        match self.sort.as_str() {
            "pinyin" | "stroke" => sort::by_name(posts, By::of(&self.sort), PostView::holder_names),
            _ => posts,
        }
    }

    /// The address of the page behind a post.
    fn behind(&self, after: &str) -> String {
        let asked =
            [("q", &*self.q), ("only", &*self.only), ("sort", &*self.sort), ("after", after)];
        address("/admin/posts", &asked)
    }

    fn fits(&self, post: &PostView, is_homeless: bool) -> bool {
        let q = self.q.trim();
        let names = [post.title.as_str(), post.body_name.as_deref().unwrap_or_default()];
        let said = |text: &str| text.contains(q);
        let found = names.into_iter().any(said) || said(&post.holder_names());
        let of_kind = match self.only.as_str() {
            "vacant" => post.vacant(),
            "homeless" => is_homeless,
            _ => true,
        };
        found && of_kind
    }
}

async fn list(v: Visitor, Query(wanted): Query<Wanted>) -> Page {
    page(&v, Problems::default(), &Form::default(), wanted).await
}

async fn page(v: &Visitor, problems: Problems, form: &Form, wanted: Wanted) -> Page {
    v.person()?;
    let now = v.district.now();
    let look = move |tx: &ReadTx<'_>| -> Done<_> {
        let people = (store::all_posts(tx, now)?, store::overloaded(tx, now)?);
        let places = territory::store::every_place(tx)?;
        Ok((people.0, people.1, store::post_kinds(tx)?, places, store::bodies(tx)?))
    };
    let (posts, overloaded, kinds, places, bodies) = v.district.store().read_long(look).await?;
    let (places, ended): (Vec<Place>, Vec<Place>) =
        places.into_iter().partition(territory::Place::stands);
    let ended: HashSet<Id> = ended.into_iter().map(|place| place.id).collect();
    let homeless = posts.iter().filter(|post| ended.contains(&post.place_id));
    let homeless: Vec<Id> = homeless.map(|post| post.id.clone()).collect();
    let kinds = kinds.into_iter().map(|k| (k.id, v.lang.pick(&k.title_zh, &k.title_en).to_owned()));
    let (all, vacant) = (posts.len(), posts.iter().filter(|post| post.vacant()).count());
    let fits = |post: &PostView| wanted.fits(post, homeless.contains(&post.id));
    let posts = wanted.in_order(posts.into_iter().filter(fits).collect());
    let posts = turned(posts, |post| &post.id, &wanted.after, |after| wanted.behind(after));
    let page = PostsPage {
        f: v.frame(v.lang.say("people.admin.posts")).wide(),
        lists: super::lists(v),
        problems,
        act_id: form_id(v),
        all,
        vacant,
        posts,
        homeless,
        wanted,
        overloaded,
        kinds: kinds.collect(),
        places: super::choices(places),
        bodies: bodies.into_iter().map(|body| (body.id, body.name)).collect(),
        title: form.get("title").to_owned(),
        contact: form.get("contact").to_owned(),
        may_create: v.may("post.create"),
        kind: form.get("kind").to_owned(),
        place: form.get("place").to_owned(),
        body: form.get("body").to_owned(),
    };
    render_form(&page, &page.problems)
}

async fn create(v: Visitor, form: Form) -> Page {
    v.duty("post.create")?;
    let mut problems = Problems::default();
    let kind = form.required("kind", 40, &mut problems);
    let title = form.required("title", 80, &mut problems);
    let contact = form.optional("contact", 40, &mut problems);
    let place = super::named_place(&v, &form, &mut problems).await?;
    let body = form.row("body", "no_such_body").unwrap_or_else(|problem| {
        problems.add(problem);
        None
    });
    let (Some(place), true) = (place, problems.is_empty()) else {
        return page(&v, problems, &form, Wanted::default()).await;
    };
    let id = form.act_id(form_id(&v));
    let act = CreatePost {
        id: id.clone(),
        kind,
        title,
        place_id: place.id,
        place_path: place.path,
        body,
        contact,
    };
    match v.perform(id.clone(), act).await {
        Ok(_) => Ok(see_other(&format!("/admin/posts/{id}?done=post.create"))),
        Err(failure) => {
            let problems = problems_of(failure, "kind")?.into();
            page(&v, problems, &form, Wanted::default()).await
        }
    }
}

#[derive(Template)]
#[template(path = "people/pages/post.html")]
struct PostPage {
    f: Frame,
    problems: Problems,
    act_id: Id,
    post: PostView,
    /// Who holds it, whose account is stopped, and who will hold it, each under its own words.
    holders: [(Option<&'static str>, Vec<Holder>); 3],
    staff: Choice,
    /// Who stands in now or will, and from when to when.
    stand_ins: Vec<(DelegationView, String)>,
    today: String,
    /// The form as it was typed, where it comes back; nothing in it otherwise.
    typed: Form,
    /// What the place was called, where it has ended, and where the post may go.
    gone: Option<Gone>,
    may_move: bool,
    may_change: bool,
    may_appoint: bool,
    may_relieve: bool,
    may_end: bool,
    /// It is an administrator's: given and taken by two.
    by_two: bool,
    /// It is an administrator's and nobody could confirm: it is given alone and not taken here.
    unconfirmed: bool,
}

impl PostPage {
    /// The id of the act behind one of the forms.
    fn id_of(&self, form: &str) -> Id {
        one_of(&self.act_id, form)
    }

    /// Somebody would have to be relieved, and nobody could confirm it.
    fn held_unconfirmed(&self) -> bool {
        self.unconfirmed && self.holders.iter().any(|(_, all)| !all.is_empty())
    }

    /// Why somebody is to be relieved, as it was typed.
    fn why(&self, appointment: &Id) -> &str {
        let theirs = self.typed.get("appointment") == appointment.as_str();
        if theirs { self.typed.get("why") } else { "" }
    }

    /// What was typed in a field; `otherwise` where nothing was.
    fn typed(&self, field: &str, otherwise: &str) -> String {
        let typed = self.typed.get(field);
        if typed.is_empty() { otherwise.to_owned() } else { typed.to_owned() }
    }
}

/// A post whose place has ended.
struct Gone {
    name: String,
    /// The places that took over; every place where none did.
    places: Vec<(Id, String)>,
}

fn gone(tx: &ReadTx<'_>, place: &Id) -> Result<Option<Gone>, StoreError> {
    let Some(place) = territory::place_by_id(tx, place)?.filter(|place| !place.stands()) else {
        return Ok(None);
    };
    let heirs = succession::standing_heirs(tx, &place.id)?;
    let places = if heirs.is_empty() {
        let all = territory::store::every_place(tx)?;
        super::choices(all.into_iter().filter(Place::stands).collect())
    } else {
        heirs.into_iter().map(|heir| (heir.id, heir.name)).collect()
    };
    Ok(Some(Gone { name: place.name, places }))
}

async fn one(v: Visitor, Path(id): Path<String>) -> Page {
    post_page(&v, &id, Problems::default(), &Form::default()).await
}

async fn post_page(v: &Visitor, id: &str, problems: Problems, form: &Form) -> Page {
    v.person()?;
    let (id, now) = (Id::parse(id).ok_or(Failure::Hidden)?, v.district.now());
    let (duties, actor) = (v.duties.clone(), v.actor.clone());
    let kept = Id::parse(form.get("person"));
    let manages = v.may("post.relieve") || v.may("post.appoint");
    let (post, coming, staff, gone, stand_ins, by_two, unconfirmed) = v
        .read(move |tx| {
            let mut post = store::post(tx, &id, now)?.ok_or(Failure::Hidden)?;
            // Whose account is stopped only they read who can do something about it.
            if !manages {
                post.suspended.clear();
            }
            let coming = store::coming(tx, &id, now)?;
            let all = choice::read(tx, (&duties, &actor), kept.as_ref())?;
            let gone = gone(tx, &post.place_id)?;
            let stand_ins = store::delegations_at(tx, &id, now)?;
            let kind = store::kind_of_running_post(tx, &id)?;
            let beside = store::has_confirmer(tx, &duties, &actor.kind, now)?;
            let of_three = kind.is_some_and(|(_, group)| group == rules::ADMINISTRATOR);
            let (by_two, unconfirmed) = (of_three && beside, of_three && !beside);
            Ok((post, coming, all, gone, stand_ins, by_two, unconfirmed))
        })
        .await?;
    let keys = &v.district.keys;
    let days = |d: &DelegationView| {
        format!("{} — {}", v.district.local(d.from_at), v.district.local(d.to_at))
    };
    let page = PostPage {
        f: v.frame(post.title.clone()),
        problems,
        act_id: form_id(v),
        staff: choice::of(staff, keys),
        stand_ins: stand_ins.into_iter().map(|d| (d.clone(), days(&d))).collect(),
        holders: [
            (None, post.holders.clone()),
            (Some("people.post.suspended"), post.suspended.clone()),
            (Some("people.post.coming"), coming),
        ],
        post,
        typed: form.clone(),
        today: now.day(v.district.config.offset_minutes).to_string(),
        gone,
        may_move: v.may("post.move"),
        may_change: v.may("post.change"),
        may_appoint: v.may("post.appoint"),
        may_relieve: v.may("post.relieve"),
        may_end: v.may("post.end"),
        by_two,
        unconfirmed,
    };
    render_form(&page, &page.problems)
}

/// Performs, and shows the post again with what was wrong.
async fn done<A: Act>(v: &Visitor, id: &str, form: &Form, field: &str, act_id: Id, act: A) -> Page {
    let what = act.name().into_owned();
    match v.perform(act_id, act).await {
        Ok(_) if form.get("then") == "list" => Ok(see_other(&format!("/admin/posts?done={what}"))),
        Ok(_) => Ok(see_other(&format!("/admin/posts/{id}?done={what}"))),
        Err(failure) => post_page(v, id, problems_of(failure, field)?.into(), form).await,
    }
}

/// The post again with what was wrong in a form, for those who may do what the form asks.
async fn wrong(v: &Visitor, id: &str, act: &'static str, what: Problems, form: &Form) -> Page {
    let post = Id::parse(id).ok_or(Failure::Hidden)?;
    v.entitled(act, Subject::row(POSTS, &post)).await?;
    post_page(v, id, what, form).await
}

async fn change(v: Visitor, Path(id): Path<String>, form: Form) -> Page {
    let mut problems = Problems::default();
    let title = form.required("title", 80, &mut problems);
    let contact = form.optional("contact", 40, &mut problems);
    if !problems.is_empty() {
        return wrong(&v, &id, "post.change", problems, &form).await;
    }
    let post = Id::parse(&id).ok_or(Failure::Hidden)?;
    let version = form.get("version").parse().unwrap_or(0);
    let act = ChangePost { post, title, contact, version };
    done(&v, &id, &form, "title", form.act_id(form_id(&v)), act).await
}

async fn relocate(v: Visitor, Path(id): Path<String>, form: Form) -> Page {
    let post = Id::parse(&id).ok_or(Failure::Hidden)?;
    let Some(place) = Id::parse(form.get("place")) else {
        let problem = FieldProblem::new("place", "missing");
        return wrong(&v, &id, "post.move", vec![problem].into(), &form).await;
    };
    let act = MovePost { post, place, version: form.get("version").parse().unwrap_or(0) };
    done(&v, &id, &form, "place", form.act_id(form_id(&v)), act).await
}

async fn end(v: Visitor, Path(id): Path<String>, form: Form) -> Page {
    let post = Id::parse(&id).ok_or(Failure::Hidden)?;
    let act = EndPost { post, version: form.get("version").parse().unwrap_or(0) };
    done(&v, &id, &form, "end", form.act_id(form_id(&v)), act).await
}

/// What a post of one of the three administrators is called; none where it is another's, or where
/// nobody could confirm what is proposed.
async fn of_an_administrator(v: &Visitor, post: &Id) -> Result<Option<String>, Failure> {
    let (wanted, now, own) = (post.clone(), v.district.now(), v.actor.kind.clone());
    let duties = v.duties.clone();
    v.read(move |tx| {
        let kind = store::kind_of_running_post(tx, &wanted)?;
        let beside = store::has_confirmer(tx, &duties, &own, now)?;
        if !beside || kind.is_none_or(|(_, group)| group != rules::ADMINISTRATOR) {
            return Ok(None);
        }
        Ok(store::post(tx, &wanted, now)?.map(|post| post.title))
    })
    .await
}

/// Lays it before another administrator, and shows what was proposed.
async fn proposed(v: &Visitor, id: &str, form: &Form, field: &str, act: ProposeOffice) -> Page {
    match v.perform(form.act_id(form_id(v)), act).await {
        Ok(done) => Ok(see_other(&format!("/duties/proposals/{}?done=duty.propose", done.outcome))),
        Err(failure) => post_page(v, id, problems_of(failure, field)?.into(), form).await,
    }
}

async fn appoint(v: Visitor, Path(id): Path<String>, form: Form, two: TakeTwo) -> Page {
    let post = Id::parse(&id).ok_or(Failure::Hidden)?;
    let mut problems = Problems::default();
    let person = choice::asked(&v, &form).await?;
    let term_from = form.get("term_from").parse::<Day>().ok();
    let term_to = form.get("term_to").parse::<Day>().ok();
    if person.is_none() {
        problems.add(choice::nobody(&form));
    }
    if term_from.is_none() {
        problems.add(FieldProblem::new("term_from", "bad_day"));
    }
    if term_to.is_none() && !form.get("term_to").is_empty() {
        problems.add(FieldProblem::new("term_to", "bad_day"));
    }
    let (Some(person), Some(term_from), true) = (person, term_from, problems.is_empty()) else {
        return wrong(&v, &id, "post.appoint", problems, &form).await;
    };
    let act_id = form.act_id(form_id(&v));
    if let Some(title) = of_an_administrator(&v, &post).await? {
        let (from, to) = (term_from.to_string(), term_to.map(|day| day.to_string()));
        let appointment = Id::derived(&format!("proposed {act_id}"));
        let office = Office::Given { appointment, post, person, term_from: from, term_to: to };
        let reason = v.lang.with("people.office.to_give", &title);
        return proposed(&v, &id, &form, "person", ProposeOffice { office, reason, two }).await;
    }
    let who = person.clone();
    let row = v.read(move |tx| Ok(store::person(tx, &who)?)).await?;
    let holder_name = row.map(|row| row.full_name(&v.district.keys)).unwrap_or_default();
    let act = Appoint { id: act_id.clone(), post, person, holder_name, term_from, term_to };
    done(&v, &id, &form, "person", act_id, act).await
}

async fn relieve(v: Visitor, Path(id): Path<String>, form: Form, two: TakeTwo) -> Page {
    let appointment = Id::parse(form.get("appointment")).ok_or(Failure::Hidden)?;
    let mut problems = Problems::default();
    let why = form.required("why", 200, &mut problems);
    // Each holder has a field of their own.
    let field = format!("why-{appointment}");
    problems.all.iter_mut().for_each(|problem| problem.field.clone_from(&field));
    if !problems.is_empty() {
        v.entitled("post.relieve", Subject::row(APPOINTMENTS, &appointment)).await?;
        return post_page(&v, &id, problems, &form).await;
    }
    let post = Id::parse(&id).ok_or(Failure::Hidden)?;
    if let Some(title) = of_an_administrator(&v, &post).await? {
        let wanted = appointment.clone();
        let held = v.read(move |tx| Ok(store::holder_of(tx, &wanted)?)).await?;
        let person = held.ok_or(Failure::Hidden)?;
        let office = Office::Taken { appointment, person, why };
        let reason = v.lang.with("people.office.to_take", &title);
        return proposed(&v, &id, &form, &field, ProposeOffice { office, reason, two }).await;
    }
    let act = Relieve { appointment, why };
    done(&v, &id, &form, &field, form.act_id(form_id(&v)), act).await
}

async fn end_delegation(v: Visitor, Path(id): Path<String>, form: Form) -> Page {
    let act = super::delegation::ending(&form)?;
    v.perform(form.act_id(form_id(&v)), act).await?;
    Ok(see_other(&format!("/admin/posts/{}", Id::parse(&id).ok_or(Failure::Hidden)?)))
}
