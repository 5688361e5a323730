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
pub mod gather;
pub mod setting;
pub mod source;

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), String> {
    let out = PathBuf::from(env::var("OUT_DIR").map_err(|error| error.to_string())?);
    catalogue::embed(&out)?;
    control::embed(&out)?;
    fold();
    leave_out_unwinding(&out).map_err(|error| error.to_string())
}

/// Functions of the same code become one: a fiftieth of the program. Only the linker that Rust brings itself can, where it is the usual one
/// and nobody asks for another.
fn fold() {
    const TARGET: &str = "x86_64-unknown-linux-gnu";
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|set| set == value);
    let asked =
        env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("fuse-ld") || flags.contains("linker"));
    if !is("PROFILE", "release") || !is("TARGET", TARGET) || !is("HOST", TARGET) || asked {
        return;
    }
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = std::process::Command::new(rustc).args(["--print", "sysroot"]).output();
    let sysroot = output.ok().and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    let own = Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("bin/gcc-ld/ld.lld");
    if env::var_os("RUSTC_LINKER").is_none() && own.exists() {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}

/// A release ends where it panics and carries no names, so nothing reads the tables by which its stack would be unwound: a tenth of it.
/// They are there because the standard library has them, and where somebody asks for names, to measure or to debug.
fn leave_out_unwinding(out: &Path) -> std::io::Result<()> {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|set| set == value);
    if is("PROFILE", "release") && is("DEBUG", "false") && is("CARGO_CFG_TARGET_OS", "linux") {
        let script = out.join("release.ld");
        fs::write(&script, "SECTIONS { /DISCARD/ : { *(.eh_frame) *(.gcc_except_table*) } } INSERT AFTER .text;\n")?;
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr,-T,{}", script.display());
    }
    Ok(())
}
