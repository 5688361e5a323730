//! What a platform cannot express of what clauses ask: the gaps of a control that count for a group (language.md §5).

use super::parameter::Parameter;
use super::transform::meets;
use super::wellformed::has_settings;
use super::{Bound, Gap};
use crate::setting::Platform;
use crate::source::Spanned;

/// The gaps that count for this group.
pub(super) fn gaps(bound: &Bound, platform: Platform) -> Vec<Gap> {
    let control = &bound.control;
    let here: Vec<&Gap> = control.gaps.iter().filter(|gap| gap.platform == platform).collect();
    let silent = here.is_empty()
        && !has_settings(control, platform)
        && control.constrains.is_empty()
        && !control.inherent.contains_key(&platform);
    if silent {
        let reason = format!("the control has nothing for {platform}");
        return vec![Gap { platform, parameter: None, words: Vec::new(), reason }];
    }
    here.into_iter().filter(|gap| counts(bound, gap)).map(|gap| settled(bound, gap)).collect()
}

/// A platform that cannot keep even the weakest value of a parameter cannot keep the control.
fn settled(bound: &Bound, gap: &Gap) -> Gap {
    let Some(name) = gap.parameter.as_ref().filter(|name| is_weakest(bound, name)) else { return gap.clone() };
    Gap { parameter: None, words: Vec::new(), reason: format!("`{name}`: {}", gap.reason), ..gap.clone() }
}

fn is_weakest(bound: &Bound, name: &str) -> bool {
    let declared = bound.control.parameters.iter().find(|declared| declared.name.value == name);
    let value = bound.parameters.get(name).map(|parameter| parameter.value.clone());
    declared.and_then(Parameter::weakest).is_some_and(|weakest| Some(weakest) == value)
}

fn counts(bound: &Bound, gap: &Gap) -> bool {
    let Some(name) = &gap.parameter else { return true };
    let Some(parameter) = bound.parameters.get(name).filter(|parameter| !parameter.contributions.is_empty()) else {
        return false;
    };
    if !gap.words.is_empty() {
        let words: Vec<_> = gap.words.iter().map(|word| Spanned::nowhere(word.clone())).collect();
        return meets(parameter.value.as_ref(), &words);
    }
    !is_weakest(bound, name)
}
