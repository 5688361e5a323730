//! Whom to believe: the roots that are given, or those of the system.

use super::super::bundle::limited;
use super::super::failure::Failure;
use super::Verify;
use policyc::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use policyc::release::cms::{Certificate, Time};
use policyc::release::verify::{Believed, finding};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Bytes of the largest file of certificates.
const LARGEST: u64 = 1 << 20;

/// The roots, what may stand between, and the moment.
pub(super) struct Trust {
    roots: Vec<Certificate>,
    further: Vec<Certificate>,
    now: Time,
}

impl Trust {
    pub(super) fn believed(&self) -> Believed<'_> {
        Believed { roots: &self.roots, further: &self.further, now: self.now }
    }
}

/// Reads certificates; `None` where a finding says that one cannot be read: nothing is verified with half of them.
pub(super) fn load(command: &Verify, found: &mut Diagnostics) -> Result<Option<Trust>, Failure> {
    let (Some(given), Some(further)) = (read(&command.root, found)?, read(&command.chain, found)?) else {
        return Ok(None);
    };
    let roots = if command.root.is_empty() { of_the_system(found) } else { given };
    let now = match command.now {
        Some(now) => now,
        None => clock().ok_or_else(|| Failure::Unknown {
            kind: "moment",
            name: "the clock".to_owned(),
            cure: Some("set the clock, or say when: `--now 2026-10-01T09:00:00Z`".to_owned()),
        })?,
    };
    Ok(Some(Trust { roots, further, now }))
}

fn read(paths: &[impl AsRef<Path>], found: &mut Diagnostics) -> Result<Option<Vec<Certificate>>, Failure> {
    let mut all = Some(Vec::new());
    for path in paths.iter().map(AsRef::as_ref) {
        let bytes = limited(path, LARGEST)?
            .ok_or_else(|| Failure::TooMuch { path: path.into(), limit: format!("{} MiB", LARGEST >> 20) })?;
        match Certificate::read(&bytes) {
            Ok(read) => all.iter_mut().for_each(|all| all.extend(read.iter().cloned())),
            Err(fault) => {
                found.push(finding(&path.display().to_string(), &fault));
                all = None;
            }
        }
    }
    Ok(all)
}

/// The roots that the system trusts, or those of SSL_CERT_FILE and SSL_CERT_DIR. One that cannot be read is one less.
fn of_the_system(found: &mut Diagnostics) -> Vec<Certificate> {
    let native = rustls_native_certs::load_native_certs();
    let roots: Vec<Certificate> = native.certs.iter().filter_map(|der| Certificate::read(der).ok()).flatten().collect();
    if roots.is_empty() {
        let why = native.errors.first().map_or_else(String::new, |error| format!(": {error}"));
        let message = format!("the system has no roots that could be read{why}");
        found.push(
            Diagnostic::in_artefact(Code::UnknownRoot, "the system's roots", "", message)
                .severity(Severity::Warning)
                .help("name the root that you trust: `--root FILE`"),
        );
    }
    roots
}

fn clock() -> Option<Time> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok().and_then(Time::from_unix)
}
