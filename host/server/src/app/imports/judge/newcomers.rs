//! Which rows are about somebody who is a member already, and which addresses nobody can have (R10, R25).

use std::collections::HashMap;

use usher_domain::ids::MemberId;
use usher_domain::import::Note;
use usher_domain::member::{self, Login};

use super::Judge;
use super::candidate::Candidate;
use crate::app::imports::columns::Entry;
use crate::app::imports::frame::Frame;
use crate::app::imports::seen::places;
use crate::app::login::business::{self, Holder};
use crate::app::refusal::Refusal;
use crate::app::stored::{Member, MemberAt, place};

/// Whom the addresses of a row lead to.
pub(super) struct Found {
    /// The member who logs in by one of them.
    pub(super) member: Option<MemberId>,
    /// Whether a member has its phone number or work email.
    is_taken: bool,
    /// Whose its business address is.
    holder: Option<Holder>,
}

impl Judge<'_> {
    /// Whom rows lead to, in their order.
    pub(super) async fn found(&self, entries: &[&Entry]) -> Result<Vec<Found>, Refusal> {
        let places: Vec<Vec<String>> = entries.iter().map(|entry| places(entry)).collect();
        let at = self.scope.get_many::<MemberAt>(&places.concat()).await?;
        let at: Vec<_> = at.into_iter().map(|found| found.map(|found| found.record.member)).collect();
        let logins = self.logins(at.iter().flatten()).await?;
        let mut at = at.into_iter();
        let mut holders = self.holders(entries).await?.into_iter();
        let mut all = Vec::with_capacity(entries.len());
        for (entry, places) in entries.iter().zip(places) {
            let there: Vec<_> = places.into_iter().zip(at.by_ref()).collect();
            let holder = entry.business_email.as_ref().and_then(|_| holders.next()).flatten();
            let by_business = match holder {
                Some(Holder::Member(member)) => Some(member),
                Some(Holder::Other) | None => None,
            };
            let is_login = |(place, member): &(String, Option<MemberId>)| {
                member.filter(|member| logins.get(member).is_some_and(|login| login == place))
            };
            let is_taken = there.iter().any(|(_, member)| member.is_some());
            all.push(Found { member: by_business.or_else(|| there.iter().find_map(is_login)), is_taken, holder });
        }
        Ok(all)
    }

    /// Where members are found who log in by an address or a number of their own.
    async fn logins(&self, ids: impl Iterator<Item = &MemberId>) -> Result<HashMap<MemberId, String>, Refusal> {
        let ids: Vec<_> = ids.copied().collect();
        let members = self.scope.get_many::<Member>(&ids).await?.into_iter().flatten().map(|found| found.record.0);
        let login_place = |member: &member::Member| match member.login {
            Login::BusinessEmail => None,
            Login::WorkEmail => Some(place::of_email(member.work_email.as_ref()?)),
            Login::Phone => Some(place::of_phone(member.phone.as_ref()?.as_str())),
        };
        Ok(members.filter_map(|member| Some((member.id, login_place(&member)?))).collect())
    }

    /// Whose the business addresses of the rows are that have one, in their order.
    async fn holders(&self, entries: &[&Entry]) -> Result<Vec<Option<Holder>>, Refusal> {
        let addresses: Vec<_> = entries.iter().filter_map(|entry| entry.business_email.as_ref()).collect();
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        business::holders(self.app, self.scope, &addresses).await
    }

    /// Why nobody new can have the addresses of a row.
    pub(super) async fn obstacle(
        &self,
        frame: &mut Frame,
        candidate: &Candidate,
        found: &Found,
    ) -> Result<Option<Note>, Refusal> {
        if found.is_taken {
            let text = "another member has the phone number or the work email: one address, one member";
            return Ok(Some(Note::new("taken", text)));
        }
        if found.holder.is_some() {
            let text = "the business email was given to somebody before: an address is one member's, for ever";
            return Ok(Some(Note::new("taken", text)));
        }
        let Some(address) = &candidate.member.business_email else { return Ok(None) };
        let may_have = frame.may_have(self.scope, address.domain()).await?;
        let text = "the business email lies in a domain that the organisation has not proved by DNS to be its own";
        Ok((!may_have).then(|| Note::new("business_domain", text)))
    }
}
