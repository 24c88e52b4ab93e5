//! The real program in a process of its own, and a program that reports to it.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::town::{KEY, Town};

/// How long a start may take on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(20);

pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// A running `linli serve`.
pub struct Served {
    child: Child,
    pub port: u16,
    /// How long it took until it said that it was ready.
    pub ready_after: Duration,
}

/// The command line that serves a town.
pub fn serving(town: &Town, port: u16) -> Vec<String> {
    let dir = town.dir.to_string_lossy().into_owned();
    let program = env!("CARGO_BIN_EXE_linli").to_owned();
    let listen = format!("127.0.0.1:{port}");
    vec![program, "serve".into(), "--dir".into(), dir, "--listen".into(), listen]
}

impl Served {
    pub fn start(town: &Town, port: u16) -> Served {
        Served::run(&serving(town, port), port)
    }

    /// Runs a command that ends in serving on `port`, and waits until it is ready.
    pub fn run(command: &[String], port: u16) -> Served {
        let started = Instant::now();
        let child = Command::new(&command[0])
            .args(&command[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}", command[0]));
        let mut served = Served { child, port, ready_after: Duration::ZERO };
        while !served.is_ready() {
            assert!(started.elapsed() < PATIENCE, "not ready after {:?}", started.elapsed());
            let ended = served.child.try_wait().unwrap();
            assert!(ended.is_none(), "{command:?} ended: {ended:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
        served.ready_after = started.elapsed();
        served
    }

    fn is_ready(&self) -> bool {
        Client::new(self.port).get("/readyz").is_some_and(|told| told.status == 200)
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end in order, and gives whether it went well, and how long that took.
    pub fn stop(mut self) -> (bool, Duration) {
        let asked = Instant::now();
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        (self.ended(), asked.elapsed())
    }

    /// Waits until it has ended; whether it went well.
    pub fn ended(&mut self) -> bool {
        let from = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            assert!(from.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command of the program to its end: whether it went well, and what it said of its faults.
pub fn command(args: &[&str]) -> (bool, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_linli"))
        .args(args)
        .env_remove("LINLI_DIR")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (done.status.success(), String::from_utf8_lossy(&done.stderr).into_owned())
}

/// What came back.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub retry_after: Option<String>,
    pub body: String,
}

/// A program that reports.
pub struct Client {
    agent: ureq::Agent,
    base: String,
}

impl Client {
    pub fn new(port: u16) -> Client {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(30)))
            .http_status_as_error(false)
            .build();
        Client { agent: config.into(), base: format!("http://127.0.0.1:{port}") }
    }

    fn told(got: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Option<Told> {
        let mut got = got.ok()?;
        let header = got.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let retry_after = header.map(str::to_owned);
        let body = got.body_mut().read_to_string().ok()?;
        Some(Told { status: got.status().as_u16(), retry_after, body })
    }

    pub fn get(&self, path: &str) -> Option<Told> {
        Client::told(self.agent.get(format!("{}{path}", self.base)).call())
    }

    /// Sends JSON under an order of the client's own; `None` when no answer came.
    pub fn post(
        &self,
        path: &str,
        key: &str,
        order: &str,
        body: &serde_json::Value,
    ) -> Option<Told> {
        let request = self
            .agent
            .post(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {key}"))
            .header("idempotency-key", order)
            .content_type("application/json");
        Client::told(request.send(body.to_string()))
    }

    /// Reports `words` under an order of the client's own; `None` when no answer came.
    pub fn report(&self, class: &str, order: &str, words: &str) -> Option<Told> {
        let pairs = [
            ("api_key", KEY),
            ("service_code", class),
            ("address_id", "#NOTPINPOINTED#"),
            ("description", words),
        ];
        let body = serde_urlencoded::to_string(pairs).unwrap();
        let request = self
            .agent
            .post(format!("{}/open311/v2/requests.json", self.base))
            .header("idempotency-key", order)
            .content_type("application/x-www-form-urlencoded");
        Client::told(request.send(body))
    }
}
