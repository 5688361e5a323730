//! The compiler: values in, values out. It does no I/O, asks no clock and keeps no order that a hash decides.

pub mod backend;
pub mod catalogue;
pub mod check;
pub mod control;
pub mod diagnostic;
mod encoding;
pub mod setting;
pub mod source;
