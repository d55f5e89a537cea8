//! Whose login name it is.

use usher_domain::ids::MemberId;
use usher_domain::member::{self, Login};
use usher_domain::proof::Subject;
use usher_store::{OrgScope, Stored, find};

use super::account::{self, Account};
use super::business;
use crate::app::App;
use crate::app::refusal::Refusal;
use crate::app::stored::{BusinessAddress, Member, MemberAt, place};

/// Whoever has a login name, if anybody.
pub(super) struct Found {
    pub member: Option<Stored<Member>>,
    pub account: Account,
}

/// INVARIANT: the same reads for every name, whether it is somebody's or not. A business address may be that of
/// somebody who left, and by now the work email of somebody else.
pub(super) async fn find_login(app: &App, scope: &OrgScope, name: &Subject) -> Result<Found, Refusal> {
    const NOBODY: MemberId = MemberId::from_bytes([0; 16]);
    let text = name.canonical();
    let place = match name {
        Subject::Email(address) => place::of_email(address),
        Subject::Phone(phone) => place::of_phone(phone.as_str()),
    };
    let business = find::<BusinessAddress>(app.store.as_ref(), &business::place(text)).await?;
    let business = business.filter(|(org, _)| org == scope.owner()).map(|(_, id)| id);
    let at = scope.get::<MemberAt>(&place).await?.map(|found| found.record.member);
    let ids = [business, at].map(|id| id.unwrap_or(NOBODY));
    let found = scope.get_many::<Member>(&ids).await?;
    let logs_in =
        |member: &member::Member| member.counts() && name_of(member).as_ref().map(Subject::canonical) == Some(text);
    let member = found.into_iter().flatten().find(|found| logs_in(&found.record.0));
    let (account, _) = account::read(scope, member.as_ref().map_or(NOBODY, |found| found.record.0.id)).await?;
    Ok(Found { account, member })
}

/// By what a member logs in; none if it was never filled in.
pub(super) fn name_of(member: &member::Member) -> Option<Subject> {
    match member.login {
        Login::BusinessEmail => member.business_email.clone().map(Subject::Email),
        Login::WorkEmail => member.work_email.clone().map(Subject::Email),
        Login::Phone => member.phone.clone().map(Subject::Phone),
    }
}
