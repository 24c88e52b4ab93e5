//! The only source of randomness: the operating system's.

/// `N` random bytes. A machine that cannot give them cannot run a public office: we stop.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0_u8; N];
    if let Err(error) = getrandom::fill(&mut out) {
        panic!("the operating system gives no random bytes: {error}");
    }
    out
}

/// A code of `len` decimal digits, each equally likely (rejection sampling).
pub fn digits(len: usize) -> String {
    let mut out = String::with_capacity(len);
    while out.len() < len {
        for byte in bytes::<16>() {
            if byte < 250 && out.len() < len {
                out.push(char::from(b'0' + byte % 10));
            }
        }
    }
    out
}

/// 32 random bytes as 43 characters fit for a cookie or a link.
pub fn token() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes::<32>())
}
