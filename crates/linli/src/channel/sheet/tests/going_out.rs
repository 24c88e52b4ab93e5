//! What goes out as a workbook.

use super::*;

#[test]
fn what_goes_out_is_no_formula() {
    let heads = ["标题".to_owned()];
    let rows = [vec!["=1+2".to_owned()], vec!["＝cmd".to_owned()], vec!["路灯".to_owned()]];
    let csv = String::from_utf8(out::csv(&heads, &rows).unwrap()).unwrap();
    assert_eq!(csv, "\u{feff}标题\n'=1+2\n'＝cmd\n路灯\n");
    let book = table::sheets(&out::xlsx("清单", &heads, &rows).unwrap()).unwrap();
    assert_eq!(
        book[0].rows[1].cells[0].text, "=1+2",
        "a text, and no formula that Excel works out"
    );
}

#[test]
fn the_file_comes_back_with_its_errors_in_a_last_column() {
    world_test(|world| {
        let bytes = csv(&["编号,内容,反映时间", "1,路灯不亮,昨天", "2,水管漏水,2019-03-01 10:00"]);
        let remarks = check_cases(world, &bytes).report.remarks;
        let book = out::annotated(&bytes, &remarks, Lang::Zh).unwrap();
        let back = table::sheets(&book).unwrap();
        let last = |row: usize| back[0].rows[row].cells.get(3).map(|cell| cell.text.clone());
        assert_eq!(last(0).as_deref(), Some("错误原因"));
        let told = last(1).unwrap();
        assert!(told.starts_with("反映时间：") && told.contains("昨天"), "{told}");
        assert_eq!(last(2).unwrap_or_default(), "");
        let template = out::template(Kind::Cases, &[("class", vec!["E0101".to_owned()])]).unwrap();
        let titles = table::sheets(&template).unwrap();
        assert_eq!(titles[0].rows[0].cells[2].text, "标题");
        assert_eq!(titles[0].rows[0].cells[3].text, "内容*");
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(template)).unwrap();
        let mut page = String::new();
        let mut part = zip.by_name("xl/worksheets/sheet1.xml").unwrap();
        std::io::Read::read_to_string(&mut part, &mut page).unwrap();
        let all = format!("sqref=\"H2:H{}\"", table::MOST_ROWS + 1);
        assert!(page.contains(&all), "every row has its drop-down: {page}");
    });
}
