//! The same sources, key and time give the same bundle: in another folder, on another day, with another thread count, umask, time zone
//! and language, as a folder and as either archive.

use super::bundles::{SIGNED_AT, commit, key};
use super::cli::Sandbox;
use super::project::{files, root, say};
use policyc::release::archive::{Archive, Files};
use policyc::release::manifest::Manifest;
use std::fs;
use std::path::Path;
use std::process::Command;

/// All of the real policies, beside the sandbox's own: enough files for threads to take turns.
fn everything() -> Sandbox {
    let sandbox = Sandbox::new();
    for part in ["policy-sources", "golden"] {
        for (relative, path) in files(&root().join(part)) {
            let target = sandbox.path(part).join(relative);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(path, target).unwrap();
        }
    }
    sandbox.build_and_accept();
    commit(&sandbox);
    sandbox
}

/// How a release runs.
#[derive(Clone, Copy, Default)]
struct Way<'a> {
    threads: &'a str,
    umask: &'a str,
    environment: &'a [(&'a str, &'a str)],
    further: &'a [&'a str],
}

const PLAIN: Way<'static> =
    Way { threads: "1", umask: "022", environment: &[], further: &["--signing-time", SIGNED_AT] };

/// Releases the project of a folder to `out` below it.
fn release(folder: &Path, out: &str, kind: &str, way: Way<'_>) {
    let script = format!("umask {}; exec \"$0\" \"$@\"", way.umask);
    let [own, certificate, chain] =
        [format!("{kind}.key"), format!("{kind}.pem"), "intermediate.pem".to_owned()].map(|name| key(&name));
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_policyc"), "release", "--out", out, "--threads", way.threads])
        .args(["--key", &own, "--certificate", &certificate, "--chain", &chain])
        .args(way.further)
        .envs(way.environment.iter().copied())
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{out}: {}", String::from_utf8_lossy(&output.stderr));
}

fn read(folder: &Path) -> Files {
    files(folder).into_iter().map(|(relative, path)| (relative, fs::read(path).unwrap())).collect()
}

/// A release of another year: a library that tells a program any time. `None` where there is nothing to make one with, which is said.
fn clock(folder: &Path, seconds: &str) -> Option<String> {
    let source = format!(
        "#include <time.h>\nint clock_gettime(clockid_t c, struct timespec *t) {{ (void)c; t->tv_sec = {seconds}; t->tv_nsec = 0; return 0; }}\n"
    );
    fs::write(folder.join("clock.c"), source).unwrap();
    let made = Command::new("cc").args(["-shared", "-fPIC", "-o", "clock.so", "clock.c"]).current_dir(folder).status();
    if cfg!(target_os = "linux") && made.is_ok_and(|status| status.success()) {
        return Some(folder.join("clock.so").display().to_string());
    }
    say("releases of another day: not run, because there is no C compiler, or no Linux");
    None
}

// rows: C4
#[test]
fn the_same_sources_key_and_time_give_the_same_bytes() {
    let sandbox = everything();
    let here = sandbox.path("");
    release(&here, "bundle", "p256", PLAIN);
    let expected = read(&here.join("bundle"));
    assert!(expected.len() > 100, "{}", expected.len());

    // Elsewhere, with all that a machine may have otherwise.
    let other = tempfile::tempdir().unwrap();
    let there = other.path().join("deeper/and longer");
    fs::create_dir_all(&there).unwrap();
    let copied = Command::new("cp").args(["-R"]).arg(here.join(".")).arg(&there).status().unwrap();
    assert!(copied.success());
    fs::remove_dir_all(there.join("bundle")).unwrap();
    let environment =
        [("TZ", "Pacific/Kiritimati"), ("LC_ALL", "tr_TR.UTF-8"), ("HOME", "/nonexistent"), ("USER", "else")];
    let way = Way { threads: "7", umask: "077", environment: &environment, ..PLAIN };
    release(&there, "elsewhere/bundle", "p256", way);
    assert!(read(&there.join("elsewhere/bundle")) == expected, "another folder");

    // The time from the environment.
    let epoch = [("SOURCE_DATE_EPOCH", "1810647200")];
    release(&there, "epoch", "p256", Way { environment: &epoch, further: &[], ..PLAIN });
    assert!(read(&there.join("epoch")) == expected, "SOURCE_DATE_EPOCH");

    // As one file, which holds the same files.
    for (archive, name) in [(Archive::Tar, "bundle.tar.gz"), (Archive::Zip, "bundle.zip")] {
        release(&here, name, "p256", PLAIN);
        release(&there, name, "p256", way);
        let bytes = fs::read(here.join(name)).unwrap();
        assert!(bytes == fs::read(there.join(name)).unwrap(), "{name}");
        assert!(archive.unpack(&bytes).unwrap() == expected, "{name}");
    }
}

#[test]
fn the_day_of_the_run_is_of_no_account() {
    let sandbox = everything();
    let here = sandbox.path("");
    let tools = tempfile::tempdir().unwrap();
    for kind in ["rsa", "p384"] {
        release(&here, kind, kind, Way { further: &["cafcass", "--signing-time", SIGNED_AT], ..PLAIN });
    }
    // The first of March 2031: while the clock says so, it is the time of what names no other.
    let Some(clock) = clock(tools.path(), "1930089600") else { return };
    let environment = [("LD_PRELOAD", clock.as_str())];
    let later = |further| Way { environment: &environment, further, ..PLAIN };
    release(&here, "now", "rsa", later(&["cafcass"]));
    let manifest = Manifest::parse(&fs::read(here.join("now/manifest.json")).unwrap()).unwrap();
    assert_eq!(
        (manifest.signing_time.as_str(), manifest.sources.as_of.as_str()),
        ("2031-03-01T00:00:00Z", "2031-03-01")
    );
    for kind in ["rsa", "p384"] {
        let out = format!("{kind}-later");
        release(&here, &out, kind, later(&["cafcass", "--signing-time", SIGNED_AT]));
        assert!(read(&here.join(kind)) == read(&here.join(&out)), "{kind}");
        let manifest = Manifest::parse(&fs::read(here.join(&out).join("manifest.json")).unwrap()).unwrap();
        assert_eq!((manifest.signing_time.as_str(), manifest.sources.as_of.as_str()), (SIGNED_AT, &SIGNED_AT[..10]));
    }
}
