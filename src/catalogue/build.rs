//! Embeds the catalogue: reads `data`, `newer` and `graph`, lays `errata` over them, adds the directions of `polarity`, and writes the
//! packed form that `image.rs` reads. Offline, and the same bytes on every machine.

mod correct;
pub mod entry;
mod facts;
mod overlay;
mod pack;
mod table;

use overlay::Text;
use std::path::Path;
use std::{fs, io};

pub(crate) fn embed(out: &Path) -> Result<(), String> {
    let mut data = json_files("data")?;
    let (errata, sides) = (json_files("errata")?, json_files("polarity")?);
    // What a vendor's reference has and no file of its releases yet: nodes that the catalogue knows as it knows the others.
    if !data.is_empty() {
        data.extend(json_files("newer")?);
    }
    // Without data there is nothing to correct: so `ingest` can be built to fill the folder anew when the records change.
    let entries = if data.is_empty() {
        overlay::Entries::default()
    } else {
        overlay::corrected(&with_graph(data)?, &errata, &sides)?
    };
    let errata = serde_json::to_vec(&entries.errata).map_err(|error| error.to_string())?;
    let book = pack::pack(&entries)?;
    for (name, bytes) in [
        ("facts", &book.facts),
        ("offsets", &book.offsets),
        ("types", &book.types),
        ("nodes", &book.nodes),
        ("sides", &book.sides),
        ("errata", &errata),
    ] {
        let path = out.join(name).with_extension("bin");
        fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// What `ingest` has made of the vendors' files, and the types of Microsoft Graph that sources may write, which no such file states.
fn with_graph(mut data: Vec<Text>) -> Result<Vec<Text>, String> {
    data.extend(json_files("graph")?);
    Ok(data)
}

/// The JSON files below one folder of this room, in the order of their paths. Cargo watches the folder as a whole.
fn json_files(folder: &str) -> Result<Vec<Text>, String> {
    let folder = format!("src/catalogue/{folder}");
    println!("cargo::rerun-if-changed={folder}");
    let mut files = Vec::new();
    if Path::new(&folder).exists() {
        collect(Path::new(&folder), &mut files).map_err(|error| format!("{folder}: {error}"))?;
    }
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<Text>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push((path.display().to_string().replace('\\', "/"), fs::read_to_string(&path)?));
        }
    }
    Ok(())
}
