//! Vendor schema -> catalogue data.

fn main() {}
