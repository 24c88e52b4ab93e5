//! A slip: one page of A4 upright to take home, with facts in lines and a code to scan.

use crate::font::Letters;
use crate::layout::{Block, PAGE_HEIGHT, PAGE_WIDTH, Page, Piece, Rule, break_lines};

/// A slip to be printed.
pub struct Slip {
    pub title: String,
    /// What is to be done with it.
    pub note: String,
    /// Label and value, one under another.
    pub facts: Vec<(String, String)>,
    /// The code, row by row: which of its squares are dark.
    pub code: Vec<Vec<bool>>,
    /// What stands beside the code.
    pub beside: String,
}

const MARGIN: u32 = 57_000;
const WHOLE: u32 = PAGE_HEIGHT - 2 * MARGIN;
const LABEL: u32 = 130_000;
const CODE: u32 = 170_000;
const GAP: u32 = 18_000;
const SIZE: u32 = 11_000;

struct Setting<'a, 'f> {
    letters: &'a Letters<'f>,
    page: Page,
    /// What is left free, from below.
    y: u32,
}

/// Sets the slip on its page.
pub fn set(slip: &Slip, letters: &Letters<'_>) -> Page {
    let page = Page { upright: true, ..Page::default() };
    let mut setting = Setting { letters, page, y: PAGE_WIDTH - MARGIN };
    setting.text(MARGIN, WHOLE, 2 * SIZE, &slip.title);
    setting.y = setting.y.saturating_sub(SIZE / 2);
    setting.text(MARGIN, WHOLE, SIZE, &slip.note);
    setting.rule();
    for (label, value) in &slip.facts {
        let top = setting.y;
        setting.text(MARGIN, LABEL - GAP, SIZE, label);
        let below = std::mem::replace(&mut setting.y, top);
        setting.text(MARGIN + LABEL, WHOLE - LABEL, SIZE, value);
        setting.y = setting.y.min(below);
        setting.rule();
    }
    setting.y = setting.y.saturating_sub(GAP);
    setting.code(&slip.code);
    setting.text(MARGIN + CODE + GAP, WHOLE - CODE - GAP, SIZE, &slip.beside);
    setting.page
}

impl Setting<'_, '_> {
    fn text(&mut self, x: u32, width: u32, size: u32, text: &str) {
        for line in break_lines(self.letters, text, size, width) {
            self.y = self.y.saturating_sub(size * 16 / 10);
            self.page.pieces.push(Piece { x, y: self.y, size, text: line });
        }
    }

    fn rule(&mut self) {
        self.y = self.y.saturating_sub(8_000);
        self.page.rules.push(Rule { x: MARGIN, y: self.y, width: WHOLE });
    }

    /// The code below what is there; dark squares side by side are one block, so that no hair of
    /// white shows between them.
    fn code(&mut self, rows: &[Vec<bool>]) {
        let side = CODE / u32::try_from(rows.len()).unwrap_or(u32::MAX).max(1);
        let mut y = self.y;
        for row in rows {
            y = y.saturating_sub(side);
            let mut x = MARGIN;
            for run in row.chunk_by(|one, next| one == next) {
                let width = side * u32::try_from(run.len()).unwrap_or_default();
                if run.first() == Some(&true) {
                    self.page.blocks.push(Block { x, y, width, height: side });
                }
                x += width;
            }
        }
    }
}
