//! Text → tree with a place on every key and value.

/// Bytes of the largest source file.
pub const MAX_FILE: u64 = 4 << 20;
