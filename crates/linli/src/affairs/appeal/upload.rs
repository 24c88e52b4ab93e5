//! What a form of a move puts down: its fields as the procedure names them, and its photos, taken
//! in before the door.

use linli_rules::procedure::{Field, FieldKind, Process};

use super::offer::code_of;
use crate::act::{Done, Failure, FieldProblem};
use crate::base::secret::Keys;
use crate::base::text;
use crate::district::District;
use crate::file::{self, pass};
use crate::matter::{Photo, Put};
use crate::page::{Form, Posted};

/// A form as it came, made ready for the door.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    pub put: Put,
    /// What of the form, and which of its photos, could not be taken.
    pub problems: Vec<FieldProblem>,
}

/// Reads the form of a move; `None` for an act the procedure does not know.
pub async fn fill(
    district: &District,
    process: &Process,
    act: &str,
    posted: &Posted,
) -> Done<Option<Filled>> {
    let Some(fields) = fields_of(process, act) else { return Ok(None) };
    let problems = posted.problems.all.clone();
    let mut filled = Filled { put: words(&fields, &posted.form), problems };
    filled.put.opened = posted.form.all("opened").to_vec();
    match posted.form.ids("shown") {
        Some(ticked) => filled.put.shown = ticked,
        None => filled.problems.push(FieldProblem::new("shown", "no_such_photo")),
    }
    for field in fields.iter().filter(|field| field.kind == FieldKind::Photos) {
        photos(district, field, posted, &mut filled).await?;
    }
    Ok(Some(filled))
}

/// Where photos are put in the form of a move: the first such field, if there is any.
pub fn photo_field<'p>(process: &'p Process, act: &str) -> Option<&'p str> {
    let fields = fields_of(process, act)?;
    let field = fields.into_iter().find(|field| field.kind == FieldKind::Photos);
    field.map(|field| field.name.as_str())
}

/// The fields of an act that moves a case on, each once.
fn fields_of<'p>(process: &'p Process, act: &str) -> Option<Vec<&'p Field>> {
    let moves: Vec<_> = process.moves.iter().filter(|by| by.act == act).collect();
    if moves.is_empty() {
        return None;
    }
    let mut fields: Vec<&Field> = Vec::new();
    for field in moves.into_iter().flat_map(|by| &by.record) {
        if !fields.iter().any(|known| known.name == field.name) {
            fields.push(field);
        }
    }
    Some(fields)
}

fn words(fields: &[&Field], form: &Form) -> Put {
    let mut put = Put::default();
    for field in fields.iter().filter(|field| field.kind != FieldKind::Photos) {
        let typed = match field.kind {
            FieldKind::Class => class_of(form, &field.name),
            FieldKind::Place => code_of(form.get(&field.name)).to_owned(),
            FieldKind::Checks => text::joined(form.all(&field.name)),
            _ => text::clean(form.get(&field.name), usize::MAX).unwrap_or_default(),
        };
        put.fields.insert(field.name.clone(), typed);
    }
    put
}

/// A class that was searched for by name stands before the one in the list.
pub fn class_of(form: &Form, name: &str) -> String {
    let found = code_of(form.get(&format!("{name}_find")));
    if found.is_empty() { form.get(name).to_owned() } else { found.to_owned() }
}

/// A photo that was taken in with a form before, as the form shows it again.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What the form sends again in its place.
    pub ticket: String,
    /// Where it can be looked at, small.
    pub small: String,
}

impl Kept {
    pub fn of(keys: &Keys, hash: &str) -> Kept {
        let small = format!("/files/{hash}.jpg?w=320&k={}", pass::of(keys, hash));
        Kept { ticket: pass::ticket(keys, hash), small }
    }
}

/// Photos of a field that were taken in before, that the form still names and nobody crossed out.
pub fn kept(district: &District, form: &Form, field: &str) -> Vec<String> {
    let dropped = form.all("drop");
    let mut kept: Vec<String> = Vec::new();
    for ticket in form.all(&format!("{field}_kept")).iter().filter(|one| !dropped.contains(one)) {
        if let Some(file) = pass::redeem(district, ticket)
            && !kept.contains(&file.hash)
        {
            kept.push(file.hash);
        }
    }
    kept
}

/// Photos of one field: those kept from a form that came back, then the new ones.
pub async fn photos(
    district: &District,
    field: &Field,
    posted: &Posted,
    filled: &mut Filled,
) -> Done<()> {
    let photo = |file: String| Photo { file, role: field.name.clone() };
    filled.put.photos.extend(kept(district, &posted.form, &field.name).into_iter().map(photo));
    for upload in posted.files.iter().filter(|upload| upload.field == field.name) {
        match file::take(district, &field.name, upload.bytes.clone()).await {
            Ok(stored) => filled.put.photos.push(photo(stored.hash)),
            Err(Failure::Invalid(problems)) => filled.problems.extend(problems),
            Err(other) => return Err(other),
        }
    }
    Ok(())
}
