//! Several districts in one process, each walled off by its own database, told apart by host name.

use std::sync::Arc;

use axum::http::{HeaderMap, header};

use super::District;

/// The districts a process serves.
#[derive(Clone)]
pub struct Districts {
    all: Arc<Vec<Arc<District>>>,
}

impl Districts {
    /// At least one; the first also takes hosts that nobody names.
    pub fn new(all: Vec<Arc<District>>) -> Districts {
        Districts { all: Arc::new(all) }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<District>> {
        self.all.iter()
    }

    /// The district that a request is for, by its `Host` header.
    pub fn asked(&self, headers: &HeaderMap) -> Option<&Arc<District>> {
        self.by_host(host(headers))
    }

    /// The district of a host name, port and all.
    pub fn by_host(&self, host: &str) -> Option<&Arc<District>> {
        self.named(host).or_else(|| self.all.first())
    }

    /// Whether the request is for a district by its own host name, and not merely the first.
    pub fn is_named(&self, headers: &HeaderMap) -> bool {
        self.named(host(headers)).is_some()
    }

    fn named(&self, host: &str) -> Option<&Arc<District>> {
        let name = host.rsplit_once(':').map_or(host, |(name, port)| {
            if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host }
        });
        let fits = |d: &&Arc<District>| d.config.hosts.iter().any(|h| h.eq_ignore_ascii_case(name));
        self.all.iter().find(fits)
    }

    pub fn by_code(&self, code: &str) -> Option<&Arc<District>> {
        self.all.iter().find(|d| d.config.code == code)
    }
}

fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}
