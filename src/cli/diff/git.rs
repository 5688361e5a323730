//! Files of a git revision, read as objects: the work tree is not touched, and no hook, filter or textconv of the repository runs.
//!
//! `git ls-tree` and `git cat-file` are the only commands; a repository's configuration can make neither of them run a program.

#![allow(clippy::disallowed_methods, reason = "objects are read through git, whose name no source gives")]

use super::super::failure::Failure;
use super::super::project::Limits;
use policyc::source::{Content, SourceFile};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Links to links.
const MAX_LINKS: usize = 8;

/// A repository, by a folder inside it.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    folder: PathBuf,
    /// The folder's path below the repository's root: empty, or with a slash at its end.
    prefix: String,
}

/// One entry of a tree.
struct Entry {
    mode: String,
    object: String,
    size: u64,
}

impl Repository {
    /// The repository that holds a folder; `None` where there is none, or no git.
    pub(crate) fn at(folder: &Path) -> Option<Repository> {
        let prefix = output(folder, &["rev-parse", "--show-prefix"])?;
        let prefix = String::from_utf8(prefix).ok()?.trim_end_matches('\n').to_owned();
        Some(Repository { folder: folder.to_owned(), prefix })
    }

    /// The commit or tree that a name stands for.
    pub(crate) fn resolve(&self, revision: &str) -> Option<String> {
        if revision.is_empty() || revision.starts_with('-') {
            return None;
        }
        let name = format!("{revision}^{{tree}}");
        let output = output(&self.folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name])?;
        String::from_utf8(output).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// The id of the commit that a name stands for.
    pub(crate) fn commit(&self, revision: &str) -> Option<String> {
        let name = format!("{revision}^{{commit}}");
        let output = output(&self.folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name])?;
        String::from_utf8(output).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// A path as the repository has it: one that is given from its root, or the project's own folder where none is.
    pub(crate) fn path(&self, given: Option<&str>) -> String {
        let path = match given {
            None => self.prefix.as_str(),
            Some(path) => path,
        };
        path.trim_matches('/').trim_start_matches("./").to_owned()
    }

    /// Whether a tree has something at a path.
    pub(crate) fn has(&self, tree: &str, path: &str) -> bool {
        output(&self.folder, &["ls-tree", "-z", "--full-tree", tree, "--", path]).is_some_and(|found| !found.is_empty())
    }

    /// Every file at or below a path of a tree, by its path below it; a path that is a file is that file, under its own name.
    pub(crate) fn files(&self, tree: &str, path: &str, limits: Limits) -> Result<Vec<SourceFile>, Failure> {
        let entries = self.entries(tree, path)?;
        if entries.len() > limits.files {
            return Err(Failure::TooMuch { path: path.into(), limit: format!("{} files", limits.files) });
        }
        let total: u64 = entries.values().map(|entry| entry.size).filter(|size| *size <= limits.each).sum();
        if total > limits.total {
            return Err(Failure::TooMuch { path: path.into(), limit: format!("{} MiB", limits.total >> 20) });
        }
        let wanted: Vec<&str> = entries
            .values()
            .filter(|entry| entry.mode != "160000" && entry.size <= limits.each)
            .map(|entry| entry.object.as_str())
            .collect();
        let objects = self.objects(&wanted)?;
        let below = |full: &str| match full.strip_prefix(path).map(|rest| rest.trim_start_matches('/')) {
            Some("") | None => full.rsplit('/').next().unwrap_or(full).to_owned(),
            Some(rest) => rest.to_owned(),
        };
        let file = |full: &String| SourceFile { path: below(full), content: content(full, &entries, &objects, limits) };
        Ok(entries.keys().map(file).collect())
    }

    fn entries(&self, tree: &str, path: &str) -> Result<BTreeMap<String, Entry>, Failure> {
        let mut arguments = vec!["ls-tree", "-r", "-l", "-z", "--full-tree", tree];
        if !path.is_empty() {
            arguments.extend(["--", path]);
        }
        let listing = output(&self.folder, &arguments).ok_or_else(|| failed(path, "its tree cannot be listed"))?;
        let mut entries = BTreeMap::new();
        for line in listing.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
            let Ok(line) = std::str::from_utf8(line) else { return Err(failed(path, "a name in it is not UTF-8")) };
            let Some((facts, name)) = line.split_once('\t') else { continue };
            let mut facts = facts.split_whitespace();
            let (Some(mode), Some(_), Some(object), Some(size)) =
                (facts.next(), facts.next(), facts.next(), facts.next())
            else {
                continue;
            };
            let size = size.parse().unwrap_or(0);
            entries.insert(name.to_owned(), Entry { mode: mode.to_owned(), object: object.to_owned(), size });
        }
        Ok(entries)
    }

    /// The bytes of objects, by name: one process for all of them.
    fn objects(&self, wanted: &[&str]) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
        if wanted.is_empty() {
            return Ok(BTreeMap::new());
        }
        let broken = || failed("", "an object of it cannot be read");
        let mut child = git(&self.folder, &["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Failure::io("run git in", &self.folder))?;
        let mut asking = child.stdin.take().ok_or_else(broken)?;
        let mut answers = BufReader::new(child.stdout.take().ok_or_else(broken)?);
        let read = std::thread::scope(|scope| {
            scope.spawn(move || wanted.iter().try_for_each(|object| writeln!(asking, "{object}")));
            let mut objects = BTreeMap::new();
            for _ in wanted {
                let mut head = String::new();
                answers.read_line(&mut head).map_err(|_| broken())?;
                let mut words = head.split_whitespace();
                let (Some(object), Some("blob"), Some(size)) = (words.next(), words.next(), words.next()) else {
                    return Err(broken());
                };
                let size: u64 = size.parse().map_err(|_| broken())?;
                let mut bytes = Vec::new();
                (&mut answers).take(size + 1).read_to_end(&mut bytes).map_err(|_| broken())?;
                if bytes.pop() != Some(b'\n') || bytes.len() as u64 != size {
                    return Err(broken());
                }
                objects.insert(object.to_owned(), bytes);
            }
            Ok(objects)
        });
        // It ends by itself when nothing more is asked of it; after a fault it is ended.
        if read.is_err() {
            let _ = child.kill();
        }
        let _ = child.wait();
        read
    }
}

/// What stands at a path: links are followed inside what was listed, as on a disk.
fn content(
    path: &str,
    entries: &BTreeMap<String, Entry>,
    objects: &BTreeMap<String, Vec<u8>>,
    limits: Limits,
) -> Content {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Some(entry) = entries.get(&path) else { return Content::Refused("a link that leaves the folder".into()) };
        let bytes = objects.get(&entry.object);
        match (entry.mode.as_str(), bytes) {
            ("160000", _) => return Content::Refused("a submodule".into()),
            (_, None) if entry.size > limits.each => return Content::TooLarge(entry.size),
            (_, None) => return Content::Refused("an object that the repository does not have".into()),
            ("120000", Some(target)) => {
                let Ok(target) = std::str::from_utf8(target) else {
                    return Content::Refused("a link whose target is not UTF-8".into());
                };
                path = joined(&path, target);
            }
            (_, Some(bytes)) => return Content::Bytes(bytes.clone()),
        }
    }
    Content::Refused("links that lead to links".into())
}

/// Where a link leads, from the folder that it stands in.
fn joined(link: &str, target: &str) -> String {
    let mut parts: Vec<&str> = link.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn failed(path: &str, why: &str) -> Failure {
    Failure::Revision { path: path.to_owned(), why: why.to_owned() }
}

fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(folder)
        .args(["-c", "core.fsmonitor=false", "--no-optional-locks", "--no-replace-objects"])
        .args(arguments)
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// What git prints; `None` where it fails.
fn output(folder: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let done = git(folder, arguments).stdout(Stdio::piped()).output().ok()?;
    done.status.success().then_some(done.stdout)
}
