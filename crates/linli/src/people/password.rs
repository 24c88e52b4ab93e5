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

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Done<T> {
    let turn = tokio::time::timeout(PATIENCE, AT_ONCE.acquire()).await;
    let Ok(Ok(_turn)) = turn else {
        return Err(Failure::Unavailable("too many sign-ins at once".to_owned()));
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Fault::new(format!("hashing a password: {e}")).into())
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

/// A one-time password that can be read out: twelve letters and digits without look-alikes.
pub fn one_time() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let mut out = String::with_capacity(14);
    for (at, byte) in random::bytes::<12>().into_iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            out.push('-');
        }
        out.push(char::from(LETTERS[usize::from(byte & 31)]));
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
        assert_ne!(one_time(), one_time());
        assert_eq!(one_time().len(), 14);
    }
}
