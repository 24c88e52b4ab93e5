//! The second thing a member of staff shows: six digits from an app on their phone (RFC 6238).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use totp_rs::{Builder, Secret, Totp};

use crate::base::secret::Keys;
use crate::base::{Fault, Instant, random};

/// A secret shared with the app; sealed wherever it is kept.
#[derive(Clone)]
pub struct TotpSecret([u8; 20]);

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl TotpSecret {
    pub fn fresh() -> TotpSecret {
        TotpSecret(random::bytes())
    }

    /// Sealed under the district's people key.
    pub fn seal(&self, keys: &Keys) -> Vec<u8> {
        keys.seal(&STANDARD_NO_PAD.encode(self.0))
    }

    pub fn open(keys: &Keys, sealed: &[u8]) -> Option<TotpSecret> {
        let bytes = STANDARD_NO_PAD.decode(keys.open_text(sealed)?).ok()?;
        Some(TotpSecret(bytes.try_into().ok()?))
    }

    /// Base 32 in groups of four, for typing by hand.
    pub fn words(&self) -> String {
        let text = self.base32();
        let groups: Vec<&str> = (0..8).filter_map(|n| text.get(n * 4..n * 4 + 4)).collect();
        groups.join(" ")
    }

    fn base32(&self) -> String {
        let mut out = String::with_capacity(32);
        for five in self.0.chunks(5) {
            let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            for n in (0..8).rev() {
                out.push(char::from(BASE32[(bits >> (n * 5) & 31) as usize]));
            }
        }
        out
    }

    /// From the letters that were typed by hand.
    #[cfg(test)]
    pub fn from_base32(text: &str) -> Option<TotpSecret> {
        let mut bits = 0_u64;
        let mut out = Vec::new();
        for (at, letter) in text.bytes().enumerate() {
            bits = bits << 5 | BASE32.iter().position(|b| *b == letter)? as u64;
            if at % 8 == 7 {
                out.extend_from_slice(&bits.to_be_bytes()[3..]);
                bits = 0;
            }
        }
        Some(TotpSecret(out.try_into().ok()?))
    }

    fn totp(&self) -> Result<Totp, Fault> {
        let secret = Secret::new_stack(self.0);
        Builder::new().with_secret(secret).build().map_err(|e| Fault::new(format!("totp: {e:?}")))
    }

    /// The step of 30 seconds whose code this is, if it is near now.
    pub fn check(&self, code: &str, now: Instant) -> Result<Option<i64>, Fault> {
        let step = self.totp()?.check(code, seconds(now));
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    /// The code of this moment, for the demonstration and the tests.
    pub fn code(&self, now: Instant) -> Result<String, Fault> {
        Ok(self.totp()?.generate(seconds(now)).to_string())
    }

    /// What the app reads from the picture.
    pub fn address(&self, issuer: &str, account: &str) -> String {
        use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode as encode};
        let issuer = encode(issuer, NON_ALPHANUMERIC);
        let account = encode(account, NON_ALPHANUMERIC);
        format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", self.base32())
    }

    /// The picture, as an `<svg>` to stand in a page.
    pub fn picture(&self, issuer: &str, account: &str) -> Result<String, Fault> {
        let code = QrCode::with_error_correction_level(self.address(issuer, account), EcLevel::M)
            .map_err(|e| Fault::new(format!("a QR code: {e}")))?;
        let svg = code.render::<svg::Color>().min_dimensions(232, 232).build();
        let at = svg.find("<svg").unwrap_or(0);
        Ok(svg[at..].to_owned())
    }
}

fn seconds(now: Instant) -> u64 {
    u64::try_from(now.0 / 1_000_000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, cut to six digits: the ASCII secret `12345678901234567890`.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = TotpSecret(*b"12345678901234567890");
        let at = |seconds: i64| Instant(seconds * 1_000_000);
        assert_eq!(secret.code(at(59)).unwrap(), "287082");
        assert_eq!(secret.code(at(1_111_111_109)).unwrap(), "081804");
        assert_eq!(secret.check("287082", at(59)).unwrap(), Some(1));
        assert_eq!(secret.check("287082", at(89)).unwrap(), Some(1), "one step late is taken");
        assert_eq!(secret.check("287082", at(150)).unwrap(), None);
        assert_eq!(secret.base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn the_picture_is_plain_svg() {
        let keys = Keys::fresh();
        let secret = TotpSecret::open(&keys, &TotpSecret::fresh().seal(&keys)).unwrap();
        let svg = secret.picture("邻里 示例区", "hewenjun").unwrap();
        assert!(svg.starts_with("<svg") && !svg.contains("style="));
        assert_eq!(secret.words().len(), 39);
    }
}
