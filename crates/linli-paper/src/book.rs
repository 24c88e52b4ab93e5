//! The pages written as a PDF (ISO 32000): one font, embedded as a subset; texts can be searched.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

use crate::font::{Face, Letters, PaperError};
use crate::layout::{self, Page, Table};
use crate::slip::{self, Slip};

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const FONT: Ref = Ref::new(3);
const CID_FONT: Ref = Ref::new(4);
const DESCRIPTOR: Ref = Ref::new(5);
const UNICODE: Ref = Ref::new(6);
const FONT_FILE: Ref = Ref::new(7);
const INFO: Ref = Ref::new(8);
const FIRST_PAGE: i32 = 10;

const FONT_NAME: Name<'static> = Name(b"F1");
const BASE_NAME: Name<'static> = Name(b"LINLIA+Paper");
const SYSTEM: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The table as a PDF, set with this font.
pub fn write(table: &Table, face: &Face) -> Result<Vec<u8>, PaperError> {
    let letters = face.letters()?;
    let pages = layout::set(table, &letters);
    bound(&table.title, &pages, letters)
}

/// The slip as a PDF of one page, set with this font.
pub fn write_slip(slip: &Slip, face: &Face) -> Result<Vec<u8>, PaperError> {
    let letters = face.letters()?;
    let page = slip::set(slip, &letters);
    bound(&slip.title, &[page], letters)
}

fn bound(title: &str, pages: &[Page], mut letters: Letters<'_>) -> Result<Vec<u8>, PaperError> {
    let mut pdf = Pdf::new();
    pdf.catalog(CATALOG).pages(PAGES);
    pdf.document_info(INFO).title(TextStr(title)).creator(TextStr("Linli"));
    let refs = |n: usize| {
        let n = i32::try_from(n).unwrap_or(0) * 2 + FIRST_PAGE;
        (Ref::new(n), Ref::new(n + 1))
    };
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(PAGES).kids((0..pages.len()).map(|n| refs(n).0)).count(count);
    for (n, page) in pages.iter().enumerate() {
        let (page_ref, content_ref) = refs(n);
        let content = packed(&content(page, &mut letters))?;
        let mut out = pdf.page(page_ref);
        out.parent(PAGES).contents(content_ref);
        let (width, height) = page.width_and_height();
        out.media_box(Rect::new(0.0, 0.0, points(width), points(height)));
        out.resources().fonts().pair(FONT_NAME, FONT);
        out.finish();
        pdf.stream(content_ref, &content).filter(Filter::FlateDecode);
    }
    write_font(&mut pdf, &letters)?;
    Ok(pdf.finish())
}

fn content(page: &Page, letters: &mut Letters<'_>) -> Vec<u8> {
    let mut out = Content::new();
    out.set_line_width(0.4);
    for rule in &page.rules {
        out.move_to(points(rule.x), points(rule.y));
        out.line_to(points(rule.x + rule.width), points(rule.y));
        out.stroke();
    }
    for block in &page.blocks {
        out.rect(points(block.x), points(block.y), points(block.width), points(block.height));
    }
    out.fill_nonzero();
    for piece in &page.pieces {
        out.begin_text();
        out.set_font(FONT_NAME, points(piece.size));
        out.next_line(points(piece.x), points(piece.y));
        out.show(Str(&letters.encode(&piece.text)));
        out.end_text();
    }
    out.finish().to_vec()
}

fn write_font(pdf: &mut Pdf, letters: &Letters<'_>) -> Result<(), PaperError> {
    let (file, cff) = letters.subset()?;
    pdf.type0_font(FONT)
        .base_font(BASE_NAME)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(CID_FONT)
        .to_unicode(UNICODE);
    let mut cid = pdf.cid_font(CID_FONT);
    cid.subtype(if cff { CidFontType::Type0 } else { CidFontType::Type2 });
    cid.base_font(BASE_NAME).system_info(SYSTEM).font_descriptor(DESCRIPTOR).default_width(0.0);
    if !cff {
        cid.cid_to_gid_map_predefined(Name(b"Identity"));
    }
    let mut widths = cid.widths();
    for (glyph, _, width) in letters.used() {
        widths.consecutive(glyph, [f32::from(width)]);
    }
    widths.finish();
    cid.finish();
    let (high, low) = letters.reach();
    let (high, low) = (small(high), small(low));
    let mut descriptor = pdf.font_descriptor(DESCRIPTOR);
    descriptor.name(BASE_NAME).flags(FontFlags::SYMBOLIC);
    descriptor.bbox(Rect::new(-200.0, low, 1200.0, high));
    descriptor.italic_angle(0.0).ascent(high).descent(low).cap_height(high).stem_v(80.0);
    if cff {
        descriptor.font_file3(FONT_FILE)
    } else {
        descriptor.font_file2(FONT_FILE)
    };
    descriptor.finish();
    let mut unicode = UnicodeCmap::new(Name(b"Linli"), SYSTEM);
    for (glyph, letter, _) in letters.used() {
        unicode.pair(glyph, letter);
    }
    pdf.cmap(UNICODE, &unicode.finish());
    let data = packed(&file)?;
    let mut stream = pdf.stream(FONT_FILE, &data);
    stream.filter(Filter::FlateDecode);
    if cff {
        stream.pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
    }
    Ok(())
}

fn packed(bytes: &[u8]) -> Result<Vec<u8>, PaperError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Thousandths of a point as points; pages are far smaller than what an `f32` holds exactly.
#[allow(clippy::cast_precision_loss)]
fn points(thousandths: u32) -> f32 {
    thousandths as f32 / 1000.0
}

fn small(n: i32) -> f32 {
    f32::from(i16::try_from(n).unwrap_or(1000))
}
