//! A signer of somebody else's: an HSM's tool, a client of a key service, `openssl`. It gets the bytes on stdin, and its signature on
//! stdout is taken only when it fits the certificate.

use super::secret::shell;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Bytes of the largest signature.
const LARGEST: u64 = 16 << 10;

/// Has the command sign these bytes.
pub(super) fn sign(command: &str, bytes: &[u8], folder: &Path, patience: Duration) -> Result<Vec<u8>, String> {
    let mut child = shell(command)
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
        let read = stdout.map(|stdout| stdout.take(LARGEST + 1).read_to_end(&mut signature));
        let _ = done.send(read.map(|read| read.map(|_| signature)));
    });
    let left = || deadline.saturating_duration_since(Instant::now());
    let Ok(Some(Ok(signature))) = waiting.recv_timeout(left()) else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("it gave no signature within {} s", patience.as_secs()));
    };
    // It has closed its output, so it is about to end.
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => break,
            Ok(Some(status)) => return Err(format!("it ended with {status}")),
            Ok(None) if left().is_zero() => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it did not end within {} s", patience.as_secs()));
            }
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            Err(error) => return Err(error.to_string()),
        }
    }
    match signature.len() as u64 {
        0 => Err("it gave no signature".to_owned()),
        size if size > LARGEST => Err(format!("it gave more than {} KiB", LARGEST >> 10)),
        _ => Ok(signature),
    }
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
}
