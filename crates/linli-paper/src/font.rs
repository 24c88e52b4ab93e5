//! The Chinese font of the machine: looked for when a paper is made, never before.

use std::collections::BTreeMap;
use std::path::Path;

use subsetter::GlyphRemapper;

/// Why no paper came out.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    #[error("no Chinese font is installed; on Debian: apt install fonts-wqy-microhei")]
    NoFont,
    #[error("the font cannot be used: {0}")]
    Font(String),
    #[error("the paper cannot be written: {0}")]
    Write(#[from] std::io::Error),
}

/// Files and the face in them that has simplified Chinese, best first.
const KNOWN: [(&str, u32); 6] = [
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/wqy-microhei/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/local/share/fonts/wqy-microhei.ttc", 0),
];

/// A font that is there.
pub struct Face {
    data: Vec<u8>,
    index: u32,
}

/// The first Chinese font that the machine has.
pub fn find() -> Result<Face, PaperError> {
    let there = KNOWN.iter().find(|(path, _)| Path::new(path).is_file());
    let (path, index) = there.ok_or(PaperError::NoFont)?;
    Ok(Face { data: std::fs::read(path)?, index: *index })
}

/// The letters a paper has used, and what the font knows of them.
pub(crate) struct Letters<'f> {
    face: &'f Face,
    parsed: ttf_parser::Face<'f>,
    glyphs: GlyphRemapper,
    used: BTreeMap<u16, (char, u16)>,
}

impl Face {
    pub(crate) fn letters(&self) -> Result<Letters<'_>, PaperError> {
        let parsed = ttf_parser::Face::parse(&self.data, self.index)
            .map_err(|e| PaperError::Font(e.to_string()))?;
        let glyphs = GlyphRemapper::new();
        Ok(Letters { face: self, parsed, glyphs, used: BTreeMap::new() })
    }
}

impl Letters<'_> {
    /// How wide a letter is, in thousandths of its size.
    pub fn width(&self, letter: char) -> u32 {
        let glyph = self.parsed.glyph_index(letter).unwrap_or_default();
        let units = u32::from(self.parsed.units_per_em()).max(1);
        u32::from(self.parsed.glyph_hor_advance(glyph).unwrap_or_default()) * 1000 / units
    }

    /// The text as the numbers of its glyphs in the embedded font.
    pub fn encode(&mut self, text: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() * 2);
        for letter in text.chars() {
            let glyph = self.parsed.glyph_index(letter).unwrap_or_default();
            let number = self.glyphs.remap(glyph.0);
            let width = u16::try_from(self.width(letter)).unwrap_or(1000);
            self.used.entry(number).or_insert((letter, width));
            out.extend(number.to_be_bytes());
        }
        out
    }

    /// Each used glyph with its letter and its width.
    pub fn used(&self) -> impl Iterator<Item = (u16, char, u16)> {
        self.used.iter().map(|(glyph, (letter, width))| (*glyph, *letter, *width))
    }

    /// The font with nothing but the used letters, and whether its outlines are of the CFF kind.
    pub fn subset(&self) -> Result<(Vec<u8>, bool), PaperError> {
        let small = subsetter::subset(&self.face.data, self.face.index, &self.glyphs)
            .map_err(|e| PaperError::Font(e.to_string()))?;
        let raw =
            ttf_parser::RawFace::parse(&small, 0).map_err(|e| PaperError::Font(e.to_string()))?;
        let cff = raw.table(ttf_parser::Tag::from_bytes(b"CFF ")).map(<[u8]>::to_vec);
        Ok(cff.map_or((small.clone(), false), |cff| (cff, true)))
    }

    /// Highest and lowest reach of the letters, in thousandths.
    pub fn reach(&self) -> (i32, i32) {
        let units = i32::from(self.parsed.units_per_em()).max(1);
        let scale = |n: i16| i32::from(n) * 1000 / units;
        (scale(self.parsed.ascender()), scale(self.parsed.descender()))
    }
}
