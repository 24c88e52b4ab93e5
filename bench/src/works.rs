//! The workloads, as requests of residents and officers.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request, header};
use linli::base::Fault;
use serde_json::{Value, json};

use crate::load::Work;
use crate::town::{LAMP, Town};
use crate::words::{Dice, report};

/// A request as a browser or a program sends it.
fn request(
    method: Method,
    path: &str,
    who: (header::HeaderName, &str),
    body: Vec<u8>,
) -> Result<Request<Full<Bytes>>, Fault> {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, "bench");
    request = request.header(who.0, who.1);
    if !body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    request.body(Full::from(body)).map_err(|e| Fault::new(e.to_string()))
}

fn with_key(key: &str, path: &str, body: &Value) -> Option<Request<Full<Bytes>>> {
    let key = format!("Bearer {key}");
    request(Method::POST, path, (header::AUTHORIZATION, &key), body.to_string().into()).ok()
}

/// W1: residents report, each with words and a place on the map; the class is found from the words.
pub struct Reports {
    town: Arc<Town>,
    dice: Dice,
    community: usize,
    /// Number and community of what was taken up.
    pub made: Vec<(String, usize)>,
}

impl Reports {
    pub fn new(town: &Arc<Town>, nth: usize) -> Reports {
        let dice = Dice::of(nth as u64);
        Reports { town: Arc::clone(town), dice, community: 0, made: Vec::new() }
    }

    fn body(&mut self) -> Value {
        self.community = self.dice.below(self.town.communities.len());
        let pins = &self.town.communities[self.community].pins;
        let pin = pins[self.dice.below(pins.len())];
        let degrees = |e7: i64| e7 as f64 / 1e7;
        json!({
            "words": report(&mut self.dice),
            "lat": degrees(pin.lat_e7),
            "long": degrees(pin.lng_e7),
            "address": "示例路1号",
        })
    }
}

impl Work for Reports {
    fn next(&mut self) -> Option<Request<Full<Bytes>>> {
        let body = self.body();
        let who = self.dice.below(self.town.residents.len());
        with_key(&self.town.residents[who], "/api/v1/cases", &body)
    }

    fn told(&mut self, status: u16, body: &[u8]) -> bool {
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        match (status, answer["number"].as_str()) {
            (201, Some(number)) => {
                self.made.push((number.to_owned(), self.community));
                true
            }
            _ => told_wrong(status, body),
        }
    }
}

/// Shows the first of the wrong answers.
fn told_wrong(status: u16, body: &[u8]) -> bool {
    static SHOWN: std::sync::Once = std::sync::Once::new();
    SHOWN.call_once(|| eprintln!("wrong answer {status}: {:.600}", String::from_utf8_lossy(body)));
    false
}

/// The moves that take a case from acceptance to closing.
const WAY: [&str; 5] = ["accept", "dispatch", "sign", "answer", "verify_by_call"];

/// W4: officers accept, dispatch, sign, answer and verify by telephone. Each move goes once around all cases of
/// the lane before the next.
pub struct Moves {
    town: Arc<Town>,
    dice: Dice,
    left: VecDeque<(String, usize, usize)>,
    at: Option<(String, usize, usize)>,
}

impl Moves {
    pub fn new(town: &Arc<Town>, nth: usize, cases: Vec<(String, usize)>) -> Moves {
        let left = cases.into_iter().map(|(number, at)| (number, at, 0)).collect();
        Moves { town: Arc::clone(town), dice: Dice::of(nth as u64), left, at: None }
    }
}

impl Work for Moves {
    fn next(&mut self) -> Option<Request<Full<Bytes>>> {
        let (number, community, step) = self.left.pop_front()?;
        let of = &self.town.communities[community];
        let act = WAY[step];
        let (key, fields) = match act {
            "accept" => (&of.clerk, json!({ "class": LAMP })),
            "dispatch" => {
                let fields = json!({ "body": self.town.body, "reason": "按清单办理" });
                (&self.town.dispatchers[self.dice.below(self.town.dispatchers.len())], fields)
            }
            "verify_by_call" => {
                let fields = json!({
                    "spoken_to": "反映人本人",
                    "finding": "说灯亮了，办好了。",
                    "checked": self.town.checked,
                });
                (&of.verifier, fields)
            }
            _ => {
                let key = &self.town.officers[self.dice.below(self.town.officers.len())];
                let reply = "已到现场处理，请您看看。";
                let reply = json!({ "reply": reply, "checked": self.town.checked });
                (key, if act == "answer" { reply } else { json!({}) })
            }
        };
        let body = json!({ "act": act, "fields": fields });
        let path = format!("/api/v1/cases/{number}/moves");
        let mut request = with_key(key, &path, &body)?;
        request.headers_mut().insert(header::IF_MATCH, header::HeaderValue::from_static("*"));
        self.at = Some((number, community, step));
        Some(request)
    }

    fn told(&mut self, status: u16, body: &[u8]) -> bool {
        let Some((number, community, step)) = self.at.take() else { return false };
        if status != 200 {
            return told_wrong(status, body);
        }
        if step + 1 < WAY.len() {
            self.left.push_back((number, community, step + 1));
        }
        true
    }
}

/// What is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The list of the round, as the page asks for it whenever something has changed.
    List,
    /// The page of the round with all that stands around the list.
    Round,
    Case,
}

/// W2 and W3: grid workers look at their round, or at cases of their grid.
pub struct Looks {
    town: Arc<Town>,
    dice: Dice,
    look: Look,
}

impl Looks {
    pub fn new(town: &Arc<Town>, nth: usize, look: Look) -> Looks {
        Looks { town: Arc::clone(town), dice: Dice::of(nth as u64), look }
    }
}

impl Work for Looks {
    fn next(&mut self) -> Option<Request<Full<Bytes>>> {
        let looker = &self.town.lookers[self.dice.below(self.town.lookers.len())];
        let path = match self.look {
            Look::Case => format!("/cases/{}", looker.cases[self.dice.below(looker.cases.len())]),
            Look::Round | Look::List => "/field".to_owned(),
        };
        let who = (header::COOKIE, looker.cookie.as_str());
        let mut request = request(Method::GET, &path, who, Vec::new()).ok()?;
        if self.look == Look::List {
            request.headers_mut().insert("hx-target", header::HeaderValue::from_static("round"));
        }
        Some(request)
    }

    fn told(&mut self, status: u16, body: &[u8]) -> bool {
        status == 200 || told_wrong(status, body)
    }
}

/// The bare server: a page of the same bytes, or a grouped insert of the same body.
pub struct Bare {
    body: Vec<u8>,
}

impl Bare {
    pub fn reading() -> Bare {
        Bare { body: Vec::new() }
    }

    pub fn writing(town: &Arc<Town>) -> Bare {
        Bare { body: Reports::new(town, 0).body().to_string().into() }
    }
}

impl Work for Bare {
    fn next(&mut self) -> Option<Request<Full<Bytes>>> {
        let method = if self.body.is_empty() { Method::GET } else { Method::POST };
        request(method, "/", (header::ACCEPT, "*/*"), self.body.clone()).ok()
    }

    fn told(&mut self, status: u16, body: &[u8]) -> bool {
        status == 200 || told_wrong(status, body)
    }
}
