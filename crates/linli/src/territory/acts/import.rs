//! 导入边界: boundaries from a GeoJSON file, all of them or none.

use std::borrow::Cow;

use serde::Serialize;

use super::create::{NewPlace, enter};
use crate::act::{Act, Acting, Done, Failure, FieldProblem, Refusal, Subject};
use crate::base::{Fault, Id};
use crate::territory::import::{Feature, Kind, plan};
use crate::territory::{PLACES, store};

/// Sets the boundaries of places within `within`, and enters those that are new.
#[derive(Clone, Debug, Serialize)]
pub struct ImportBoundaries {
    pub within: Id,
    /// The version of all the ground that the dry run was made on; `None` where none was.
    pub seen: Option<i64>,
    pub features: Vec<Feature>,
    /// Whether the file enters new places; the dry run says so.
    pub creates: bool,
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Imported {
    /// Under which it can be undone; `None` where the file changed nothing.
    pub import: Option<Id>,
    pub created: usize,
    pub drawn: usize,
    pub unchanged: usize,
}

impl Act for ImportBoundaries {
    type Outcome = Imported;

    fn name(&self) -> Cow<'static, str> {
        if self.creates { "place.create".into() } else { "place.draw".into() }
    }

    fn body(&self) -> Result<Vec<u8>, Fault> {
        Ok(serde_json::to_vec(self)?)
    }

    fn subject(&self) -> Subject {
        Subject::row(PLACES, &self.within)
    }

    fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<Imported> {
        let within = super::standing(cx.read(), &self.within)?;
        let now = store::version(cx.read())?;
        if self.seen.is_some_and(|seen| seen != now) {
            return Err(Refusal::new("changed_meanwhile").into());
        }
        let plan = plan(cx.read(), &within, &self.features)?;
        if !plan.is_right() {
            let all = plan.rows.into_iter().flat_map(|row| row.problems);
            return Err(Failure::Invalid(all.collect::<Vec<FieldProblem>>()));
        }
        let import = cx.new_id();
        let mut done = Imported { import: None, created: 0, drawn: 0, unchanged: 0 };
        for row in &plan.rows {
            let place = match &row.kind {
                Kind::Same => {
                    done.unchanged += 1;
                    continue;
                }
                Kind::Draw(id) => {
                    if self.creates {
                        cx.also_needs("place.draw")?;
                    }
                    store::raise_place(cx.tx, id)?;
                    id.clone()
                }
                Kind::New if self.creates => {
                    done.created += 1;
                    let seat = None;
                    let parent = row.parent.clone();
                    let (code, level) = (row.code.clone(), row.level.clone());
                    let name = row.name.clone();
                    enter(cx, &NewPlace { code, level, name, parent, seat }, Some(&import))?
                }
                Kind::New | Kind::Unknown => return Err(Refusal::new("changed_meanwhile").into()),
            };
            if let Some(area) = &row.area {
                done.drawn += 1;
                let (outline, now, shape) = (cx.new_id(), cx.now(), area.geojson());
                store::draw_from(cx.tx, &outline, (&place, &shape), now, Some(&import))?;
            }
        }
        if done.created + done.drawn > 0 {
            let (now, counts) = (cx.now(), (count(done.created), count(done.drawn)));
            store::import::add(cx.tx, (&import, &within.id), now, counts)?;
            done.import = Some(import);
        }
        store::bump(cx.tx)?;
        Ok(done)
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
