use crate::{PaperError, Row, Slip, Table, find, write, write_slip};

fn table(rows: usize, cell: &str) -> Table {
    let row = |n: usize| Row::Cells(vec![format!("第{n}项"), cell.to_owned(), "依据".to_owned()]);
    let mut all = vec![Row::Group("网格员".to_owned())];
    all.extend((0..rows).map(row));
    Table {
        title: "权责清单".to_owned(),
        note: "第 1 版".to_owned(),
        heads: ["事项", "范围", "依据"].map(str::to_owned).to_vec(),
        shares: vec![1, 2, 1],
        rows: all,
    }
}

fn pages(pdf: &[u8]) -> usize {
    pdf.windows(11).filter(|at| *at == b"/Type /Page").count() - 1
}

/// Skipped loudly where the machine has no Chinese font.
fn written(table: &Table) -> Option<Vec<u8>> {
    match find() {
        Ok(face) => Some(write(table, &face).unwrap()),
        Err(PaperError::NoFont) => {
            eprintln!("SKIPPED: {}", PaperError::NoFont);
            None
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_long_table_goes_on_over_pages_with_a_small_font_inside() {
    let Some(short) = written(&table(3, "全区的")) else { return };
    let Some(long) = written(&table(200, "全区的")) else { return };
    assert!(short.starts_with(b"%PDF-1.7") && short.len() < 60_000, "{}", short.len());
    assert_eq!(pages(&short), 1);
    assert!((6..=12).contains(&pages(&long)), "{}", pages(&long));
}

#[test]
fn long_and_strange_texts_are_set_all_the_same() {
    for cell in
        ["长".repeat(3_000), "a".repeat(500), "\u{1f600}\u{0}\n\n".to_owned(), String::new()]
    {
        let Some(pdf) = written(&table(2, &cell)) else { return };
        assert!(pages(&pdf) >= 1 && pdf.ends_with(b"%%EOF"), "{}", cell.len());
    }
}

#[test]
fn every_letter_of_a_tall_row_stands_on_the_paper() {
    let Ok(face) = find() else { return eprintln!("SKIPPED: {}", PaperError::NoFont) };
    let pages = crate::layout::set(&table(2, &"长".repeat(3_000)), &face.letters().unwrap());
    let pieces = pages.iter().flat_map(|page| &page.pieces);
    let (mut letters, mut places) = (0, std::collections::BTreeSet::new());
    for (at, page) in pages.iter().enumerate() {
        for piece in page.pieces.iter().filter(|piece| piece.text.starts_with('长')) {
            assert!(piece.y >= crate::layout::BOTTOM, "page {at}: a line at {}", piece.y);
            assert!(places.insert((at, piece.x, piece.y)), "two lines in one place");
            letters += piece.text.chars().count();
        }
    }
    assert_eq!(letters, 6_000);
    assert_eq!(pieces.filter(|piece| piece.text == "第1项").count(), 1);
}

#[test]
fn lines_break_between_characters_and_at_spaces() {
    let Ok(face) = find() else { return eprintln!("SKIPPED: {}", PaperError::NoFont) };
    let letters = face.letters().unwrap();
    let text = "城市居民委员会组织法 Article 12345678901234567890 第三条";
    let lines = crate::layout::break_lines(&letters, text, 9_000, 60_000);
    assert!(lines.len() > 3);
    for line in &lines {
        let width: u32 = line.chars().map(|c| letters.width(c) * 9).sum();
        assert!(width <= 60_000, "{line} is {width} wide");
        assert!(!line.starts_with(' '), "“{line}” begins with a space");
    }
    assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
    // A line that is full before a space.
    let full = "signature".chars().map(|c| letters.width(c) * 9).sum();
    let lines = crate::layout::break_lines(&letters, "signature  signature", 9_000, full);
    assert_eq!(lines, ["signature"; 2]);
    let lines = crate::layout::break_lines(&letters, "signature\n on", 9_000, full);
    assert_eq!(lines, ["signature", " on"], "what somebody set in stays so");
}

#[test]
fn a_slip_is_one_page_upright_with_its_code_in_black() {
    let Ok(face) = find() else { return eprintln!("SKIPPED: {}", PaperError::NoFont) };
    let slip = Slip {
        title: "回执".to_owned(),
        note: "请保存好。".to_owned(),
        facts: vec![("编号".to_owned(), "2026-000001".to_owned()); 3],
        code: vec![vec![true, true, false], vec![false, true, false], vec![true; 3]],
        beside: "扫一扫".to_owned(),
    };
    let pdf = write_slip(&slip, &face).unwrap();
    assert_eq!(pages(&pdf), 1);
    let upright = b"/MediaBox [0 0 595 842]";
    assert!(pdf.windows(upright.len()).any(|at| at == upright));
    let page = crate::slip::set(&slip, &face.letters().unwrap());
    let widths: Vec<u32> =
        page.blocks.iter().map(|block| block.width / page.blocks[0].height).collect();
    assert_eq!(widths, [2, 1, 3], "a run of dark squares is one block");
}

#[test]
fn a_slip_with_far_too_much_on_it_is_set_all_the_same() {
    let Ok(face) = find() else { return eprintln!("SKIPPED: {}", PaperError::NoFont) };
    let slip = Slip {
        title: "长".repeat(900),
        note: String::new(),
        facts: vec![("a".repeat(300), "长".repeat(3_000))],
        code: Vec::new(),
        beside: String::new(),
    };
    assert_eq!(pages(&write_slip(&slip, &face).unwrap()), 1);
}
