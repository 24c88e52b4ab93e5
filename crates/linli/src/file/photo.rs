//! What becomes of the bytes of a photo; no disk, no database.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgb, RgbImage,
};

use super::MOST_BYTES;
use crate::act::FieldProblem;
use crate::base::text;

/// The longer side of what is kept, and of the small picture shown in lists.
const SIDE: u32 = 1600;
pub(super) const SMALL_SIDE: u32 = 320;
/// More points than any phone takes; a header that claims more is refused unopened.
const MOST_POINTS: u64 = 40_000_000;
const MOST_MEMORY: u64 = 512 * 1024 * 1024;
/// What stands before the picture may take: a PNG unpacks its colour profile with its header,
/// before anybody asks how large the picture is.
const HEAD_MEMORY: u64 = 64 * 1024 * 1024;
const QUALITY: u8 = 82;

/// Why some bytes are no photo for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Empty,
    TooLarge,
    NotAPhoto,
    TooManyPoints,
    Broken,
}

impl Wrong {
    pub fn problem(self, field: &str) -> FieldProblem {
        match self {
            Wrong::Empty => FieldProblem::new(field, "photo_empty"),
            Wrong::TooLarge => too_large(field),
            Wrong::NotAPhoto => FieldProblem::new(field, "not_a_photo"),
            Wrong::TooManyPoints => FieldProblem::new(field, "photo_too_many_points"),
            Wrong::Broken => FieldProblem::new(field, "photo_broken"),
        }
    }
}

/// A photo of more bytes than are looked at.
pub fn too_large(field: &str) -> FieldProblem {
    FieldProblem::new(field, "photo_too_large").with("size", text::size(MOST_BYTES))
}

/// A photo ready to be stored.
pub(super) struct Developed {
    pub jpeg: Vec<u8>,
    pub small: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// Opens, turns, shrinks and writes anew. The size in the header is looked at before anything is
/// decoded, so that a small file which unfolds into gigabytes is refused at once.
pub(super) fn develop(bytes: &[u8]) -> Result<Developed, Wrong> {
    finished(&shrink(&open(bytes)?, SIDE))
}

fn finished(kept: &RgbImage) -> Result<Developed, Wrong> {
    let small = shrink(&DynamicImage::ImageRgb8(kept.clone()), SMALL_SIDE);
    let (width, height) = kept.dimensions();
    Ok(Developed { jpeg: encode(kept)?, small: encode(&small)?, width, height })
}

/// A rectangle of a photo, in tenths of a percent of its width and height, from the left and the
/// top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

/// The whole of a side, in tenths of a percent.
pub(super) const WHOLE: u32 = 1000;

/// The same photo with these areas black (涂黑): no point of them is left, nor at their edges.
pub(super) fn redact(bytes: &[u8], areas: &[Area]) -> Result<Developed, Wrong> {
    let mut picture = open(bytes)?.to_rgb8();
    let (width, height) = picture.dimensions();
    let from = |side: u32, share: u32| side * share / WHOLE;
    let to = |side: u32, share: u32| (side * share).div_ceil(WHOLE).min(side);
    for area in areas {
        for y in from(height, area.top)..to(height, area.top + area.height) {
            for x in from(width, area.left)..to(width, area.left + area.width) {
                picture.put_pixel(x, y, Rgb([0; 3]));
            }
        }
    }
    finished(&picture)
}

fn open(bytes: &[u8]) -> Result<DynamicImage, Wrong> {
    if bytes.is_empty() {
        return Err(Wrong::Empty);
    }
    if bytes.len() > MOST_BYTES {
        return Err(Wrong::TooLarge);
    }
    let format = image::guess_format(bytes).map_err(|_| Wrong::NotAPhoto)?;
    match format {
        ImageFormat::Jpeg if !ends(bytes) => return Err(Wrong::Broken),
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP => {}
        _ => return Err(Wrong::NotAPhoto),
    }
    let mut decoder = decoder(bytes, format)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_POINTS {
        return Err(Wrong::TooManyPoints);
    }
    decoder.set_limits(no_more_than(MOST_MEMORY)).map_err(|_| Wrong::TooManyPoints)?;
    let turned = decoder.orientation().map_err(|_| Wrong::Broken)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| Wrong::Broken)?;
    picture.apply_orientation(turned);
    Ok(picture)
}

/// What reads the picture, its header read.
pub(super) fn decoder(bytes: &[u8], format: ImageFormat) -> Result<impl ImageDecoder, Wrong> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(no_more_than(HEAD_MEMORY));
    reader.into_decoder().map_err(|error| match error {
        ImageError::Limits(_) => Wrong::TooManyPoints,
        _ => Wrong::Broken,
    })
}

fn no_more_than(bytes: u64) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(bytes);
    limits
}

/// Whether a JPEG has its end mark after the picture began (ITU-T T.81, B.1.1.3): decoders fill a
/// picture that was cut off with grey and say nothing. The preview inside the camera's notes has
/// an end mark of its own, so segments before the picture are stepped over.
fn ends(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some([0xff, mark, high, low]) = bytes.get(at..at + 4) {
        if *mark == 0xda {
            return bytes[at..].windows(2).any(|pair| pair == [0xff, 0xd9]);
        }
        at += match mark {
            0xff => 1,
            _ => 2 + usize::from(u16::from_be_bytes([*high, *low])),
        };
    }
    false
}

/// No larger than `side` by `side`; what was transparent stands on white.
fn shrink(picture: &DynamicImage, side: u32) -> RgbImage {
    let fits = picture.width() <= side && picture.height() <= side;
    let smaller = (!fits).then(|| picture.resize(side, side, FilterType::Triangle));
    on_white(smaller.as_ref().unwrap_or(picture))
}

fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let from = picture.to_rgba8();
    RgbImage::from_fn(from.width(), from.height(), |x, y| {
        let [r, g, b, a] = from.get_pixel(x, y).0.map(u16::from);
        Rgb([r, g, b].map(|c| ((c * a + 255 * (255 - a) + 127) / 255) as u8))
    })
}

fn encode(picture: &RgbImage) -> Result<Vec<u8>, Wrong> {
    let mut out = Vec::new();
    picture
        .write_with_encoder(JpegEncoder::new_with_quality(&mut out, QUALITY))
        .map_err(|_| Wrong::Broken)?;
    Ok(out)
}
