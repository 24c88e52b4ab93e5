//! The three types both engines share: whole numbers, text, bytes. No floats, no booleans.

use crate::base::{Day, Fault, Id, Instant};

use super::{Row, StoreError};

/// A value bound to `$n`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

/// A borrowed [`Value`].
#[derive(Clone, Copy, Debug)]
pub enum Param<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl<'a> From<&'a Value> for Param<'a> {
    fn from(value: &'a Value) -> Param<'a> {
        match value {
            Value::Null => Param::Null,
            Value::Int(n) => Param::Int(*n),
            Value::Text(t) => Param::Text(t),
            Value::Blob(b) => Param::Blob(b),
        }
    }
}

macro_rules! int_param {
    ($($t:ty),*) => {$(
        impl From<&$t> for Param<'_> {
            fn from(n: &$t) -> Self { Param::Int(i64::from(*n)) }
        }
    )*};
}
int_param!(i64, i32, u32, u16);

impl<'a> From<&'a str> for Param<'a> {
    fn from(t: &'a str) -> Self {
        Param::Text(t)
    }
}
impl<'a> From<&'a &str> for Param<'a> {
    fn from(t: &'a &str) -> Self {
        Param::Text(t)
    }
}
impl<'a> From<&'a String> for Param<'a> {
    fn from(t: &'a String) -> Self {
        Param::Text(t)
    }
}
impl<'a> From<&'a &Id> for Param<'a> {
    fn from(id: &'a &Id) -> Self {
        Param::Text(id.as_str())
    }
}
impl<'a> From<&'a Id> for Param<'a> {
    fn from(id: &'a Id) -> Self {
        Param::Text(id.as_str())
    }
}
impl From<&Instant> for Param<'_> {
    fn from(at: &Instant) -> Self {
        Param::Int(at.0)
    }
}
impl<'a> From<&'a Vec<u8>> for Param<'a> {
    fn from(b: &'a Vec<u8>) -> Self {
        Param::Blob(b)
    }
}
impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(b: &'a [u8]) -> Self {
        Param::Blob(b)
    }
}
macro_rules! optional_param {
    ($($t:ty),*) => {$(
        impl<'a> From<&'a Option<$t>> for Param<'a> {
            fn from(o: &'a Option<$t>) -> Self { o.as_ref().map_or(Param::Null, Param::from) }
        }
    )*};
}
optional_param!(i64, String, &'a str, Id, Instant, Vec<u8>);

/// `params![a, b]`: each value borrowed and turned into a [`Param`].
#[macro_export]
macro_rules! params {
    ($($v:expr),* $(,)?) => { &[$($crate::store::Param::from(&$v)),*] as &[$crate::store::Param] };
}

impl From<i64> for Value {
    fn from(n: i64) -> Value {
        Value::Int(n)
    }
}
impl From<Instant> for Value {
    fn from(at: Instant) -> Value {
        Value::Int(at.0)
    }
}
impl From<&str> for Value {
    fn from(t: &str) -> Value {
        Value::Text(t.to_owned())
    }
}
impl From<String> for Value {
    fn from(t: String) -> Value {
        Value::Text(t)
    }
}
impl From<Vec<u8>> for Value {
    fn from(b: Vec<u8>) -> Value {
        Value::Blob(b)
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(o: Option<T>) -> Value {
        o.map_or(Value::Null, T::into)
    }
}
impl From<Id> for Value {
    fn from(id: Id) -> Value {
        Value::Text(id.to_string())
    }
}
impl From<&Id> for Value {
    fn from(id: &Id) -> Value {
        Value::Text(id.to_string())
    }
}

/// A type a column can be read as; anything else in the row is a fault, never a guess.
pub trait Column: Sized {
    fn column(row: &Row<'_>, at: usize) -> Result<Self, StoreError>;
}

impl Column for Option<i64> {
    fn column(row: &Row<'_>, at: usize) -> Result<Self, StoreError> {
        row.int(at)
    }
}
impl Column for Option<String> {
    fn column(row: &Row<'_>, at: usize) -> Result<Self, StoreError> {
        row.text(at)
    }
}
impl Column for Option<Vec<u8>> {
    fn column(row: &Row<'_>, at: usize) -> Result<Self, StoreError> {
        row.blob(at)
    }
}
impl Column for Option<Id> {
    fn column(row: &Row<'_>, at: usize) -> Result<Self, StoreError> {
        Ok(row.text(at)?.map(Id::stored))
    }
}
impl Column for Option<Instant> {
    fn column(row: &Row<'_>, at: usize) -> Result<Self, StoreError> {
        Ok(row.int(at)?.map(Instant))
    }
}
impl Column for Option<Day> {
    fn column(row: &Row<'_>, at: usize) -> Result<Self, StoreError> {
        let Some(text) = row.text(at)? else { return Ok(None) };
        match text.parse() {
            Ok(day) => Ok(Some(day)),
            Err(_) => Err(Fault::new(format!("column {at} is no day: {text}")).into()),
        }
    }
}

macro_rules! required {
    ($($t:ty),*) => {$(
        impl Column for $t {
            fn column(row: &Row<'_>, at: usize) -> Result<Self, StoreError> {
                <Option<$t>>::column(row, at)?
                    .ok_or_else(|| Fault::new(format!("column {at} is null")).into())
            }
        }
    )*};
}
required!(i64, String, Vec<u8>, Id, Instant, Day);

/// A pattern of `like … escape '\'` for texts that have `q` in them.
pub fn containing(q: &str) -> String {
    let escaped = q.chars().flat_map(|c| {
        matches!(c, '\\' | '%' | '_').then_some('\\').into_iter().chain(std::iter::once(c))
    });
    format!("%{}%", escaped.collect::<String>())
}
