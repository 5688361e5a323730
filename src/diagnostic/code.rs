//! Every code that a finding can have, once. A code names what is wrong and is never reused.

use super::Severity;

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal, $severity:ident;)*) => {
        /// What kind of fault a finding is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])* $variant),* }

        impl Code {
            /// Every code, in the order of this page.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// The code as it is printed and named on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name),* }
            }

            /// How much it weighs unless the finding says otherwise.
            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity),* }
            }

            /// One sentence: the kind of fault.
            pub fn summary(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc),*)),* }
            }
        }
    };
}

codes! {
    // Reading: files and YAML.
    /// A source file is too large, or holds too much, to be read.
    TooLarge = "too-large", Error;
    /// A file cannot be taken as a source: not UTF-8, a link that leaves the folder, a device.
    UnreadableFile = "unreadable-file", Error;
    /// The text is not YAML.
    InvalidYaml = "invalid-yaml", Error;
    /// A tab where YAML wants spaces.
    TabIndent = "tab-indent", Error;
    /// Anchors, aliases, merge keys, tags, directives and second documents are not part of the language.
    ForbiddenYaml = "forbidden-yaml", Error;
    /// Lists and mappings inside one another deeper than the limit.
    TooDeep = "too-deep", Error;
    /// A key stands twice in one mapping.
    DuplicateKey = "duplicate-key", Error;
    /// A key with nothing after it.
    EmptyValue = "empty-value", Error;
    /// Characters that change the direction of text, and so what a reader sees.
    BidirectionalText = "bidirectional-text", Warning;

    // Documents.
    /// A file whose first key is none of the kinds of file.
    UnknownKind = "unknown-kind", Error;
    /// A key that this part of the language does not have.
    UnknownField = "unknown-field", Error;
    /// A key that must be there is not.
    MissingField = "missing-field", Error;
    /// A scalar, list or mapping where another is wanted.
    WrongShape = "wrong-shape", Error;
    /// A value that its place cannot take: not a boolean, a number, a date, one of the words.
    InvalidValue = "invalid-value", Error;
    /// A version, time, clause id or PIN without quotes, which other YAML readers take for a number.
    UnquotedText = "unquoted-text", Error;
    /// Two things of one kind have the same name.
    DuplicateName = "duplicate-name", Error;
    /// A reference to something that is not there: an organisation, group, clause, policy or certificate.
    UnknownName = "unknown-name", Error;
    /// A control that neither the library nor the organisation has.
    UnknownControl = "unknown-control", Error;
    /// A parameter that the control does not have.
    UnknownParameter = "unknown-parameter", Error;
    /// A parameter outside the range or list that its control states.
    ParameterOutOfRange = "parameter-out-of-range", Error;
    /// A parameter that some clause must give, and none does.
    MissingParameter = "missing-parameter", Error;
    /// A name that a file system or another tool cannot carry.
    UnportableName = "unportable-name", Error;
    /// An attached file that is not the one whose digest is written beside it.
    AlteredAttachment = "altered-attachment", Error;
    /// A control of the library or of an organisation is not well formed.
    InvalidControl = "invalid-control", Error;

    // Combining.
    /// Contributions that cannot be merged: they differ and neither is stricter.
    ConflictingValues = "conflicting-values", Error;
    /// Two controls write one setting; the stricter value was taken and the other carries nothing.
    OverriddenValue = "overridden-value", Warning;
    /// An assumption about a value that the clause does not give.
    UnusedAssumption = "unused-assumption", Warning;
    /// A clause of a group whose devices no server reaches asks for settings.
    UnmanagedGroup = "unmanaged-group", Error;
    /// A `formerly` that names an identity which another thing of the kind has.
    IdentityTaken = "identity-taken", Error;
    /// A `formerly` that keeps nothing.
    UnusedFormerly = "unused-formerly", Warning;

    // Exceptions.
    /// An exception whose last day is past.
    LapsedException = "lapsed-exception", Error;
    /// An exception that begins or ends within thirty days.
    ExceptionSoon = "exception-soon", Warning;
    /// An exception without an end.
    StandingException = "standing-exception", Warning;
    /// An exception that would make its group stricter.
    ExceptionStrengthens = "exception-strengthens", Error;
    /// An approval of a change that is not there.
    UnusedApproval = "unused-approval", Warning;
    /// An exception that changes nothing.
    UnusedException = "unused-exception", Warning;

    // Classes.
    /// A clause claims to be enforced and some part of it does not reach one of its groups.
    NotEnforced = "not-enforced", Error;
    /// A clause claims that a setting helps, and one of its groups has none.
    NotPartial = "not-partial", Error;
    /// A clause claims a command, and no group has one.
    NotCommanded = "not-commanded", Error;
    /// A control or parameter that this platform cannot express.
    Gap = "gap", Note;
    /// A device fact that a control needs and the group does not state.
    UnmetNeed = "unmet-need", Error;
    /// A clause cites another by a number that this version does not use for it.
    StaleReference = "stale-reference", Warning;
    /// Two clauses that cannot both be followed.
    ConflictingClauses = "conflicting-clauses", Warning;
    /// A clause asks for something that no device of its groups gets.
    ReachesNothing = "reaches-nothing", Warning;
    /// A policy whose review date is past.
    ReviewOverdue = "review-overdue", Warning;

    // Guards and rules across controls.
    /// A setting that a guard forbids.
    GuardBroken = "guard-broken", Error;
    /// The start-up PIN and the sign-in PIN could be the same.
    PinsMayBeEqual = "pins-may-be-equal", Error;
    /// Windows Hello's longest PIN is not longer than its shortest, so Windows ignores both.
    PinLengthsIgnored = "pin-lengths-ignored", Error;
    /// Removable media is denied or excluded beside the demand that it be encrypted.
    RemovableMediaContradiction = "removable-media-contradiction", Error;
    /// A required start-up PIN beside encryption without a prompt.
    SilentWithPin = "silent-with-pin", Error;
    /// More than one start-up method is required.
    SeveralStartupMethods = "several-startup-methods", Error;
    /// An app list without the portal that installs the apps, or an empty one.
    AppListWithoutPortal = "app-list-without-portal", Error;
    /// An app list that leaves open whether web clips open.
    WebClipsUndecided = "web-clips-undecided", Error;
    /// A list of allowed apps beside one of blocked apps.
    AppListsOverlap = "app-lists-overlap", Warning;
    /// A passcode is required that nobody may set.
    PasscodeCannotBeSet = "passcode-cannot-be-set", Error;
    /// A limit on failed attempts that no clause gives: on iOS the device erases itself.
    EraseWithoutClause = "erase-without-clause", Warning;
    /// One device gets a passcode payload and a passcode declaration.
    PasscodeTwice = "passcode-twice", Warning;
    /// The recovery key is hidden and escrowed nowhere.
    KeyEscrowMissing = "key-escrow-missing", Error;
    /// A user may not change the hotspot although a clause permits its use.
    HotspotFrozen = "hotspot-frozen", Warning;
    /// Encryption that a standard user cannot start.
    EncryptionNeedsAdministrator = "encryption-needs-administrator", Warning;
    /// Updates that come later than the policy allows.
    UpdatesTooLate = "updates-too-late", Error;
    /// A scheduled restart without a first day, or with one on another day of the week.
    RestartDay = "restart-day", Error;
    /// A drive is hidden on which a clause lets people keep copies.
    LocalCopiesHidden = "local-copies-hidden", Warning;
    /// Traffic is blocked that a computer needs to stay managed.
    OutboundLockedOut = "outbound-locked-out", Error;
    /// Rules of AppLocker that stop Windows itself, or stand under another collection's name.
    AppLockerRules = "app-locker-rules", Error;
    /// The local administrators are replaced without the built-in account.
    AdministratorsLockedOut = "administrators-locked-out", Error;
    /// A user may not change Bluetooth although a clause permits its use.
    BluetoothFrozen = "bluetooth-frozen", Warning;
    /// Nothing is read from phones although supplied ones count as media.
    SuppliedPhonesUnreadable = "supplied-phones-unreadable", Warning;
    /// AI tools need permission, and no site of theirs is blocked.
    AiSitesOpen = "ai-sites-open", Warning;
    /// The organisation's drives only, without the organisation's identifier.
    IdentifierMissing = "identifier-missing", Error;

    // The catalogue.
    /// No catalogue knows the key, payload type, node or command.
    UnknownKey = "unknown-key", Error;
    /// A known key in the wrong place.
    MisplacedKey = "misplaced-key", Error;
    /// A name that differs from the vendor's in letter case.
    WrongCase = "wrong-case", Error;
    /// A value of another type than the vendor's.
    WrongType = "wrong-type", Error;
    /// A number outside the vendor's range, or a list too long or short.
    OutOfRange = "out-of-range", Error;
    /// A value that is not in the vendor's list.
    NotInList = "not-in-list", Error;
    /// Text that does not have the vendor's form.
    WrongFormat = "wrong-format", Error;
    /// A predicate that a device cannot evaluate: not one, or about something that it does not report.
    WrongPredicate = "wrong-predicate", Error;
    /// A key that the vendor requires is missing.
    RequiredKeyMissing = "required-key-missing", Error;
    /// Not on this operating system.
    NotOnPlatform = "not-on-platform", Error;
    /// Newer than the oldest OS or build of the group.
    TooNew = "too-new", Error;
    /// Gone in the group's OS.
    Removed = "removed", Error;
    /// Still works, and will not for ever.
    Deprecated = "deprecated", Warning;
    /// Only on supervised devices.
    NeedsSupervision = "needs-supervision", Error;
    /// Accepted under this enrolment, and without effect.
    IgnoredUnderEnrolment = "ignored-under-enrolment", Error;
    /// Not allowed under this enrolment.
    ForbiddenUnderEnrolment = "forbidden-under-enrolment", Error;
    /// Not on this edition of Windows.
    WrongEdition = "wrong-edition", Error;
    /// In no build that the catalogue knows to be released.
    UnknownAvailability = "unknown-availability", Warning;
    /// Not on this channel.
    WrongChannel = "wrong-channel", Error;
    /// The node does not take this verb, or is not a setting.
    WrongVerb = "wrong-verb", Error;
    /// The body of an ADMX-backed node is not what its policy takes.
    AdmxBody = "admx-body", Error;
    /// A policy of a template that nothing installs before it.
    AdmxNotInstalled = "admx-not-installed", Error;
    /// A policy of a template that would write where devices let no template write.
    BlockedRoot = "blocked-root", Error;
    /// An ADMX file that is not as the schema wants it.
    InvalidAdmx = "invalid-admx", Error;
    /// The ADMX file beside the facts is not the one that they were taken from.
    OtherAdmx = "other-admx", Error;
    /// A policy of App Control that is no compiled one, or another than its node says.
    AppControlPolicy = "app-control-policy", Error;
    /// One address is written twice.
    DuplicateAddress = "duplicate-address", Error;
    /// A setting without the one that it depends on.
    DependencyUnmet = "dependency-unmet", Error;
    /// A payload type that a device takes once is used twice.
    SeveralInstances = "several-instances", Error;
    /// A value that a device gives up for a weaker one when it combines two declarations.
    WeakerValueWins = "weaker-value-wins", Error;
    /// Two settings that cancel each other.
    MutuallyExclusive = "mutually-exclusive", Error;
    /// A secret written where reviewers read.
    SecretLiteral = "secret-literal", Error;
    /// A secret of which secrets.yaml does not say where it comes from.
    MissingSecret = "missing-secret", Warning;
    /// A secret that a release cannot have, or cannot write where it is wanted.
    UnavailableSecret = "unavailable-secret", Error;
    /// A reference to a payload, asset or file that is not there.
    UnresolvedReference = "unresolved-reference", Error;
    /// What no back end of the group's `deliver` can write.
    CannotDeliver = "cannot-deliver", Error;
    /// What a server may refuse to deliver: its vendor's page and its practice differ, or nobody has tried.
    DoubtfulDelivery = "doubtful-delivery", Note;
    /// The server or console keeps what a setting sets for a switch of its own.
    ServerReserves = "server-reserves", Warning;
    /// The server or console would refuse a file.
    ServerRefuses = "server-refuses", Error;
    /// A variable that the server does not fill in, or not there.
    ServerVariable = "server-variable", Error;
    /// A value that means "no limit" where the word would be clearer, or has a side effect worth knowing.
    SideEffect = "side-effect", Warning;
    /// Key that no catalogue knows, written on purpose.
    UnlistedKey = "unlisted-key", Warning;
    /// `unlisted` on an entry of which the catalogue knows everything.
    UnusedUnlisted = "unused-unlisted", Warning;
    /// `allow` on an entry of which no such thing is found.
    UnusedAllowance = "unused-allowance", Warning;
    /// A key or node that replaces itself: applying it restarts the device.
    Restarts = "restarts", Note;

    /// A file of a catalogue's release is not as `ingest` writes it.
    InvalidCatalogue = "invalid-catalogue", Error;

    // Artefacts and golden files.
    /// Two artefacts would have one path or identifier.
    DuplicateArtefact = "duplicate-artefact", Error;
    /// An artefact that cannot be read back.
    UnreadableArtefact = "unreadable-artefact", Error;
    /// An approved file that the sources no longer produce.
    UnexpectedGolden = "unexpected-golden", Error;
    /// An artefact that nobody has approved.
    MissingGolden = "missing-golden", Error;
    /// An artefact that differs from the approved one.
    Drift = "drift", Error;

    // What devices and servers report.
    /// What is approved is missing where it should be.
    ObservedMissing = "observed-missing", Error;
    /// What is approved has another value where it should be.
    ObservedDifferent = "observed-different", Error;
    /// Another provider than the one that delivers what is approved decides a setting of a device.
    ObservedSuperseded = "observed-superseded", Error;
    /// What nobody approved is set.
    ObservedExtra = "observed-extra", Error;
    /// Nobody can tell whether what is approved is there: the source masks it, or cannot report it.
    ObservedUnknown = "observed-unknown", Note;
    /// A report or export of which nothing says whose it is.
    UnmatchedObservation = "unmatched-observation", Error;

    // Files of anybody's.
    /// A file that is not as its format wants it; what stands around the fault is read all the same.
    MalformedArtefact = "malformed-artefact", Error;
    /// A payload type that Apple's schema does not have: the preferences of an app, or of a part of macOS.
    UnknownDomain = "unknown-domain", Note;
    /// A profile or payload that does not say all that each must say of itself.
    IncompleteEnvelope = "incomplete-envelope", Error;
    /// One identifier for two profiles or payloads.
    DuplicateIdentifier = "duplicate-identifier", Error;
    /// A profile that does not say whether it is for the device or for a user, where that must be said.
    MissingScope = "missing-scope", Warning;
    /// An activation that names what is no configuration, or not there.
    WrongActivation = "wrong-activation", Error;
    /// A configuration that no activation names.
    NeverActivated = "never-activated", Warning;
    /// A declaration with a token that somebody wrote, where the server's belongs.
    AuthoredToken = "authored-token", Warning;
    /// Elements in the data of a SyncML command, where text is wanted.
    RawData = "raw-data", Warning;
    /// A secret of which an export has a reference alone.
    MaskedSecret = "masked-secret", Warning;
    /// A comment that allows a finding, without a reason or where there is none.
    UnusedSuppression = "unused-suppression", Warning;
    /// Text in an encoding, or with line ends, that reviews do not show well.
    AwkwardText = "awkward-text", Note;
    /// Settings that group policy beats, on devices that are in a domain too.
    GroupPolicyWins = "group-policy-wins", Warning;
    /// A part of a file that nothing here can name, of which nothing is said.
    NotUnderstood = "not-understood", Note;
    /// A file that is nothing known here, and is passed over.
    UnknownFormat = "unknown-format", Note;
    /// A profile that is encrypted for one device, so that nobody else can say what it sets.
    EncryptedPayload = "encrypted-payload", Warning;
    /// An archive that is damaged, or holds more than is read.
    UnreadableArchive = "unreadable-archive", Error;
    /// Something in an archive that is no plain file of a name that stays inside, and is left there.
    RefusedEntry = "refused-entry", Warning;
    /// An import would not compile back to what was read.
    ImportDiffers = "import-differs", Error;
    /// Nothing that was given is of a kind that is read.
    NothingToRead = "nothing-to-read", Warning;
    /// Devices are named for which no file is.
    UnusedTarget = "unused-target", Warning;
    /// Of all that was given to an import nothing can become a source.
    NothingToImport = "nothing-to-import", Error;

    // Keys, certificates and signatures.
    /// A file that holds no private key, a damaged one, or one that is encrypted in a way of old.
    UnreadableKey = "unreadable-key", Error;
    /// A private or public key of a kind or size that not every device trusts.
    UnsupportedKey = "unsupported-key", Error;
    /// A passphrase that is missing, or does not open the private key.
    WrongPassphrase = "wrong-passphrase", Error;
    /// A private key and a certificate that do not belong together.
    KeyMismatch = "key-mismatch", Error;
    /// A file that holds no certificate, or a damaged one.
    UnreadableCertificate = "unreadable-certificate", Error;
    /// A certificate whose last day is past.
    CertificateExpired = "certificate-expired", Error;
    /// A certificate whose first day is still to come.
    CertificateNotYetValid = "certificate-not-yet-valid", Error;
    /// A certificate that will have expired thirty days from now.
    CertificateExpiresSoon = "certificate-expires-soon", Warning;
    /// A certificate that may not sign content, or not issue another.
    CertificateMayNotSign = "certificate-may-not-sign", Error;
    /// A certificate that is no part of the signer's chain.
    UnrelatedCertificate = "unrelated-certificate", Error;
    /// A chain that lacks the certificate of an issuer.
    IncompleteChain = "incomplete-chain", Error;
    /// A chain that ends at a root that is not trusted.
    UnknownRoot = "unknown-root", Error;
    /// A file that is not signed where a signed one is wanted.
    NotSigned = "not-signed", Error;
    /// A signed file that is damaged.
    UnreadableSignature = "unreadable-signature", Error;
    /// A signed file that is larger, or holds more certificates or signatures, than any tool writes.
    ExcessiveSignature = "excessive-signature", Error;
    /// A signature by an algorithm that is broken, or that not every device reads.
    RefusedAlgorithm = "refused-algorithm", Error;
    /// Content that is not what was signed.
    AlteredContent = "altered-content", Error;
    /// A signature that is not that of the key of its certificate.
    SignatureMismatch = "signature-mismatch", Error;
    /// A signed file that differs from what policyc writes where no signature covers it.
    IrregularSignature = "irregular-signature", Error;
    // Bundles.
    /// A bundle that cannot be read: a damaged archive, or more than any release writes.
    UnreadableBundle = "unreadable-bundle", Error;
    /// A name in a bundle that leads elsewhere: `..`, a link, a device.
    UnsafePath = "unsafe-path", Error;
    /// A bundle without a manifest, or with one that no release wrote.
    UnreadableManifest = "unreadable-manifest", Error;
    /// A file that a bundle's manifest names and the bundle does not hold.
    MissingFile = "missing-file", Error;
    /// A file of a bundle that is not the one that was released.
    AlteredFile = "altered-file", Error;
    /// A file that stands in a bundle and not in its manifest.
    ExtraFile = "extra-file", Error;
    /// A file of a bundle that somebody else signed than its manifest.
    OtherSigner = "other-signer", Error;
    /// A file of a bundle that was signed at another time than its manifest says.
    OtherSigningTime = "other-signing-time", Error;
    /// Sources that are not those that a bundle was made of.
    OtherSources = "other-sources", Error;
    /// A bundle that another version of policyc made, or another catalogue, so that the two cannot be compared.
    OtherVersion = "other-version", Error;
    /// A place in a signed profile that a server would fill in.
    Placeholder = "placeholder", Error;
    /// Sources that are not the committed ones.
    Uncommitted = "uncommitted", Error;
    /// A command that was to sign, and did not.
    SignerFailed = "signer-failed", Error;
}

impl Code {
    /// The code of that name.
    pub fn named(name: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// Whether its findings show the text that they point at. Logs of a pipeline have more readers than sources have.
    pub fn shows_text(self) -> bool {
        !matches!(self, Code::SecretLiteral | Code::UnavailableSecret)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
