//! The ground in memory: every place, and which place a point lies in.
//!
//! A district has some hundred places and at most a few thousand grids. They are read once and
//! kept; acts on places count a version up, and whoever asks compares it in their own snapshot.

use std::collections::HashMap;
use std::sync::Arc;

use rstar::{AABB, RTree, RTreeObject};

use super::{Area, Place, Point, store};
use crate::base::Id;
use crate::district::District;
use crate::store::{ReadTx, StoreError};

/// Under this name the district keeps it.
pub const KEPT: &str = "grids";

/// A boundary with the frame around it, for the tree.
struct Sheet {
    frame: AABB<[i64; 2]>,
    area: Area,
    /// Which of the places it bounds.
    at: usize,
    /// Deepest first, then the smaller: how near the place is to the people.
    rank: (usize, i128),
}

impl RTreeObject for Sheet {
    type Envelope = AABB<[i64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        self.frame
    }
}

impl rstar::PointDistance for Sheet {
    fn distance_2(&self, point: &[i64; 2]) -> i64 {
        rstar::Envelope::distance_2(&self.frame, point)
    }

    fn contains_point(&self, point: &[i64; 2]) -> bool {
        self.area.contains(Point::new(point[1], point[0]))
    }
}

/// All places of a district and their boundaries, as of one version.
pub struct Ground {
    pub version: i64,
    places: Vec<Place>,
    by_id: HashMap<Id, usize>,
    by_code: HashMap<String, usize>,
    by_path: HashMap<String, usize>,
    tree: RTree<Sheet>,
}

impl Ground {
    /// Reads it from the database.
    pub fn read(tx: &ReadTx<'_>) -> Result<Ground, StoreError> {
        let mut outlines = Vec::new();
        for (place, geojson) in store::outlines(tx)? {
            match Area::kept(&geojson) {
                Ok(area) => outlines.push((place, area)),
                // One place without its boundary, and not a district without its pages.
                Err(problem) => {
                    tracing::error!("the boundary of place {place}: {}", problem.code());
                }
            }
        }
        Ok(Ground::new(store::version(tx)?, store::every_place(tx)?, outlines))
    }

    pub fn new(version: i64, places: Vec<Place>, outlines: Vec<(Id, Area)>) -> Ground {
        let by_id: HashMap<Id, usize> =
            places.iter().enumerate().map(|(at, p)| (p.id.clone(), at)).collect();
        let (mut by_code, mut by_path) = (HashMap::new(), HashMap::new());
        // Those that stand come last, so that they win over those that ended.
        for stands in [false, true] {
            for (at, place) in places.iter().enumerate().filter(|(_, p)| p.stands() == stands) {
                by_code.insert(place.code.clone(), at);
                by_path.insert(place.path.clone(), at);
            }
        }
        let sheets = outlines.into_iter().filter_map(|(place, area)| {
            let at = *by_id.get(&place)?;
            let (low, high) = area.bounds();
            let frame = AABB::from_corners([low.lng_e7, low.lat_e7], [high.lng_e7, high.lat_e7]);
            let depth = places.get(at)?.depth();
            Some(Sheet { frame, rank: (usize::MAX - depth, area.twice_extent()), area, at })
        });
        let tree = RTree::bulk_load(sheets.collect());
        Ground { version, places, by_id, by_code, by_path, tree }
    }

    /// The grid the point lies in; where there is none, the smallest place that holds the point.
    pub fn grid_at(&self, lat_e7: i64, lng_e7: i64) -> Option<&Place> {
        let found = self.tree.locate_all_at_point([lng_e7, lat_e7]);
        let nearest = found.min_by_key(|sheet| (sheet.rank, sheet.at))?;
        self.places.get(nearest.at)
    }

    pub fn by_id(&self, id: &Id) -> Option<&Place> {
        self.places.get(*self.by_id.get(id)?)
    }

    /// The place that has the code, or the last that ended with it.
    pub fn by_code(&self, code: &str) -> Option<&Place> {
        self.places.get(*self.by_code.get(code)?)
    }

    pub fn by_path(&self, path: &str) -> Option<&Place> {
        self.places.get(*self.by_path.get(path)?)
    }

    /// Every place that stands, in the order of the tree.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().filter(|place| place.stands())
    }

    /// Whether a point lies in no place of the district, where its land is drawn.
    pub fn is_beyond(&self, lat_e7: i64, lng_e7: i64) -> bool {
        self.areas().next().is_some() && self.grid_at(lat_e7, lng_e7).is_none()
    }

    /// The boundaries in force.
    pub fn areas(&self) -> impl Iterator<Item = (&Place, &Area)> {
        self.tree.iter().filter_map(|sheet| Some((self.places.get(sheet.at)?, &sheet.area)))
    }

    pub fn area_of(&self, id: &Id) -> Option<&Area> {
        let at = *self.by_id.get(id)?;
        self.tree.iter().find(|sheet| sheet.at == at).map(|sheet| &sheet.area)
    }

    /// From the root down to the place itself.
    pub fn ancestors(&self, path: &str) -> Vec<&Place> {
        let ends = path.match_indices('/').skip(1).map(|(at, _)| &path[..=at]);
        ends.filter_map(|path| self.by_path(path)).collect()
    }

    /// The place as people say it, below the district: `东关街道·南苑社区·第三网格`.
    pub fn name_of_path(&self, path: &str) -> String {
        let all = self.ancestors(path);
        let below = if all.len() > 1 { &all[1..] } else { &all[..] };
        below.iter().map(|place| place.name.as_str()).collect::<Vec<_>>().join("·")
    }
}

/// The ground as this snapshot sees it.
pub fn ground(district: &District, tx: &ReadTx<'_>) -> Result<Arc<Ground>, StoreError> {
    let version = store::version(tx)?;
    if let Some(kept) = district.kept::<Ground>(KEPT)
        && kept.version == version
    {
        return Ok(kept);
    }
    let fresh = Arc::new(Ground::read(tx)?);
    district.keep(KEPT, Arc::clone(&fresh));
    Ok(fresh)
}

/// The grid a point lies in, or the smallest place around it.
pub fn grid_at(
    district: &District,
    tx: &ReadTx<'_>,
    lat_e7: i64,
    lng_e7: i64,
) -> Result<Option<Place>, StoreError> {
    Ok(ground(district, tx)?.grid_at(lat_e7, lng_e7).cloned())
}

/// A path as people say it: `东关街道·南苑社区·第三网格`.
pub fn name_of_path(
    district: &District,
    tx: &ReadTx<'_>,
    path: &str,
) -> Result<String, StoreError> {
    Ok(ground(district, tx)?.name_of_path(path))
}
