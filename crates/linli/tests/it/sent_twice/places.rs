//! Forms about places: drawn, imported, split, merged, moved, closed.

use super::{Forms, Other};

pub(super) fn of_places(forms: &mut Forms) {
    let system = forms.demo.staff("zhuangxitong");
    let community = "/admin/places/990101002003";
    let other = || Other::Field("seen", "99");
    let name = || Other::Field("name", "别的名字");
    let fields = [("do", "new"), ("code", "99010100200310"), ("level", "grid"), ("name", "新格")];
    forms.form("place.create", &system, community, &fields, name());
    let fields = [
        ("do", "change"),
        ("code", "99010100200311"),
        ("level", "grid"),
        ("name", "改名"),
        ("seen", "1"),
    ];
    forms.form("place.change", &system, "/admin/places/99010100200310", &fields, name());
    let seen = |forms: &Forms, code: &str| forms.version("place", &forms.place(code));
    let now = seen(forms, "99010100200311");
    let fields = [("do", "move"), ("to", "990101002002"), ("seen", &*now)];
    forms.form("place.move", &system, "/admin/places/99010100200311", &fields, other());
    let now = seen(forms, "99010100200311");
    let fields = [("do", "close"), ("seen", &*now)];
    forms.form("place.close", &system, "/admin/places/99010100200311", &fields, other());
    let grid = forms.place("99010100200305");
    let shape = forms.one(&format!(
        "select geojson from boundary where place_id = '{grid}' and valid_to is null order by id"
    ));
    let now = seen(forms, "99010100200305");
    let fields = [("do", "draw"), ("shape", &*shape), ("seen", &*now)];
    forms.form("place.draw", &system, "/admin/places/99010100200305", &fields, other());
    split_and_merged(forms, &system, &shape);
    let table = "address\tplace\n新路1号\t99010100100101\n新路2号\t99010100100101\n";
    let fields = [("step", "do"), ("text", table)];
    let other = Other::Field("text", "address\tplace\n新路3号\t99010100100101\n");
    let path = "/admin/places/990101/addresses";
    forms.parts("address.import", &system, path, (&fields, &[]), other);
    let address = |text: &str| forms.one(&format!("select id from address where text = '{text}'"));
    let (one, another) = (address("新路1号"), address("新路2号"));
    let path = "/admin/places/990101/addresses/remove";
    let other = Other::Field("address", &another);
    forms.form("address.remove", &system, path, &[("address", &*one)], other);
    imported(forms, &system, "place.create", "yes", "99010100200320");
    let import = forms.one("select id from boundary_import order by at desc, id desc");
    let at = |import: &str| format!("/admin/places/990101002003/imports/{import}");
    let other = Other::Path(at(&forms.demo.new_id()));
    forms.form("place.undo_import", &system, &at(&import), &[], other);
}

/// A file of boundaries with one place in it.
fn imported(forms: &mut Forms, by: &str, act: &str, creates: &str, code: &str) {
    let seen = forms.one("select cast(version as text) from setting where id = 'territory'");
    let file = |name: &str| {
        let about = serde_json::json!({
            "code": code, "name": name, "level": "grid", "parent": "990101002003",
        });
        let one = serde_json::json!({"type": "Feature", "properties": about, "geometry": null});
        serde_json::json!({"type": "FeatureCollection", "features": [one]}).to_string()
    };
    let (text, another) = (file("导入格"), file("别的格"));
    let fields = [
        ("system", "wgs84"),
        ("step", "do"),
        ("seen", &*seen),
        ("creates", creates),
        ("text", &*text),
    ];
    let path = "/admin/places/990101002003/import";
    forms.parts(act, by, path, (&fields, &[]), Other::Field("text", &another));
}

fn split_and_merged(forms: &mut Forms, system: &str, shape: &str) {
    let now = forms.version("place", &forms.place("99010100200305"));
    let knife = across(shape);
    let fields = [
        ("do", "split"),
        ("shape", knife.as_str()),
        ("code0", "99010100200331"),
        ("code1", "99010100200332"),
        ("name0", "南半"),
        ("name1", "北半"),
        ("heir", "0"),
        ("sure", "yes"),
        ("seen", &*now),
    ];
    let other = Other::Field("name0", "别的名字");
    forms.form("grid.split", system, "/admin/places/99010100200305", &fields, other);
    moved(forms);
    let grid = |code: &str| {
        let id = forms.place(code);
        format!("{id}:{}", forms.version("place", &id))
    };
    let (one, two) = (grid("99010100200331"), grid("99010100200332"));
    let fields = [
        ("do", "merge"),
        ("grids", one.as_str()),
        ("grids", two.as_str()),
        ("code0", "99010100200333"),
        ("name0", "合并格"),
        ("sure", "yes"),
    ];
    let other = Other::Field("name0", "别的名字");
    forms.form("grid.merge", system, "/admin/places/990101002003", &fields, other);
}

/// The post of the grid that ended goes to the part that took over.
fn moved(forms: &mut Forms) {
    let security = forms.demo.staff("minshouan");
    let post = forms.one(
        "select t.id from post t join place p on p.id = t.place_id
         where p.code = '99010100200305' and t.ended_at is null order by t.id",
    );
    let (place, version) = (forms.place("99010100200331"), forms.version("post", &post));
    let fields = [("place", place.as_str()), ("version", &*version)];
    let path = format!("/admin/posts/{post}/move");
    forms.form("post.move", &security, &path, &fields, Other::Field("version", "99"));
}

/// A line from west to east through the middle of a boundary.
fn across(shape: &str) -> String {
    fn points(value: &serde_json::Value, out: &mut Vec<(f64, f64)>) {
        let Some(all) = value.as_array() else { return };
        match all.as_slice() {
            [x, y] if x.is_number() => out.push((x.as_f64().unwrap(), y.as_f64().unwrap())),
            _ => all.iter().for_each(|one| points(one, out)),
        }
    }
    let value: serde_json::Value = serde_json::from_str(shape).unwrap();
    let mut all = Vec::new();
    points(&value["coordinates"], &mut all);
    let edge = |of: fn(&(f64, f64)) -> f64, pick: fn(f64, f64) -> f64| {
        all.iter().map(of).reduce(pick).unwrap()
    };
    let (west, east) = (edge(|p| p.0, f64::min), edge(|p| p.0, f64::max));
    let middle = f64::midpoint(edge(|p| p.1, f64::min), edge(|p| p.1, f64::max));
    let ends = [[west - 0.001, middle], [east + 0.001, middle]];
    serde_json::json!({"type": "LineString", "coordinates": ends}).to_string()
}
