use super::shipped;
use crate::act::Actor;
use crate::base::Id;
use crate::testing::{both_engines, staff};

#[test]
fn a_wrong_row_is_named_with_its_line() {
    let good = "post = [{ id = \"a\", level = \"grid\", group = \"grid\", \
                title = { zh = \"甲\", en = \"A\" } }]\n";
    let duty = |row: &str| format!("{good}wall = []\nduty = [\n{row}\n]\n");
    let row = r#"{ post = "a", act = "x.y", scope = "own", ground = "g" }"#;
    assert!(shipped::parse(&duty(row)).is_ok());
    for (wrong, line, says) in [
        (row.replace("\"own\"", "\"moon\""), 4, "moon"),
        (row.replace("\"a\"", "\"b\""), 4, "no post"),
        (row.replace("\"g\"", "\" \""), 4, "no legal ground"),
        (format!("{row},\n{row}"), 5, "twice"),
        (row.replace("scope", "reach"), 4, "reach"),
        ("{ post = ".to_owned(), 5, "missing"),
    ] {
        let error = shipped::parse(&duty(&wrong)).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        assert!(error.reason.contains(says), "{error}");
    }
}

#[test]
fn a_new_district_has_the_shipped_list_and_beginning_again_changes_nothing() {
    both_engines(|world| {
        let door = world.door();
        let list = door.store.read_blocking(world_list).unwrap();
        let shipped = shipped::parse(shipped::TEXT).unwrap();
        assert_eq!(list.duties.len(), shipped.duty.len());
        assert_eq!(list.walls.len(), shipped.wall.len());
        super::seed(door).unwrap();
        let again = door.store.read_blocking(world_list).unwrap();
        assert_eq!((again.version, &again.duties), (list.version, &list.duties));
        let worker = staff("grid_worker", "/990101/", Id::derived("worker"));
        assert!(again.has(&worker, "case.report_handled"));
        assert!(!again.has(&Actor::public(), "case.report_handled"));
    });
}

fn world_list(
    tx: &crate::store::ReadTx<'_>,
) -> Result<crate::act::DutyList, crate::store::StoreError> {
    Ok(crate::act::DutyBook::default().current(tx)?.as_ref().clone())
}
