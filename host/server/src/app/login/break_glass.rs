//! Whether somebody comes in when single sign-on fails (R19).
//!
//! INVARIANT: while single sign-on is on, a primary admin can break the glass. Whatever relies on one, because it
//! switches single sign-on on or takes that way from another, writes their record anew and guards their account; and
//! nobody is suspended, deleted or given another role, login or password over a record that changed. So of two
//! changes that together would leave nobody, the later one is decided again.

use usher_domain::ids::MemberId;
use usher_domain::login::{Filled, has_second_factor};
use usher_domain::member::Member;
use usher_store::{OrgScope, OrgWrites, Stored};

use super::account::{self, Account};
use crate::app::refusal::Refusal;
use crate::app::sso::connections;
use crate::app::{approvers, stored};

/// Whether this primary admin could log in past single sign-on: with a password of their own, and a code that is sent
/// to somewhere else than what the password opens.
fn could(member: &Member, account: &Account) -> bool {
    let Member { login, business_email, work_email, phone, .. } = member;
    let filled =
        Filled { business_email: business_email.as_ref(), work_email: work_email.as_ref(), phone: phone.as_ref() };
    let own_password = account.password.as_ref().is_some_and(|password| !password.must_change);
    member.counts_as_primary_admin() && own_password && has_second_factor(*login, filled)
}

/// Has the plan rely on a primary admin who could log in past single sign-on, other than those who are `gone`; false if
/// there is none.
pub(crate) async fn rely_on_one(scope: &OrgScope, writes: &mut OrgWrites, gone: &[MemberId]) -> Result<bool, Refusal> {
    let found = approvers::find_primary_admin(scope, |found: Stored<stored::Member>| async move {
        let member = &found.record.0;
        let (account, version) = account::read(scope, member.id).await?;
        let able = !gone.contains(&member.id) && could(member, &account);
        Ok(version.filter(|_| able).map(|version| (found, version)))
    });
    let Some((Stored { version, record }, account)) = found.await? else { return Ok(false) };
    let id = record.0.id;
    writes.replace(&id, version, &record);
    writes.guard_version::<Account>(&id, account);
    Ok(true)
}

/// Has the plan, which makes `after` of a member, rely on another primary admin if single sign-on is on and it takes
/// that way from them; false if there is no other. With no `after` it takes their password. Those who are `gone` are
/// not relied on.
pub(crate) async fn stays_possible(
    scope: &OrgScope,
    writes: &mut OrgWrites,
    (before, after): (&Member, Option<&Member>),
    gone: &[MemberId],
) -> Result<bool, Refusal> {
    if !before.counts_as_primary_admin() {
        return Ok(true);
    }
    let (account, _) = account::read(scope, before.id).await?;
    let is_lost = could(before, &account) && !after.is_some_and(|after| could(after, &account));
    if !is_lost || !connections::is_on(scope).await? {
        return Ok(true);
    }
    rely_on_one(scope, writes, &[&[before.id][..], gone].concat()).await
}
