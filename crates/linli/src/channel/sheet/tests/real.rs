//! The real files, where they are there.

use super::*;

fn data(path: &str) -> Option<Vec<u8>> {
    let root = std::env::var("LINLI_DATA").unwrap_or_else(|_| "../../../shared/data".to_owned());
    let path = PathBuf::from(root).join(path);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        println!("SKIP-DATA: {}", path.display());
    }
    bytes
}

#[test]
fn the_class_table_of_a_city_is_taken_over_whole() {
    let Some(bytes) = data("case-standards/component-event-standards.xlsx") else { return };
    world_test(|world| {
        let checked = check(&world.district, Kind::Classes, &bytes).unwrap();
        let report = &checked.report;
        assert_eq!((report.wrong, report.made), (0, 190), "{:?}", report.remarks);
        let Content::Classes(classes) = &checked.content else { panic!("classes") };
        let of = |kind: &str| classes.iter().filter(|class| class.kind == kind).count();
        assert_eq!((of("component"), of("event")), (92, 98));
        let standards: usize = classes.iter().map(|class| class.standards.len()).sum();
        assert_eq!((report.rows, standards), (522, 522));
        let batch = import(world, Kind::Classes, &bytes).unwrap();
        let kept = world.read(move |tx| catalogue::store::of_batch(tx, &batch.id));
        assert_eq!((kept.0.len(), kept.1.len()), (standards, 190));
    });
}

#[test]
fn three_hundred_real_messages_come_in_with_their_answers() {
    let Some(packed) = data("citizen-messages/replies_2816.jsonl.gz") else { return };
    let mut text = String::new();
    let mut whole = flate2::read::GzDecoder::new(packed.as_slice());
    std::io::Read::read_to_string(&mut whole, &mut text).unwrap();
    let some: String = text.lines().take(300).flat_map(|line| [line, "\n"]).collect();
    world_test(|world| {
        let checked = check_cases(world, some.as_bytes());
        assert_eq!(
            (checked.report.ok, checked.report.wrong),
            (300, 0),
            "{:?}",
            checked.report.remarks
        );
        import(world, Kind::Cases, some.as_bytes()).unwrap();
        assert_eq!(seen(world), 300);
        let closed = "select count(*) from matter where stage = 'closed' and closed_at > opened_at";
        assert_eq!(world.read(|tx| tx.count(closed, &[])), 300);
    });
}
