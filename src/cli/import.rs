//! `policyc import PATH… --organisation NAME`: files of anybody's → the sources of an organisation that compile back to them.

use super::failure::Failure;
use super::format::{self, Format};
use super::project::tree::Tree;
use super::project::{Project, SOURCES};
use super::session::{denies, least, many, start_threads, today, while_saying};
use super::terminal::{Style, Terminal, styled};
use super::{Global, Outcome, gathering};
use policyc::catalogue::Catalogue;
use policyc::control::Differing;
use policyc::diagnostic::render::{Counts, Lines, human};
use policyc::diagnostic::{Code, Diagnostic, Diagnostics};
use policyc::gather::Gather;
use policyc::import::{Imported, NearReport, Note, Wanted, import};
use policyc::policy;
use policyc::reader::{self, Given, Readings};
use policyc::report::Report;
use policyc::source::{Content, Source, SourceFile, Sources};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  policyc import exports/ --organisation acme --dry-run      what would come of it
  policyc import exports/ --organisation acme                one group for each folder or assignment
  policyc import *.mobileconfig --organisation acme --group phones
  policyc import backup.zip --organisation acme --json
  policyc import vendor/ --organisation acme --attach-signed  what vendors signed stays as it is

It reads configuration profiles, declarations, SyncML, Intune exports, and archives and folders of them. Then:
  policyc build acme && policyc explain --organisation acme";

/// Turn files that are in use into an organisation's sources, which compile back to the same settings
///
/// Settings that a control stands for become that control, the others stay as they are; values that are
/// secret are written nowhere. What was written is compiled and compared with what was read before anything
/// is kept: one difference, and nothing is. Files that exist are never overwritten.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Import {
    /// Files, folders and archives; `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// The organisation's id: lower-case words joined by hyphens; its folder is called so
    #[arg(long, value_name = "NAME")]
    organisation: String,
    /// Put everything into one group of this name, for each platform, whatever folders and assignments say
    #[arg(long, value_name = "NAME")]
    group: Option<String>,
    /// Leave signed profiles as they are: they are attached to their groups, and not turned into clauses
    #[arg(long)]
    attach_signed: bool,
    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(command: &Import, global: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let id = command.organisation.as_str();
    for name in [Some(id), command.group.as_deref()].into_iter().flatten() {
        if !is_name(name) {
            return Err(Failure::Name { name: name.to_owned() });
        }
    }
    let root = Project::find(&global.directory).map_or_else(|_| global.directory.clone(), |project| project.root);
    start_threads(global)?;
    let mut unread = Diagnostics::default();
    let files = gathering::files(&command.paths, &mut unread)?;
    gathering::need_any(&files, &mut unread);
    let files: Vec<Given<'_>> = files.iter().map(|(name, bytes)| Given { name, bytes }).collect();
    let roots = gathering::roots(&command.paths);
    let beside = templates(&root, id)?;
    let catalogue = match policy::templates(&Sources::new(beside.clone())).as_slice() {
        [] => Catalogue::embedded(),
        templates => Catalogue::embedded().extended(templates),
    };
    let as_of = global.as_of.unwrap_or_else(today);
    let bytes: BTreeMap<&str, &[u8]> = files.iter().map(|file| (file.name, file.bytes)).gather();
    let attach_signed = command.attach_signed.then_some(&bytes);
    let wanted = Wanted {
        beside: &beside,
        attach_signed,
        organisation: id,
        group: command.group.as_deref(),
        roots: &roots,
        as_of,
    };
    let (read, mut imported) = while_saying("reading and comparing …\n", terminal, || {
        let read = reader::read(&files, &catalogue);
        let imported = import(&read, &catalogue, &wanted);
        (read, imported)
    });
    imported.found.absorb(unread);
    imported.found.deny(|finding| denies(global, finding));
    if imported.groups.is_empty() && !imported.found.has_errors() {
        imported.found.push(nothing(&files));
    }
    let faulty = imported.found.has_errors();
    let written = match faulty || command.dry_run {
        true => Vec::new(),
        false => write(&root, &imported.files)?,
    };
    let plan = Plan { imported: &imported, read: &read, written: &written, dry_run: command.dry_run && !faulty };
    say(&plan, global, terminal)?;
    Ok(Outcome::faulty_if(faulty))
}

/// An organisation of nobody is no import: it would only stand in the way of the next one.
fn nothing(files: &[Given<'_>]) -> Diagnostic {
    let file = files.first().map_or("what is given", |file| file.name);
    Diagnostic::in_artefact(Code::NothingToImport, file, "", "nothing in it can become a source").help(
        "give profiles, declarations, SyncML or Intune exports that are whole: `policyc lint` says what is wrong with each",
    )
}

/// The templates that the organisation has ingested, which tell what Intune's exports leave open.
fn templates(root: &Path, id: &str) -> Result<Vec<SourceFile>, Failure> {
    let own = format!("{SOURCES}/{id}/admx/");
    if !root.join(&own).is_dir() {
        return Ok(Vec::new());
    }
    let sources = Project::find(root)?.sources(Some(id))?;
    let file = |file: &Source| {
        let content = Content::Bytes(file.bytes()?.to_vec());
        file.path.starts_with(&own).then(|| SourceFile { path: file.path.to_string(), content })
    };
    Ok(sources.files().filter_map(|(_, source)| file(source)).collect())
}

fn is_name(id: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    id.len() <= 64 && id != "baselines" && id.split('-').all(word)
}

/// Writes all files or none; what exists stays, and is a failure.
fn write(root: &Path, files: &[(String, Vec<u8>)]) -> Result<Vec<String>, Failure> {
    let sources = root.join(SOURCES);
    if !sources.is_dir() {
        std::fs::create_dir_all(&sources).map_err(Failure::io("create the folder", &sources))?;
    }
    let tree = Tree::new(sources);
    for (path, _) in files {
        if tree.path(path).symlink_metadata().is_ok() {
            return Err(Failure::Exists { path: tree.path(path) });
        }
    }
    tree.prepare(files.iter().map(|(path, _)| path.as_str()))?;
    let staged: Result<Vec<_>, Failure> = files.iter().map(|(path, bytes)| tree.stage(path, bytes)).collect();
    for staged in staged? {
        staged.commit()?;
    }
    Ok(files.iter().map(|(path, _)| format!("{SOURCES}/{path}")).collect())
}

/// What there is to say.
struct Plan<'a> {
    imported: &'a Imported,
    read: &'a Readings,
    written: &'a [String],
    dry_run: bool,
}

fn say(plan: &Plan<'_>, global: &Global, terminal: Terminal) -> Result<(), Failure> {
    let found = &plan.imported.found;
    let lines = Lines::new(&plan.read.sources);
    if !global.is(Format::Text) {
        let report = Report { least: least(global), ..Report::new("import", found, &lines) };
        return format::print(report, &plan.json(), global, terminal);
    }
    let mut text = human(found, &lines, terminal.look(), least(global));
    let Counts { errors, .. } = Counts::of(found);
    if errors > 0 {
        text.push_str(&format!("{}: nothing was written\n", styled(Style::Error, &many(errors, "error"))));
    }
    terminal.remark(&text);
    terminal.text(&plan.text())
}

/// A value as far as it fits a line.
fn brief(value: &policyc::setting::Value) -> String {
    const LONGEST: usize = 60;
    let shown = value.to_string();
    let line: String = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// What a clause might ask for in the place of raw settings, and what that would change.
fn nearly(near: &NearReport) -> String {
    let of = near.agreeing + near.differing.len();
    let mut out = format!("  near     {}, {} of its {}\n", near.requirement, near.agreeing, many(of, "setting"));
    for Differing { address, wanted, there } in &near.differing {
        let there = there.as_ref().map_or("not there".to_owned(), |there| format!("now {}", brief(there)));
        out.push_str(&format!("           {address} would be {}, {there}\n", brief(wanted)));
    }
    out
}

impl Plan<'_> {
    fn text(&self) -> String {
        let mut out = String::new();
        for group in &self.imported.groups {
            let settings: usize = group.raised.iter().map(|(_, _, count)| count).sum();
            out.push_str(&format!("{} ({}), from {}\n", group.id, group.platform, many(group.files.len(), "file")));
            out.push_str(&format!(
                "  raised   {}, for {}\n",
                many(group.raised.len(), "control"),
                many(settings, "setting")
            ));
            for (control, instance, count) in &group.raised {
                let instance = instance.as_ref().map_or(String::new(), |name| format!(" [{name}]"));
                out.push_str(&format!("           {control}{instance}: {}\n", many(*count, "setting")));
            }
            out.push_str(&format!("  raw      {}\n", many(group.raw.len(), "setting")));
            group.near.iter().for_each(|near| out.push_str(&nearly(near)));
            out.extend(group.attached.iter().map(|file| format!("  attached {file}\n")));
        }
        for (title, notes) in [("dropped", &self.imported.dropped), ("unknown", &self.imported.unknown)] {
            for note in notes {
                let place = if note.place.is_empty() || note.place == note.what {
                    String::new()
                } else {
                    format!(", {}", note.place)
                };
                let what: String = note.what.chars().take(120).collect();
                out.push_str(&format!("{title}  {}{place}: {what}: {}\n", note.file, note.why));
            }
        }
        for (name, from) in &self.imported.secrets {
            out.push_str(&format!("secret   {name}, expected in {from}; its value was kept nowhere\n"));
        }
        if self.dry_run {
            out.extend(self.imported.files.iter().map(|(path, _)| format!("would write {SOURCES}/{path}\n")));
        }
        out.extend(self.written.iter().map(|path| format!("wrote {path}\n")));
        out
    }

    fn json(&self) -> Value {
        let note = |note: &Note| json!({ "file": note.file, "place": note.place, "what": note.what, "why": note.why });
        let groups: Vec<Value> = self
            .imported
            .groups
            .iter()
            .map(|group| {
                let raised = group.raised.iter().map(|(control, instance, settings)| {
                    json!({ "control": control, "instance": instance, "settings": settings })
                });
                let raw =
                    group.raw.iter().map(|(address, file)| json!({ "setting": address.to_string(), "file": file }));
                let near = group.near.iter().map(|near| {
                    let differing = near.differing.iter().map(|one| {
                        let there = one.there.as_ref().map(ToString::to_string);
                        json!({ "setting": one.address.to_string(), "would-be": one.wanted.to_string(), "now": there })
                    });
                    let differing = differing.collect::<Vec<_>>();
                    json!({ "requirement": near.requirement, "agreeing": near.agreeing, "differing": differing })
                });
                json!({
                    "id": group.id, "platform": group.platform.word(), "files": group.files,
                    "raised": raised.collect::<Vec<_>>(), "near": near.collect::<Vec<_>>(),
                    "raw": raw.collect::<Vec<_>>(),
                    "attached": group.attached,
                })
            })
            .collect();
        let files = self.imported.files.iter().filter(|_| self.dry_run).map(|(path, _)| format!("{SOURCES}/{path}"));
        json!({
            "groups": groups,
            "dropped": self.imported.dropped.iter().map(note).collect::<Vec<_>>(),
            "unknown": self.imported.unknown.iter().map(note).collect::<Vec<_>>(),
            "secrets": self.imported.secrets,
            "would-write": files.collect::<Vec<_>>(),
            "written": self.written,
        })
    }
}
