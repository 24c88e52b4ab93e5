//! The stamp (验讫) of a leaf: the door puts it on, the sequencer places no leaf without it.
//!
//! The format of a leaf is public, so whoever can write into the database could put one in that
//! fits a row they have changed, and the sequencer would sign it. The stamp is made with a key of
//! the key file, which lies apart from the database. A leaf needs it until it has its place, from
//! when on the signed checkpoints vouch for it.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::base::Fault;

/// Half of a hash is enough where only the server can try.
const LEN: usize = 16;

/// Puts stamps on leaves, and looks at them.
#[derive(Clone)]
pub struct Stamp {
    mac: Hmac<Sha256>,
}

impl Stamp {
    /// `seed` is that of the key that signs the record.
    pub fn of(seed: &[u8; 32]) -> Result<Stamp, Fault> {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(seed)
            .map_err(|e| Fault::new(format!("the key of the stamp: {e}")))?;
        mac.update(b"linli leaf");
        Ok(Stamp { mac })
    }

    fn over(&self, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(body);
        mac
    }

    pub(super) fn on(&self, body: &[u8]) -> Vec<u8> {
        self.over(body).finalize().into_bytes()[..LEN].to_vec()
    }

    /// Whether the door has put this on that leaf.
    pub fn is_on(&self, body: &[u8], stamp: Option<&[u8]>) -> bool {
        let whole = stamp.filter(|stamp| stamp.len() == LEN);
        whole.is_some_and(|stamp| self.over(body).verify_truncated_left(stamp).is_ok())
    }
}
