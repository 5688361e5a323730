//! Failures: what goes wrong in the world, not in the author's policy. Each names the path or word that it is about.

use std::io;
use std::path::PathBuf;

/// Why a run could not do its work; the program exits with 2.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("no folder `policy-sources` in `{}` or above it", from.display())]
    NoProject { from: PathBuf },
    #[error("cannot {doing} `{}`: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("`{}` is not a folder of its own: a link or file stands in its place", path.display())]
    NotAFolder { path: PathBuf },
    #[error("`{}` holds more than {limit}", path.display())]
    TooMuch { path: PathBuf, limit: String },
    #[error("no {kind} is called `{name}`")]
    Unknown { kind: &'static str, name: String, cure: Option<String> },
    #[error("{organisations} have a group `{group}`")]
    Ambiguous { group: String, organisations: String },
    #[error("`{name}` is no id for an organisation")]
    Name { name: String },
    #[error("`{}` is there already, and nothing is overwritten", path.display())]
    Exists { path: PathBuf },
    #[error("`{}` is there already, and is not the same", path.display())]
    Ingested { path: PathBuf },
    #[error("`{name}` is no name that LocURIs and files can have")]
    AdmxName { name: String },
    #[error("`{}` is there already, and no bundle is overwritten", path.display())]
    Taken { path: PathBuf },
    #[error("`{}` is in `{folder}/`, where a bundle would be taken for what it was made of", path.display())]
    AmongSources { path: PathBuf, folder: &'static str },
    #[error("`{}` is no whole bundle: {why}", path.display())]
    BrokenBundle { path: PathBuf, why: String },
    #[error("`{}` is no SyncML fragment: {why}", path.display())]
    NotAFragment { path: PathBuf, why: String },
    #[error("`{name}` is a path here, and a git revision")]
    AmbiguousSide { name: String },
    #[error("`{}` holds neither sources nor artefacts", path.display())]
    NoSide { path: PathBuf },
    #[error("`{}` holds no data of a catalogue", path.display())]
    NoRelease { path: PathBuf },
    #[error("`{path}` cannot be read: {why}")]
    Revision { path: String, why: String },
    #[error("no certificate is given, and `{}` holds none", key.display())]
    NoCertificate { key: PathBuf },
    #[error("{what} cannot be had: {why}")]
    Secret { what: String, why: String },
    #[error("`{}` is no baseline of `policyc lint`: {why}", path.display())]
    NoBaseline { path: PathBuf, why: String },
    #[error("cannot write the result: {0}")]
    Output(io::Error),
    #[error("cannot start {threads} threads: {why}")]
    Threads { threads: usize, why: String },
}

impl Failure {
    /// The failure of doing something to a path.
    pub(crate) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Failure {
        let path = path.into();
        move |source| Failure::Io { doing, path, source }
    }

    /// What the user can do about it, where that is known.
    pub(crate) fn cure(&self) -> Option<String> {
        match self {
            Failure::NoProject { .. } => {
                Some("go to a folder that holds `policy-sources`, or name it: `-C DIR`".into())
            }
            Failure::Unknown { cure, .. } => cure.clone(),
            Failure::Name { .. } => Some("write lower-case words joined by hyphens, such as `acme-north`".into()),
            Failure::Exists { .. } => Some("choose another id, or go on with what is there".into()),
            Failure::Ingested { .. } => Some("`--replace` writes over it, and says which policies differ".into()),
            Failure::AdmxName { .. } => {
                Some("write letters, digits, `-`, `_` and `.`: `--app NAME` for the app, another file name for the file".into())
            }
            Failure::AmongSources { .. } => Some("name a place outside with `--out`".into()),
            Failure::Taken { .. } => Some("name another place with `--out`, or move away what is there".into()),
            Failure::BrokenBundle { .. } => {
                Some("take it anew from where it was released; `policyc verify` tells all that is wrong with it".into())
            }
            Failure::Ambiguous { .. } => Some("say which: `--organisation ORGANISATION`".into()),
            Failure::AmbiguousSide { name } => Some(format!("write `./{name}` for the path, `git:{name}` for the revision")),
            Failure::NoSide { .. } => Some(
                "name a folder with policy-sources/, an organisation's folder, golden/, profiles-out/, a bundle, or a file of theirs"
                    .into(),
            ),
            Failure::NoRelease { .. } => {
                Some("name a folder with apple/ or windows/ as `cargo ingest` writes them, such as src/catalogue/data".into())
            }
            Failure::NoCertificate { .. } => {
                Some("give the certificate of the key: `--certificate FILE`; only a PKCS#12 file may hold both".into())
            }
            Failure::NotAFragment { .. } => Some("name a file of profiles-out/ that ends in `.xml`".into()),
            Failure::NotAFolder { .. } => {
                Some("policyc writes through no link: move it away, or put a folder there".into())
            }
            _ => None,
        }
    }
}
