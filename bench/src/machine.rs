//! What the machine says of a process, and of its disk.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use linli::base::Fault;

/// Clock ticks a second in /proc (`getconf CLK_TCK`), the same on every Linux there is.
const TICKS: f64 = 100.0;

/// A process at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading {
    pub cpu_seconds: f64,
    /// Bytes it sent to the disk.
    pub written: u64,
    /// Resident memory of its own, files apart, in KiB.
    pub anonymous_kb: u64,
}

fn field(text: &str, name: &str) -> u64 {
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or_default()
}

pub fn reading(pid: u32) -> Result<Reading, Fault> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name of the process may hold spaces; what follows it does not.
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |nth: usize| -> f64 {
        after.split_whitespace().nth(nth).and_then(|n| n.parse().ok()).unwrap_or_default()
    };
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let io = fs::read_to_string(format!("/proc/{pid}/io"))?;
    Ok(Reading {
        cpu_seconds: (ticks(11) + ticks(12)) / TICKS,
        written: field(&io, "write_bytes:"),
        anonymous_kb: field(&status, "RssAnon:"),
    })
}

/// How often a second this disk makes a small write last.
pub fn syncs_a_second(dir: &Path) -> Result<f64, Fault> {
    let path = dir.join("sync.probe");
    let mut file = File::create(&path)?;
    file.write_all(&[0; 4096])?;
    let begun = Instant::now();
    let mut n = 0_u32;
    while begun.elapsed() < Duration::from_secs(1) {
        file.write_all_at(&n.to_be_bytes(), u64::from(n % 1024) * 4)?;
        file.sync_data()?;
        n += 1;
    }
    fs::remove_file(path)?;
    Ok(f64::from(n) / begun.elapsed().as_secs_f64())
}

/// Bytes of all files in a folder, and below.
pub fn bytes_in(dir: &Path) -> Result<u64, Fault> {
    let mut sum = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        sum += if meta.is_dir() { bytes_in(&entry.path())? } else { meta.len() };
    }
    Ok(sum)
}
