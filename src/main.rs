//! The program: files, clock, terminal. It reaches the compiler through the library's public names alone.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // the program is where files are read and the clock is asked

mod cli;

/// All threads make and drop small things all the time, and the systems' own allocators let them wait for one another: with 10,000 files
/// glibc's asks the kernel for more ten thousand times, and each time no other thread gets any.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
