//! Several districts in one process, each walled off by its own database, told apart by host name.
//!
//! One that could not be opened has its place among them all the same: its host names lead to it
//! and to no other, and whoever comes is told to come again (decision 26).

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use axum::http::{HeaderMap, header};

use super::{Config, District};
use crate::act::{Done, Failure};

/// A district as a process serves it: its settings, and itself from when it could be opened.
pub struct Hosted {
    pub dir: PathBuf,
    /// As they were read at the start.
    settings: Config,
    open: OnceLock<Arc<District>>,
}

impl Hosted {
    /// One that is to be opened.
    pub fn shut(dir: &Path, settings: Config) -> Hosted {
        Hosted { dir: dir.to_owned(), settings, open: OnceLock::new() }
    }

    fn opened(district: Arc<District>) -> Hosted {
        let shut = Hosted::shut(&district.dir, district.config.clone());
        shut.put(district);
        shut
    }

    /// From now on the district is served. Once is enough: it stays open until the process ends.
    pub fn put(&self, district: Arc<District>) {
        self.open.get_or_init(|| district);
    }

    /// The settings of the district as it runs, or as it is to run.
    pub fn config(&self) -> &Config {
        self.open.get().map_or(&self.settings, |district| &district.config)
    }

    /// The district; `None` where it could not be opened yet.
    pub fn district(&self) -> Option<&Arc<District>> {
        self.open.get()
    }

    /// The district; one that could not be opened is told as a database that is away.
    pub fn served(&self) -> Done<&Arc<District>> {
        let away = || Failure::Unavailable(format!("{} is not open", self.settings.name));
        self.open.get().ok_or_else(away)
    }

    fn has_host(&self, name: &str) -> bool {
        self.config().hosts.iter().any(|host| host.eq_ignore_ascii_case(name))
    }
}

/// The districts a process serves.
#[derive(Clone)]
pub struct Districts {
    all: Arc<Vec<Hosted>>,
}

impl Districts {
    /// All of them open. At least one; the first also takes hosts that nobody names.
    pub fn new(all: Vec<Arc<District>>) -> Districts {
        Districts::of(all.into_iter().map(Hosted::opened).collect())
    }

    /// As [`Districts::new`], some of them still to be opened.
    pub fn of(all: Vec<Hosted>) -> Districts {
        Districts { all: Arc::new(all) }
    }

    /// All of them, open or not.
    pub fn all(&self) -> impl Iterator<Item = &Hosted> {
        self.all.iter()
    }

    /// Those that are open.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<District>> {
        self.all().filter_map(Hosted::district)
    }

    /// The district that a request is for, by its `Host` header.
    pub fn asked(&self, headers: &HeaderMap) -> Done<&Arc<District>> {
        self.hosted(headers).ok_or(Failure::Hidden)?.served()
    }

    /// As [`Districts::asked`], open or not.
    pub fn hosted(&self, headers: &HeaderMap) -> Option<&Hosted> {
        self.named(headers).or_else(|| self.all.first())
    }

    /// The one whose own host name a request bears; `None` where it would merely be the first.
    pub fn named(&self, headers: &HeaderMap) -> Option<&Hosted> {
        let host = host(headers);
        let name = host.rsplit_once(':').map_or(host, |(name, port)| {
            if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host }
        });
        self.all().find(|one| one.has_host(name))
    }
}

fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}
