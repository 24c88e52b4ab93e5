//! Everything in one file: the lists as the entries of a ZIP archive, written while they are read,
//! so that a million cases need no more memory than a hundred.

use std::io::{self, Write};

use axum::body::Bytes;
use tokio::sync::mpsc::Sender;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::What;
use super::command::{Pages, package};
use super::write::{Form, Writer};
use crate::act::{Actor, Done};
use crate::base::Fault;
use crate::district::District;
use crate::words::Lang;

/// Bytes that are sent together.
const PIECE: usize = 64 * 1024;

/// Pieces on their way to a reader. A slow one lets the writing wait, one who left ends it.
pub type Pieces = Sender<io::Result<Bytes>>;

struct Pipe<'p>(&'p Pieces);

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(bytes);
        self.0.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Who takes all of it out, and how.
pub struct Asked {
    pub actor: Actor,
    pub form: Form,
    /// Why the words of the cases are not to be masked.
    pub reason: Option<String>,
    pub lang: Lang,
}

/// Writes the archive down the pipe. It blocks.
pub fn write(district: &District, asked: &Asked, pieces: &Pieces) -> Done<()> {
    let pipe = io::BufWriter::with_capacity(PIECE, Pipe(pieces));
    let mut zip = ZipWriter::new_stream(pipe);
    // The length of a list is not known before its end; it may be beyond what old archives hold.
    let large = SimpleFileOptions::default().large_file(true);
    for what in What::ALL {
        let entry = format!("{}.{}", what.name(), asked.form.name());
        zip.start_file(entry, large).map_err(broken)?;
        let reason = asked.reason.clone().filter(|_| what == What::Cases);
        let mut writer = Writer::new(what, asked.form, asked.lang);
        let mut pages = Pages::new(what, asked.actor.clone(), reason);
        while let Some(page) = pages.next(district)? {
            zip.write_all(&writer.lines(page)?).map_err(Fault::from)?;
        }
        zip.write_all(&writer.finish()?).map_err(Fault::from)?;
    }
    zip.start_file("datapackage.json", SimpleFileOptions::default()).map_err(broken)?;
    let described = serde_json::to_vec_pretty(&package(asked.form, asked.lang));
    zip.write_all(&described.map_err(Fault::from)?).map_err(Fault::from)?;
    let pipe = zip.finish().map_err(broken)?;
    pipe.into_inner().flush().map_err(Fault::from)?;
    Ok(())
}

fn broken(error: zip::result::ZipError) -> Fault {
    Fault::new(format!("an archive: {error}"))
}
