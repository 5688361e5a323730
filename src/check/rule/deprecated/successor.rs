//! What takes the place of what Apple deprecated (apple.md §1 "Releases move settings"): names that somebody has matched by what
//! they set, since the schema does not link them.

const RESTRICTIONS: &str = "com.apple.applicationaccess";
const EXTERNAL: &str = "com.apple.configuration.external-intelligence.settings";
const INTELLIGENCE: &str = "com.apple.configuration.intelligence.settings";
const KEYBOARD: &str = "com.apple.configuration.keyboard.settings";
const SIRI: &str = "com.apple.configuration.siri.settings";
const UPDATES: &str = "com.apple.configuration.softwareupdate.settings";

/// Keys of the restrictions that a declaration took over.
const DECLARED: &[(&str, &[&str])] = &[
    (
        EXTERNAL,
        &[
            "allowExternalIntelligenceIntegrations",
            "allowExternalIntelligenceIntegrationsSignIn",
            "allowedExternalIntelligenceWorkspaceIDs",
        ],
    ),
    (
        INTELLIGENCE,
        &[
            "allowAppleIntelligenceReport",
            "allowGenmoji",
            "allowImagePlayground",
            "allowImageWand",
            "allowMailSmartReplies",
            "allowMailSummary",
            "allowNotesTranscription",
            "allowNotesTranscriptionSummary",
            "allowPersonalizedHandwritingResults",
            "allowSafariSummary",
            "allowVisualIntelligenceSummary",
            "allowWritingTools",
            "forceOnDeviceOnlyDictation",
            "forceOnDeviceOnlyTranslation",
        ],
    ),
    (
        KEYBOARD,
        &[
            "allowAutoCorrection",
            "allowContinuousPathKeyboard",
            "allowDefinitionLookup",
            "allowDictation",
            "allowKeyboardShortcuts",
            "allowPredictiveKeyboard",
            "allowSpellCheck",
        ],
    ),
    (
        SIRI,
        &[
            "allowAssistant",
            "allowAssistantUserGeneratedContent",
            "allowAssistantWhileLocked",
            "forceAssistantProfanityFilter",
        ],
    ),
    (
        UPDATES,
        &[
            "allowRapidSecurityResponseInstallation",
            "allowRapidSecurityResponseRemoval",
            "enforcedSoftwareUpdateDelay",
            "enforcedSoftwareUpdateMajorOSDeferredInstallDelay",
            "enforcedSoftwareUpdateMinorOSDeferredInstallDelay",
            "enforcedSoftwareUpdateNonOSDeferredInstallDelay",
            "forceDelayedAppSoftwareUpdates",
            "forceDelayedMajorSoftwareUpdates",
            "forceDelayedSoftwareUpdates",
        ],
    ),
];

/// Keys of the restrictions that have a new name.
const RENAMED: &[(&str, &str)] = &[
    ("blacklistedAppBundleIDs", "blockedAppBundleIDs"),
    ("forceWiFiWhitelisting", "forceWiFiToAllowedNetworksOnly"),
    ("whitelistedAppBundleIDs", "allowListedAppBundleIDs"),
];

/// What takes the place of a key or payload.
#[derive(Clone, Copy)]
pub(super) enum Successor {
    /// Another key of the payload.
    Key(&'static str),
    /// Another payload.
    Payload(&'static str),
    /// A declaration.
    Declaration(&'static str),
}

/// What to write in place of a key of a payload.
pub(super) fn of(owner: &str, key: &str) -> Option<Successor> {
    match owner {
        "com.apple.SoftwareUpdate" => Some(Successor::Declaration(UPDATES)),
        "com.apple.security.FDERecoveryRedirect" => Some(Successor::Payload("com.apple.security.FDERecoveryKeyEscrow")),
        RESTRICTIONS => {
            let renamed = RENAMED.iter().find(|(old, _)| *old == key).map(|(_, new)| Successor::Key(new));
            let declared = DECLARED.iter().find(|(_, keys)| keys.contains(&key));
            renamed.or_else(|| declared.map(|(declaration, _)| Successor::Declaration(declaration)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::entry::Form;
    use crate::catalogue::{Catalogue, KeyLookup};

    #[test]
    fn every_name_is_one_that_the_catalogue_has() {
        let catalogue = Catalogue::embedded();
        let known =
            |key: &str| matches!(catalogue.key(Form::Profile, RESTRICTIONS, &[key.to_owned()]), KeyLookup::Found(_));
        for (declaration, keys) in DECLARED {
            assert!(!catalogue.schemas(Form::Declaration, declaration).is_empty(), "{declaration}");
            assert!(keys.iter().all(|key| known(key)), "{declaration}");
        }
        for (old, new) in RENAMED {
            assert!(known(old) && known(new), "{old} {new}");
        }
    }
}
