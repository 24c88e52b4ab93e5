//! A boundary drawn anew.

use super::*;

#[test]
fn who_draws_ground_out_of_a_grid_is_asked_first_and_told_when_it_is_done() {
    demo(|world| {
        let at = "/admin/places/99010100100101";
        let corners = "[121.481,31.248],[121.484,31.248],[121.482,31.25],[121.481,31.248]";
        let small = format!(r#"{{"type":"Polygon","coordinates":[[{corners}]]}}"#);
        let drawn = || world.read(|tx| tx.count("select count(*) from boundary", &[]));
        let before = drawn();
        let grid = code_now(world, "99010100100101").unwrap();
        let outline = world.read(move |tx| store::outline(tx, &grid.id)).unwrap().1;
        let seen = grid.version.to_string();
        let send = |shape: &str, sure: &str| {
            let seen = code_now(world, "99010100100101").unwrap().version.to_string();
            let form = [("do", "draw"), ("seen", &*seen), ("shape", shape), ("sure", sure)];
            post(world, at, &form)
        };
        let asked = send(&small, "");
        assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", asked.text);
        assert!(asked.text.contains("就不再属于任何网格"), "{}", asked.text);
        assert!(asked.text.contains("sure-error") && asked.text.contains("[121.482,31.25]"));
        assert_eq!(drawn(), before, "nothing is taken yet");
        let (_, after) = asked.text.split_once("id=\"sure\" name=\"sure\" value=\"").unwrap();
        let (left, _) = after.split_once('"').unwrap();
        // What was ticked is this ground, and no other.
        let other = send(&small.replace("121.484", "121.483"), left);
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", other.text);
        assert_eq!(drawn(), before);
        let stale = [("do", "draw"), ("seen", "99"), ("shape", &*small)];
        assert_eq!(post(world, at, &stale).status, StatusCode::CONFLICT);
        let done = send(&small, left);
        assert_eq!(done.location, "/grids/99010100100101?done=place.draw", "{}", done.text);
        assert!(get(world, &done.location, ADMIN).text.contains("边界已经划定"));
        // What leaves nothing out is taken at once.
        assert_ne!(code_now(world, "99010100100101").unwrap().version.to_string(), seen);
        let back = send(&outline, "");
        assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text);
        assert_eq!(drawn(), before + 2);
    });
}
