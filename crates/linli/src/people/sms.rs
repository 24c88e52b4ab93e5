//! Text messages: one small interface to whoever sends them.
//!
//! Texts carry codes and news of a case to a number; they are never kept in the database. In a
//! demonstration nothing is sent and the last messages are shown on a page instead.

use std::collections::VecDeque;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::act::{Done, Failure, Refusal};
use crate::base::Instant;
use crate::district::District;

/// Why a message was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SmsError {
    /// This district has nobody to send its messages.
    NotSetUp,
    /// The sender could not be reached or refused; trying again may help.
    Failed(String),
}

/// Whoever sends text messages. A call may block; it is made on a thread that may.
pub trait SmsProvider: Send + Sync {
    fn name(&self) -> &'static str;
    fn send(&self, phone: &str, text: &str, now: Instant) -> Result<(), SmsError>;
}

/// A message of the demonstration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub phone: String,
    pub text: String,
    pub at: Instant,
}

/// Sends nothing: keeps the last two hundred messages in memory, newest first.
#[derive(Default)]
pub struct Fake {
    sent: Mutex<VecDeque<Shown>>,
}

const KEPT: usize = 200;

impl Fake {
    pub fn all(&self) -> Vec<Shown> {
        self.sent.lock().map(|sent| sent.iter().cloned().collect()).unwrap_or_default()
    }
}

impl SmsProvider for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn send(&self, phone: &str, text: &str, now: Instant) -> Result<(), SmsError> {
        let mut sent = self.sent.lock().map_err(|_| SmsError::Failed("poisoned".to_owned()))?;
        sent.push_front(Shown { phone: phone.to_owned(), text: text.to_owned(), at: now });
        sent.truncate(KEPT);
        Ok(())
    }
}

/// Hands each message to a program of the place, as one line of JSON on its standard input: the
/// carriers' interfaces differ from town to town, and their keys stay out of this one.
struct Program {
    command: Vec<String>,
    /// How often it is looked at, [`BETWEEN_LOOKS`] apart, before it has taken too long.
    looks: u32,
}

impl SmsProvider for Program {
    fn name(&self) -> &'static str {
        "program"
    }

    fn send(&self, phone: &str, text: &str, _: Instant) -> Result<(), SmsError> {
        let failed = |e: &dyn std::fmt::Display| SmsError::Failed(e.to_string());
        let (name, args) = self.command.split_first().ok_or(SmsError::NotSetUp)?;
        let mut child = Command::new(name)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| failed(&e))?;
        let line = serde_json::json!({ "phone": phone, "text": text });
        if let Some(mut stdin) = child.stdin.take() {
            writeln!(stdin, "{line}").map_err(|e| failed(&e))?;
        }
        for _ in 0..self.looks {
            match child.try_wait().map_err(|e| failed(&e))? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(failed(&status)),
                None => std::thread::sleep(BETWEEN_LOOKS),
            }
        }
        // One that hangs would hold up whoever waits for a code, and the end of the server.
        let ended = child.kill().and_then(|()| child.wait());
        Err(failed(&ended.map_or_else(|e| e.to_string(), |_| "took too long".to_owned())))
    }
}

/// Ten seconds in all.
const LOOKS: u32 = 500;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);
/// Programs that run at once; other messages wait.
const AT_ONCE: usize = 8;
/// How long somebody waits for that before they are told to try again.
const PATIENCE: Duration = Duration::from_secs(15);

/// Sends nothing: no program is named.
pub(super) struct Nobody;

impl SmsProvider for Nobody {
    fn name(&self) -> &'static str {
        "none"
    }

    fn send(&self, _: &str, _: &str, _: Instant) -> Result<(), SmsError> {
        Err(SmsError::NotSetUp)
    }
}

/// The sender of a district, kept with it.
pub struct Gate {
    provider: Box<dyn SmsProvider>,
    turns: Arc<Semaphore>,
    /// Set in a demonstration: what was "sent".
    pub fake: Option<Arc<Fake>>,
}

struct Shared(Arc<Fake>);

impl SmsProvider for Shared {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn send(&self, phone: &str, text: &str, now: Instant) -> Result<(), SmsError> {
        self.0.send(phone, text, now)
    }
}

const GATE: &str = "people.sms";

/// The district's sender: the fake in a demonstration, else the program its settings name.
pub fn gate(district: &District) -> Arc<Gate> {
    if let Some(gate) = district.kept::<Gate>(GATE) {
        return gate;
    }
    let command = district.config.sms_command.clone();
    let gate = Arc::new(if district.config.demo {
        let fake = Arc::new(Fake::default());
        Gate { fake: Some(Arc::clone(&fake)), ..Gate::of(Box::new(Shared(fake))) }
    } else if command.is_empty() {
        Gate::of(Box::new(Nobody))
    } else {
        Gate::of(Box::new(Program { command, looks: LOOKS }))
    });
    district.keep(GATE, Arc::clone(&gate));
    gate
}

/// Puts another sender in the place of the district's own.
pub fn use_provider(district: &District, provider: Box<dyn SmsProvider>) {
    district.keep(GATE, Arc::new(Gate::of(provider)));
}

impl Gate {
    fn of(provider: Box<dyn SmsProvider>) -> Gate {
        Gate { provider, turns: Arc::new(Semaphore::new(AT_ONCE)), fake: None }
    }

    pub fn name(&self) -> &'static str {
        self.provider.name()
    }

    /// Sends from a thread that may block.
    pub fn send_blocking(&self, phone: &str, text: &str, now: Instant) -> Result<(), SmsError> {
        self.provider.send(phone, text, now)
    }
}

/// Sends one message, away from the threads that answer requests.
pub async fn try_send(district: &District, phone: String, text: String) -> Result<(), SmsError> {
    let (gate, now) = (gate(district), district.now());
    let failed = |e: &dyn std::fmt::Display| SmsError::Failed(e.to_string());
    let turn = tokio::time::timeout(PATIENCE, Arc::clone(&gate.turns).acquire_owned()).await;
    let turn = turn.map_err(|e| failed(&e))?.map_err(|e| failed(&e))?;
    // Who hangs up ends no program that runs, so the turn goes with it.
    let send = move || {
        let _turn = turn;
        gate.send_blocking(&phone, &text, now)
    };
    tokio::task::spawn_blocking(send).await.unwrap_or_else(|e| Err(SmsError::Failed(e.to_string())))
}

/// The refusal where nobody sends for the district.
pub const NOT_SET_UP: &str = "sms_not_set_up";

/// The same for somebody who waits for it.
pub async fn send(district: &District, phone: String, text: String) -> Done<()> {
    match try_send(district, phone, text).await {
        Ok(()) => Ok(()),
        Err(SmsError::NotSetUp) => Err(Refusal::new(NOT_SET_UP).into()),
        Err(SmsError::Failed(what)) => Err(Failure::Unavailable(format!("sms: {what}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::testing::demo_worlds;

    /// Says when it has begun, and goes on when it is told to.
    struct Held(mpsc::Sender<()>, Mutex<mpsc::Receiver<()>>);

    impl SmsProvider for Held {
        fn name(&self) -> &'static str {
            "held"
        }

        fn send(&self, _: &str, _: &str, _: Instant) -> Result<(), SmsError> {
            self.0.send(()).unwrap();
            self.1.lock().unwrap().recv().unwrap();
            Ok(())
        }
    }

    #[tokio::test]
    async fn who_hangs_up_frees_no_turn_of_a_program_that_runs_on() {
        let world = tokio::task::spawn_blocking(|| demo_worlds().remove(0)).await.unwrap();
        let district = Arc::clone(&world.district);
        let ((begun, has_begun), (go_on, goes_on)) = (mpsc::channel(), mpsc::channel());
        use_provider(&district, Box::new(Held(begun, Mutex::new(goes_on))));
        let of = Arc::clone(&district);
        let sent = tokio::spawn(async move {
            try_send(&of, "13800000000".to_owned(), "你好".to_owned()).await
        });
        tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
        sent.abort();
        assert!(sent.await.unwrap_err().is_cancelled());
        assert_eq!(gate(&district).turns.available_permits(), AT_ONCE - 1);
        go_on.send(()).unwrap();
        tokio::task::spawn_blocking(move || drop((world, district))).await.unwrap();
    }

    #[test]
    fn a_program_that_hangs_is_ended_and_one_that_fails_is_told() {
        let sent = |words: &[&str]| {
            let command = words.iter().map(|word| (*word).to_owned()).collect();
            Program { command, looks: 5 }.send("13800000000", "你好", Instant(0))
        };
        assert_eq!(sent(&["cat"]), Ok(()));
        assert_eq!(sent(&["sleep", "1000"]), Err(SmsError::Failed("took too long".to_owned())));
        assert!(matches!(sent(&["false"]), Err(SmsError::Failed(_))));
        assert!(matches!(sent(&["/nowhere/send"]), Err(SmsError::Failed(_))));
    }
}
