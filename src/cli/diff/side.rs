//! What a side is, by its name: a folder of sources, of artefacts, one artefact, or any of them at a git revision.

use super::super::failure::Failure;
use super::super::project::{GOLDEN, Limits, Links, OUTPUT, Project, SOURCES, walk};
use super::git::Repository;
use super::released::{self, Released};
use policyc::backend::{self, Format};
use policyc::catalogue::Catalogue;
use policyc::diagnostic::nearest::did_you_mean;
use policyc::review::Side;
use policyc::setting::Date;
use policyc::source::{Content, SourceFile, Sources, yaml::MAX_FILE};
use policyc::{Compiled, Request, compile};
use std::path::{Path, PathBuf};

/// Policies that organisations adopt stand beside their folders.
const SHARED: [&str; 2] = ["baselines/", "releases.yaml"];
/// Bytes of the largest artefact that is read.
const LARGEST: u64 = 16 << 20;
const OF_SOURCES: Limits = Limits { files: 10_000, total: 256 << 20, each: MAX_FILE };
const OF_ARTEFACTS: Limits = Limits { files: 100_000, total: 1 << 30, each: LARGEST };

/// What was read for a side.
pub(super) enum Read {
    /// Sources, of one organisation alone where its folder was named.
    Sources(Sources, Option<String>),
    /// Artefacts, where they were found, and how many files beside them are none.
    Artefacts(Vec<SourceFile>, PathBuf, usize),
    /// A bundle.
    Released(Box<Released>),
}

/// A side with everything that it is made of.
pub(crate) struct Loaded {
    pub(crate) name: String,
    content: Read,
    pub(crate) compiled: Option<Compiled>,
}

impl Loaded {
    /// Compiles what was read, where it is sources.
    pub(super) fn new(name: &str, content: Read, catalogue: &Catalogue, as_of: Date) -> Loaded {
        let compiled = match &content {
            Read::Sources(sources, _) => Some(compile(sources, catalogue, &Request { as_of })),
            Read::Artefacts(..) | Read::Released(_) => None,
        };
        Loaded { name: name.to_owned(), content, compiled }
    }

    pub(crate) fn sources(&self) -> Option<&Sources> {
        match &self.content {
            Read::Sources(sources, _) => Some(sources),
            Read::Artefacts(..) | Read::Released(_) => None,
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.compiled.as_ref().is_some_and(|compiled| compiled.found.has_errors())
    }

    /// What a reader must know of it beside its name.
    pub(crate) fn remarks(&self) -> Vec<String> {
        match &self.content {
            Read::Sources(..) | Read::Artefacts(_, _, 0) => Vec::new(),
            Read::Artefacts(_, _, others) => {
                vec![format!("`{}`: {others} other files are no artefacts and not compared", self.name)]
            }
            Read::Released(released) => {
                let origin = format!("`{}` is a bundle {}; `policyc verify` says whose", self.name, released.origin());
                let secret = |path| format!("`{path}` of it holds secrets, which are not compared");
                std::iter::once(origin).chain(released.with_secrets().map(secret)).collect()
            }
        }
    }

    /// As the comparison takes it; `only` is the organisation that the run asks for.
    pub(crate) fn side<'a>(&'a self, only: Option<&'a str>) -> Side<'a> {
        match (&self.content, &self.compiled) {
            (Read::Sources(sources, own), Some(compiled)) => {
                Side::compiled(&self.name, sources, compiled, own.as_deref().or(only))
            }
            (Read::Artefacts(files, folder, _), _) => {
                let name = |folder: &'a Path| folder.file_name().and_then(|name| name.to_str());
                Side::files(&self.name, files).found_in(folder.parent().and_then(name), name(folder)).of(only)
            }
            (Read::Released(released), _) => {
                Side::files(&self.name, &released.files).with_secrets(released.with_secrets()).of(only)
            }
            (Read::Sources(..), None) => unreachable!("internal: sources are compiled when they are read"),
        }
    }
}

/// `A..B` as two sides; `None` where it is one.
pub(crate) fn range(text: &str) -> Option<(&str, &str)> {
    if Path::new(text).exists() {
        return None;
    }
    let (before, after) = text.split_once("..")?;
    let after = after.strip_prefix('.').unwrap_or(after);
    (!before.is_empty()).then_some((before, if after.is_empty() { "HEAD" } else { after }))
}

/// Reads what a name stands for. `project` is the folder that revisions are of.
pub(super) fn read(name: &str, project: &Path) -> Result<Read, Failure> {
    match locate(name, project)? {
        Some(Located::Path(path)) => from_disk(&path),
        Some(Located::Revision(revision)) => from_git(revision, name),
        None => Err(unknown(name, project)),
    }
}

/// Where a name leads.
pub(crate) enum Located {
    /// To a file or folder.
    Path(PathBuf),
    /// Into a repository.
    Revision(Revision),
}

/// A path that is there, or a revision that git knows; nothing where it is neither.
pub(crate) fn locate(name: &str, project: &Path) -> Result<Option<Located>, Failure> {
    let forced = name.strip_prefix("git:");
    let path = Path::new(name);
    let is_path = forced.is_none() && path.exists();
    let says_path = name.starts_with(['.', '/']) || path.is_absolute();
    let revision = if says_path { None } else { revision(forced.unwrap_or(name), project) };
    match (is_path, revision) {
        (true, Some(_)) => Err(Failure::AmbiguousSide { name: name.to_owned() }),
        (true, None) => Ok(Some(Located::Path(path.to_owned()))),
        (false, revision) => Ok(revision.map(Located::Revision)),
    }
}

fn unknown(name: &str, project: &Path) -> Failure {
    let mut near: Vec<String> = [SOURCES, GOLDEN, OUTPUT].map(str::to_owned).to_vec();
    near.extend(
        Project { root: project.to_owned() }
            .organisations()
            .unwrap_or_default()
            .iter()
            .map(|id| format!("{SOURCES}/{id}")),
    );
    let cure = did_you_mean(name, near.iter().map(String::as_str))
        .unwrap_or_else(|| "name a folder, a file, or a revision that git knows here".to_owned());
    Failure::Unknown { kind: "folder, file or git revision", name: name.to_owned(), cure: Some(cure) }
}

// ---- from the disk

pub(super) fn from_disk(path: &Path) -> Result<Read, Failure> {
    let whole = std::path::absolute(path).map_err(Failure::io("find", path))?;
    if released::is_bundle(&whole) {
        return released::read(path).map(|read| Read::Released(Box::new(read)));
    }
    if whole.is_file() {
        return one_file(&whole);
    }
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    if whole.join(SOURCES).is_dir() {
        return Ok(Read::Sources(Project { root: whole }.sources(None)?, None));
    }
    if name(&whole) == SOURCES && !whole.join("organisation.yaml").is_file() {
        let root = whole.parent().unwrap_or(&whole).to_owned();
        return Ok(Read::Sources(Project { root }.sources(None)?, None));
    }
    if whole.join("organisation.yaml").is_file() {
        return organisation(&whole, &name(&whole));
    }
    artefacts(walk::read(&whole, OF_ARTEFACTS, Links::Never, &|_, _| true)?, &whole)
}

/// One organisation's folder, with what stands beside it for all of them.
fn organisation(folder: &Path, id: &str) -> Result<Read, Failure> {
    let above = folder.parent().filter(|above| above.file_name().is_some_and(|name| name == SOURCES));
    let mut files = match above {
        Some(above) => {
            let wanted = |name: &str, is_folder: bool| !is_folder || name == id || format!("{name}/") == SHARED[0];
            walk::read(above, OF_SOURCES, Links::Inside, &wanted)?
        }
        None => {
            let mut own = walk::read(folder, OF_SOURCES, Links::Inside, &|_, _| true)?;
            own.iter_mut().for_each(|file| file.path = format!("{id}/{}", file.path));
            own
        }
    };
    files.iter_mut().for_each(|file| file.path = format!("{SOURCES}/{}", file.path));
    Ok(Read::Sources(Sources::new(files), Some(id.to_owned())))
}

fn one_file(path: &Path) -> Result<Read, Failure> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let folder = path.parent().unwrap_or(path);
    let files = walk::read(folder, OF_ARTEFACTS, Links::Inside, &|own, is_folder| !is_folder && own == name)?;
    artefacts(files, path)
}

fn artefacts(files: Vec<SourceFile>, path: &Path) -> Result<Read, Failure> {
    if let Some(released) = released::among(&files, path)? {
        return Ok(Read::Released(Box::new(released)));
    }
    let is_artefact = |file: &SourceFile| {
        let own = !matches!(file.path.as_str(), "README.md" | "manifest.json" | ".gitignore");
        own && backend::format_of(&file.path).is_some()
    };
    let (mut files, others): (Vec<SourceFile>, Vec<SourceFile>) = files.into_iter().partition(is_artefact);
    if files.is_empty() {
        return Err(Failure::NoSide { path: path.into() });
    }
    for file in &mut files {
        match &mut file.content {
            Content::Bytes(bytes) if backend::format_of(&file.path) == Some(Format::Mobileconfig) => {
                *bytes = released::opened(&file.path, std::mem::take(bytes))?;
            }
            Content::Bytes(_) => {}
            Content::TooLarge(size) => {
                let limit = format!("{} MiB in one file ({} has {size} bytes)", LARGEST >> 20, file.path);
                return Err(Failure::TooMuch { path: path.into(), limit });
            }
            Content::Refused(why) => {
                return Err(Failure::Revision { path: file.path.clone(), why: why.clone() });
            }
        }
    }
    let others =
        others.iter().filter(|file| !matches!(file.path.as_str(), "README.md" | "manifest.json" | ".gitignore"));
    let folder = if path.is_file() { path.parent().unwrap_or(path) } else { path };
    Ok(Read::Artefacts(files, folder.to_owned(), others.count()))
}

// ---- from git

/// A tree of a repository, and a path in it.
pub(crate) struct Revision {
    pub(crate) repository: Repository,
    pub(crate) tree: String,
    pub(crate) path: String,
}

fn revision(name: &str, project: &Path) -> Option<Revision> {
    let repository = Repository::at(project)?;
    if let Some(tree) = repository.resolve(name) {
        let path = repository.path(None);
        return Some(Revision { repository, tree, path });
    }
    let (name, path) = name.split_once(':')?;
    let tree = repository.resolve(name)?;
    let path = repository.path(Some(path));
    (path.is_empty() || repository.has(&tree, &path)).then_some(Revision { repository, tree, path })
}

fn from_git(revision: Revision, name: &str) -> Result<Read, Failure> {
    let Revision { repository, tree, path } = revision;
    let below = |path: &str, name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
    let own = path.rsplit('/').next().unwrap_or(&path).to_owned();
    let sources = below(&path, SOURCES);
    let prefixed = |mut files: Vec<SourceFile>, prefix: &str| {
        files.iter_mut().for_each(|file| file.path = format!("{prefix}{}", file.path));
        Sources::new(files)
    };
    if repository.has(&tree, &sources) {
        let files = repository.files(&tree, &sources, OF_SOURCES)?;
        return Ok(Read::Sources(prefixed(files, &format!("{SOURCES}/")), None));
    }
    let is_organisation = repository.has(&tree, &below(&path, "organisation.yaml"));
    if own == SOURCES && !is_organisation {
        let files = repository.files(&tree, &path, OF_SOURCES)?;
        return Ok(Read::Sources(prefixed(files, &format!("{SOURCES}/")), None));
    }
    if is_organisation {
        let above =
            path.rsplit_once('/').map(|(above, _)| above).filter(|above| above.rsplit('/').next() == Some(SOURCES));
        let files = match above {
            Some(above) => {
                let mut all = repository.files(&tree, above, OF_SOURCES)?;
                let wanted = |file: &SourceFile| {
                    file.path.starts_with(&format!("{own}/"))
                        || SHARED.iter().any(|shared| file.path.starts_with(shared))
                };
                all.retain(wanted);
                prefixed(all, &format!("{SOURCES}/"))
            }
            None => prefixed(repository.files(&tree, &path, OF_SOURCES)?, &format!("{SOURCES}/{own}/")),
        };
        return Ok(Read::Sources(files, Some(own)));
    }
    let folder = if path.is_empty() { name } else { &path };
    artefacts(repository.files(&tree, &path, OF_ARTEFACTS)?, Path::new(folder))
}
