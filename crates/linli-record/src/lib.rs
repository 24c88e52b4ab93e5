//! The tamper-evident public record.
