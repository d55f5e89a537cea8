//! Whether somebody comes in when single sign-on fails (R19).

use usher_domain::login::{Filled, has_second_factor};
use usher_domain::member::Member;
use usher_store::OrgScope;

use super::account;
use crate::app::approvers;
use crate::app::refusal::Refusal;

/// Whether a primary admin could log in past single sign-on: with a password of their own, and a code that is sent to
/// somewhere else than what the password opens.
pub(crate) async fn is_possible(scope: &OrgScope) -> Result<bool, Refusal> {
    approvers::a_primary_admin(scope, |member: Member| async move {
        let Member { login, business_email, work_email, phone, id, .. } = &member;
        let filled =
            Filled { business_email: business_email.as_ref(), work_email: work_email.as_ref(), phone: phone.as_ref() };
        let (account, _) = account::read(scope, *id).await?;
        Ok(account.password.is_some_and(|password| !password.must_change) && has_second_factor(*login, filled))
    })
    .await
}
