//! A signer of somebody else's: an HSM's tool, a client of a key service, `openssl`. It gets the bytes on stdin, and its signature on
//! stdout is taken only when it fits the certificate.

use super::secret::shell;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Bytes of the largest signature.
const LARGEST: usize = 16 << 10;

/// Has the command sign these bytes.
pub(super) fn sign(command: &str, bytes: &[u8], folder: &Path, patience: Duration) -> Result<Vec<u8>, String> {
    let mut command = shell(command);
    lead_a_group(&mut command);
    let mut child = command
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("it cannot be run: {error}"))?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let deadline = Instant::now() + patience;
    let bytes = bytes.to_vec();
    // A signer need not read all that it is given.
    std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&bytes)));
    let (done, waiting) = channel();
    std::thread::spawn(move || {
        let mut signature = Vec::new();
        let read = stdout.map(|stdout| stdout.take(LARGEST as u64 + 1).read_to_end(&mut signature));
        let _ = done.send(read.map(|read| read.map(|_| signature)));
    });
    let left = || deadline.saturating_duration_since(Instant::now());
    let Ok(Some(Ok(signature))) = waiting.recv_timeout(left()) else {
        end(&mut child);
        return Err(format!("it gave no signature within {} s", patience.as_secs()));
    };
    if signature.len() > LARGEST {
        // Whatever it ends with now, it is because nobody reads the rest.
        end(&mut child);
        return Err(format!("it gave more than {} KiB", LARGEST >> 10));
    }
    // It has closed its output, so it is about to end.
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => break,
            Ok(Some(status)) => return Err(format!("it ended with {status}")),
            Ok(None) if left().is_zero() => {
                end(&mut child);
                return Err(format!("it did not end within {} s", patience.as_secs()));
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            Err(error) => return Err(error.to_string()),
        }
    }
    if signature.is_empty() { Err("it gave no signature".to_owned()) } else { Ok(signature) }
}

/// Has what the command starts belong to it, so that all of it can be ended. A terminal listens to one group alone: the command cannot ask
/// anything there.
#[cfg(unix)]
fn lead_a_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn lead_a_group(_: &mut Command) {}

/// Ends a command that nobody has waited for yet, and on unix what it has started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process_group};
        let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn check(command: &str, expected: Result<&[u8], &str>) {
        let begun = Instant::now();
        let given = sign(command, b"bytes", Path::new("."), Duration::from_secs(2));
        match (given, expected) {
            (Ok(signature), Ok(expected)) => assert_eq!(signature, expected, "{command}"),
            (Err(cause), Err(expected)) => assert!(cause.contains(expected), "{command}: {cause}"),
            (given, _) => panic!("{command}: {given:?}"),
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{command}");
    }

    #[test]
    fn a_signer_is_given_the_bytes_and_so_much_time() {
        check("cat", Ok(b"bytes"));
        check("printf x; exec 0<&-", Ok(b"x"));
        check("exit 3", Err("exit status: 3"));
        check("true", Err("no signature"));
        check("sleep 60", Err("within 2 s"));
        check("printf x; exec >&-; sleep 60", Err("did not end within 2 s"));
        check("head -c 100000 /dev/zero", Err("more than 16 KiB"));
    }

    #[test]
    fn what_a_signer_has_started_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let command = "sh -c 'echo $$ > child; exec sleep 60'; true";
        let given = sign(command, b"bytes", folder.path(), Duration::from_secs(1));
        assert!(given.unwrap_err().contains("within 1 s"));
        let child = std::fs::read_to_string(folder.path().join("child")).unwrap();
        let child = rustix::process::Pid::from_raw(child.trim().parse().unwrap()).unwrap();
        // Whoever inherits it takes it away some moments later; until then it is there, and dead.
        let is_gone = || {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", child.as_raw_nonzero()));
            let is_dead = state.is_ok_and(|state| state.contains(") Z "));
            is_dead || rustix::process::test_kill_process(child).is_err()
        };
        let begun = Instant::now();
        while !is_gone() {
            assert!(begun.elapsed() < Duration::from_secs(10), "it lives on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
