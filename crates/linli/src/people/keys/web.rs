//! `/admin/keys`: keys given out and ended by the system administrator. `/me/keys`: those in one's
//! own name, to be ended.

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};

use super::{CreateKey, EndKey, EndOwnKey, fresh, hash, store};
use crate::act::{Done, Failure, FieldProblem};
use crate::base::Id;
use crate::district::Districts;
use crate::page::{Form, Frame, Page, Problems, Visitor, render, render_form, see_other};
use crate::people::web::as_myself;

/// Pages of keys; they stand with the other pages.
pub fn routes() -> Router<Districts> {
    Router::new()
        .route("/admin/keys", get(list).post(create))
        .route("/admin/keys/{id}/end", post(end))
        .route("/me/keys", get(own))
        .route("/me/keys/end", post(end_own))
}

struct Line {
    id: Id,
    /// Of the act that ends it.
    end_id: Id,
    title: String,
    username: String,
    post: Option<String>,
    since: String,
    ended: bool,
}

#[derive(Template)]
#[template(path = "people/keys/pages/keys.html")]
struct KeysPage {
    f: Frame,
    problems: Problems,
    act_id: Id,
    keys: Vec<Line>,
    /// A key just made: shown this once.
    made: String,
    title: String,
    username: String,
}

#[derive(Template)]
#[template(path = "people/keys/pages/own_keys.html")]
struct OwnKeysPage {
    f: Frame,
    keys: Vec<Line>,
}

fn line(v: &Visitor, key: store::KeyView) -> Line {
    Line {
        since: v.district.local(key.created_at),
        ended: key.ended_at.is_some(),
        end_id: v.district.new_id(),
        id: key.id,
        title: key.title,
        username: key.username,
        post: key.post,
    }
}

fn may(v: &Visitor) -> Done<()> {
    v.duty("api_key.create")
}

async fn list(v: Visitor) -> Page {
    may(&v)?;
    page(&v, Problems::default(), &Form::default(), String::new()).await
}

async fn page(v: &Visitor, problems: Problems, form: &Form, made: String) -> Page {
    let keys = v.read(|tx| Ok(store::all(tx)?)).await?;
    let kept = |name: &str| if made.is_empty() { form.get(name).to_owned() } else { String::new() };
    let page = KeysPage {
        f: v.frame(v.lang.say("api.keys.title")),
        problems,
        act_id: v.district.new_id(),
        keys: keys.into_iter().map(|key| line(v, key)).collect(),
        title: kept("title"),
        username: kept("username"),
        made,
    };
    render_form(&page, &page.problems)
}

async fn create(v: Visitor, form: Form) -> Page {
    may(&v)?;
    let key = fresh();
    match give(&v, &form, &key).await {
        // The key was shown the first time, and nobody can show it again.
        Ok(true) => Ok(see_other("/admin/keys")),
        Ok(false) => page(&v, Problems::default(), &form, key).await,
        Err(Failure::Invalid(problems)) => page(&v, problems.into(), &form, String::new()).await,
        Err(failure) => Err(failure),
    }
}

/// Says whether it had been given before.
async fn give(v: &Visitor, form: &Form, key: &str) -> Result<bool, Failure> {
    let username = form.get("username").to_owned();
    let now = v.district.now();
    let found = v.read(move |tx| Ok(store::by_username(tx, &username, now)?)).await?;
    let (person, post) =
        found.ok_or_else(|| FieldProblem::new("username", "key_holder_unknown"))?;
    let act_id = form.act_id(v.district.new_id());
    let act = CreateKey {
        id: Id::derived(&format!("api key {act_id}")),
        title: form.get("title").to_owned(),
        person,
        appointment: post.filter(|_| form.get("as_post") == "1"),
        hash: hash(key),
    };
    Ok(v.perform(act_id, act).await?.repeated)
}

async fn end(v: Visitor, Path(id): Path<String>, form: Form) -> Page {
    let id = Id::parse(&id).ok_or(Failure::Hidden)?;
    v.perform(form.act_id(v.district.new_id()), EndKey { id }).await?;
    Ok(see_other("/admin/keys"))
}

async fn own(v: Visitor) -> Page {
    let person = v.person()?;
    let keys = v.read(move |tx| Ok(store::of_person(tx, &person)?)).await?;
    let keys = keys.into_iter().map(|key| line(&v, key)).collect();
    render(&OwnKeysPage { f: v.frame(v.lang.say("api.own_keys.title")), keys })
}

/// Ended by whoever's name it is in, whichever post they act by.
async fn end_own(v: Visitor, form: Form) -> Page {
    let person = v.person()?;
    let id = Id::parse(form.get("key")).ok_or(Failure::Hidden)?;
    as_myself(&v, form.act_id(v.district.new_id()), EndOwnKey { id, person }).await?;
    Ok(see_other("/me/keys"))
}
