//! Every parser that reads what somebody else wrote, each behind one function of bytes.

pub mod targets;
