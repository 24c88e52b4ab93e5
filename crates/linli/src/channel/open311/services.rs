//! What may be reported: the public classes of the catalogue, and the questions each asks.

use axum::http::header;

use super::answer::{Answer, Told, Trouble};
use super::node::Node;
use super::{BASE, Call};
use crate::catalogue::{Class, Question, store};
use crate::words::Lang;

/// When this interface was last changed.
const CHANGESET: &str = "2026-11-21T00:00:00+08:00";
const SPECIFICATION: &str = "http://wiki.open311.org/GeoReport_v2";

/// Where the interface is, as the caller reaches it: the district's own address, or the loopback
/// address and port of a trial.
pub(super) fn own_address(call: &Call) -> String {
    let host = call.headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if matches!(name, "127.0.0.1" | "localhost" | "[::1]") {
        return format!("http://{host}");
    }
    call.district.config.address.trim_end_matches('/').to_owned()
}

pub(super) fn discovery(call: &Call) -> Told<Answer> {
    let address = own_address(call);
    // The real one only (docs/decisions/20-no-test-endpoint.md).
    let formats = ["text/xml", "application/json"].map(Node::text).to_vec();
    let endpoint = Node::Fields(vec![
        ("specification", Node::text(SPECIFICATION)),
        ("url", Node::text(format!("{address}{BASE}"))),
        ("changeset", Node::text(CHANGESET)),
        ("type", Node::text("production")),
        ("formats", Node::List("format", formats)),
    ]);
    let name = &call.district.config.name;
    let node = Node::Fields(vec![
        ("changeset", Node::text(CHANGESET)),
        ("contact", Node::text(call.lang.with("api.open311.contact", name))),
        ("key_service", Node::text(call.lang.with("api.open311.key_service", &address))),
        ("endpoints", Node::List("endpoint", vec![endpoint])),
    ]);
    Ok(Answer { root: "discovery", node })
}

/// Whether everyone may see cases of the class and its code is one that clients take.
pub(super) fn is_offered(class: &Class) -> bool {
    class.publicity == "public" && is_plain(&class.code)
}

/// A code that clients take.
pub(super) fn is_plain(code: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    !code.is_empty() && code.bytes().all(plain)
}

/// A class that is offered; a private one is not there for anybody.
pub(super) async fn offered(call: &Call, code: &str) -> Told<Class> {
    let code = code.to_owned();
    let found = call.district.store().read(move |tx| store::by_code(tx, &code)).await?;
    found.filter(is_offered).ok_or(Trouble::missing("api.open311.no_service"))
}

pub(super) async fn list(call: &Call) -> Told<Answer> {
    let classes = call.district.store().read(store::all).await?;
    let services = classes.iter().filter(|c| is_offered(c)).map(|c| service(c, call.lang));
    Ok(Answer::list("services", "service", services.collect()))
}

fn service(class: &Class, lang: Lang) -> Node {
    let keywords: Vec<&str> = class.keywords.iter().take(12).map(String::as_str).collect();
    Node::Fields(vec![
        ("service_code", Node::text(class.code.as_str())),
        ("service_name", Node::text(class.title.pick(lang))),
        ("description", Node::text(class.plain.pick(lang))),
        ("metadata", Node::flag(!class.questions.is_empty())),
        ("type", Node::text("realtime")),
        ("keywords", Node::text(keywords.join(","))),
        ("group", Node::text(class.group.pick(lang))),
    ])
}

pub(super) async fn definition(call: &Call, code: &str) -> Told<Answer> {
    let class = offered(call, code).await?;
    let asked = class.questions.iter().zip(1..);
    let attributes = asked.map(|(question, order)| attribute(question, order, call.lang)).collect();
    let node = Node::Fields(vec![
        ("service_code", Node::text(class.code.as_str())),
        ("attributes", Node::List("attribute", attributes)),
    ]);
    Ok(Answer { root: "service_definition", node })
}

fn attribute(question: &Question, order: usize, lang: Lang) -> Node {
    let datatype = match question.kind.as_str() {
        "choice" => "singlevaluelist",
        "multi" => "multivaluelist",
        "number" => "number",
        "datetime" => "datetime",
        "string" => "string",
        _ => "text",
    };
    let value = |key: &str, name: &str| {
        Node::Fields(vec![("key", Node::text(key)), ("name", Node::text(name))])
    };
    let values = question.options.iter().map(|o| value(&o.value, o.title(lang))).collect();
    let hint = match question.kind.as_str() {
        "datetime" => "YYYY-MM-DDThh:mm:ss+08:00",
        _ => "",
    };
    let mut fields = vec![
        ("variable", Node::flag(true)),
        ("code", Node::text(question.code.as_str())),
        ("datatype", Node::text(datatype)),
        ("required", Node::flag(question.required)),
        ("datatype_description", Node::text(hint)),
        ("order", Node::number(order)),
        ("description", Node::text(question.title.pick(lang))),
    ];
    if datatype.ends_with("list") {
        fields.push(("values", Node::List("value", values)));
    }
    Node::Fields(fields)
}
