//! Passwords of staff: Argon2id (RFC 9106), worked out away from the threads that answer requests
//! and never more than two at a time, so that a flood of sign-ins cannot take the machine.

use std::sync::LazyLock;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::act::{Done, Failure};
use crate::base::secret::{Keys, hex};
use crate::base::{Fault, Id, random};

static AT_ONCE: Semaphore = Semaphore::const_new(2);
const PATIENCE: Duration = Duration::from_secs(8);

/// What is compared where there is no such user, so that the answer takes as long.
static NOBODYS: LazyLock<String> =
    LazyLock::new(|| hash_blocking(&random::token()).unwrap_or_default());

/// A PHC string with its own salt.
pub fn hash_blocking(password: &str) -> Result<String, Fault> {
    let salt = random::bytes::<16>();
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|e| Fault::new(format!("hashing a password: {e}")))
}

fn matches(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// The turn goes with the work and not with who waits for it: a browser that hangs up stops no hash
/// that has begun.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Done<T> {
    let turn = tokio::time::timeout(PATIENCE, AT_ONCE.acquire()).await;
    let Ok(Ok(turn)) = turn else {
        return Err(Failure::Unavailable("too many sign-ins at once".to_owned()));
    };
    let work = move || {
        let _turn = turn;
        work()
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Fault::new(format!("hashing a password: {e}")).into())
}

/// Holds every turn for as long as it is kept.
#[cfg(test)]
pub(super) async fn busy() -> tokio::sync::SemaphorePermit<'static> {
    AT_ONCE.acquire_many(2).await.unwrap()
}

/// What the record of an act keeps of a password, so that the same form sent again is known and
/// another under its id refused. It costs as much to try a password against it as against the hash
/// at the door, and takes the district's key besides (docs/decisions/16-passwords-in-acts.md).
pub async fn mark(keys: &Keys, act: &Id, password: &str) -> Done<String> {
    let salt = keys.blind("password of an act", act.as_str());
    let password = password.to_owned();
    let mark = move || -> Result<String, Fault> {
        let mut out = [0; 32];
        Argon2::default()
            .hash_password_into(password.as_bytes(), salt.as_bytes(), &mut out)
            .map_err(|e| Fault::new(format!("marking a password: {e}")))?;
        Ok(hex(&out))
    };
    Ok(in_turn(mark).await??)
}

pub async fn hash(password: String) -> Done<String> {
    Ok(in_turn(move || hash_blocking(&password)).await??)
}

/// Whether the password is the one hashed; with no hash the same work is done for nothing.
pub async fn verify(password: String, hash: Option<String>) -> Done<bool> {
    in_turn(move || match hash {
        Some(hash) => matches(&password, &hash),
        None => {
            matches(&password, &NOBODYS);
            false
        }
    })
    .await
}

/// What one-time passwords are made of: no two look or sound alike, for they are read out, and
/// passwords mind capitals.
const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// A one-time password that can be read out: twelve letters and digits.
pub fn one_time() -> String {
    let mut out = String::with_capacity(14);
    while out.len() < 14 {
        // One sign of thirty-two is none of ours and is drawn again, so that all are as likely.
        let Some(sign) = LETTERS.get(usize::from(random::bytes::<1>()[0] & 31)) else { continue };
        if matches!(out.len(), 4 | 9) {
            out.push('-');
        }
        out.push(char::from(*sign));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_hash_only() {
        let hash = hash("quiet lamp by the pier".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("quiet lamp by the pier".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!verify("quiet lamp by the Pier".to_owned(), Some(hash)).await.unwrap());
        assert!(!verify("x".to_owned(), None).await.unwrap());
        assert!(!verify("x".to_owned(), Some("no hash".to_owned())).await.unwrap());
    }

    #[test]
    fn a_one_time_password_is_read_out_without_saying_how_it_is_written() {
        assert_ne!(one_time(), one_time());
        for _ in 0..100 {
            let password = one_time();
            let parts: Vec<&str> = password.split('-').collect();
            assert!(parts.len() == 3 && parts.iter().all(|part| part.len() == 4), "{password}");
            let plain = |c: char| c == '-' || (c.is_ascii_alphanumeric() && !"01ilo".contains(c));
            assert!(password.chars().all(plain) && password == password.to_lowercase());
        }
    }

    #[tokio::test]
    async fn who_hangs_up_keeps_the_turn_until_the_hash_is_done() {
        let (begun, has_begun) = std::sync::mpsc::channel();
        let (go_on, goes_on) = std::sync::mpsc::channel::<()>();
        let hash = tokio::spawn(in_turn(move || {
            begun.send(()).unwrap();
            goes_on.recv().unwrap();
        }));
        tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
        hash.abort();
        assert!(hash.await.unwrap_err().is_cancelled());
        // The other tests of this process take their turns too, and give them back.
        assert!(AT_ONCE.available_permits() < 2, "the turn is held by the hash that runs on");
        go_on.send(()).unwrap();
        drop(AT_ONCE.acquire_many(2).await.unwrap());
    }
}
