//! Keys that live outside the database: one file a district, backed up apart from it.
//!
//! Personal fields (name, phone) are sealed with ChaCha20-Poly1305 (RFC 8439) under the district's
//! people key; a phone is found again by a keyed hash (HMAC-SHA-256, RFC 2104), never by its
//! digits.

use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hmac::Mac as _;
use serde::{Deserialize, Serialize};

use super::{Fault, random};

/// The keys of one district.
#[derive(Clone)]
pub struct Keys {
    /// Seed of the Ed25519 key that signs checkpoints and receipts.
    pub record_seed: [u8; 32],
    people: [u8; 32],
}

#[derive(Serialize, Deserialize)]
struct KeyFile {
    about: String,
    record_seed_hex: String,
    people_key_hex: String,
}

impl Keys {
    /// Fresh random keys.
    pub fn fresh() -> Keys {
        Keys { record_seed: random::bytes(), people: random::bytes() }
    }

    /// Reads the key file, or writes a fresh one (readable by its owner only) when there is none.
    pub fn open_or_create(path: &Path) -> Result<Keys, Fault> {
        if path.exists() { Keys::open(path) } else { Keys::create(path) }
    }

    /// Reads the key file. Fresh keys in the place of a missing one would open no name and sign
    /// another record.
    pub fn open(path: &Path) -> Result<Keys, Fault> {
        if !path.exists() {
            return Err(Fault::new(format!(
                "there is no key file {}: put the one there that was kept apart",
                path.display()
            ))
            .known_as("no_key_file"));
        }
        let doing = || format!("reading the key file {}", path.display());
        let spoiled = |what: &str| Fault::new(what).known_as("key_spoiled").context(doing());
        let text = std::fs::read_to_string(path).map_err(|e| Fault::from(e).context(doing()))?;
        // Without the line that is wrong: there may be a key in it.
        let file: KeyFile = toml::from_str(&text).map_err(|e| spoiled(e.message()))?;
        let key = |text: &str| unhex32(text).ok_or_else(|| spoiled("a key is 64 hex digits"));
        Ok(Keys { record_seed: key(&file.record_seed_hex)?, people: key(&file.people_key_hex)? })
    }

    fn create(path: &Path) -> Result<Keys, Fault> {
        let keys = Keys::fresh();
        let file = KeyFile {
            about: "Keep this file apart from the database and its backups.".to_owned(),
            record_seed_hex: hex(&keys.record_seed),
            people_key_hex: hex(&keys.people),
        };
        let text = toml::to_string(&file).map_err(|e| Fault::new(e.to_string()))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        write_private(path, text.as_bytes())?;
        Ok(keys)
    }

    /// Seals a personal text; the same text gives another result each time.
    pub fn seal(&self, text: &str) -> Vec<u8> {
        let nonce = random::bytes::<12>();
        let cipher = ChaCha20Poly1305::new(&Key::from(self.people));
        let mut out = nonce.to_vec();
        match cipher.encrypt(&Nonce::from(nonce), text.as_bytes()) {
            Ok(sealed) => out.extend(sealed),
            Err(_) => out.clear(),
        }
        out
    }

    /// The text that was sealed, or `None` when the key is another or a bit was changed.
    pub fn open_text(&self, sealed: &[u8]) -> Option<String> {
        let (nonce, body) = sealed.split_first_chunk::<12>()?;
        let cipher = ChaCha20Poly1305::new(&Key::from(self.people));
        let plain = cipher.decrypt(&Nonce::from(*nonce), body).ok()?;
        String::from_utf8(plain).ok()
    }

    /// A keyed hash, so that equal values are found without being readable.
    pub fn blind(&self, purpose: &str, value: &str) -> String {
        let Ok(mut mac) = hmac::Hmac::<sha2::Sha256>::new_from_slice(&self.people) else {
            return String::new();
        };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        hex(&mac.finalize().into_bytes())
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(())
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// SHA-256 as lower-case hex: the name of a file's content.
pub fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex(&sha2::Sha256::digest(bytes))
}

/// The bytes of lower- or upper-case hex.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn unhex32(text: &str) -> Option<[u8; 32]> {
    let mut out = [0_u8; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (slot, pair) in out.iter_mut().zip(text.as_bytes().chunks(2)) {
        *slot = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_name_opens_only_whole_and_with_its_key() {
        let keys = Keys::fresh();
        let mut sealed = keys.seal("张三");
        assert_eq!(keys.open_text(&sealed).as_deref(), Some("张三"));
        assert_eq!(Keys::fresh().open_text(&sealed), None);
        sealed[14] ^= 1;
        assert_eq!(keys.open_text(&sealed), None);
        assert_eq!(keys.open_text(&[1, 2]), None);
    }

    #[test]
    fn the_key_file_is_read_back_and_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/district.toml");
        let first = Keys::open_or_create(&path).unwrap();
        let second = Keys::open_or_create(&path).unwrap();
        assert_eq!(first.record_seed, second.record_seed);
        assert_eq!(first.blind("phone", "1"), second.blind("phone", "1"));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "record_seed_hex = 'zz'").unwrap();
        let told = Keys::open_or_create(&path).err().unwrap();
        assert_eq!(told.code(), Some("key_spoiled"));
        std::fs::write(&path, "record_seed_hex = 'a1b2c3").unwrap();
        let told = Keys::open_or_create(&path).err().unwrap().to_string();
        assert!(!told.contains("a1b2c3"), "no key on a screen: {told}");
    }
}
