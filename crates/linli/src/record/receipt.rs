//! Making receipts (回执): the signed promise at once, the place in the tree when there is one, and
//! for those whose they are the very words recorded.

use linli_record::leaf::Leaf;
use linli_record::receipt::Receipt;
use linli_record::seal::{Field, Seal, sealed_then};

use super::deeds::{self, LOOK_OVER};
use super::store::Deed;
use super::{OfRows, Signer, store};
use crate::act::{Actor, Done, DutyList, Failure, row_fields, row_standing, seal_opened};
use crate::base::{Fault, Id, Instant};
use crate::store::schema::sealed;
use crate::store::{ReadTx, StoreError};

/// A receipt with what a page says around it.
pub struct Made {
    pub receipt: Receipt,
    /// The name of the act, such as `case.report`.
    pub act: String,
    pub at: Instant,
    pub subject_kind: String,
    pub subject_id: String,
}

/// The receipt of an act for the one who did it, whose row it was done to, or who looks over either
/// by the duty list. To anyone else it does not exist. Words are in it for the one who did it and,
/// where they were taken down for the owner of the row, for its owner; and while these may see the
/// row: who has left the post reads no more of it.
pub fn for_reader(
    tx: &ReadTx<'_>,
    signer: &Signer,
    act_id: &Id,
    (actor, duties): (&Actor, &DutyList),
    of: &OfRows,
) -> Done<Made> {
    let deed = store::deed(tx, act_id)?.ok_or(Failure::Hidden)?;
    let reader = actor.person.as_ref().ok_or(Failure::Hidden)?;
    let did_it = deed.actor == reader.as_str();
    let row = of.of.reach(tx, &deed.subject_id)?;
    let owns = row.as_ref().is_some_and(|row| row.owner.as_ref() == Some(reader));
    let looks = match &row {
        Some(row) => duties.decide(actor, of.inspect, row).granted(),
        None => deeds::lists(&deed.name) && duties.has(actor, LOOK_OVER),
    };
    if !did_it && !owns && !looks {
        return Err(Failure::Hidden);
    }
    let sees = row.is_none_or(|row| duties.decide(actor, of.of.see, &row).granted());
    let opens = if did_it { of.own_words } else { of.owners_words };
    let opens = Opens { words: opens, withheld: of.withheld };
    let opens = ((did_it || owns) && sees).then_some(opens);
    of_deed(tx, signer, act_id, deed, opens)?.ok_or(Failure::Hidden)
}

/// What of the rows an act wrote is laid open: which of them, and what none of them may hold.
struct Opens {
    words: fn(&str, &str) -> bool,
    withheld: &'static [&'static str],
}

fn of_deed(
    tx: &ReadTx<'_>,
    signer: &Signer,
    act_id: &Id,
    deed: Deed,
    opens: Option<Opens>,
) -> Result<Option<Made>, StoreError> {
    let Some(stored) = store::leaf(tx, act_id)? else { return Ok(None) };
    let leaf = Leaf::decode(&stored.body).map_err(|e| Fault::new(format!("the leaf: {e}")))?;
    let mut receipt = Receipt::promised(&leaf, deed.recorded_at.0, signer)
        .map_err(|e| Fault::new(format!("the receipt: {e}")))?;
    if let (Some(place), Some(newest)) = (stored.place, store::newest(tx)?)
        && place < newest.size
    {
        let proof = store::proof(tx, place, newest.size)?;
        receipt = receipt.included(place.cast_unsigned(), proof, &newest.note);
    }
    if let Some(opens) = opens {
        receipt = with_words(tx, receipt, &leaf, &opens)?;
    }
    Ok(Some(Made {
        receipt,
        act: deed.name,
        at: deed.at,
        subject_kind: deed.subject_kind,
        subject_id: deed.subject_id,
    }))
}

/// Lays open the rows with the reader's own words that still stand as this act wrote them.
fn with_words(
    tx: &ReadTx<'_>,
    mut receipt: Receipt,
    leaf: &Leaf,
    opens: &Opens,
) -> Result<Receipt, StoreError> {
    for mark in leaf.rows.iter().filter(|mark| (opens.words)(&leaf.act, &mark.table)) {
        let Some(row) = row_standing(tx, &mark.table, &mark.id)? else { continue };
        let Some((salt, checks)) = row.seal.as_deref().and_then(seal_opened) else { continue };
        let fields = row_fields(sealed(&mark.table), &row.values);
        let fields = sealed_then(checks, &fields);
        let open = fields.iter().all(|(name, value)| {
            !opens.withheld.contains(name) || matches!(value, Field::Null | Field::Text(""))
        });
        let same = Seal::of(&mark.table, &mark.id, salt, fields).commitment == mark.commitment;
        if open && same {
            receipt = receipt.disclose(&mark.table, &mark.id, salt, fields);
        }
    }
    Ok(receipt)
}

/// The address that a QR code leads to: the page that checks, with the promise in the fragment,
/// which a browser never sends to a server.
pub fn link(address: &str, receipt: &Receipt) -> Option<String> {
    let compact = receipt.promise()?.compact()?;
    Some(format!("{}/verify#{compact}", address.trim_end_matches('/')))
}

/// A QR code as an SVG element, as wide as what it stands in.
pub fn qr(text: &str) -> Result<String, Fault> {
    use qrcode::render::svg;
    let code = code(text)?;
    let drawn = code.render::<svg::Color<'_>>().module_dimensions(4, 4).build();
    let side = 4 * (code.width() + 8);
    let head = "<svg role=\"img\" aria-labelledby=\"qr-words\" width=\"100%\"";
    let drawn = drawn.replacen(&format!(" width=\"{side}\" height=\"{side}\""), "", 1);
    let start = drawn.find("<svg").unwrap_or_default();
    Ok(drawn[start..].replacen("<svg", head, 1))
}

/// A QR code as rows of squares, for paper: whether each is dark.
pub fn squares(text: &str) -> Result<Vec<Vec<bool>>, Fault> {
    let code = code(text)?;
    let dark = code.to_colors().into_iter().map(|color| color == qrcode::Color::Dark);
    let dark: Vec<bool> = dark.collect();
    Ok(dark.chunks(code.width()).map(<[bool]>::to_vec).collect())
}

fn code(text: &str) -> Result<qrcode::QrCode, Fault> {
    qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::L)
        .map_err(|e| Fault::new(format!("the QR code: {e}")))
}
