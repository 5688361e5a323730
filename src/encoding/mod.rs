//! What several back ends write and read, below them all. It does not know which of them calls.

pub(crate) mod admx;
