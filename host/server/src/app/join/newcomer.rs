//! Making a member of an applicant, at once or once their request is approved.

use usher_domain::authority::Authority;
use usher_domain::ids::{DepartmentId, MemberId, RequestId};
use usher_domain::member::{Login, Member, Progress, Provenance};
use usher_domain::phone::Phone;
use usher_domain::policy::approval::Applicant;
use usher_store::OrgScope;

use crate::app::App;
use crate::app::change::Change;
use crate::app::refusal::Refusal;
use crate::app::stored::Department;

/// Who becomes a member, and how.
pub(crate) struct Newcomer<'a> {
    /// What they gave and proved.
    pub applicant: &'a Applicant,
    /// Where they are placed.
    pub department: DepartmentId,
    /// As what they are placed: a type that there is (R23), guarded by the caller.
    pub workforce_type: Option<String>,
    /// Whether an admin let them in, who saw what they say of themselves. Else their number and attributes stay with
    /// the request: by these they would choose groups, seats (R35) and claims of a login (R41) for themselves.
    pub confirmed: bool,
    /// What they may do.
    pub authority: Authority,
    /// How they came in (R33).
    pub provenance: Provenance,
}

impl Newcomer<'_> {
    /// The member, without a seat yet: joined, never logged in (R30).
    pub fn member(self, id: MemberId) -> Member {
        let applicant = self.applicant;
        let said = Some(applicant).filter(|_| self.confirmed);
        let attributes = said.map_or(&[][..], |said| said.attributes.as_slice());
        let by_email = applicant.work_email.is_some();
        Member {
            id,
            name: applicant.name.clone(),
            progress: Progress::Inactive,
            suspended: false,
            deleted_at: None,
            authority: self.authority,
            departments: vec![self.department],
            login: if by_email { Login::WorkEmail } else { Login::Phone },
            business_email: None,
            work_email: applicant.work_email.clone(),
            phone: applicant.phone.clone().and_then(|phone| Phone::try_from(phone).ok()),
            language: applicant.language.clone(),
            workforce_type: self.workforce_type,
            employee_number: said.and_then(|said| said.employee_number.clone()),
            attributes: attributes.iter().map(|pair| (pair.name.clone(), pair.value.clone())).collect(),
            groups: Vec::new(),
            seats: Vec::new(),
            group_seats: Vec::new(),
            wishes: Vec::new(),
            created_at: self.provenance.at,
            provenance: self.provenance,
        }
    }
}

/// Tells that somebody joined.
pub(crate) fn announce<E>(app: &App, change: &mut Change<E>, member: &Member, request: RequestId) {
    let invitation = member.provenance.invitation;
    let data = serde_json::json!({ "member": member.id, "request": request, "invitation": invitation });
    change.event(app, "member.joined", data);
}

/// The first of the wished departments that there is, with its version; none where only the root is left.
pub(crate) async fn first_there(
    scope: &OrgScope,
    wished: [Option<DepartmentId>; 2],
    root: DepartmentId,
) -> Result<Option<(DepartmentId, u64)>, Refusal> {
    for id in wished.into_iter().flatten().filter(|id| *id != root) {
        if let Some(found) = scope.get::<Department>(&id).await? {
            return Ok(Some((id, found.version)));
        }
    }
    Ok(None)
}

/// The first of the wished departments that there is, else the root; guarded, so that it is still there at
/// the commit.
pub(crate) async fn department<E>(
    scope: &OrgScope,
    change: &mut Change<E>,
    wished: [Option<DepartmentId>; 2],
    root: DepartmentId,
) -> Result<DepartmentId, Refusal> {
    let Some((id, version)) = first_there(scope, wished, root).await? else { return Ok(root) };
    change.writes.guard_version::<Department>(&id, version);
    Ok(id)
}
