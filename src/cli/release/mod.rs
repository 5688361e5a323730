//! `policyc release`: what is approved, signed and bundled. The only command that may run a program which a source names.
//!
//! Reading order: this file (the story), `refusal.rs` (what stops a release), `identity.rs` (keys and certificates), `external.rs` (a
//! signer of somebody else's), `secret.rs` (where passphrases come from), `notes.rs` (what changed since the last one), `layout.rs`
//! (the folders of a console's tools), `assemble.rs`
//! (the bundle), `place.rs` (onto the disk).

mod assemble;
mod external;
mod identity;
mod laid;
pub(super) mod layout;
mod notes;
pub(crate) mod place;
mod refusal;
pub(super) mod secret;

pub(super) use assemble::{clauses, in_force};
pub(super) use refusal::files as source_files;

use super::failure::Failure;
use super::format;
use super::project::{GOLDEN, OUTPUT, SOURCES};
use super::session::{Session, many, today, while_saying};
use super::terminal::Terminal;
use super::{Global, Outcome};
use layout::Layout;
use policyc::Serve;
use policyc::consumer::Consumer;
use policyc::release::archive::Archive;
use policyc::release::cms::Time;
use policyc::setting::{Date, Dialect};
use secret::Source;
use serde::Serialize;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

const EXAMPLES: &str = "\
Examples:
  policyc release --out bundle --key key.pem --certificate chain.pem
  policyc release --out 1.4.tar.gz --key key.pem --passphrase env:PASSPHRASE --certificate chain.pem
  policyc release --out bundle --key identity.p12 --passphrase file:identity.pass
  policyc release --out bundle --certificate chain.pem --signer 'openssl dgst -sha256 -sign key.pem'
  policyc release --layout fleet --out fleet --key key.pem --certificate chain.pem
  policyc release --layout intunecd --out intune --key key.pem --certificate chain.pem

The signing time is that of --signing-time, else of SOURCE_DATE_EPOCH, else now. Its day is the day of
the policies, where --as-of gives no other. With it fixed, the same sources and key give the same bytes.";

/// Sign what is approved, and bundle it for those who deliver it
///
/// Refuses whatever is not approved in golden/, not committed, has errors, or would be filled in by a
/// server. The bundle holds the signed profiles, all other artefacts as they are, a signed manifest,
/// its provenance, and digests. It appears whole or not at all.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", super::servers()))]
pub(crate) struct Release {
    /// One organisation alone: the name of its folder in policy-sources/
    organisation: Option<String>,
    /// Where the bundle goes: a folder that is not there yet, or a file that ends in `.tar.gz` or `.zip`
    #[arg(long, value_name = "DIR|FILE")]
    out: PathBuf,
    /// The private key: PEM or DER, PKCS#8 or traditional, or PKCS#12; RSA from 2048 bits, P-256 or P-384
    #[arg(long, value_name = "FILE", required_unless_present = "signer", conflicts_with = "signer")]
    key: Option<PathBuf>,
    /// Where its passphrase comes from: `env:NAME`, `file:PATH` or `cmd:COMMAND` [default: asked for]
    #[arg(long, value_name = "SOURCE", requires = "key", value_parser = Source::parse)]
    passphrase: Option<Source>,
    /// A command that signs: reads the bytes on stdin, writes the signature with SHA-256 to stdout, asks nothing at the terminal
    #[arg(long, value_name = "COMMAND")]
    signer: Option<String>,
    /// How long the signer may take for one signature
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    signer_timeout: u64,
    /// The certificate of the key, PEM or DER; may hold its chain too [default: those of the PKCS#12 file]
    #[arg(long, value_name = "FILE", required_unless_present = "key")]
    certificate: Option<PathBuf>,
    /// The certificates between it and the root
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,
    /// The time in the signatures, `2026-10-01T09:00:00Z`
    #[arg(long, value_name = "TIME", value_parser = moment)]
    signing_time: Option<Time>,
    /// The bundle that was released before, a folder or an archive: adds notes on what changed since
    #[arg(long, value_name = "BUNDLE")]
    previous: Option<PathBuf>,
    /// Put the files where the tools of a console want them: fleet, intune-management, intunecd or terraform. Profiles are
    /// then not signed one by one, only the manifest is; the last three take the files for Intune alone
    #[arg(long, value_name = "NAME", value_parser = layout::named, conflicts_with = "previous")]
    layout: Option<Layout>,
    /// Hold every file against this server, instead of the one that its group states
    #[arg(long, value_name = "NAME", value_parser = super::server)]
    server: Option<&'static Consumer>,
    /// Which of Intune's files hold settings, instead of what each group states: `custom` puts everything into custom profiles (OMA-URIs on Windows, .mobileconfig on Apple's devices), `catalogue` into policies of the settings catalogue what these can hold
    #[arg(long, value_name = "DIALECT", value_parser = super::dialect)]
    intune: Option<Dialect>,
    /// Release what differs from golden/
    #[arg(long)]
    allow_drift: bool,
    /// Release sources or approvals that are not the committed ones
    #[arg(long)]
    allow_uncommitted: bool,
    /// Sign profiles in which something is left for a server to fill in
    #[arg(long)]
    allow_placeholders: bool,
}

#[derive(Serialize)]
struct Data {
    bundle: String,
    files: usize,
    signed: usize,
    manifest_sha256: String,
    signing_time: String,
    left_out: Vec<LeftOut>,
}

/// An approved file that the tool of the layout has no place for.
#[derive(Serialize)]
struct LeftOut {
    path: String,
    why: String,
}

pub(crate) fn run(command: &Release, asked: &Global, terminal: Terminal) -> Result<Outcome, Failure> {
    let signing_time = signing_time(command)?;
    // What was released can be released again on any other day, byte for byte.
    let unstated = command.layout.and_then(Layout::server);
    let server = command.server.map(Serve::Every).or(unstated.map(Serve::WhereUnstated));
    let global =
        &Global { as_of: asked.as_of.or(Some(signing_time.day())), server, intune: command.intune, ..asked.clone() };
    let mut session = Session::open(global, command.organisation.as_deref(), terminal)?;
    const NOTHING: &str = "nothing was released";
    secret::leave_no_core();
    if session.has_errors() {
        return session.stop("release", global, terminal, NOTHING);
    }
    laid::expect_files(&session, command.layout.and_then(Layout::tool))?;
    place::expect_free(&command.out)?;
    place::expect_outside(&command.out, &session.project.root, [SOURCES, GOLDEN, OUTPUT])?;
    if asked.as_of.is_none() {
        refusal::lapsed_since(&mut session, today());
    }
    let mut checked = refusal::check(&mut session, command)?;
    let laid = command.layout.filter(|layout| layout.tool().is_none()).map(|_| layout::laid(&mut session));
    let signer = identity::load(command, signing_time, &mut session.compiled.found)?;
    // Fleet's layout holds no secret: the console does.
    let secrets = match session.has_errors() || laid.is_some() {
        false => while_saying("reading secrets …\n", terminal, || secret::resolve(&mut session)),
        true => secret::Secrets::new(),
    };
    if !session.has_errors() {
        refusal::check_filled(&mut session, command, &mut checked, &secrets);
    }
    session.judge_findings(global);
    let (Some(signer), false) = (signer, session.has_errors()) else {
        return session.stop("release", global, terminal, NOTHING);
    };
    if let Some(previous) = &command.previous {
        checked.notes = Some(notes::notes(&session, command, previous, &checked, signing_time)?);
    }
    let bundle = while_saying("signing …\n", terminal, || {
        let sealing = assemble::Sealing { signer: &signer, secrets: &secrets, at: signing_time };
        assemble::assemble(&session, command, (&checked, laid.as_ref()), &sealing)
    });
    let bundle = match bundle {
        Ok(bundle) => bundle,
        Err(fault) => {
            session.compiled.found.push(identity::finding(&fault, "the signer"));
            return session.stop("release", global, terminal, NOTHING);
        }
    };
    place::write(&command.out, Archive::named(&command.out.to_string_lossy()), &bundle.files)?;
    let mut report = session.report("release", global);
    let data = Data {
        bundle: command.out.display().to_string(),
        files: bundle.manifest.files.len(),
        signed: bundle.manifest.files.iter().filter(|file| file.signed).count(),
        manifest_sha256: policyc::digest::sha256(&bundle.manifest.print()),
        signing_time: signing_time.to_string(),
        left_out: bundle.left.iter().map(|(path, why)| LeftOut { path: path.clone(), why: why.clone() }).collect(),
    };
    report.summary = vec![format!(
        "{} released to {}, {} of them signed at {signing_time}",
        many(data.files, "file"),
        data.bundle,
        data.signed
    )];
    if let Some(laid) = laid.filter(|laid| laid.open > 0) {
        report.summary.push(format!(
            "{} not set by these files: LEFT-OUT.md lists what a person must choose",
            many(laid.open, "setting")
        ));
    }
    report.summary.extend(
        bundle
            .manifest
            .allowed
            .iter()
            .map(|allowed| format!("let through by {}: {}", allowed.flag, many(allowed.what.len(), "thing"))),
    );
    report.summary.extend(command.layout.and_then(Layout::tool).map(|layout| {
        let others = session.compiled.artefacts().filter(|artefact| !layout.takes(&artefact.path)).count();
        format!("laid out for {layout}; {} of other routes stay out of it", many(others, "file"))
    }));
    let left = data.left_out.iter().map(|one| format!("left out of the layout: {}: {}", one.path, one.why));
    report.summary.extend(left);
    if global.is(format::Format::Text) {
        session.remark(global, terminal, "");
    }
    format::print(report, &data, global, terminal)?;
    Ok(Outcome::Clean)
}

/// `--signing-time`, else `SOURCE_DATE_EPOCH`, else now; never `--as-of`.
fn signing_time(command: &Release) -> Result<Time, Failure> {
    if let Some(time) = command.signing_time {
        return Ok(time);
    }
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok();
    let seconds = match &epoch {
        Some(text) => text.parse().ok(),
        None => SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_secs()).ok()),
    };
    let name = || epoch.clone().unwrap_or_else(|| "the clock".to_owned());
    seconds.and_then(Time::from_unix).ok_or_else(|| Failure::Unknown {
        kind: "signing time (SOURCE_DATE_EPOCH counts seconds since 1970)",
        name: name(),
        cure: Some("give one: `--signing-time 2026-10-01T09:00:00Z`".to_owned()),
    })
}

/// `2026-10-01T09:00:00Z`.
pub(super) fn moment(text: &str) -> Result<Time, String> {
    let read = || {
        let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
        let day = Date::parse(day).filter(|_| day.len() == "2026-10-01".len())?;
        let parts: Vec<i64> =
            time.split(':').map(|part| part.parse().ok().filter(|_| part.len() == 2)).collect::<Option<_>>()?;
        let [hour @ 0..24, minute @ 0..60, second @ 0..60] = parts[..] else { return None };
        Time::from_unix(day.days() * 86_400 + hour * 3600 + minute * 60 + second)
    };
    read().ok_or_else(|| "not a time such as 2026-10-01T09:00:00Z".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_whole_and_in_utc() {
        for text in ["2026-10-01T09:00:00Z", "1970-01-01T00:00:00Z", "2026-12-31T23:59:59Z"] {
            assert_eq!(moment(text).unwrap().to_string(), text);
        }
        for text in
            ["2026-10-01", "2026-10-01T09:00:00", "2026-10-01T24:00:00Z", "2026-10-01T9:00:00Z", "2026-13-01T09:00:00Z"]
        {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
