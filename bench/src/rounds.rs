//! Rounds: in each, every workload together with its ceiling in the same minute; three rounds, the
//! median of each figure and its spread.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use linli::base::Fault;

use crate::load::{Drive, Work};
use crate::machine;
use crate::served::{Measured, Served};
use crate::town::Town;
use crate::works::{Bare, Look, Looks, Moves, Reports};

const LANES: usize = 64;
/// At a set rate, this share of what was reached as fast as possible.
const SHARE: f64 = 0.7;

pub struct Asked {
    pub dir: PathBuf,
    /// The program under test.
    pub linli: PathBuf,
    pub rounds: usize,
    pub seconds: u64,
    /// Only these workloads; all when it is empty.
    pub only: Vec<String>,
}

impl Asked {
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|one| one == name)
    }
}

/// Figures by name, one of each round.
#[derive(Default)]
pub struct Figures {
    pub all: BTreeMap<String, Vec<f64>>,
    pub right: BTreeMap<&'static str, u64>,
    pub wrong: u64,
}

impl Figures {
    pub fn add(&mut self, name: impl Into<String>, value: f64) {
        self.all.entry(name.into()).or_default().push(value);
    }

    /// Median, least and most of a figure.
    pub fn of(&self, name: &str) -> Option<(f64, f64, f64)> {
        let mut values = self.all.get(name)?.clone();
        values.sort_by(f64::total_cmp);
        Some((values[values.len() / 2], *values.first()?, *values.last()?))
    }

    fn took(&mut self, name: &'static str, measured: &Measured) {
        *self.right.entry(name).or_default() += measured.load.right;
        self.wrong += measured.load.wrong;
    }
}

/// A free port of this machine.
fn free() -> Result<SocketAddr, Fault> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?)
}

pub fn serve(linli: &Path, dir: &Path) -> Result<Served, Fault> {
    let dir = dir.to_string_lossy();
    Served::start(linli, &["serve", "--dir", &dir], free()?)
}

pub fn lanes<W>(make: impl Fn(usize) -> W) -> Vec<W> {
    (0..LANES).map(make).collect()
}

/// Runs all rounds.
pub fn run(asked: &Asked) -> Result<Figures, Fault> {
    let town = Arc::new(Town::read(&asked.dir)?);
    let mut figures = Figures::default();
    for round in 0..asked.rounds {
        eprintln!("round {} of {}", round + 1, asked.rounds);
        let served = serve(&asked.linli, &asked.dir)?;
        figures.add("start ms", served.ready_after.as_secs_f64() * 1000.0);
        std::thread::sleep(std::time::Duration::from_secs(1));
        figures.add("idle MB", served.reading()?.anonymous_kb as f64 / 1024.0);
        let mut round = Round { asked, served, town: &town, figures: &mut figures };
        if asked.wants("W2") {
            round.reading("W2", Look::List)?;
            round.reading("W2 whole page", Look::Round)?;
        }
        if asked.wants("W3") {
            round.reading("W3", Look::Case)?;
        }
        if asked.wants("W1") {
            round.writing()?;
        }
        let reading = round.served.reading()?;
        round.figures.add("busy MB", reading.anonymous_kb as f64 / 1024.0);
        figures.add("fdatasync/s", machine::syncs_a_second(&asked.dir)?);
    }
    Ok(figures)
}

struct Round<'a> {
    asked: &'a Asked,
    served: Served,
    town: &'a Arc<Town>,
    figures: &'a mut Figures,
}

impl Round<'_> {
    /// As fast as it goes.
    fn full(&self) -> Drive {
        Drive { seconds: self.asked.seconds, rate: None }
    }

    /// The bare server beside the program, with this page.
    fn bare(&self, page: &[u8]) -> Result<Served, Fault> {
        let (page_file, db) = (self.asked.dir.join("page.bare"), self.asked.dir.join("bare.db"));
        std::fs::write(&page_file, page)?;
        let me = std::env::current_exe()?;
        let (page_file, db) = (page_file.to_string_lossy(), db.to_string_lossy());
        Served::start(&me, &["bare", "--page", &page_file, "--db", &db], free()?)
    }

    fn ceiling(&mut self, name: &str, page: &[u8], work: impl Fn() -> Bare) -> Result<f64, Fault> {
        let bare = self.bare(page)?;
        let (_, measured) = bare.load(lanes(|_| work()), self.full())?;
        let reached = measured.load.a_second();
        self.figures.add(format!("{name} ceiling/s"), reached);
        self.figures.add(format!("{name} ceiling cpu µs"), measured.cpu_micros);
        Ok(reached)
    }

    /// One workload: as fast as it goes, then at a steady rate.
    fn measure<W: Work>(
        &mut self,
        name: &'static str,
        works: Vec<W>,
        ceiling: f64,
    ) -> Result<Vec<W>, Fault> {
        let (works, full) = self.served.load(works, self.full())?;
        let reached = full.load.a_second();
        self.figures.took(name, &full);
        self.figures.add(format!("{name}/s"), reached);
        self.figures.add(format!("{name} of ceiling %"), reached * 100.0 / ceiling);
        self.figures.add(format!("{name} cpu µs"), full.cpu_micros);
        self.figures.add(format!("{name} bytes written"), full.written);
        let rate = ((reached * SHARE) as u64).max(1);
        let steady = Drive { seconds: self.asked.seconds, rate: Some(rate) };
        let (works, steady) = self.served.load(works, steady)?;
        self.figures.took(name, &steady);
        self.figures.add(format!("{name} steady/s"), steady.load.a_second());
        for (title, quantile) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
            self.figures.add(format!("{name} {title} ms"), steady.load.millis(quantile));
        }
        Ok(works)
    }

    fn reading(&mut self, name: &'static str, look: Look) -> Result<(), Fault> {
        let page = page_of(&self.served, Looks::new(self.town, 0, look))?;
        self.figures.add(format!("{name} page bytes"), page.len() as f64);
        let ceiling = self.ceiling(name, &page, Bare::reading)?;
        self.measure(name, lanes(|nth| Looks::new(self.town, nth, look)), ceiling)?;
        Ok(())
    }

    fn writing(&mut self) -> Result<(), Fault> {
        let town = Arc::clone(self.town);
        let ceiling = self.ceiling("W1", b"", || Bare::writing(&town))?;
        let reports = self.measure("W1", lanes(|nth| Reports::new(&town, nth)), ceiling)?;
        let moves: Vec<Moves> = reports
            .into_iter()
            .zip(0..)
            .map(|(reports, nth)| Moves::new(&town, nth, reports.made))
            .collect();
        self.measure("W4", moves, ceiling)?;
        Ok(())
    }
}

/// The answer to the first request of a work.
fn page_of(served: &Served, work: Looks) -> Result<Vec<u8>, Fault> {
    struct Once {
        work: Looks,
        asked: bool,
        page: Vec<u8>,
    }
    impl Work for Once {
        fn next(&mut self) -> Option<hyper::Request<http_body_util::Full<bytes::Bytes>>> {
            (!std::mem::replace(&mut self.asked, true)).then(|| self.work.next())?
        }
        fn told(&mut self, status: u16, body: &[u8]) -> bool {
            self.page = body.to_vec();
            self.work.told(status, body)
        }
    }
    let once = Once { work, asked: false, page: Vec::new() };
    let (mut once, _) = served.load(vec![once], Drive { seconds: 10, rate: None })?;
    Ok(once.pop().map(|once| once.page).unwrap_or_default())
}
