//! Which rows are about somebody who is a member already, and which addresses nobody can have (R10, R25).

use usher_domain::ids::MemberId;
use usher_domain::import::Note;
use usher_domain::member::{Login, Member};

use super::candidate::Candidate;
use super::{Judge, Judged, exists, failed};
use crate::app::imports::frame::Frame;
use crate::app::imports::seen::places;
use crate::app::login::business::{self, Holder};
use crate::app::refusal::Refusal;
use crate::app::stored::{MemberAt, Unique};

impl Judge<'_> {
    /// Those who are no members yet. Whoever is one by their login is `exists`.
    pub(super) async fn newcomers(
        &self,
        frame: &mut Frame,
        candidates: Vec<Candidate>,
        judged: &mut Vec<Judged>,
    ) -> Result<Vec<Candidate>, Refusal> {
        let places: Vec<Vec<String>> = candidates.iter().map(|candidate| places(&candidate.entry)).collect();
        let found = self.scope.get_many::<MemberAt>(&places.concat()).await?;
        let mut found = found.into_iter().map(|found| found.map(|found| found.record.member));
        let mut holders = self.holders(&candidates).await?.into_iter();
        let mut newcomers = Vec::with_capacity(candidates.len());
        for (candidate, places) in candidates.into_iter().zip(places) {
            let there: Vec<_> = places.into_iter().zip(found.by_ref()).collect();
            let holder = candidate.member.business_email.as_ref().and_then(|_| holders.next()).flatten();
            if let Some(member) = by_login(&candidate.member, &there, holder) {
                judged.push(exists(candidate.number, member));
            } else if let Some(note) = self.obstacle(frame, &candidate.member, &there, holder).await? {
                judged.push(failed(candidate.number, vec![note]));
            } else {
                newcomers.push(candidate);
            }
        }
        Ok(newcomers)
    }

    /// Whose the business addresses of the candidates are that have one, in their order.
    async fn holders(&self, candidates: &[Candidate]) -> Result<Vec<Option<Holder>>, Refusal> {
        let addresses: Vec<_> = candidates.iter().filter_map(|one| one.member.business_email.as_ref()).collect();
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        business::holders(self.app, self.scope, &addresses).await
    }

    /// Why nobody new can have the addresses.
    async fn obstacle(
        &self,
        frame: &mut Frame,
        member: &Member,
        there: &[(String, Option<MemberId>)],
        holder: Option<Holder>,
    ) -> Result<Option<Note>, Refusal> {
        if there.iter().any(|(_, member)| member.is_some()) {
            let text = "another member has the phone number or the work email: one address, one member";
            return Ok(Some(Note::new("taken", text)));
        }
        if holder.is_some() {
            let text = "the business email was given to somebody before: an address is one member's, for ever";
            return Ok(Some(Note::new("taken", text)));
        }
        let Some(address) = &member.business_email else { return Ok(None) };
        let may_have = frame.may_have(self.scope, address.domain()).await?;
        let text = "the business email lies in a domain that the organisation has not proved by DNS to be its own";
        Ok((!may_have).then(|| Note::new("business_domain", text)))
    }
}

fn by_login(member: &Member, there: &[(String, Option<MemberId>)], holder: Option<Holder>) -> Option<MemberId> {
    let place = match member.login {
        Login::BusinessEmail => match holder? {
            Holder::Member(member) => return Some(member),
            Holder::Other => return None,
        },
        Login::WorkEmail => Unique::WorkEmail.place(member.work_email.as_ref()?.canonical()),
        Login::Phone => Unique::Phone.place(member.phone.as_ref()?.as_str()),
    };
    there.iter().find(|(found, _)| *found == place)?.1
}
