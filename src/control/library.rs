//! The control library: one YAML file for each control, embedded, and parsed only when a policy asks for it.

use super::{Control, parse::parse};
use crate::diagnostic::Diagnostics;
use crate::source::{Content, SourceFile, Sources, yaml};
use std::sync::Arc;

macro_rules! library {
    ($($path:literal),* $(,)?) => { &[$(($path, include_str!(concat!("library/", $path, ".yaml")))),*] };
}

/// Area and id of every control, with its text, sorted.
const LIBRARY: &[(&str, &str)] = library![
    "access/biometric-unlock",
    "access/hello-for-business",
    "access/passcode",
    "access/pin-separation",
    "apps/app-allowlist",
    "encryption/disk-encryption",
    "encryption/removable-media-encryption",
    "encryption/startup-pin",
    "network/hotspot",
];

/// The control library's files, sorted by path.
pub(crate) fn library_files() -> Vec<SourceFile> {
    let file = |(path, text): &(&str, &str)| SourceFile {
        path: format!("library/{path}.yaml"),
        content: Content::Bytes(text.as_bytes().to_vec()),
    };
    LIBRARY.iter().map(file).collect()
}

/// The ids of the library's controls, sorted.
pub fn library_ids() -> Vec<&'static str> {
    let mut ids: Vec<&str> = LIBRARY.iter().filter_map(|(path, _)| path.rsplit('/').next()).collect();
    ids.sort_unstable();
    ids
}

/// One control of the library; `None` where it has none of that id.
pub fn library_control(sources: &Sources, id: &str, found: &mut Diagnostics) -> Option<Arc<Control>> {
    let name = format!("{id}.yaml");
    let (file, _) = sources.library().find(|(_, file)| file.path.rsplit('/').next() == Some(name.as_str()))?;
    let node = yaml::parse(sources, file, found)?;
    parse(&node, found).map(Arc::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_of_the_library_is_well_formed_and_named_as_its_file() {
        let sources = Sources::new(Vec::new());
        for id in library_ids() {
            let mut found = Diagnostics::default();
            let control = library_control(&sources, id, &mut found);
            let findings: Vec<_> = found.iter().map(|d| (&d.message, sources.line_column(span(d)))).collect();
            assert!(findings.is_empty(), "{id}: {findings:#?}");
            assert_eq!(control.unwrap().id.value, id);
        }
    }

    fn span(finding: &crate::diagnostic::Diagnostic) -> crate::source::Span {
        match finding.place {
            crate::diagnostic::Place::Source(span) => span,
            crate::diagnostic::Place::Artefact { .. } => crate::source::Span::NOWHERE,
        }
    }

    #[test]
    fn the_library_is_sorted() {
        assert!(LIBRARY.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
