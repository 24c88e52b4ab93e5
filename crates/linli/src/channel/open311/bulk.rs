//! Service requests as one sheet (GeoReport bulk v1).

use super::answer::Told;
use super::{Call, dates, read};
use crate::base::Fault;
use crate::channel::cases::CaseRow;
use crate::channel::decode::{cell, degrees};

/// Rows of one sheet.
const MOST: i64 = 20_000;

const HEADS: [&str; 14] = [
    "service_request_id",
    "requested_datetime",
    "updated_datetime",
    "closed_date",
    "status_description",
    "status_notes",
    "source",
    "service_name",
    "service_subtype",
    "description",
    "agency_responsible",
    "address",
    "lat",
    "long",
];

pub(super) async fn requests(call: &Call) -> Told<Vec<u8>> {
    let rows = read::found(call, MOST).await?;
    let mut sheet = csv::Writer::from_writer(Vec::new());
    let broke = |e: csv::Error| Fault::new(format!("a sheet: {e}"));
    sheet.write_record(HEADS).map_err(broke)?;
    for row in &rows {
        sheet.write_record(cells(call, row)).map_err(broke)?;
    }
    Ok(sheet.into_inner().map_err(|e| Fault::new(format!("a sheet: {e}")))?)
}

fn cells(call: &Call, row: &CaseRow) -> [String; 14] {
    let offset = call.district.config.offset_minutes;
    let matter = &row.matter;
    let text = |text: Option<&str>| cell(text.unwrap_or_default());
    [
        matter.number.clone(),
        dates::write(matter.opened_at, offset),
        dates::write(matter.updated_at, offset),
        matter.closed_at.map(|at| dates::write(at, offset)).unwrap_or_default(),
        read::status(row.ended()).to_owned(),
        text(read::notes(call, row).as_deref()),
        matter.source.clone(),
        text(Some(row.class_title.pick(call.lang))),
        text(Some(row.class_group.pick(call.lang))),
        text(Some(&row.words)),
        text(row.body.as_deref()),
        text(row.whereabouts()),
        row.lat_e7.map(degrees).unwrap_or_default(),
        row.lng_e7.map(degrees).unwrap_or_default(),
    ]
}
