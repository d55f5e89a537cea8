//! Reading requests: one or many, as far as whoever asks reaches (R1, R33).

use usher_domain::authority::Reach;
use usher_domain::ids::{DepartmentId, RequestId};
use usher_domain::invitation;
use usher_domain::policy::approval::Channel;
use usher_domain::request::{self, State};
use usher_domain::time::Instant;
use usher_store::{OrgScope, OrgWrites, Stored};

use crate::app::actor::{Answering, By};
use crate::app::join::first_there;
use crate::app::page::{Order, PageOf, Paging, sift};
use crate::app::reach::{self, Inside};
use crate::app::refusal::Refusal;
use crate::app::stored::{Invitation, JoinRequest};
use crate::app::{App, organisations};

/// Which requests.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only in this state.
    pub state: Option<State>,
    /// Only through this channel.
    pub channel: Option<Channel>,
    /// Only those that an approval places in this department.
    pub department: Option<DepartmentId>,
    /// Only those opened before this moment.
    pub opened_before: Option<Instant>,
}

impl Filter {
    /// What can be said of a request by itself.
    fn takes(&self, request: &request::JoinRequest, at: Instant) -> bool {
        self.state.is_none_or(|state| request.state(at) == state)
            && self.channel.is_none_or(|channel| request.channel == channel)
            && self.opened_before.is_none_or(|before| request.opened_at < before)
    }
}

/// Requests in reach, newest first. A page may be short of its limit and yet not be the last: then `next` is there.
pub async fn list(
    app: &App,
    by: &By<Answering>,
    filter: &Filter,
    paging: &Paging,
) -> Result<PageOf<request::JoinRequest>, Refusal> {
    let inside = &Inside::of(&by.scope, &by.reach()).await?;
    let root = organisations::current(by).await?.record.0.root_department;
    let take = |JoinRequest(request)| async move {
        let wanted =
            filter.takes(&request, by.call.at) && leads_there(by, &request, filter.department, inside, root).await?;
        Ok(Some(request).filter(|_| wanted))
    };
    let page = sift(&by.scope, Order::NewestFirst, &reach::unsealed(app, by, paging)?, take).await?;
    Ok(reach::sealed(app, by, page))
}

/// Whether an approval at this moment places the applicant in the wanted department, and in reach.
async fn leads_there(
    by: &By<Answering>,
    request: &request::JoinRequest,
    wanted: Option<DepartmentId>,
    inside: &Inside,
    root: DepartmentId,
) -> Result<bool, Refusal> {
    if wanted.is_none() && matches!(inside, Inside::All) {
        return Ok(true);
    }
    let into = destination(&by.scope, request, root).await?;
    Ok(wanted.is_none_or(|wanted| wanted == into) && inside.includes(into))
}

/// One request.
pub async fn show(by: &By<Answering>, id: RequestId) -> Result<Stored<JoinRequest>, Refusal> {
    reached(&by.scope, &by.reach(), id).await
}

/// A request whose approval places the applicant in reach.
pub(in crate::app) async fn reached(
    scope: &OrgScope,
    reach: &Reach,
    id: RequestId,
) -> Result<Stored<JoinRequest>, Refusal> {
    // Nothing is committed that could be refused.
    held(scope, reach, id, &mut scope.writes()).await
}

/// [`reached`], by whoever is about to answer it: guards that it stays in reach.
pub(super) async fn held(
    scope: &OrgScope,
    reach: &Reach,
    id: RequestId,
    writes: &mut OrgWrites,
) -> Result<Stored<JoinRequest>, Refusal> {
    let found = get(scope, id).await?;
    if *reach == Reach::Whole {
        return Ok(found);
    }
    let root = organisations::of(scope).await?.record.0.root_department;
    let into = destination(scope, &found.record.0, root).await?;
    let inside = !reach::guard_within(scope, reach, &[into], writes).await?.is_empty();
    if inside { Ok(found) } else { Err(no_such(id)) }
}

/// Where an approval at this moment places the applicant.
pub(in crate::app) async fn destination(
    scope: &OrgScope,
    request: &request::JoinRequest,
    root: DepartmentId,
) -> Result<DepartmentId, Refusal> {
    let (_, wished) = wishes(scope, request).await?;
    Ok(first_there(scope, wished, root).await?.map_or(root, |(id, _)| id))
}

/// The invitation that the applicant came by, and the departments that an approval tries one after the other.
pub(super) async fn wishes(
    scope: &OrgScope,
    request: &request::JoinRequest,
) -> Result<(Option<invitation::Invitation>, [Option<DepartmentId>; 2]), Refusal> {
    let invitation = match &request.invitation {
        Some(id) => scope.get::<Invitation>(id).await?.map(|found| found.record.0),
        None => None,
    };
    let bound = invitation.as_ref().and_then(|invitation| invitation.department);
    Ok((invitation, [request.placement.department, bound]))
}

/// That there is no such request, as far as whoever asks may know.
pub(super) fn no_such(id: RequestId) -> Refusal {
    Refusal::not_found("request", &id)
}

/// A request, for the host itself: whoever asks for one comes by [`reached`].
pub(in crate::app) async fn get(scope: &OrgScope, id: RequestId) -> Result<Stored<JoinRequest>, Refusal> {
    scope.get::<JoinRequest>(&id).await?.ok_or_else(|| no_such(id))
}
