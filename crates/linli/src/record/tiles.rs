//! The log as programs read it: checkpoint, key, tiles, bundles of leaves, proofs.
//!
//! All of it is public for everyone, whoever asks from wherever: a record that can be closed to
//! somebody proves nothing to them. Failures are told in plain text.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use linli_record::tree::{TILE_WIDTH, entry_bundle};
use serde::{Deserialize, Serialize};

use super::address::Address;
use super::{signer, store};
use crate::act::{Done, Failure};
use crate::base::{Fault, Id};
use crate::district::{District, Districts};
use crate::store::{ReadTx, StoreError};

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";
const JSON: &str = "application/json";
/// A tile of a given width never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const BRIEFLY: &str = "public, max-age=1";

pub async fn checkpoint(State(districts): State<Districts>, headers: HeaderMap) -> Response {
    told(newest_note(&districts, &headers).await, TEXT, BRIEFLY)
}

async fn newest_note(districts: &Districts, headers: &HeaderMap) -> Done<Vec<u8>> {
    let district = district_of(districts, headers)?;
    let newest = district.store().read(store::newest).await?;
    Ok(newest.ok_or(Failure::Hidden)?.note.into_bytes())
}

/// The public key, as notes are checked with it.
pub async fn key(State(districts): State<Districts>, headers: HeaderMap) -> Response {
    let key = district_of(&districts, &headers).and_then(|district| {
        let signer = signer(&district.config, &district.keys)?;
        Ok(format!("{}\n", signer.verifier()).into_bytes())
    });
    told(key, TEXT, "public, max-age=3600")
}

pub async fn tile(
    State(districts): State<Districts>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    told(stored(&districts, &headers, &path).await, BYTES, FOR_EVER)
}

async fn stored(districts: &Districts, headers: &HeaderMap, path: &str) -> Done<Vec<u8>> {
    let district = district_of(districts, headers)?;
    let address = Address::parse(path).ok_or(Failure::Hidden)?;
    let found = district.store().read(move |tx| look_up(tx, address)).await?;
    found.ok_or(Failure::Hidden)
}

fn look_up(tx: &ReadTx<'_>, address: Address) -> Result<Option<Vec<u8>>, StoreError> {
    match address {
        Address::Hashes { level, index, width } => {
            let Ok(index) = i64::try_from(index) else { return Ok(None) };
            let Some(mut hashes) = store::tile(tx, i64::from(level), index)? else {
                return Ok(None);
            };
            let len = usize::try_from(width * 32).unwrap_or(usize::MAX);
            if hashes.len() < len {
                return Ok(None);
            }
            hashes.truncate(len);
            Ok(Some(hashes))
        }
        Address::Leaves { index, width } => {
            let span = index.checked_mul(TILE_WIDTH).and_then(|from| {
                Some((i64::try_from(from).ok()?, i64::try_from(from.checked_add(width)?).ok()?))
            });
            let Some((from, before)) = span else { return Ok(None) };
            let leaves = store::leaves(tx, from, before)?;
            if leaves.len() as u64 != width {
                return Ok(None);
            }
            let bundle = entry_bundle(leaves.iter().map(Vec::as_slice));
            Ok(Some(bundle.ok_or_else(|| Fault::new("a leaf is longer than a bundle allows"))?))
        }
    }
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    act: String,
}

/// Why an act is in the record, for programs; [`super::receipt`] is the form for people.
#[derive(Serialize)]
struct Proof {
    act_id: String,
    index: i64,
    /// The leaf as it stands in the log, base64.
    leaf: String,
    /// The audit path (RFC 6962 §2.1.1), lowest hash first, base64.
    proof: Vec<String>,
    size: i64,
    checkpoint: String,
}

pub async fn proof(
    State(districts): State<Districts>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    // What cannot be read names no act, and is told as everything here is.
    let act = asked.map(|Query(asked)| asked.act).unwrap_or_default();
    told(prove(&districts, &headers, &act).await, JSON, BRIEFLY)
}

async fn prove(districts: &Districts, headers: &HeaderMap, act: &str) -> Done<Vec<u8>> {
    let district = district_of(districts, headers)?;
    let act_id = Id::parse(act).ok_or(Failure::Hidden)?;
    let proof = district.store().read(move |tx| read_proof(tx, &act_id)).await?;
    Ok(serde_json::to_vec(&proof.ok_or(Failure::Hidden)?).map_err(Fault::from)?)
}

fn read_proof(tx: &ReadTx<'_>, act_id: &Id) -> Result<Option<Proof>, StoreError> {
    let (Some(leaf), Some(newest)) = (store::leaf(tx, act_id)?, store::newest(tx)?) else {
        return Ok(None);
    };
    let Some(index) = leaf.place.filter(|place| *place < newest.size) else { return Ok(None) };
    let proof = store::proof(tx, index, newest.size)?;
    Ok(Some(Proof {
        act_id: act_id.to_string(),
        index,
        leaf: STANDARD.encode(leaf.body),
        proof: proof.iter().map(|hash| STANDARD.encode(hash)).collect(),
        size: newest.size,
        checkpoint: newest.note,
    }))
}

fn district_of(districts: &Districts, headers: &HeaderMap) -> Done<Arc<District>> {
    districts.asked(headers).map(Arc::clone)
}

/// The answer with its type and how long it may be kept; a failure is never kept.
fn told(answer: Done<Vec<u8>>, kind: &'static str, keep: &'static str) -> Response {
    let everywhere = (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let line = |name: HeaderName, value: &'static str| (name, HeaderValue::from_static(value));
    match answer {
        Ok(bytes) => {
            let lines =
                [line(header::CONTENT_TYPE, kind), line(header::CACHE_CONTROL, keep), everywhere];
            (lines, bytes).into_response()
        }
        Err(failure) => {
            let status = failure.status();
            if status.is_server_error() {
                tracing::error!("serving the log: {failure}");
            }
            let lines = [line(header::CONTENT_TYPE, TEXT), everywhere];
            let mut response = (status, lines, words(status)).into_response();
            if status == StatusCode::SERVICE_UNAVAILABLE {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            response
        }
    }
}

fn words(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "not in the record, or not yet\n",
        StatusCode::SERVICE_UNAVAILABLE => "the record cannot be read just now\n",
        _ => "the record could not be read\n",
    }
}
