//! What the binary embeds besides files: the vendors' catalogue, and the trees of the control library. Offline, and the same bytes on
//! every machine.
//!
//! The library is read by the rooms that read people's own sources, so that there is one reader of YAML; they know no room above them.
#![allow(clippy::print_stdout, reason = "Cargo takes its instructions from the build script's output")]
#![allow(clippy::disallowed_methods, reason = "a build script reads and writes files")]
#![allow(dead_code, unused_imports, reason = "the rooms are the compiler's, and the build needs a part of each")]

#[path = "catalogue/build.rs"]
pub mod catalogue;
#[path = "control/build.rs"]
mod control;
pub mod diagnostic;
pub mod setting;
pub mod source;

use std::{env, path::PathBuf};

fn main() -> Result<(), String> {
    let out = PathBuf::from(env::var("OUT_DIR").map_err(|error| error.to_string())?);
    catalogue::embed(&out)?;
    control::embed(&out)
}
