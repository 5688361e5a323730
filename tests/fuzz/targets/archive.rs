//! `archive`, as tests/fuzz/src/lib.rs has it.
#![no_main]

policyc_fuzz::target!(archive);
