//! Group policy beside what an audience gets (failure-modes B36).

use super::Meeting;
use super::finding::Findings;
use crate::lint::rule::group_policy;
use crate::reader::Reading;
use crate::setting::Platform;

pub(super) fn judge(meeting: &Meeting<'_>, members: &[usize], findings: &mut Findings) {
    if meeting.platform == Platform::Windows {
        let readings: Vec<&Reading> = members.iter().map(|n| meeting.reading(*n)).collect();
        let said = group_policy::beside(&readings, &meeting.run.options.devices);
        said.into_iter().for_each(|finding| findings.add(meeting, finding));
    }
}
