//! The program: files, clock, terminal. It reaches the compiler through the library's public names alone.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // the program is where files are read and the clock is asked

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
