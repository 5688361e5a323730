//! Embeds the catalogue's data.

fn main() {
    println!("cargo::rerun-if-changed=src/catalogue/data");
}
