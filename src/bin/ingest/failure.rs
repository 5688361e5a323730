//! What can stop `ingest`: the disk, or a vendor's file that is not what the vendor's own documents say.

use std::path::PathBuf;

/// A failure, with the path in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Reading, writing or removing went wrong.
    #[error("`{}`: {source}", path.display())]
    Disk { path: PathBuf, source: std::io::Error },
    /// Neither vendor's folder is there.
    #[error("there is nothing to read: name a folder with --apple or --windows")]
    NothingToRead,
    /// A folder without a single file to read: writing its facts would remove everything.
    #[error("`{}` holds no {what}", path.display())]
    Empty { path: PathBuf, what: &'static str },
    /// A vendor's file cannot be read.
    #[error("`{file}`: {message}")]
    Vendor { file: String, message: String },
    /// Two facts would stand in one place.
    #[error("{0}")]
    Collision(String),
    /// A record that JSON cannot hold, or a table of ours that is not JSON.
    #[error("`{file}`: {source}")]
    Json { file: String, source: serde_json::Error },
}

impl Failure {
    /// Names the file in which `message` holds.
    pub(crate) fn vendor(file: &str, message: String) -> Failure {
        Failure::Vendor { file: file.to_owned(), message }
    }
}
