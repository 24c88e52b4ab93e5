//! The demonstration district, served: everybody in it can be played, and nobody is there twice.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header, request};
use linli::app;
use linli::base::{Clock, Id};
use linli::district::{District, Districts};
use linli::people::seed;
use linli::people::session::{self, Opening};
use tower::ServiceExt as _;

use crate::strength::town::postgres_url;

pub const ROOT: &str = "990101";

/// A demonstration on one engine.
pub struct Demo {
    pub district: Arc<District>,
    pub engine: &'static str,
    router: Router,
    runtime: tokio::runtime::Runtime,
    schema: Option<(String, String)>,
    _folder: tempfile::TempDir,
}

/// What came back.
pub struct Got {
    pub status: StatusCode,
    pub location: String,
    pub text: String,
}

impl Got {
    /// What the page says, without its frame and its tags.
    pub fn main(&self) -> String {
        let main = self.text.split_once("<main").map_or(&*self.text, |(_, rest)| rest);
        let main = main.split("</main>").next().unwrap_or_default();
        let words = main.split('<').filter_map(|part| Some(part.split_once('>')?.1.trim()));
        words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// The value of the first input of this name.
    pub fn field(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\"");
        let found = self.text.split_once(&mark).and_then(|(before, after)| {
            let open = before.rfind('<')?;
            let tag = [&before[open..], &after[..after.find('>')?]].concat();
            let value = tag.split_once("value=\"")?.1.split('"').next()?;
            Some(value.to_owned())
        });
        found.unwrap_or_else(|| panic!("no {name} in {}", self.text))
    }
}

/// One demonstration an engine.
pub fn demos() -> Vec<Demo> {
    let mut out = vec![Demo::lay(None)];
    out.extend(postgres_url().map(|url| Demo::lay(Some(url))));
    out
}

impl Drop for Demo {
    fn drop(&mut self) {
        let Some((url, name)) = &self.schema else { return };
        let Ok(mut client) = postgres::Client::connect(url, postgres::NoTls) else { return };
        let _ = client.batch_execute(&format!("drop schema if exists {name} cascade"));
    }
}

impl Demo {
    fn lay(url: Option<String>) -> Demo {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("demo");
        std::fs::create_dir(&dir).unwrap();
        let schema = url.map(|url| {
            let name = Id::new(Clock::default().now()).as_str().to_lowercase();
            (url, format!("demo_{name}"))
        });
        let store = schema.as_ref().map(|(url, name)| {
            let joint = if url.contains('?') { '&' } else { '?' };
            format!("{url}{joint}schema={name}")
        });
        app::demo::run(&dir, &app::demo::Asked { store, address: None }).unwrap();
        let wiring = app::wiring().unwrap();
        let district = Arc::new(District::open(&dir, Clock::default(), &wiring).unwrap());
        Demo {
            router: app::router(Districts::new(vec![Arc::clone(&district)])),
            engine: if schema.is_some() { "postgresql" } else { "sqlite" },
            runtime: tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap(),
            district,
            schema,
            _folder: folder,
        }
    }

    /// The first column of the first row, as text; empty where there is no row.
    pub fn one(&self, sql: &str) -> String {
        let sql = sql.to_owned();
        let found = self
            .district
            .store()
            .read_blocking(move |tx| tx.row(&sql, &[], |row| row.get::<Option<String>>(0)));
        let found: Result<_, linli::store::StoreError> = found;
        found.unwrap().flatten().unwrap_or_default()
    }

    pub fn count(&self, sql: &str) -> i64 {
        let sql = sql.to_owned();
        let found = self.district.store().read_blocking(move |tx| tx.count(&sql, &[]));
        let found: Result<_, linli::store::StoreError> = found;
        found.unwrap()
    }

    /// The cookie of a member of staff, acting by the first of their posts.
    pub fn staff(&self, username: &str) -> String {
        let person = Id::derived(&format!("staff {username}"));
        let seat = self.one(&format!(
            "select a.id from appointment a where a.person_id = '{person}' order by a.id"
        ));
        assert!(!seat.is_empty(), "{username} holds no post");
        self.signed_in(person, Id::parse(&seat))
    }

    pub fn resident(&self, id: &str) -> String {
        self.signed_in(seed::demo_resident_id(id), None)
    }

    pub fn signed_in(&self, person: Id, appointment: Option<Id>) -> String {
        let opening =
            Opening { person, appointment, proved: "password+totp", device: String::new() };
        let (store, now) = (self.district.store(), self.district.now());
        self.runtime.block_on(session::open(store, opening, now)).unwrap()
    }

    pub fn get(&self, cookie: &str, path: &str) -> Got {
        self.ask("GET", path, cookie, "", Vec::new())
    }

    pub fn post(&self, cookie: &str, path: &str, form: &[(&str, &str)]) -> Got {
        let body = serde_urlencoded::to_string(form).unwrap().into_bytes();
        self.ask("POST", path, cookie, "application/x-www-form-urlencoded", body)
    }

    /// A form with parts, as those that bring files are.
    pub fn parts(
        &self,
        cookie: &str,
        path: &str,
        form: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Got {
        let mut body = Vec::new();
        for (name, value) in form {
            let head = "--edge\r\nContent-Disposition: form-data; name=";
            body.extend(format!("{head}\"{name}\"\r\n\r\n{value}\r\n").into_bytes());
        }
        for (name, bytes) in files {
            let head = "--edge\r\nContent-Disposition: form-data; filename=\"a\"; name=";
            body.extend(format!("{head}\"{name}\"\r\n\r\n").into_bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--edge--\r\n");
        self.ask("POST", path, cookie, "multipart/form-data; boundary=edge", body)
    }

    /// Sends the beginning of a form with a file in this field, and tells whether it was read.
    pub fn begun(&self, cookie: &str, path: &str, field: &str) -> (Got, bool) {
        let was_read = Arc::new(AtomicBool::new(false));
        let reading = Arc::clone(&was_read);
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; filename=\"a\"; name=\"{field}\"\r\n\r\nhalf"
        );
        let body = async_stream::stream! {
            reading.store(true, Ordering::SeqCst);
            yield Ok::<_, Infallible>(head.into_bytes());
        };
        let request = request("POST", path, cookie)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
        let got = self.send(request.body(Body::from_stream(body)).unwrap());
        (got, was_read.load(Ordering::SeqCst))
    }

    pub fn ask(&self, method: &str, path: &str, cookie: &str, kind: &str, body: Vec<u8>) -> Got {
        let mut request = request(method, path, cookie);
        if !kind.is_empty() {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        if kind == "application/json" {
            // Programs say which version they saw.
            request = request.header(header::IF_MATCH, "\"1\"");
        }
        // Piece by piece, as over a line.
        let pieces = async_stream::stream! {
            for piece in body.chunks(64 << 10) {
                yield Ok::<_, Infallible>(piece.to_vec());
                tokio::task::yield_now().await;
            }
        };
        self.send(request.body(Body::from_stream(pieces)).unwrap())
    }

    fn send(&self, request: Request<Body>) -> Got {
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let location = response.headers().get(header::LOCATION);
            let location = location.and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
            let status = response.status();
            let bytes = axum::body::to_bytes(response.into_body(), 16 << 20).await.unwrap();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Got { status, location, text }
        })
    }

    /// A fresh id, as a form carries one.
    pub fn new_id(&self) -> String {
        self.district.new_id().to_string()
    }
}

fn request(method: &str, path: &str, cookie: &str) -> request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost")
        .header(header::ACCEPT_LANGUAGE, "zh-CN")
        .header(header::COOKIE, format!("linli={cookie}"))
}
