//! Pages for the codes that no rule of `check` or `control` finds: the fault and its cure, a file each. A rule's page stands beside
//! the rule.

use super::Code;

macro_rules! pages {
    ($($variant:ident => $file:literal,)*) => {
        /// The page of a code, where it stands here.
        pub fn explain(code: Code) -> Option<&'static str> {
            match code {
                $(Code::$variant => Some(include_str!($file)),)*
                _ => None,
            }
        }
    };
}

pages! {
    TooLarge => "too-large.md",
    UnreadableFile => "unreadable-file.md",
    InvalidYaml => "invalid-yaml.md",
    TabIndent => "tab-indent.md",
    ForbiddenYaml => "forbidden-yaml.md",
    TooDeep => "too-deep.md",
    DuplicateKey => "duplicate-key.md",
    EmptyValue => "empty-value.md",
    BidirectionalText => "bidirectional-text.md",
    UnknownKind => "unknown-kind.md",
    UnknownField => "unknown-field.md",
    MissingField => "missing-field.md",
    WrongShape => "wrong-shape.md",
    InvalidValue => "invalid-value.md",
    UnquotedText => "unquoted-text.md",
    DuplicateName => "duplicate-name.md",
    UnknownName => "unknown-name.md",
    UnknownControl => "unknown-control.md",
    UnknownParameter => "unknown-parameter.md",
    ParameterOutOfRange => "parameter-out-of-range.md",
    MissingParameter => "missing-parameter.md",
    UnportableName => "unportable-name.md",
    AlteredAttachment => "altered-attachment.md",
    DoubtfulDelivery => "doubtful-delivery.md",
    ServerReserves => "server-reserves.md",
    ServerRefuses => "server-refuses.md",
    ServerVariable => "server-variable.md",
    InvalidControl => "invalid-control.md",
    UnusedAssumption => "unused-assumption.md",
    UnmanagedGroup => "unmanaged-group.md",
    IdentityTaken => "identity-taken.md",
    UnusedFormerly => "unused-formerly.md",
    LapsedException => "lapsed-exception.md",
    ExceptionSoon => "exception-soon.md",
    StandingException => "standing-exception.md",
    ExceptionStrengthens => "exception-strengthens.md",
    UnusedApproval => "unused-approval.md",
    UnusedException => "unused-exception.md",
    NotEnforced => "not-enforced.md",
    NotPartial => "not-partial.md",
    NotCommanded => "not-commanded.md",
    Gap => "gap.md",
    StaleReference => "stale-reference.md",
    ConflictingClauses => "conflicting-clauses.md",
    ReachesNothing => "reaches-nothing.md",
    ReviewOverdue => "review-overdue.md",
    InvalidAdmx => "invalid-admx.md",
    BlockedRoot => "blocked-root.md",
    OtherAdmx => "other-admx.md",
    InvalidCatalogue => "invalid-catalogue.md",
    DuplicateArtefact => "duplicate-artefact.md",
    UnreadableArtefact => "unreadable-artefact.md",
    UnexpectedGolden => "unexpected-golden.md",
    MissingGolden => "missing-golden.md",
    Drift => "drift.md",
    ObservedMissing => "observed-missing.md",
    ObservedDifferent => "observed-different.md",
    ObservedSuperseded => "observed-superseded.md",
    ObservedExtra => "observed-extra.md",
    ObservedUnknown => "observed-unknown.md",
    UnmatchedObservation => "unmatched-observation.md",
    MalformedArtefact => "malformed-artefact.md",
    NeverActivated => "never-activated.md",
    UnknownDomain => "unknown-domain.md",
    UnknownFormat => "unknown-format.md",
    EncryptedPayload => "encrypted-payload.md",
    UnreadableArchive => "unreadable-archive.md",
    RefusedEntry => "refused-entry.md",
    ImportDiffers => "import-differs.md",
    NothingToImport => "nothing-to-import.md",
    UnreadableKey => "unreadable-key.md",
    UnsupportedKey => "unsupported-key.md",
    WrongPassphrase => "wrong-passphrase.md",
    KeyMismatch => "key-mismatch.md",
    UnreadableCertificate => "unreadable-certificate.md",
    CertificateExpired => "certificate-expired.md",
    CertificateNotYetValid => "certificate-not-yet-valid.md",
    CertificateExpiresSoon => "certificate-expires-soon.md",
    CertificateMayNotSign => "certificate-may-not-sign.md",
    UnrelatedCertificate => "unrelated-certificate.md",
    IncompleteChain => "incomplete-chain.md",
    UnknownRoot => "unknown-root.md",
    NotSigned => "not-signed.md",
    UnreadableSignature => "unreadable-signature.md",
    ExcessiveSignature => "excessive-signature.md",
    RefusedAlgorithm => "refused-algorithm.md",
    AlteredContent => "altered-content.md",
    SignatureMismatch => "signature-mismatch.md",
    IrregularSignature => "irregular-signature.md",
    UnreadableBundle => "unreadable-bundle.md",
    UnsafePath => "unsafe-path.md",
    UnreadableManifest => "unreadable-manifest.md",
    MissingFile => "missing-file.md",
    AlteredFile => "altered-file.md",
    ExtraFile => "extra-file.md",
    OtherSigner => "other-signer.md",
    OtherSigningTime => "other-signing-time.md",
    OtherSources => "other-sources.md",
    OtherVersion => "other-version.md",
    Placeholder => "placeholder.md",
    MissingSecret => "missing-secret.md",
    UnavailableSecret => "unavailable-secret.md",
    Uncommitted => "uncommitted.md",
    SignerFailed => "signer-failed.md",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_opens_with_its_code_and_says_fault_and_cure() {
        let pages: Vec<(Code, &str)> = Code::ALL.iter().filter_map(|code| Some((*code, explain(*code)?))).collect();
        assert!(pages.len() > 30, "the pages are gone");
        for (code, page) in pages {
            assert!(page.starts_with(&format!("# {code}\n\n## Fault\n\n")), "{code} opens otherwise");
            assert!(page.contains("\n## Cure\n\n"), "{code} has no cure");
        }
    }
}
