//! From a signer's certificate to a root that is trusted (RFC 5280 §6, without revocation, which needs a network, and without name
//! constraints, which refuse where they are critical).

use super::{Certificate, Fault};
use crate::diagnostic::Code;

/// Signatures looked at before giving up: a stranger's certificates may name each other in circles.
const TRIALS: usize = 64;

/// The search: what may be used, and why it failed where it came furthest.
struct Search<'a> {
    enclosed: &'a [Certificate],
    roots: &'a [Certificate],
    trials: usize,
    furthest: (usize, Option<Fault>),
}

/// The certificates from `leaf` to one of the roots, both included.
pub(super) fn find<'a>(
    leaf: &'a Certificate,
    enclosed: &'a [Certificate],
    roots: &'a [Certificate],
) -> Result<Vec<&'a Certificate>, Fault> {
    let mut search = Search { enclosed, roots, trials: TRIALS, furthest: (0, None) };
    let mut path = vec![leaf];
    if search.climb(&mut path) {
        return Ok(path);
    }
    let nowhere = || Fault::new(Code::IncompleteChain, "no chain leads to a root");
    Err(search.furthest.1.unwrap_or_else(nowhere))
}

impl<'a> Search<'a> {
    fn climb(&mut self, path: &mut Vec<&'a Certificate>) -> bool {
        let Some(last) = path.last().copied() else { return false };
        if self.roots.contains(last) {
            return true;
        }
        let (roots, enclosed) = (self.roots, self.enclosed);
        let mut is_named = false;
        for (next, is_root) in roots.iter().map(|next| (next, true)).chain(enclosed.iter().map(|next| (next, false))) {
            if !last.names(next) || path.contains(&next) {
                continue;
            }
            is_named = true;
            if self.trials == 0 {
                return false;
            }
            self.trials -= 1;
            // A root is trusted because it was given, not for what it says of itself: old ones say nothing.
            let may = if is_root { Ok(()) } else { next.may_issue(path.len() - 1) };
            match may.and_then(|()| last.is_signed_by(next)) {
                Err(fault) => self.fail(path.len(), fault),
                Ok(()) => {
                    path.push(next);
                    if self.climb(path) {
                        return true;
                    }
                    path.pop();
                }
            }
        }
        if !is_named {
            self.fail(path.len(), dead_end(last));
        }
        false
    }

    fn fail(&mut self, length: usize, fault: Fault) {
        if length > self.furthest.0 {
            self.furthest = (length, Some(fault));
        }
    }
}

/// Why there is no way on from the last certificate.
fn dead_end(last: &Certificate) -> Fault {
    if !last.is_self_issued() {
        let message = format!(
            "the certificate of {}, which issued that of {last}, is neither enclosed nor a given root",
            last.issuer()
        );
        return Fault::new(Code::IncompleteChain, message)
            .help("sign with the whole chain, or name the root with which to verify (`--root FILE`); a device would show the profile as unverified");
    }
    if let Err(fault) = last.is_signed_by(last) {
        return fault;
    }
    Fault::new(Code::UnknownRoot, format!("the chain ends at {last}, which is not one of the given roots"))
        .help("name that root if you trust it (`--root FILE`); a device that does not have it shows the profile as unverified")
}
