//! Styles, scripts and the base map, served by the binary itself: no network is needed.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use include_dir::{Dir, include_dir};
use tower_http::services::ServeFile;

use super::has_tag;
use crate::act::Failure;
use crate::base::{Fault, secret};
use crate::district::{District, Districts};

/// What the web build left in `web/dist`.
static ASSETS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../web/dist");

/// A short hash over all assets: pages ask for `/static/app.css?v=HASH`, so a cache may keep them.
pub static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut all = String::new();
    add_hashes(&ASSETS, &mut all);
    secret::sha256_hex(all.as_bytes())[..12].to_owned()
});

fn add_hashes(folder: &Dir<'_>, to: &mut String) {
    for file in folder.files() {
        to.push_str(&secret::sha256_hex(file.contents()));
    }
    folder.dirs().for_each(|inner| add_hashes(inner, to));
}

/// One of the assets, if the web build made it.
pub fn bytes(name: &str) -> Option<&'static [u8]> {
    Some(ASSETS.get_file(name)?.contents())
}

const A_YEAR: &str = "public, max-age=31536000";
const AN_HOUR: &str = "public, max-age=3600";
const ASKED_ANEW: &str = "public, no-cache";

pub fn routes() -> Router<Districts> {
    Router::new().route("/static/{*path}", get(asset)).route("/map.pmtiles", get(base_map))
}

/// A district's own base map, beside its settings (docs/operating.md).
pub const OWN_MAP: &str = "map.pmtiles";
const SHIPPED_MAP: &str = "map/base.pmtiles";

/// Whether the base map shows land that is not the district's.
pub fn shows_demo_map(district: &District) -> bool {
    !district.config.demo && !district.dir.join(OWN_MAP).exists()
}

/// The base map: the district's own file where it has one, else the one of the demonstration.
async fn base_map(
    State(districts): State<Districts>,
    request: Request,
) -> Result<Response, Failure> {
    let district = districts.asked(request.headers())?;
    let own = district.dir.join(OWN_MAP);
    let mut response = if tokio::fs::try_exists(&own).await.unwrap_or_default() {
        let served = ServeFile::new(&own).try_call(request).await;
        served.map_err(Fault::from)?.map(Body::new)
    } else {
        sent(SHIPPED_MAP, request.headers())?
    };
    // It may be replaced at any time; what has not changed is not sent again.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(AN_HOUR));
    Ok(response)
}

/// What is asked for by its version never changes; anything else is asked for anew each time, and
/// sent only where it is another.
async fn asset(
    Path(path): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mut response = sent(&path, &headers)?;
    let version = uri.query().and_then(|query| query.strip_prefix("v="));
    let kept = if version == Some(VERSION.as_str()) { A_YEAR } else { ASKED_ANEW };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    Ok(response)
}

/// A file of the web build, whole or the part that is asked for, where it is not what the browser
/// has of this build. It may be packed on its way, so its tag is a weak one (RFC 9110, 8.8.1).
fn sent(path: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    let bytes = ASSETS.get_file(path).ok_or(Failure::Hidden)?.contents();
    let tag = format!("\"{}\"", *VERSION);
    let weak = [(header::ETAG, format!("W/{tag}"))];
    if has_tag(headers, tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, weak).into_response());
    }
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let text = matches!(kind.type_(), mime_guess::mime::TEXT) || path.ends_with(".js");
    let kind = if text { format!("{kind}; charset=utf-8") } else { kind.to_string() };
    let response = match headers.get(header::RANGE).and_then(|r| r.to_str().ok()) {
        Some(range) => part(bytes, range),
        None => bytes.into_response(),
    };
    let mut response = (weak, response).into_response();
    let out = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&kind) {
        out.insert(header::CONTENT_TYPE, kind);
    }
    out.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    Ok(response)
}

/// `bytes=from-to` of a file (RFC 9110 §14), as the vector map asks for its tiles.
fn part(bytes: &'static [u8], range: &str) -> Response {
    let all = bytes.len();
    let asked = range.strip_prefix("bytes=").and_then(|r| r.split_once('-'));
    let span = asked.and_then(|(from, to)| match (from.parse::<usize>().ok(), to.parse().ok()) {
        (Some(from), to) => Some((from, to.unwrap_or(all.saturating_sub(1)).min(all - 1))),
        (None, Some(last)) => Some((all.saturating_sub(last), all.saturating_sub(1))),
        (None, None) => None,
    });
    let Some((from, to)) = span.filter(|(from, to)| from <= to && *to < all) else {
        let total = [(header::CONTENT_RANGE, format!("bytes */{all}"))];
        return (StatusCode::RANGE_NOT_SATISFIABLE, total).into_response();
    };
    let span = [(header::CONTENT_RANGE, format!("bytes {from}-{to}/{all}"))];
    (StatusCode::PARTIAL_CONTENT, span, &bytes[from..=to]).into_response()
}
