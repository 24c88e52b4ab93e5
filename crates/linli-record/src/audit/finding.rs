//! What an audit can find, each with the place it names.

use thiserror::Error;

/// One thing that is not as the record says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum Finding {
    /// The field holds something else than what was sealed by the last act that wrote it.
    #[error("{table} {id}: field {field} was changed")]
    RowChanged { table: String, id: String, field: String },
    /// Row and seal were both replaced so that every check fits, or one of them so that none does,
    /// which a changed salt does too; the commitment does not fit.
    #[error("{table} {id}: row and seal were rewritten")]
    RowRewritten { table: String, id: String },
    #[error("{table} {id}: the row was deleted")]
    RowDeleted { table: String, id: String },
    #[error("{table} {id}: no act wrote this row")]
    RowInserted { table: String, id: String },
    /// The row is as recorded; only the checks beside it are not.
    #[error("{table} {id}: the seal was changed {fields:?}")]
    SealAltered { table: String, id: String, fields: Vec<String> },
    #[error("{table} {id}: the seal is gone")]
    SealMissing { table: String, id: String },
    /// The leaves that would say so are themselves changed or gone.
    #[error("{table} {id}: cannot be checked, because leaves are damaged")]
    RowUnprovable { table: String, id: String },
    #[error("leaf {index} was changed")]
    LeafAltered { index: u64 },
    /// Leaves were changed together with their tiles, so that only the range can be told.
    #[error("between leaf {from} and leaf {before} the log was rewritten")]
    LogRewritten { from: u64, before: u64 },
    #[error("leaf {index} cannot be read: {why}")]
    LeafUnreadable { index: u64, why: String },
    #[error("leaf {from} to before leaf {before} are missing")]
    LeavesMissing { from: u64, before: u64 },
    #[error("leaf {index} is there twice")]
    LeafRepeated { index: u64 },
    #[error("leaf {index} stands where no leaf can be")]
    LeafMisplaced { index: u64 },
    /// A leaf is written by an act, whose own row it marks.
    #[error("leaf {index} is of no act")]
    LeafForged { index: u64 },
    #[error("tile {level}/{index} was changed at hash {place}")]
    TileAltered { level: u8, index: u64, place: u64 },
    #[error("tile {level}/{index} is missing or too short")]
    TileMissing { level: u8, index: u64 },
    #[error("a checkpoint is not of this log: {why}")]
    CheckpointForged { why: String },
    /// Leaves get their places and a checkpoint over them in one step.
    #[error("leaf {from} to before leaf {before} stand under no signature")]
    Unsigned { from: u64, before: u64 },
    /// The log's own checkpoint covers more leaves than there are.
    #[error("the log was cut: {have} leaves are there, {signed} were signed")]
    Truncated { have: u64, signed: u64 },
    /// Somebody outside holds a checkpoint that this database knows nothing of.
    #[error("the database was set back: {have} leaves are there, {seen} were seen outside")]
    RolledBack { have: u64, seen: u64 },
    /// Two histories were signed.
    #[error("the log was forked: two histories of {size} leaves are signed")]
    Fork { size: u64 },
}

impl Finding {
    /// The stable name under which the application keeps its Chinese and English sentences.
    pub fn code(&self) -> &'static str {
        match self {
            Finding::RowChanged { .. } => "row_changed",
            Finding::RowRewritten { .. } => "row_rewritten",
            Finding::RowDeleted { .. } => "row_deleted",
            Finding::RowInserted { .. } => "row_inserted",
            Finding::SealAltered { .. } => "seal_altered",
            Finding::SealMissing { .. } => "seal_missing",
            Finding::RowUnprovable { .. } => "row_unprovable",
            Finding::LeafAltered { .. } => "leaf_altered",
            Finding::LogRewritten { .. } => "log_rewritten",
            Finding::LeafUnreadable { .. } => "leaf_unreadable",
            Finding::LeavesMissing { .. } => "leaves_missing",
            Finding::LeafRepeated { .. } => "leaf_repeated",
            Finding::LeafMisplaced { .. } => "leaf_misplaced",
            Finding::LeafForged { .. } => "leaf_forged",
            Finding::TileAltered { .. } => "tile_altered",
            Finding::TileMissing { .. } => "tile_missing",
            Finding::CheckpointForged { .. } => "checkpoint_forged",
            Finding::Unsigned { .. } => "unsigned",
            Finding::Truncated { .. } => "truncated",
            Finding::RolledBack { .. } => "rolled_back",
            Finding::Fork { .. } => "fork",
        }
    }
}

/// What an audit has seen and found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub leaves: u64,
    /// Leaves written by acts that the sequencer has not numbered yet.
    pub pending: u64,
    /// The largest signed checkpoint that the leaves lead to; later leaves are not signed yet.
    pub covered: u64,
    pub rows: u64,
    pub findings: Vec<Finding>,
}

impl Report {
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}
