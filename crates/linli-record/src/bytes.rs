//! Writing and reading the length-prefixed binary forms of this crate. All numbers big-endian.

use thiserror::Error;

/// Why bytes could not be read, with the place where reading stopped.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BytesError {
    #[error("ends at byte {at}, but {wanted} more bytes were announced")]
    Short { at: usize, wanted: usize },
    #[error("the text at byte {at} is not UTF-8")]
    NotText { at: usize },
    #[error("{extra} bytes too many after byte {at}")]
    Extra { at: usize, extra: usize },
}

/// Appends the length as two bytes, then the text; `None` when it is longer than 65,535 bytes.
pub fn put_text(out: &mut Vec<u8>, text: &str) -> Option<()> {
    let len = u16::try_from(text.len()).ok()?;
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(text.as_bytes());
    Some(())
}

/// Reads from the front of a slice and never past its end.
pub struct Reader<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(all: &'a [u8]) -> Self {
        Reader { all, at: 0 }
    }

    pub fn take(&mut self, wanted: usize) -> Result<&'a [u8], BytesError> {
        let short = BytesError::Short { at: self.at, wanted };
        let end = self.at.checked_add(wanted).ok_or(short.clone())?;
        let part = self.all.get(self.at..end).ok_or(short)?;
        self.at = end;
        Ok(part)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], BytesError> {
        let at = self.at;
        self.take(N)?.try_into().map_err(|_| BytesError::Short { at, wanted: N })
    }

    pub fn u8(&mut self) -> Result<u8, BytesError> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub fn u16(&mut self) -> Result<u16, BytesError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub fn i64(&mut self) -> Result<i64, BytesError> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// A text that was written by [`put_text`].
    pub fn text(&mut self) -> Result<String, BytesError> {
        let len = usize::from(self.u16()?);
        self.text_of(len)
    }

    /// A text of so many bytes.
    pub fn text_of(&mut self, len: usize) -> Result<String, BytesError> {
        let at = self.at;
        let bytes = self.take(len)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(BytesError::NotText { at }),
        }
    }

    /// What was read last is the beginning of no text.
    pub fn no_text(&self) -> BytesError {
        BytesError::NotText { at: self.at.saturating_sub(1) }
    }

    pub fn is_empty(&self) -> bool {
        self.at == self.all.len()
    }

    /// Nothing may be left.
    pub fn end(&self) -> Result<(), BytesError> {
        match self.all.len() - self.at {
            0 => Ok(()),
            extra => Err(BytesError::Extra { at: self.at, extra }),
        }
    }
}
