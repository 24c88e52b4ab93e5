//! The arithmetic of governance.
