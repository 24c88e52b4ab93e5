//! Addresses entered, and taken out.

use super::*;

#[test]
fn a_table_of_addresses_is_looked_at_first_and_entered_whole() {
    demo(|world| {
        let path = "/admin/places/990101001001/addresses";
        assert!(get(world, path, ADMIN).text.contains("地址表"));
        let table = "地址,网格代码\n望潮路888号,99010100100101\n听涛街999号,9\n";
        let page = upload(world, path, &[("file", table), ("step", "do")]);
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
        assert!(page.text.contains("没有代码为 9 的区域"));
        let entered = || world.read(|tx| tx.count("select count(*) from address", &[]));
        let before = entered();
        let pointed = "address\tgrid\tlat\tlng\n望潮路888号\t\t31.248031\t121.482737\n";
        let asked = upload(world, path, &[("file", pointed)]);
        assert!(asked.text.contains("请说明坐标是哪一种"), "{}", asked.text);
        let right = "地址,网格代码\n望潮路888号,99010100100101\n望潮路888号,99010100100101\n";
        let report = upload(world, path, &[("file", right)]);
        assert_eq!(report.status, StatusCode::OK, "{}", report.text);
        assert!(report.text.contains("新增 1 个") && report.text.contains("已经有 1 个"));
        assert_eq!(entered(), before, "a look enters nothing");
        let again = "address\tplace\tlat\tlng\n望潮路888号\t99010100100101\t\t\n";
        let done = upload(world, path, &[("text", again), ("step", "do")]);
        assert_eq!((done.status, entered()), (StatusCode::SEE_OTHER, before + 1));
        let beyond = "address\tplace\n望潮路1号\t990101002\n";
        let page = upload(world, path, &[("text", beyond), ("step", "do")]);
        assert_eq!((page.status, entered()), (StatusCode::UNPROCESSABLE_ENTITY, before + 1));
    });
}

#[test]
fn an_address_entered_by_a_slip_is_found_ticked_and_taken_out() {
    demo(|world| {
        let path = "/admin/places/990101001001/addresses";
        let text = "address\tplace\n望潮路888号\t99010100100101\n";
        let done = upload(world, path, &[("text", text), ("step", "do")]);
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        let offered = || get(world, "/addresses?q=望潮路888号", "").text.contains("data-text");
        assert!(offered());
        let page = get(world, &format!("{path}?q=wcl888"), ADMIN).text;
        let (_, after) = page.split_once("name=\"address\" value=\"").unwrap();
        let (id, _) = after.split_once('"').unwrap();
        let remove = format!("{path}/remove");
        let none = post(world, &remove, &[]);
        assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            none.text.contains("请先勾选") && none.text.contains("已有的地址"),
            "{}",
            none.text
        );
        // An address of another place is not this one's to take out.
        let other = "/admin/places/990101002/addresses/remove";
        assert_eq!(post(world, other, &[("address", id)]).status, 404);
        assert_eq!(post(world, &remove, &[("address", "x")]).status, 404);
        assert!(offered());
        let taken = post(world, &remove, &[("address", id)]);
        assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.text);
        assert!(taken.location.ends_with("?done=address.remove&removed=1"), "{}", taken.location);
        assert!(get(world, &taken.location, ADMIN).text.contains("已经删除 1 个地址"));
        assert!(!offered());
    });
}
