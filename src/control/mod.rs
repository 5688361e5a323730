//! Controls: what can be asked, what it becomes, what it cannot do, as data.

/// The control library's files.
pub(crate) fn library_files() -> Vec<crate::source::SourceFile> {
    Vec::new()
}
