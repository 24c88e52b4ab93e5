use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use tower::ServiceExt as _;

use super::api::bearer;
use super::{KEY, with_town};
use crate::district::Districts;
use crate::testing::worlds_with;

#[test]
fn figures_are_for_this_machine_only_and_count_what_was_done() {
    with_town(|town| {
        let ask = |peer: &str, forwarded: bool| {
            let mut request = Request::get("/metrics").header("host", "localhost");
            if forwarded {
                request = request.header("x-forwarded-for", "203.0.113.7");
            }
            let mut request = request.body(Body::empty()).unwrap();
            let peer: SocketAddr = peer.parse().unwrap();
            request.extensions_mut().insert(ConnectInfo(peer));
            town.send(request)
        };
        assert_eq!(town.get("/metrics").status, StatusCode::NOT_FOUND);
        assert_eq!(ask("203.0.113.7:1000", false).status, StatusCode::NOT_FOUND);
        assert_eq!(ask("127.0.0.1:1000", true).status, StatusCode::NOT_FOUND);
        let class = town.class();
        let pairs = [("api_key", KEY), ("service_code", &*class), ("address_string", "x")];
        assert_eq!(town.form("/open311/v2/requests.json", &pairs).status, StatusCode::OK);
        assert_eq!(town.get("/open311/v2/requests/none.json").status, StatusCode::NOT_FOUND);
        let told = ask("127.0.0.1:1000", false);
        assert_eq!(told.status, StatusCode::OK);
        let text = told.text();
        for line in [
            "linli_requests_total{class=\"open311\",status=\"2xx\"} 1",
            "linli_requests_total{class=\"open311\",status=\"4xx\"} 1",
            "linli_request_seconds_count{class=\"open311\"} 2",
            "linli_district_open{district=\"990101\"} 1",
            "linli_acts_total{district=\"990101\",act=\"case.report\",end=\"done\"} 1",
            "linli_clocks_late{district=\"990101\",clock=\"contact\"} 0",
            "linli_clocks_late{district=\"990101\",clock=\"accept\"} 0",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        let waiting = "linli_leaves_unsequenced{district=\"990101\"} ";
        let leaves = text.split(waiting).nth(1).and_then(|t| t.lines().next()).unwrap();
        assert_eq!(leaves.parse::<i64>().unwrap(), town.count("leaf where idx is null"));
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let value = line.rsplit_once(' ').unwrap().1;
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    });
}

#[test]
fn a_token_shows_the_figures_of_its_own_district_only() {
    let wiring = crate::app::wiring().unwrap();
    let of = |code: &'static str| {
        worlds_with(&wiring, move |config| {
            code.clone_into(&mut config.code);
            config.origin = format!("localhost/{code}");
            config.metrics_token = Some(format!("a token of {code}"));
        })
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for (one, other) in of("990101").iter().zip(&of("990102")) {
        let both = vec![Arc::clone(&one.district), Arc::clone(&other.district)];
        let app = crate::app::router(Districts::new(both));
        let ask = |token: &str| {
            let request = Request::get("/metrics").header("authorization", bearer(token));
            let request = request.body(Body::empty()).unwrap();
            runtime.block_on(async {
                let answer = app.clone().oneshot(request).await.unwrap();
                let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
                String::from_utf8(bytes.to_vec()).unwrap()
            })
        };
        let told = ask("a token of 990102");
        assert!(told.contains("district=\"990102\"") && !told.contains("990101"), "{told}");
        assert!(told.contains("linli_requests_total"), "{told}");
        assert_eq!(ask("a token of 990103"), "");
    }
}
