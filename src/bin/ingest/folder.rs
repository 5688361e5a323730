//! Reads a vendor's folder: the files of one ending, in the order of their names whatever order the disk gives them in.

use crate::failure::Failure;
use std::path::{Path, PathBuf};

/// A vendor's file is never larger; what is larger is not one.
const LARGEST: u64 = 16 << 20;
/// Apple's repository has three levels of folders.
const DEEPEST: usize = 8;

/// One file of a vendor.
pub(crate) struct VendorFile {
    /// Relative to the folder that was named, with `/`.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

impl VendorFile {
    /// Its path below `prefix`, without ending.
    pub(crate) fn stem_below(&self, prefix: &str) -> &str {
        let below = self.path.strip_prefix(prefix).unwrap_or(&self.path).trim_start_matches('/');
        below.rsplit_once('.').map_or(below, |(stem, _)| stem)
    }
}

/// All files of `ending` in and below `root/below`, sorted by path.
pub(crate) fn read(root: &Path, below: &str, ending: &str) -> Result<Vec<VendorFile>, Failure> {
    let mut paths = Vec::new();
    collect(&root.join(below), below, ending, DEEPEST, &mut paths)?;
    paths.sort();
    let mut files = Vec::new();
    for (relative, path) in paths {
        let size = std::fs::metadata(&path).map_err(|source| Failure::Disk { path: path.clone(), source })?.len();
        if size > LARGEST {
            return Err(Failure::vendor(&relative, format!("{size} bytes is more than a schema file has ({LARGEST})")));
        }
        let text = std::fs::read_to_string(&path).map_err(|source| Failure::Disk { path, source })?;
        files.push(VendorFile { path: relative, text });
    }
    if files.is_empty() {
        let what = if ending == "xml" { "DDF file (`.xml`)" } else { "schema file (`.yaml`)" };
        return Err(Failure::Empty { path: root.join(below), what });
    }
    Ok(files)
}

fn collect(
    folder: &Path,
    below: &str,
    ending: &str,
    levels: usize,
    paths: &mut Vec<(String, PathBuf)>,
) -> Result<(), Failure> {
    let disk = |source| Failure::Disk { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(disk)? {
        let entry = entry.map_err(disk)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let relative = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        let kind = entry.file_type().map_err(disk)?;
        if kind.is_dir() && levels > 0 {
            collect(&entry.path(), &relative, ending, levels - 1, paths)?;
        } else if !kind.is_dir() && name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case(ending)) {
            paths.push((relative, entry.path()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_in_the_order_of_their_paths_whatever_order_they_were_made_in() {
        let paths = |names: &[&str]| {
            let root = tempfile::tempdir().unwrap();
            std::fs::create_dir(root.path().join("b")).unwrap();
            for name in names {
                std::fs::write(root.path().join(name), "x").unwrap();
            }
            read(root.path(), "", "yaml").unwrap().into_iter().map(|file| file.path).collect::<Vec<_>>()
        };
        let sorted = paths(&["a.yaml", "b/c.yaml", "z.YAML", "no.txt"]);
        assert_eq!(sorted, ["a.yaml", "b/c.yaml", "z.YAML"]);
        assert_eq!(paths(&["no.txt", "z.YAML", "b/c.yaml", "a.yaml"]), sorted);
    }

    #[test]
    fn an_empty_folder_is_refused_because_it_would_remove_everything() {
        let root = tempfile::tempdir().unwrap();
        assert!(matches!(read(root.path(), "", "xml"), Err(Failure::Empty { .. })));
    }

    #[test]
    fn a_file_that_is_too_large_is_refused() {
        let root = tempfile::tempdir().unwrap();
        std::fs::File::create(root.path().join("a.xml")).unwrap().set_len(LARGEST + 1).unwrap();
        assert!(matches!(read(root.path(), "", "xml"), Err(Failure::Vendor { .. })));
    }
}
