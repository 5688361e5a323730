//! Layouts: what is released, in the folders and under the names that one console's own tools read.

pub mod fleet;
