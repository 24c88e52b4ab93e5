//! Journals beside the database, such as `checkpoints.log`: one JSON text a line, each on the disk
//! before it counts. A power cut may leave the last line without its end; such a line was never
//! written, and spoils neither the journal nor the line after it.

use std::io::Write as _;
use std::path::Path;

use serde::de::DeserializeOwned;

use super::Fault;

/// Ends a line that was found without its end, so that the next stands by itself.
const TORN: &str = " (cut)\n";

/// The text of a journal; none when there is no file.
pub fn text(file: &Path) -> Result<Option<String>, Fault> {
    match std::fs::read(file) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fault::from(error).context(format!("reading {}", file.display()))),
    }
}

/// The whole lines of a journal, counted from 1; one that cannot be read is given as it stands.
pub fn lines<T: DeserializeOwned>(
    text: &str,
) -> impl Iterator<Item = (usize, Result<T, (&str, serde_json::Error)>)> {
    let written = |(_, line): &(usize, &str)| !line.trim().is_empty();
    (1..).zip(text.split_inclusive('\n')).filter(written).filter_map(|(n, line)| {
        match serde_json::from_str(line) {
            Ok(said) => Some((n, Ok(said))),
            Err(_) if !line.ends_with('\n') || line.ends_with(TORN) => None,
            Err(error) => Some((n, Err((line.trim_end(), error)))),
        }
    })
}

/// Adds lines, each with its end, to a journal of such entries, on the disk before this returns.
pub fn add<T: DeserializeOwned>(file: &Path, lines: &str) -> Result<(), Fault> {
    let mut out = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
    out.write_all(format!("{}{lines}", missing_end::<T>(file)?).as_bytes())?;
    Ok(out.sync_all()?)
}

/// What must be written before the next line can stand by itself.
fn missing_end<T: DeserializeOwned>(file: &Path) -> Result<&'static str, Fault> {
    let bytes = std::fs::read(file)?;
    let last = bytes.split(|byte| *byte == b'\n').next_back().unwrap_or_default();
    // As [`text`] reads it.
    Ok(match serde_json::from_str::<T>(&String::from_utf8_lossy(last)) {
        _ if last.is_empty() => "",
        Ok(_) => "\n",
        Err(_) => TORN,
    })
}
