//! Service requests as one sheet (GeoReport bulk v1).

use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse as _, Response};

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

/// The sheet, with the address of the next one where there is more (RFC 8288).
pub(super) async fn requests(call: &Call, uri: &Uri) -> Told<Response> {
    let read::Found { rows, next } = read::found(call, MOST).await?;
    let text = written(call, &rows)?;
    let kind = [(header::CONTENT_TYPE, "text/csv; charset=utf-8")];
    let mut response = (kind, text).into_response();
    let link = next.map(|next| format!("<{}>; rel=\"next\"", page_at(uri, next)));
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// The same question for another page.
fn page_at(uri: &Uri, page: i64) -> String {
    let asked = uri.query().unwrap_or_default().split('&');
    let mut kept: Vec<&str> =
        asked.filter(|pair| !pair.is_empty() && !pair.starts_with("page=")).collect();
    let page = format!("page={page}");
    kept.push(&page);
    format!("{}?{}", uri.path(), kept.join("&"))
}

fn written(call: &Call, rows: &[CaseRow]) -> Told<Vec<u8>> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    let broke = |e: csv::Error| Fault::new(format!("a sheet: {e}"));
    sheet.write_record(HEADS).map_err(broke)?;
    for row in rows {
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
