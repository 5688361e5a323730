//! `policyc ingest-admx FILE`: the facts of a policy template into an organisation's folder, and the file beside them.

use super::failure::Failure;
use super::format::{self, Format};
use super::project::tree::Tree;
use super::project::{Project, SOURCES};
use super::session::{denies, least, many};
use super::terminal::{Style, Terminal, styled};
use super::{Global, Outcome};
use policyc::diagnostic::Diagnostics;
use policyc::diagnostic::render::{Counts, Lines, human};
use policyc::policy;
use policyc::report::Report;
use policyc::source::{Content, SourceFile, Sources, yaml::MAX_FILE};
use policyc::template::{Read, Template, difference, is_name, print, read};
use serde_json::json;
use std::io::Read as _;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  policyc ingest-admx msedge.admx --organisation acme
  policyc ingest-admx chrome.admx --organisation acme --app Chrome
  policyc ingest-admx msedge.admx --organisation acme --replace      the vendor's next version";

/// Bytes of the largest ADMX file; those of Office have two megabytes.
const MAX_ADMX: u64 = 16 << 20;

/// The folder of templates, inside that of the organisation.
const FOLDER: &str = "admx";

/// Take the facts of an ADMX file (Edge, Office, OneDrive, Chrome, …) into an organisation's folder
///
/// Writes `policy-sources/ORG/admx/NAME.yaml`: names, categories, ids, kinds and ranges, no text of the
/// vendor's. Policies of the template are then checked like any other node. The ADMX file itself goes beside
/// it: servers that take SyncML are told to install it before its policies.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct IngestAdmx {
    /// The ADMX file, as the vendor ships it
    #[arg(value_name = "FILE.admx")]
    file: PathBuf,
    /// The organisation whose folder gets it
    #[arg(long, value_name = "ORG")]
    organisation: String,
    /// What LocURIs call the app [default: the prefix of the file's own namespace]
    #[arg(long, value_name = "NAME")]
    app: Option<String>,
    /// Write over facts and file of an earlier version, and say what differs
    #[arg(long)]
    replace: bool,
    /// Leave the ADMX file where it is: the server has it from elsewhere
    #[arg(long)]
    facts_only: bool,
}

pub(crate) fn run(command: &IngestAdmx, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let project = Project::find(&global.directory)?;
    project.expect_organisation(&command.organisation)?;
    let bytes = bytes(&command.file)?;
    let Read { sources, template, mut found } = read(&command.file.to_string_lossy(), &bytes, command.app.as_deref());
    found.deny(|diagnostic| denies(global, diagnostic));
    let Some(template) = template.filter(|_| !found.has_errors()) else {
        say(&found, &sources, &json!({}), global, terminal)?;
        return Ok(Outcome::Faulty);
    };
    let plan = Plan::new(command, &template, bytes)?;
    let before = plan.before(&project);
    let written = plan.write(&project, command.replace)?;
    let [new, gone, changed] = before.map_or_else(Default::default, |before| difference(&before, &template));
    let elements: usize = template.policies.iter().map(|policy| policy.elements.len()).sum();
    let own = json!({
        "app": template.app, "file": template.file, "policies": template.policies.len(), "elements": elements,
        "written": written, "new": new, "gone": gone, "changed": changed,
    });
    if global.is(Format::Text) {
        let mut text = format!(
            "{}: {}, {}; LocURIs call it {}\n",
            template.file,
            many(template.policies.len(), "policy").replace("policys", "policies"),
            many(elements, "element"),
            template.app
        );
        text.extend(written.iter().map(|path| format!("wrote {path}\n")));
        if written.is_empty() {
            text.push_str("all of it is there already\n");
        }
        for (word, names) in [("new", &new), ("gone", &gone), ("changed", &changed)] {
            text.extend(names.iter().map(|name| format!("{word:8} {name}\n")));
        }
        terminal.text(&text)?;
    }
    say(&found, &sources, &own, global, terminal)?;
    Ok(Outcome::Clean)
}

/// The findings, and in JSON what was done.
fn say(
    found: &Diagnostics,
    sources: &Sources,
    own: &serde_json::Value,
    global: &Global,
    terminal: Terminal,
) -> Result<(), Failure> {
    let lines = Lines::new(sources);
    if !global.is(Format::Text) {
        let report = Report { least: least(global), ..Report::new("ingest-admx", found, &lines) };
        return format::print(report, own, global, terminal);
    }
    let mut text = human(found, &lines, terminal.look(), least(global));
    let Counts { errors, .. } = Counts::of(found);
    if errors > 0 {
        text.push_str(&format!("{}: nothing was written\n", styled(Style::Error, &many(errors, "error"))));
    }
    terminal.remark(&text);
    Ok(())
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(Failure::io("read", path))?;
    file.take(MAX_ADMX + 1).read_to_end(&mut bytes).map_err(Failure::io("read", path))?;
    match bytes.len() as u64 > MAX_ADMX {
        true => Err(Failure::TooMuch { path: path.into(), limit: format!("{} MiB", MAX_ADMX >> 20) }),
        false => Ok(bytes),
    }
}

/// What is to be written: paths below `policy-sources/`, the facts first.
struct Plan {
    files: Vec<(String, Vec<u8>)>,
}

impl Plan {
    fn new(command: &IngestAdmx, template: &Template, bytes: Vec<u8>) -> Result<Plan, Failure> {
        for name in [&template.app, &template.file] {
            if !is_name(name) {
                return Err(Failure::AdmxName { name: name.clone() });
            }
        }
        let stem = template.file.rsplit_once('.').map_or(template.file.as_str(), |(stem, _)| stem);
        let at = |name: &str| format!("{}/{FOLDER}/{name}", command.organisation);
        let mut files = vec![(at(&format!("{stem}.yaml")), print(template).into_bytes())];
        if !command.facts_only {
            files.push((at(&template.file), bytes));
        }
        for (path, bytes) in &files {
            if bytes.len() as u64 > MAX_FILE {
                return Err(Failure::TooMuch { path: path.into(), limit: format!("{} MiB", MAX_FILE >> 20) });
            }
        }
        Ok(Plan { files })
    }

    /// The facts that are there.
    fn before(&self, project: &Project) -> Option<Template> {
        let (path, _) = self.files.first()?;
        let bytes = std::fs::read(project.root.join(SOURCES).join(path)).ok()?;
        let path = format!("{SOURCES}/{path}");
        let sources = Sources::new(vec![SourceFile { path, content: Content::Bytes(bytes) }]);
        policy::templates(&sources).into_iter().next()
    }

    /// Writes what is not there as it should be; over what is there with `replace` alone. All or nothing of it.
    fn write(&self, project: &Project, replace: bool) -> Result<Vec<String>, Failure> {
        let tree = Tree::new(project.root.join(SOURCES));
        let mut buffer = Vec::new();
        let mut wanted = Vec::new();
        for (path, bytes) in &self.files {
            if tree.holds(path, bytes, &mut buffer)? {
                continue;
            }
            if !replace && tree.path(path).symlink_metadata().is_ok() {
                return Err(Failure::Ingested { path: tree.path(path) });
            }
            wanted.push((path, bytes));
        }
        tree.prepare(wanted.iter().map(|(path, _)| path.as_str()))?;
        let staged: Result<Vec<_>, Failure> = wanted.iter().map(|(path, bytes)| tree.stage(path, bytes)).collect();
        for staged in staged? {
            staged.commit()?;
        }
        Ok(wanted.into_iter().map(|(path, _)| format!("{SOURCES}/{path}")).collect())
    }
}
