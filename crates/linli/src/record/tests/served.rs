//! The log, receipts and the verifying page over HTTP, read as a stranger would.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use linli_record::hash_leaf;
use linli_record::note::{Checkpoint, Verifier};
use linli_record::receipt::Receipt;
use linli_record::tree::{
    MemoryTiles, append, entries_path, split_entry_bundle, tile_path, verify_inclusion,
};
use tower::ServiceExt as _;

use super::{person, populate, sequence};
use crate::act::Actor;
use crate::act::sequencer::APART_MICROS;
use crate::affairs::appeal::receipt::OF_CASES;
use crate::base::Id;
use crate::people::PERSON;
use crate::people::session::{self, Opening};
use crate::record::routes;
use crate::testing::{World, both_engines};

struct Told {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Told {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

fn get_as(world: &World, path: &str, cookie: &str) -> Told {
    let request = Request::get(path)
        .header("host", "localhost")
        .header("cookie", cookie)
        .body(Body::empty())
        .unwrap();
    let app = routes(OF_CASES).with_state(world.districts());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let answer = app.oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Told { status: head.status, headers: head.headers, body }
    })
}

fn get(world: &World, path: &str) -> Told {
    let told = get_as(world, path, "");
    assert_eq!(told.status, StatusCode::OK, "{path}");
    told
}

fn hashes_of(bundle: &[u8]) -> Vec<[u8; 32]> {
    split_entry_bundle(bundle).unwrap().into_iter().map(hash_leaf).collect()
}

fn key_and_checkpoint(world: &World) -> (Verifier, Checkpoint) {
    let key = Verifier::parse(get(world, "/log/key").text().trim()).unwrap();
    let told = get(world, "/log/checkpoint");
    assert_eq!(told.header(header::CONTENT_TYPE), "text/plain; charset=utf-8");
    assert_eq!(told.header(header::CACHE_CONTROL), "public, max-age=1");
    let checkpoint = Checkpoint::open(&told.text(), &key).unwrap();
    (key, checkpoint)
}

#[test]
fn a_monitor_rebuilds_the_signed_root_from_what_is_served() {
    both_engines(|world| {
        populate(world, 300);
        let (_, checkpoint) = key_and_checkpoint(world);
        let full = checkpoint.size / 256;
        let mut widths: Vec<(u64, u64)> = (0..full).map(|n| (n, 256)).collect();
        if checkpoint.size % 256 > 0 {
            widths.push((full, checkpoint.size % 256));
        }
        let mut rebuilt = MemoryTiles::default();
        let mut size = 0;
        let mut root = None;
        for (index, width) in widths {
            let tile = get(world, &format!("/log/{}", tile_path(0, index, width)));
            assert_eq!(tile.header(header::CONTENT_TYPE), "application/octet-stream");
            assert!(tile.header(header::CACHE_CONTROL).contains("immutable"));
            let leaves = get(world, &format!("/log/{}", entries_path(index, width)));
            let hashes = hashes_of(&leaves.body);
            assert_eq!(tile.body, hashes.as_flattened());
            root = append(&mut rebuilt, size, &hashes).ok();
            size += width;
        }
        assert_eq!((size, root), (checkpoint.size, Some(checkpoint.root)));
        let upper = get(world, &format!("/log/{}", tile_path(1, 0, full)));
        assert_eq!(upper.body.len() as u64, 32 * full);
    });
}

#[test]
fn what_is_not_there_is_told_in_plain_text() {
    both_engines(|world| {
        sequence(world);
        let paths = [
            "/log/tile/0/000",
            "/log/tile/0/999.p/1",
            "/log/tile/9/000.p/1",
            "/log/tile/x",
            "/log/tile/entries/000",
            "/log/proof",
            "/log/proof?act=0123456789abcdefghjkmnpqrs",
            "/log/proof?act=a&act=b",
            "/log/proof?act=%ff",
            "/log/tile/0/x900/x000/x000/x000/x000/x000/000",
        ];
        for path in paths {
            let told = get_as(world, path, "");
            assert_eq!(told.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(told.header(header::CONTENT_TYPE), "text/plain; charset=utf-8", "{path}");
            assert_eq!(told.header(header::CACHE_CONTROL), "", "{path}");
        }
    });
}

#[test]
fn a_proof_by_number_holds() {
    both_engines(|world| {
        populate(world, 7);
        let (_, checkpoint) = key_and_checkpoint(world);
        let act: String = world.read(|tx| {
            Ok(tx.row("select act_id from leaf where idx = 5", &[], |row| row.get(0))?.unwrap())
        });
        let told = get(world, &format!("/log/proof?act={act}"));
        let json: serde_json::Value = serde_json::from_slice(&told.body).unwrap();
        let bytes = |v: &serde_json::Value| {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.decode(v.as_str().unwrap()).unwrap()
        };
        let hash = |v: &serde_json::Value| <[u8; 32]>::try_from(bytes(v)).unwrap();
        let proof: Vec<[u8; 32]> = json["proof"].as_array().unwrap().iter().map(hash).collect();
        let leaf = hash_leaf(&bytes(&json["leaf"]));
        assert_eq!(json["index"].as_u64(), Some(5));
        assert_eq!(json["size"].as_u64(), Some(checkpoint.size));
        assert_eq!(verify_inclusion(&leaf, 5, checkpoint.size, &proof, &checkpoint.root), Ok(()));
        let page = get(world, &format!("/log?act={act}")).text();
        assert!(page.contains("第 6 条") && page.contains(&act), "{page}");
    });
}

/// A signed-in resident who has just done something: their cookie and the act's id.
fn resident(world: &World) -> (Id, String) {
    let row = person(world, "孙");
    let id = row.0.clone();
    world.plant(PERSON, vec![row]);
    let opening =
        Opening { person: id.clone(), appointment: None, proved: "sms", device: "test".to_owned() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = world.district.store();
    let token = runtime.block_on(session::open(store, opening, world.district.now())).unwrap();
    (id, format!("linli={token}"))
}

mod act {
    use std::borrow::Cow;

    use crate::act::{Act, Acting, Done, Reach, Subject};
    use crate::base::{Fault, Id};

    /// A resident says something on a matter of their own, made with it: its id, and who they are.
    pub struct Say(pub Id, pub Id);

    impl Act for Say {
        type Outcome = ();
        fn name(&self) -> Cow<'static, str> {
            "record.see".into()
        }
        fn body(&self) -> Result<Vec<u8>, Fault> {
            Ok(Vec::new())
        }
        fn subject(&self) -> Subject {
            Subject::New { kind: "said", id: self.0.to_string(), reach: Reach::at("/990101/") }
        }
        fn perform(&self, cx: &mut Acting<'_, '_>) -> Done<()> {
            let (id, matter) = (cx.new_id(), self.0.clone());
            let (act, me) = (cx.act_id.to_string(), cx.actor.key());
            cx.tx.insert(
                crate::matter::MATTER,
                &matter,
                &[
                    ("number", "2026-000001".into()),
                    ("kind", "case".into()),
                    ("process", "appeal".into()),
                    ("process_version", 1_i64.into()),
                    ("stage", "reported".into()),
                    ("phase", "open".into()),
                    ("version", 1_i64.into()),
                    ("title", "路灯不亮".into()),
                    ("place_path", "/990101/".into()),
                    ("owner_id", (&self.1).into()),
                    ("publicity", "private".into()),
                    ("source", "web".into()),
                    ("opened_at", 1_i64.into()),
                    ("stage_since", 1_i64.into()),
                    ("updated_at", 1_i64.into()),
                ],
            )?;
            cx.tx.insert(
                crate::matter::ENTRY,
                &id,
                &[
                    ("matter_id", (&matter).into()),
                    ("act_id", act.into()),
                    ("move", "report".into()),
                    ("actor_id", me.into()),
                    ("actor_label", "居民".into()),
                    ("at", 1_i64.into()),
                    ("recorded_at", 1_i64.into()),
                    ("to_stage", "reported".into()),
                    ("said", "路灯三天不亮".into()),
                    ("facts", "{}".into()),
                ],
            )?;
            Ok(())
        }
    }
}

#[test]
fn a_receipt_is_for_the_one_who_did_it() {
    both_engines(|world| {
        let (me, mine) = resident(world);
        let (_, others) = resident(world);
        let said = act::Say(world.new_id(), me.clone());
        let done = world.perform(&Actor::resident(me), said).unwrap();
        let (page, file) =
            (format!("/receipts/{}", done.act_id), format!("/receipts/{}.json", done.act_id));
        for cookie in ["", others.as_str(), "linli=forged"] {
            for path in [&page, &file] {
                assert_eq!(get_as(world, path, cookie).status, StatusCode::NOT_FOUND);
            }
        }
        let key = Verifier::parse(get(world, "/log/key").text().trim()).unwrap();
        let early = Receipt::parse(&get_as(world, &file, &mine).text()).unwrap();
        assert!(early.inclusion.is_none());
        assert_eq!(early.verify(Some(&key)), []);
        sequence(world);
        let told = get_as(world, &file, &mine);
        assert!(told.header(header::CONTENT_DISPOSITION).contains("attachment"));
        let receipt = Receipt::parse(&told.text()).unwrap();
        assert!(receipt.inclusion.is_some());
        assert_eq!(receipt.promise, early.promise);
        assert_eq!(receipt.verify(Some(&key)), []);
        assert!(told.text().contains("路灯三天不亮"), "{}", told.text());
        assert!(told.body.len() < 5 * 1024, "{} bytes", told.body.len());
        let page = get_as(world, &page, &mine);
        assert_eq!(page.status, StatusCode::OK);
        let page = page.text();
        assert!(page.contains("/verify#AQ"), "{page}");
        let code = page.split_once("<svg").unwrap().1.split_once('>').unwrap().0;
        assert!(code.contains("width=\"100%\"") && !code.contains("height="), "{code}");
    });
}

#[test]
fn the_verifying_page_comes_with_its_own_policy() {
    both_engines(|world| {
        let told = get_as(world, "/verify", "");
        if crate::page::asset("verify.html").is_none() {
            assert_eq!(told.status, StatusCode::NOT_FOUND);
            return;
        }
        let policy = told.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"));
        assert!(told.text().contains("回执核验"));
    });
}

#[test]
fn of_ten_minutes_the_last_checkpoint_is_kept() {
    both_engines(|world| {
        let kept = || world.read(|tx| tx.count("select count(*) from checkpoint", &[]));
        let shift = |by: i64| world.door().clock.shift(by);
        shift(APART_MICROS - world.district.now().0.rem_euclid(APART_MICROS));
        let before = kept();
        for _ in 0..3 {
            populate(world, 1);
            let (_, checkpoint) = key_and_checkpoint(world);
            let leaves = world.read(|tx| tx.count("select count(*) from leaf", &[]));
            assert_eq!(checkpoint.size, leaves.cast_unsigned(), "the newest is served");
        }
        assert_eq!(kept(), before + 1);
        shift(APART_MICROS);
        populate(world, 1);
        assert_eq!(kept(), before + 2);
    });
}
