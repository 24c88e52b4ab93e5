//! The pages on which the list is changed, as a browser without script asks for them.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt as _;

use crate::act::duty::Duty;
use crate::act::{Actor, DutyBook, DutyList};
use crate::affairs::appeal;
use crate::base::{Id, Instant, secret};
use crate::disclosure::routes;
use crate::disclosure::view::remits::tests::answering;
use crate::district::{SignedIn, Wiring};
use crate::store::{ReadTx, StoreError};
use crate::testing::{World, both_engines_wired, staff, wiring};

const KEEPER: &str = "security_admin";
const OTHER: &str = "system_admin";
const AUDIT: &str = "audit_admin";
/// Who stands in for the system administrator.
const STAND_IN: &str = "stand_in";
const KINDS: [&str; 5] = [KEEPER, OTHER, AUDIT, "dispatcher", STAND_IN];

/// The cookie's words name the kind of post.
fn who_is(_: &ReadTx<'_>, hash: &str, _: Instant) -> Result<Option<SignedIn>, StoreError> {
    let kind = KINDS.into_iter().find(|k| secret::sha256_hex(k.as_bytes()) == hash);
    Ok(kind.map(|kind| SignedIn {
        session: Id::derived("session"),
        actor: match kind {
            STAND_IN => Actor { stands_in: true, ..staff(OTHER, "/990101/", Id::derived(kind)) },
            _ => staff(kind, "/990101/", Id::derived(kind)),
        },
        person: Id::derived(kind),
        name: "温如许".to_owned(),
        language: "zh".to_owned(),
        office_en: String::new(),
        unread: 0,
    }))
}

struct Got {
    status: StatusCode,
    text: String,
}

impl Got {
    /// The value of a hidden field, as the browser would send it.
    fn field(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let at = self.text.find(&mark).unwrap_or_else(|| panic!("no {name} in {}", self.text));
        let rest = &self.text[at + mark.len()..];
        let value = &rest[..rest.find('"').unwrap()];
        value.replace("&#34;", "\"").replace("&quot;", "\"").replace("&#38;", "&")
    }
}

fn ask(world: &World, request: Request<Body>) -> Got {
    let districts = world.districts();
    let failures = crate::page::render_failures;
    let router = routes(|_| vec![("lamps".to_owned(), "路灯".to_owned())])
        .layer(axum::middleware::from_fn_with_state(districts.clone(), failures))
        .with_state(districts);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 8 << 20).await.unwrap();
        Got { status, text: String::from_utf8_lossy(&bytes).into_owned() }
    })
}

fn get(world: &World, path: &str, who: &str) -> Got {
    let request = Request::get(path).header(header::COOKIE, format!("linli={who}"));
    ask(world, request.body(Body::empty()).unwrap())
}

fn post(world: &World, path: &str, who: &str, form: &[(&str, &str)]) -> Got {
    let body = serde_urlencoded::to_string(form).unwrap();
    let request = Request::post(path)
        .header(header::COOKIE, format!("linli={who}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    ask(world, request.body(Body::from(body)).unwrap())
}

fn list(world: &World) -> DutyList {
    world.read(|tx| Ok(DutyBook::default().current(tx)?.as_ref().clone()))
}

fn demo(test: impl Fn(&World)) {
    let processes = vec![appeal::kind().unwrap()];
    both_engines_wired(&Wiring { who_is, processes, ..wiring() }, test);
}

#[test]
fn a_change_is_shown_with_who_gains_and_who_loses_before_it_is_made() {
    demo(|world| {
        let page = get(world, "/duties/edit?post=grid_informant", KEEPER);
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let before = list(world);
        let urges: Vec<Duty> = before.of("grid_informant", "case.urge").cloned().collect();
        let rows = urges.iter().flat_map(|urge| {
            let ground = (format!("ground.{}", urge.id), urge.ground.as_str());
            [(format!("scope.{}", urge.id), ""), ground]
        });
        let rows: Vec<(String, &str)> = rows.collect();
        let seen = page.field("seen");
        let new = [
            ("post", "grid_informant"),
            ("seen", &seen),
            ("new_act.0", "case.verify"),
            ("new_scope.0", "my_grid"),
            ("new_ground.0", "网格员职责清单（示例）第99项"),
        ];
        let rows = rows.iter().map(|(name, value)| (name.as_str(), *value));
        let form: Vec<(&str, &str)> = new.into_iter().chain(rows).collect();
        let preview = post(world, "/duties/preview", KEEPER, &form);
        assert_eq!(preview.status, StatusCode::OK, "{}", preview.text);
        for words in ["增加权限", "减少权限", "信息员", "核查通过，办结", "催办"]
        {
            assert!(preview.text.contains(words), "{words}: {}", preview.text);
        }
        assert_eq!(list(world).duties, before.duties, "a preview changes nothing");
        let (act_id, change) = (preview.field("act_id"), preview.field("change"));
        let confirm = [("act_id", &*act_id), ("seen", &*seen), ("change", &*change)];
        let refused = post(world, "/duties/changes", "dispatcher", &confirm);
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
        assert_eq!(list(world).duties, before.duties);
        let unsaid = post(world, "/duties/changes", KEEPER, &confirm);
        assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY, "why a right is cut");
        assert!(unsaid.text.contains("reason-error"), "{}", unsaid.text);
        assert_eq!(list(world).duties, before.duties);
        let confirm = [&confirm[..], &[("reason", "由管理员统一催办")]].concat();
        let done = post(world, "/duties/changes", KEEPER, &confirm);
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        let told = get(world, "/duties/changes", KEEPER).text;
        for said in ["停用", "催办", "由管理员统一催办", "第99项"] {
            assert!(told.contains(said), "{said}: {told}");
        }
        let after = list(world);
        assert!(after.of("grid_informant", "case.verify").next().is_some());
        assert!(after.of("grid_informant", "case.urge").next().is_none());
        let twice = post(world, "/duties/changes", KEEPER, &confirm);
        assert_eq!(twice.status, StatusCode::SEE_OTHER, "the same act once more has one effect");
        assert_eq!(list(world).version, after.version);
    });
}

#[test]
fn a_stale_page_a_stranger_and_a_wrong_row_are_refused() {
    demo(|world| {
        let before = list(world);
        let seen = before.version.to_string();
        let row = |act: &'static str, ground: &'static str| {
            [("new_act.0", act), ("new_scope.0", "my_district"), ("new_ground.0", ground)]
        };
        let form = |post: &'static str, seen: &str, rest: [(&'static str, &'static str); 3]| {
            let mut all = vec![("post", post.to_owned()), ("seen", seen.to_owned())];
            all.extend(rest.map(|(name, value)| (name, value.to_owned())));
            all
        };
        let send = |who: &str, form: &[(&str, String)]| {
            let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
            post(world, "/duties/preview", who, &form)
        };
        let good = row("case.note", "规则（示例）第1项");
        let stale = send(KEEPER, &form("auditor", "0", good));
        assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.text);
        for who in ["dispatcher", ""] {
            assert_ne!(get(world, "/duties/edit", who).status, StatusCode::OK, "{who}");
            assert_ne!(send(who, &form("auditor", &seen, good)).status, StatusCode::OK, "{who}");
        }
        let wrong = send(KEEPER, &form("auditor", &seen, row("case.note", "")));
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.text);
        assert!(wrong.text.contains("new_ground.0-error"), "{}", wrong.text);
        let odd = [
            ("post", "auditor".to_owned()),
            ("seen", seen.clone()),
            ("new_act.0", "calendar.change".to_owned()),
            ("new_scope.0", "own".to_owned()),
            ("new_ground.0", "规则".to_owned()),
        ];
        let odd = send(KEEPER, &odd);
        assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody's own calendar");
        assert!(odd.text.contains("new_scope.0-error"), "{}", odd.text);
        let own = send(KEEPER, &form(KEEPER, &seen, row("log.see", "规则（示例）第1项")));
        assert!(own.text.contains("您一个人不能决定"), "{}", own.text);
        let own = [("seen", &*seen), ("change", &*own.field("change"))];
        let own = post(world, "/duties/changes", KEEPER, &own);
        assert_eq!(own.status, StatusCode::FORBIDDEN, "nobody widens their own post alone");
        let change = r#"{"ended":[],"added":[{"post_kind":"auditor","act":"case.note",
            "scope":"my_district","ground":"规则（示例）第1项"}]}"#;
        let late = [("seen", "0"), ("change", change)];
        let late = post(world, "/duties/changes", KEEPER, &late);
        assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text);
        let torn = post(world, "/duties/changes", KEEPER, &[("seen", &*seen), ("change", "{")]);
        assert!(torn.status.is_client_error());
        assert_eq!(list(world).duties, before.duties);
    });
}

#[test]
fn a_wall_is_shown_with_whom_it_stops_before_it_stands() {
    demo(|world| {
        let page = get(world, "/duties/walls", KEEPER);
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let seen = page.field("seen");
        let of = |act: &str| list(world).walls.into_iter().find(|wall| wall.act == act);
        let shipped = of("case.verify").unwrap();
        let form = [
            ("seen", &*seen),
            ("ends", shipped.id.as_str()),
            ("wall_act", "case.urge"),
            ("wall_when", "i_am_an_administrator"),
            ("wall_unless", "my_grid"),
            ("wall_ground", "回避规则（示例）第2项"),
        ];
        let preview = post(world, "/duties/walls/preview", KEEPER, &form);
        assert_eq!(preview.status, StatusCode::OK, "{}", preview.text);
        for words in ["增加权限", "网格员", "核查通过，办结", "反映的就是本单位"]
        {
            assert!(preview.text.contains(words), "{words}: {}", preview.text);
        }
        assert!(of("case.verify").is_some(), "a preview changes nothing");
        confirm(world, &seen, &preview);
        assert!(of("case.verify").is_none() && of("case.urge").is_some());
        let published = get(world, "/duties", "");
        assert!(published.text.contains("回避与禁止"), "{}", published.text);
        let wrong = [("seen", "0")];
        let stale = post(world, "/duties/walls/preview", KEEPER, &wrong);
        assert_eq!(stale.status, StatusCode::CONFLICT);
        let version = list(world).version.to_string();
        let bare = [("seen", &*version), ("wall_act", "case.urge"), ("wall_ground", "")];
        let bare = post(world, "/duties/walls/preview", KEEPER, &bare);
        assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(bare.text.contains("wall_ground-error"), "{}", bare.text);
    });
}

fn confirm(world: &World, seen: &str, preview: &Got) {
    let (act_id, change) = (preview.field("act_id"), preview.field("change"));
    let form = [("act_id", &*act_id), ("seen", seen), ("change", &*change)];
    let done = post(world, "/duties/changes", KEEPER, &form);
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
}

#[test]
fn a_kind_of_post_is_made_renamed_and_ended_in_the_browser() {
    demo(|world| {
        let page = get(world, "/admin/kinds", KEEPER);
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let seen = page.field("seen");
        let form = |seen: &str, title: &str| {
            [
                ("seen", seen.to_owned()),
                ("code", "grid_warden".to_owned()),
                ("title_zh", title.to_owned()),
                ("title_en", "Building warden".to_owned()),
                ("level", "grid".to_owned()),
                ("group", "grid".to_owned()),
                ("position", "25".to_owned()),
            ]
        };
        let send = |path: &str, who: &str, form: &[(&str, String)]| {
            let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
            post(world, path, who, &form)
        };
        let refused = send("/admin/kinds", "dispatcher", &form(&seen, "楼栋长"));
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let wrong = send("/admin/kinds", KEEPER, &form(&seen, ""));
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.text.contains("title_zh-error"), "{}", wrong.text);
        let made = send("/admin/kinds", KEEPER, &form(&seen, "楼栋长"));
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
        let edit = get(world, "/duties/edit?post=grid_warden", KEEPER);
        assert!(edit.text.contains("楼栋长"), "the list can give it duties: {}", edit.text);
        let one = get(world, "/admin/kinds/grid_warden", KEEPER);
        let renamed = form(&one.field("seen"), "楼门长");
        let renamed = send("/admin/kinds/grid_warden", KEEPER, &renamed);
        assert_eq!(renamed.status, StatusCode::SEE_OTHER, "{}", renamed.text);
        let one = get(world, "/admin/kinds/grid_warden", KEEPER);
        assert!(one.text.contains("楼门长"), "{}", one.text);
        let stays = get(world, "/admin/kinds/grid_worker", KEEPER);
        assert!(stays.text.contains("停用这些条目以后才能停用"), "{}", stays.text);
        let ends = [("seen", one.field("seen"))];
        let worker = send("/admin/kinds/grid_worker/end", KEEPER, &ends);
        assert_eq!(worker.status, StatusCode::FORBIDDEN, "{}", worker.text);
        let ended = send("/admin/kinds/grid_warden/end", KEEPER, &ends);
        assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.text);
        assert_eq!(get(world, "/admin/kinds/grid_warden", KEEPER).status, StatusCode::NOT_FOUND);
    });
}

/// Residents may read the log: the form of the list, and what comes of it.
fn looked_at(world: &World) -> Got {
    let page = get(world, "/duties/edit?post=resident", KEEPER);
    assert!(page.text.contains("要由另一位管理员同意才生效"), "{}", page.text);
    let form = [
        ("post", "resident"),
        ("seen", &page.field("seen")),
        ("new_act.0", "log.see"),
        ("new_scope.0", "my_district"),
        ("new_ground.0", "公开规则（示例）第1项"),
    ];
    post(world, "/duties/preview", KEEPER, &form)
}

fn proposed(world: &World) -> String {
    let preview = looked_at(world);
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.text);
    for words in ["增加权限", "居民", "查看操作日志", "提请另一位管理员同意"]
    {
        assert!(preview.text.contains(words), "{words}: {}", preview.text);
    }
    let [act_id, seen, change] = ["act_id", "seen", "change"].map(|name| preview.field(name));
    let form = [("act_id", &*act_id), ("seen", &*seen), ("change", &*change)];
    assert!(preview.text.contains("请先任命"), "nobody was appointed here: {}", preview.text);
    let alone = post(world, "/duties/changes", KEEPER, &form);
    assert_eq!(alone.status, StatusCode::FORBIDDEN, "{}", alone.text);
    let bare = post(world, "/duties/proposals", KEEPER, &form);
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", bare.text);
    assert!(bare.text.contains("reason-error") && bare.field("act_id") == act_id);
    let with = [&form[..], &[("reason", "居民要求公开")]].concat();
    for who in [OTHER, AUDIT, "dispatcher", ""] {
        let got = post(world, "/duties/proposals", who, &with);
        let told = if who.is_empty() { StatusCode::SEE_OTHER } else { StatusCode::FORBIDDEN };
        assert_eq!(got.status, told, "{who}: {}", got.text);
    }
    let sent = post(world, "/duties/proposals", KEEPER, &with);
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    waits(world)
}

/// The address of the one proposal that waits.
fn waits(world: &World) -> String {
    world.read(|tx| {
        let sql = "select id from duty_proposal where state = 'open' order by id";
        let id = tx.row(sql, &[], |row| row.get::<String>(0))?;
        Ok(format!("/duties/proposals/{}", id.unwrap()))
    })
}

#[test]
fn what_residents_gain_is_shown_to_both_administrators_before_it_is_given() {
    demo(|world| {
        let empty = get(world, "/duties/proposals", OTHER);
        assert!(empty.text.contains("还没有提请"), "{}", empty.text);
        let path = proposed(world);
        for who in [KEEPER, OTHER, AUDIT] {
            let list = get(world, "/duties/proposals", who);
            assert!(list.text.contains("居民要求公开"), "{who}: {}", list.text);
            let page = get(world, &path, who);
            for words in ["居民要求公开", "增加权限", "公开规则（示例）第1项", "待另一位管理员同意"]
            {
                assert!(page.text.contains(words), "{who} {words}: {}", page.text);
            }
            assert_eq!(page.text.contains("/confirm\""), who == OTHER, "{who}");
            assert_eq!(page.text.contains("/withdraw\""), who == KEEPER, "{who}");
        }
        let edit = get(world, "/duties/edit", KEEPER);
        assert!(edit.text.contains(&path), "{}", edit.text);
        for (who, seen, told) in [
            ("dispatcher", StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
            ("", StatusCode::NOT_FOUND, StatusCode::SEE_OTHER),
            (AUDIT, StatusCode::OK, StatusCode::FORBIDDEN),
            (KEEPER, StatusCode::OK, StatusCode::FORBIDDEN),
        ] {
            assert_eq!(get(world, &path, who).status, seen, "{who}");
            for act in ["confirm", "refuse"] {
                let got = post(world, &format!("{path}/{act}"), who, &[("why", "不必")]);
                assert_eq!(got.status, told, "{who} {act}: {}", got.text);
            }
        }
        let list = get(world, "/duties/proposals", "dispatcher");
        assert_eq!(list.status, StatusCode::FORBIDDEN);
        let never = format!("/duties/proposals/{}", Id::derived("none"));
        assert_eq!(get(world, &never, OTHER).status, StatusCode::NOT_FOUND);
        assert_eq!(get(world, "/duties/proposals/x", OTHER).status, StatusCode::NOT_FOUND);
        let bare = post(world, &format!("{path}/refuse"), OTHER, &[("why", "")]);
        assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(bare.text.contains("why-error"), "{}", bare.text);
        assert!(list_of(world, "resident", "log.see").is_none());
        let done = post(world, &format!("{path}/confirm"), OTHER, &[]);
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        assert!(list_of(world, "resident", "log.see").is_some());
        let after = get(world, &path, KEEPER);
        for words in ["已同意，已生效", "增加权限", "（没有）", ">改了什么</h2>"]
        {
            assert!(after.text.contains(words), "{words}: {}", after.text);
        }
        assert!(!after.text.contains("会改变什么"), "{}", after.text);
        let late = post(world, &format!("{path}/confirm"), OTHER, &[]);
        assert_eq!(late.status, StatusCode::FORBIDDEN, "{}", late.text);
    });
}

/// Proposes a change as it is sent; gives the address of the proposal.
fn sent(world: &World, change: &str) -> String {
    let seen = list(world).version.to_string();
    let form = [("seen", &*seen), ("change", change), ("reason", "试")];
    let done = post(world, "/duties/proposals", KEEPER, &form);
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    waits(world)
}

#[test]
fn whoever_confirms_is_shown_each_row_also_where_only_the_ground_is_another() {
    demo(|world| {
        let before = list(world);
        let urge = before.of("grid_informant", "case.urge").next().unwrap();
        let change = format!(
            r#"{{"ended":["{}"],"added":[
                {{"post_kind":"resident","act":"log.see","scope":"my_district","ground":"规则甲"}},
                {{"post_kind":"grid_informant","act":"case.urge","scope":"{}","ground":" 规则乙 "}}
            ]}}"#,
            urge.id,
            urge.scope.name()
        );
        let page = get(world, &sent(world, &change), OTHER);
        let old = format!(">{}</span>", urge.ground);
        for words in ["规则甲", ">规则乙</span>", &old, "信息员：催办", "权限不变，只改依据"]
        {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        assert_eq!(page.text.matches("<li class=\"card\">").count(), 2);
    });
}

#[test]
fn the_page_says_which_body_answers_for_what_or_that_none_does() {
    demo(|world| {
        let page = get(world, "/duties", KEEPER);
        assert!(page.text.contains("id=\"remits\""), "{}", page.text);
        assert!(page.text.contains("还没有登记任何单位的管辖"), "{}", page.text);
        answering(world);
        let page = get(world, "/duties", KEEPER);
        for words in ["市政处", "0359-2021234", ">路灯<", "测试区", "第1项"] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        let part = get(world, "/duties?post=grid_worker", KEEPER);
        assert!(!part.text.contains("id=\"remits\""), "{}", part.text);
    });
}

#[test]
fn the_paper_says_who_answers_for_what_and_what_is_walled_off_unless_part_was_asked_for() {
    if linli_paper::find().is_err() {
        return eprintln!("SKIPPED: {}", linli_paper::PaperError::NoFont);
    }
    demo(|world| {
        // The font inside holds the letters that stand on the paper, each with its number; the
        // lamps (灯) that a body answers for and the grounds of walls (回避) stand nowhere else.
        let holds = |path: &str, letter: char| {
            let paper = get(world, path, KEEPER);
            assert!(paper.status == StatusCode::OK && paper.text.starts_with("%PDF"), "{path}");
            paper.text.to_lowercase().contains(&format!("<{:04x}>", u32::from(letter)))
        };
        let lamps = |path: &str| holds(path, '灯');
        assert!(!lamps("/duties.pdf"), "nobody answers for anything yet");
        answering(world);
        assert!(lamps("/duties.pdf"));
        assert!(!lamps("/duties.pdf?post=grid_worker"));
        assert!(holds("/duties.pdf", '避') && !holds("/duties.pdf?post=grid_worker", '避'));
    });
}

#[test]
fn a_proposal_offers_nothing_that_would_only_be_refused() {
    demo(|world| {
        let both = r#"{"ended":[],"added":[
            {"post_kind":"resident","act":"log.see","scope":"my_district","ground":"规则"},
            {"post_kind":"system_admin","act":"log.see","scope":"my_district","ground":"规则"}]}"#;
        let path = sent(world, both);
        let page = get(world, &path, OTHER);
        assert!(page.text.contains("不能由您同意"), "{}", page.text);
        assert!(page.text.contains("/refuse\"") && !page.text.contains("/confirm\""));
        let page = get(world, &path, STAND_IN);
        assert!(page.text.contains("代岗的人不能决定"), "{}", page.text);
        assert!(!page.text.contains("/refuse\"") && !page.text.contains("/confirm\""));
        assert!(get(world, &path, KEEPER).text.contains("/withdraw\""));
        let withdraws = list_of(world, KEEPER, "duty.withdraw").unwrap();
        let change = format!(r#"{{"ended":["{withdraws}"],"added":[]}}"#);
        let seen = list(world).version.to_string();
        let cut = [("seen", &*seen), ("change", &*change), ("reason", "示例")];
        let done = post(world, "/duties/changes", KEEPER, &cut);
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        let path = sent(world, both);
        assert!(!get(world, &path, KEEPER).text.contains("/withdraw\""));
        let refused = post(world, &format!("{path}/withdraw"), KEEPER, &[]);
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    });
}

fn list_of(world: &World, post: &str, act: &str) -> Option<Id> {
    list(world).of(post, act).next().map(|duty| duty.id.clone())
}
