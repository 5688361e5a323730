//! Where something comes from that nobody may read: the environment, a file, or what a command prints. Never an argument, which other
//! users of the machine can see.

use super::super::failure::Failure;
use super::super::session::Session;
use policyc::backend::{self, fill};
use policyc::diagnostic::{Code, Diagnostic};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zeroize::Zeroizing;

/// Bytes of the largest secret.
const LARGEST: u64 = 64 << 10;

/// The secrets of each organisation, by its place among them.
pub(super) type Secrets = BTreeMap<usize, fill::Secrets>;

/// Has the system write no core file of this process, nor of those that it starts: it would hold keys and secrets.
pub(super) fn leave_no_core() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        // A core file that goes to a program is not limited by its size.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    }
}

/// Every secret that the compiled files ask for, each read once. What cannot be had has a finding.
pub(super) fn resolve(session: &mut Session) -> Secrets {
    let mut all = Secrets::new();
    let mut found = Vec::new();
    for group in &session.compiled.groups {
        let names = group.artefacts.iter().flat_map(|artefact| backend::secrets(group.behind(artefact), artefact));
        for name in names {
            let own = all.entry(group.organisation).or_default();
            if own.contains_key(name) {
                continue;
            }
            match read(session, group.organisation, name) {
                Ok(secret) => drop(own.insert(name.to_owned(), secret)),
                Err(finding) => {
                    // Nobody is told twice.
                    own.insert(name.to_owned(), Zeroizing::default());
                    found.push(*finding);
                }
            }
        }
    }
    found.into_iter().for_each(|finding| session.compiled.found.push(finding));
    all
}

fn read(session: &Session, organisation: usize, name: &str) -> Result<Zeroizing<Vec<u8>>, Box<Diagnostic>> {
    let organisation = &session.compiled.policy.organisations[organisation];
    let Some(from) = organisation.secrets.get(name) else {
        let folder = &organisation.id.value;
        let message = format!("nothing says where the secret `{name}` of `{folder}` comes from");
        let finding = Diagnostic::in_artefact(Code::UnavailableSecret, format!("policy-sources/{folder}"), "", message);
        let cure = format!("write `secrets: {{ {name}: env:NAME }}` in policy-sources/{folder}/secrets.yaml");
        return Err(Box::new(finding.help(cure)));
    };
    let refused = |why: String| {
        let message = format!("the secret `{name}` cannot be had: {why}");
        let finding = Diagnostic::new(Code::UnavailableSecret, from.span, message);
        Box::new(finding.help("give it to whoever runs the release, as secrets.yaml says"))
    };
    let source = Source::parse(from).map_err(&refused)?;
    source.read(&session.project.root, name).map_err(|failure| match failure {
        Failure::Secret { why, .. } => refused(why),
        other => refused(other.to_string()),
    })
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A variable of the environment.
    Environment(String),
    /// A file; a line end at its end is not part of the secret.
    File(PathBuf),
    /// What a command prints; a line end at its end is not part of the secret.
    Command(String),
}

impl Source {
    /// `env:NAME`, `file:PATH` or `cmd:COMMAND`.
    pub(crate) fn parse(text: &str) -> Result<Source, String> {
        let known = text.split_once(':').filter(|(_, rest)| !rest.trim().is_empty());
        match known {
            Some(("env", name)) => Ok(Source::Environment(name.to_owned())),
            Some(("file", path)) => Ok(Source::File(path.into())),
            Some(("cmd", command)) => Ok(Source::Command(command.to_owned())),
            // The text may be the secret itself: it is not repeated.
            _ => Err("write `env:NAME`, `file:PATH` or `cmd:COMMAND`: the secret itself never stands in an argument"
                .to_owned()),
        }
    }

    /// Reads it; `folder` is where relative paths begin and commands run, and `what` names the secret in failures.
    pub(crate) fn read(&self, folder: &Path, what: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let failed = |why: String| Failure::Secret { what: what.to_owned(), why };
        let read = match self {
            Source::Environment(name) => match std::env::var_os(name) {
                Some(value) => Zeroizing::new(value.into_encoded_bytes()),
                None => return Err(failed(format!("the environment has no `{name}`"))),
            },
            Source::File(path) => {
                let path = folder.join(path);
                let file =
                    std::fs::File::open(&path).map_err(|error| failed(format!("`{}`: {error}", path.display())))?;
                limited(file).map_err(|why| failed(format!("`{}`: {why}", path.display())))?
            }
            Source::Command(command) => printed(command, folder).map_err(failed)?,
        };
        let read = match self {
            Source::Environment(_) => read,
            Source::File(_) | Source::Command(_) => without_line_end(read),
        };
        if read.is_empty() { Err(failed("it is empty".to_owned())) } else { Ok(read) }
    }
}

fn limited(from: impl Read) -> Result<Zeroizing<Vec<u8>>, String> {
    // All that it may grow to, at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LARGEST as usize + 1));
    from.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST { Err(format!("more than {} KiB", LARGEST >> 10)) } else { Ok(bytes) }
}

fn printed(command: &str, folder: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut child = shell(command)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // What it says may be the secret, and this would stand in a log.
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("its command cannot be run: {error}"))?;
    let read = child.stdout.take().map_or_else(|| Err("its command prints nowhere".to_owned()), limited);
    if read.is_err() {
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    match status.success() {
        true => read,
        false => Err(format!("its command ended with {status}; run it by itself to see what it says")),
    }
}

/// A command as people write it for their shell.
pub(super) fn shell(command: &str) -> Command {
    let (program, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut shell = Command::new(program);
    shell.arg(flag).arg(command);
    shell
}

fn without_line_end(mut bytes: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    for end in [b'\n', b'\r'] {
        if bytes.last() == Some(&end) {
            bytes.pop();
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_from_where_it_is_said_to_be() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("s"), "open sesame\r\n").unwrap();
        let read = |source: &str| {
            Source::parse(source).unwrap().read(folder.path(), "the passphrase").map(|read| read.to_vec())
        };
        assert_eq!(read("file:s").unwrap(), b"open sesame");
        assert_eq!(read("cmd:echo open sesame").unwrap(), b"open sesame");
        assert!(read("env:POLICYC_NO_SUCH_NAME").unwrap_err().to_string().contains("POLICYC_NO_SUCH_NAME"));
        assert!(read("cmd:exit 3").is_err() && read("file:none").is_err());
        let refused = Source::parse("hunter2").unwrap_err();
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}
