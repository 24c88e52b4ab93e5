//! The few cookies we set. Over TLS their names carry `__Host-`, which binds them to this host.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::district::Config;

/// The session's token; its hash is the session's id.
pub const SESSION: &str = "linli";
pub const LANGUAGE: &str = "lang";
/// `elder` or `plain`. The page's own script writes it too, so it has its bare name everywhere and
/// is no secret.
const MODE: &str = "linli_mode";
/// The key of the report that was written on last, for the browser that holds its token; gone when
/// somebody signs out, because the next one may sit at the same device.
pub const LATEST_DRAFT: &str = "linli_latest";

/// What its holder did with many cases at once, for the few minutes in which it can be taken back;
/// gone when they sign out.
pub const BULK_UNDO: &str = "linli_undo";

fn full_name(config: &Config, name: &str) -> String {
    if config.secure() { format!("__Host-{name}") } else { name.to_owned() }
}

/// The value of one of our cookies.
pub fn read<'h>(headers: &'h HeaderMap, config: &Config, name: &str) -> Option<&'h str> {
    find(headers, &full_name(config, name))
}

/// Whether the visitor has chosen the large version (长辈版).
pub fn is_elder(headers: &HeaderMap) -> bool {
    find(headers, MODE) == Some("elder")
}

/// Remembers the large version, or that it was left.
pub fn set_mode(config: &Config, elder: bool, seconds: i64) -> HeaderValue {
    let (mode, secure) = (if elder { "elder" } else { "plain" }, secure(config));
    let text = format!("{MODE}={mode}; Path=/; Max-Age={seconds}; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn secure(config: &Config) -> &'static str {
    if config.secure() { "; Secure" } else { "" }
}

fn find<'h>(headers: &'h HeaderMap, full: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|v| v.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == full).then_some(value)
    })
}

/// A `Set-Cookie` value; scripts cannot read it and other sites cannot send it with forms.
pub fn set_cookie(config: &Config, name: &str, value: &str, seconds: i64) -> HeaderValue {
    let secure = secure(config);
    let text = format!(
        "{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}",
        full_name(config, name)
    );
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

pub fn clear_cookie(config: &Config, name: &str) -> HeaderValue {
    set_cookie(config, name, "", 0)
}
