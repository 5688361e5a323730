//! How many profiles a second are signed and opened: beside the raw signatures of the packages that make them, on one core and on four,
//! and beside `openssl cms` processes four at a time.
//! A measurement, not a test: `cargo bench --bench signing`, on a machine that does nothing else.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement reads the clock, runs programs and prints"
)]

use base64::Engine;
use policyc::release::cms::{Certificate, Chain, Form, Identity, Key, Placement, Time, Trust, open, sign};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long each rate is taken for, and how often; the median counts.
const SPAN: Duration = Duration::from_millis(500);
const RUNS: usize = 5;
/// Bytes of a profile.
const PROFILE: usize = 6_850;
/// Files that OpenSSL signs.
const PROCESSES: usize = 200;
/// Kind of key; the least part of the raw rate on one core, and the least multiple of OpenSSL's rate.
const KINDS: [(&str, f64, f64); 2] = [("rsa", 0.85, 6.0), ("p256", 0.45, 20.0)];
/// What four cores are to reach, as a multiple of one.
const SCALING: f64 = 3.0;

fn main() {
    let content = vec![b'x'; PROFILE];
    let at = Time::from_unix(1_810_000_000).unwrap();
    let four = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    println!("profiles of {PROFILE} bytes, medians of {RUNS} in a second");
    for (kind, least, multiple) in KINDS {
        let identity = identity(kind);
        let once = || drop(sign(&content, &identity, at, Placement::Enclosed).unwrap());
        let raw = rate(1, raw(kind));
        let own = rate(1, once);
        let wide = four.install(|| rate(256, || (0..256).into_par_iter().for_each(|_| once())));
        println!("{kind:5} raw signatures of the package, one core  {raw:>9.0}");
        println!(
            "{kind:5} signed, one core                         {own:>9.0}  {:.2} of raw, at least {least}: {}",
            own / raw,
            verdict(own / raw >= least)
        );
        println!(
            "{kind:5} signed, four cores                       {wide:>9.0}  {:.2} times one, at least {SCALING}: {}",
            wide / own,
            verdict(wide / own >= SCALING)
        );
        match openssl(kind, &content) {
            Some(other) => println!(
                "{kind:5} signed by openssl cms, four at a time   {other:>9.0}  {:.1} times as many here, at least {multiple}: {}",
                wide / other,
                verdict(wide / other >= multiple)
            ),
            None => println!("{kind:5} openssl cms: not run, because there is no openssl"),
        }
        let (bytes, roots) = (sign(&content, &identity, at, Placement::Enclosed).unwrap(), certificates("root"));
        let trust = Trust { roots: &roots, further: &[], now: at, content: None, form: Form::Own };
        let opened =
            rate(1, || assert!(open(&bytes).unwrap().verify(&trust).iter().all(|one| one.faults().is_empty())));
        println!("{kind:5} opened and verified, one core            {opened:>9.0}");
    }
}

/// How often a second something that does `many` things at once does one of them.
fn rate(many: u32, work: impl Fn()) -> f64 {
    work();
    let mut rates: Vec<f64> = (0..RUNS)
        .map(|_| {
            let (start, mut done) = (Instant::now(), 0);
            while start.elapsed() < SPAN {
                work();
                done += many;
            }
            f64::from(done) / start.elapsed().as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    rates[RUNS / 2]
}

/// One signature over as many bytes as the signed attributes have, and nothing else.
fn raw(kind: &str) -> Box<dyn Fn()> {
    const ATTRIBUTES: &[u8] = &[7; 107];
    let text = std::fs::read_to_string(keys().join(format!("{kind}.key"))).unwrap();
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
    if kind == "rsa" {
        let pair = ring::signature::RsaKeyPair::from_pkcs8(&der).unwrap();
        return Box::new(move || {
            let mut signature = vec![0; pair.public().modulus_len()];
            let random = ring::rand::SystemRandom::new();
            pair.sign(&ring::signature::RSA_PKCS1_SHA256, &random, ATTRIBUTES, &mut signature).unwrap();
        });
    }
    // The number stands behind `SEQUENCE { INTEGER 1, OCTET STRING (32 octets)`.
    let number = der.windows(5).position(|window| window == [2, 1, 1, 4, 32]).unwrap() + 5;
    let key = p256::ecdsa::SigningKey::from_slice(&der[number..number + 32]).unwrap();
    Box::new(move || {
        let _: p256::ecdsa::Signature = p256::ecdsa::signature::Signer::sign(&key, ATTRIBUTES);
    })
}

/// What OpenSSL signs a second, a process for each file, four at a time.
fn openssl(kind: &str, content: &[u8]) -> Option<f64> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("content");
    std::fs::write(&file, content).unwrap();
    let run = |n: usize| {
        let key = |name: String| keys().join(name);
        Command::new("openssl")
            .args(["cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-in"])
            .args([
                &file,
                Path::new("-signer"),
                &key(format!("{kind}.pem")),
                Path::new("-inkey"),
                &key(format!("{kind}.key")),
            ])
            .args([Path::new("-certfile"), &key("intermediate.pem".to_owned())])
            .args([Path::new("-out"), &folder.path().join(n.to_string())])
            .stderr(Stdio::null())
            .status()
    };
    run(0).ok().filter(std::process::ExitStatus::success)?;
    let four = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    let start = Instant::now();
    four.install(|| (0..PROCESSES).into_par_iter().for_each(|n| assert!(run(n).unwrap().success())));
    Some(PROCESSES as f64 / start.elapsed().as_secs_f64())
}

fn identity(kind: &str) -> Identity {
    let key = Key::read(&std::fs::read(keys().join(format!("{kind}.key"))).unwrap(), None).unwrap();
    let chain = Chain::order([certificates(kind), certificates("intermediate")].concat(), Some(&key)).unwrap();
    Identity::new(key, chain).unwrap()
}

fn certificates(name: &str) -> Vec<Certificate> {
    Certificate::read(&std::fs::read(keys().join(format!("{name}.pem"))).unwrap()).unwrap()
}

fn keys() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys")
}

fn verdict(held: bool) -> &'static str {
    if held { "held" } else { "MISSED" }
}
