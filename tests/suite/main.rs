//! One test binary.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    reason = "tests read and write files, look at the clock, and may panic"
)]

mod census;
mod errata;
mod facts;
