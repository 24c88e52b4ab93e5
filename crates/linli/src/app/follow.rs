//! Open cases and people go along when their grid was split, merged or moved: a case by its point
//! to the grid the point lies in now; without a point, and with everybody who lives there, to the
//! heir. Closed cases keep their old grid.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;

use crate::act::{Actor, Done, Failure, Order};
use crate::affairs::appeal;
use crate::base::Id;
use crate::district::District;
use crate::matter::{CASES, Conduct, Put, store as matters};
use crate::people;
use crate::people::acts::{FollowPlace, MOST_FOLLOWING};
use crate::store::ReadTx;
use crate::territory::{self, Place, Point, succession};

/// Cases looked up at once.
const AT_ONCE: i64 = 200;
/// A case may come late to a grid that is gone: from a form that lay open, or reopened.
const LOOK_EVERY: Duration = Duration::from_secs(600);
const CHANGES: [&str; 3] = ["grid.split", "grid.merge", "place.move"];

/// A case that is to go, and the code of the place it goes to.
struct Going {
    case: Id,
    version: i64,
    to: String,
}

/// Follows changes of grids for as long as the district is served.
pub async fn watch(district: Arc<District>) {
    let mut committed = district.door.watch();
    loop {
        if let Err(error) = follow(&district).await {
            tracing::warn!("open cases wait at a grid that has ended: {error}");
        }
        if let Err(error) = people_follow(&district).await {
            tracing::warn!("residents wait at a grid that has ended: {error}");
        }
        let change = async {
            loop {
                match committed.recv().await {
                    Ok(done) if CHANGES.contains(&done.act.as_str()) => break,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_) | RecvError::Closed) => break,
                }
            }
        };
        if tokio::time::timeout(LOOK_EVERY, change).await.is_ok() {
            // Several grids are often changed one after the other.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Carries every open case of a replaced place to the place that took over; gives how many went.
pub async fn follow(district: &Arc<District>) -> Done<usize> {
    let Some(kit) = appeal::kit(district) else { return Ok(0) };
    let mut went = 0;
    loop {
        let at = Arc::clone(district);
        let going = district.store().read(move |tx| going(&at, tx)).await?;
        let before = went;
        for one in going {
            let act = Conduct {
                kit: kit.clone(),
                of: CASES,
                matter: one.case,
                seen: Some(one.version).into(),
                act: "follow_grid".to_owned(),
                put: Put::default().with("place", one.to),
            };
            let order = Order::new(district.new_id(), act);
            match district.door.perform(&Actor::clock(), order).await {
                Ok(_) => went += 1,
                // Somebody moved it meanwhile; the next look finds it as it then is.
                Err(Failure::Refused(refusal)) => {
                    tracing::info!("a case did not follow its grid yet: {}", refusal.code);
                }
                Err(other) => return Err(other),
            }
        }
        if went == before {
            return Ok(went);
        }
    }
}

/// Carries everybody who lives in a replaced place to its heir; gives how many went.
pub async fn people_follow(district: &Arc<District>) -> Done<usize> {
    let mut went = 0;
    loop {
        let before = went;
        for act in district.store().read(people_going).await? {
            let order = Order::new(district.new_id(), act);
            match district.door.perform(&Actor::clock(), order).await {
                Ok(done) => went += done.outcome,
                Err(Failure::Refused(refusal)) => {
                    tracing::info!("residents did not follow their grid yet: {}", refusal.code);
                }
                Err(other) => return Err(other),
            }
        }
        if went == before {
            return Ok(went);
        }
    }
}

fn people_going(tx: &ReadTx<'_>) -> Done<Vec<FollowPlace>> {
    let mut out = Vec::new();
    for old in gone(tx)? {
        let people = people::store::living_at(tx, &old.path, MOST_FOLLOWING)?;
        let heir = succession::standing_heirs(tx, &old.id)?.into_iter().next();
        if let (false, Some(heir)) = (people.is_empty(), heir) {
            out.push(FollowPlace { old: old.id, to: heir.id, people });
        }
    }
    Ok(out)
}

/// Places that were replaced. One that came back to its path stands there again.
fn gone(tx: &ReadTx<'_>) -> Done<Vec<Place>> {
    let mut out = Vec::new();
    for old in territory::store::replaced(tx)? {
        if !territory::place_by_path(tx, &old.path)?.is_some_and(|place| place.stands()) {
            out.push(old);
        }
    }
    Ok(out)
}

/// Open cases at places that were replaced, as far as somebody took the place over.
fn going(district: &District, tx: &ReadTx<'_>) -> Done<Vec<Going>> {
    let ground = territory::ground(district, tx)?;
    let mut out = Vec::new();
    for old in gone(tx)? {
        for (case, version) in matters::open_at(tx, CASES.kind, &old.path, AT_ONCE)? {
            let file = appeal::store::file(tx, &case)?;
            let point = file.and_then(|file| Some(Point::new(file.lat_e7?, file.lng_e7?)));
            if let Some(to) = succession::heir_of(tx, &ground, &old.id, point)? {
                out.push(Going { case, version, to: to.code });
            }
        }
    }
    Ok(out)
}
