//! Who may invite without being an admin (R3): the setting, and whether somebody may.

use usher_domain::authority::Permission;
use usher_domain::ids::{DepartmentId, MemberId};
use usher_domain::inviting::{Inviters, MAX_CHOSEN};
use usher_store::{OrgWrites, Stored};

use super::App;
use super::actor::{By, Inviting, MembersAndDepartments};
use super::invitations::InviteError;
use super::refusal::{Refusal, based_on};
use super::stored::{Department, Member, WhoInvites};

/// Why the setting is not changed.
#[derive(Debug, thiserror::Error)]
pub enum InvitingError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many are chosen.
    #[error("at most {MAX_CHOSEN} departments and {MAX_CHOSEN} members can be chosen")]
    TooMany,
    /// There is no such department.
    #[error("there is no department {0}")]
    NoSuchDepartment(DepartmentId),
    /// There is no such member.
    #[error("there is no member {0}")]
    NoSuchMember(MemberId),
}

/// Who may invite; version 0 until it was chosen.
pub async fn show(by: &By<MembersAndDepartments>) -> Result<Stored<Inviters>, Refusal> {
    current(by).await
}

async fn current<R>(by: &By<R>) -> Result<Stored<Inviters>, Refusal> {
    let found = by.scope.get::<WhoInvites>(&()).await?;
    Ok(found.map_or(Stored { version: 0, record: Inviters::default() }, |found| Stored {
        version: found.version,
        record: found.record.who,
    }))
}

/// Chooses who may invite.
pub async fn set(
    app: &App,
    by: &By<MembersAndDepartments>,
    version: u64,
    new: &Inviters,
) -> Result<Stored<Inviters>, InvitingError> {
    check(by, new).await?;
    let ((), committed) = app
        .change(|| async {
            let before = based_on(current(by).await?, version)?.record;
            let mut change = app.draft(by, "inviting.changed", by.org()).before(&before).after(new);
            match version {
                0 => change.writes.insert(&(), &WhoInvites { who: new.clone() }),
                version => change.writes.replace(&(), version, &WhoInvites { who: new.clone() }),
            }
            Ok::<_, InvitingError>(((), change))
        })
        .await?;
    Ok(Stored { version: committed.seq, record: new.clone() })
}

async fn check(by: &By<MembersAndDepartments>, new: &Inviters) -> Result<(), InvitingError> {
    let Inviters::Chosen { departments, members } = new else { return Ok(()) };
    if departments.len() > MAX_CHOSEN || members.len() > MAX_CHOSEN {
        return Err(InvitingError::TooMany);
    }
    let found = by.scope.get_many::<Department>(departments).await.map_err(Refusal::from)?;
    if let Some((id, _)) = departments.iter().zip(found).find(|(_, found)| found.is_none()) {
        return Err(InvitingError::NoSuchDepartment(*id));
    }
    let found = by.scope.get_many::<Member>(members).await.map_err(Refusal::from)?;
    let gone = |found: &Option<Stored<Member>>| found.as_ref().is_none_or(|found| !found.record.0.counts());
    match members.iter().zip(found).find(|(_, found)| gone(found)) {
        Some((id, _)) => Err(InvitingError::NoSuchMember(*id)),
        None => Ok(()),
    }
}

/// Refuses whoever may not invite: admins may, others if they were chosen; guards that they are.
pub(super) async fn guard_may(by: &By<Inviting>, writes: &mut OrgWrites) -> Result<(), InviteError> {
    if by.actor.authority_anywhere().has(Permission::MemberAndDepartment) {
        return Ok(());
    }
    let id = by.actor.member().ok_or(InviteError::NotAllowed)?;
    let member = by.scope.get::<Member>(&id).await.map_err(Refusal::from)?.ok_or(InviteError::NotAllowed)?;
    let chosen = current(by).await?;
    if !chosen.record.include(&member.record.0) {
        return Err(InviteError::NotAllowed);
    }
    writes.guard_version::<Member>(&id, member.version);
    writes.guard_version::<WhoInvites>(&(), chosen.version);
    Ok(())
}
