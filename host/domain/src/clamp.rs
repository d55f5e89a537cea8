//! Host rules over verdicts: what a policy says becomes what happens, and never something looser than the
//! rules allow.
//!
//! Owns R16, R20, R21 and R40 over a decision that the policies made. Must not know how it was made, nor
//! what a fault comes to.

use serde::{Deserialize, Serialize};

use crate::address::{Address, Evidence};
use crate::ids::MemberId;
use crate::kebab::names;
use crate::plan::several;
use crate::policy::approval::{self, Channel};
use crate::policy::{Obligation, ObligationKind, Role, sso};
use crate::sso::is_admissible;

names! {
    /// A host rule that made a verdict stricter.
    pub enum Clamp as "host rule" {
        /// Several paid plans: approval is mandatory (R16).
        SeveralPlans = "several-plans",
        /// The admin required approval, and nothing lets the policy skip it (R15, R21).
        ApprovalRequired = "approval-required",
        /// The role is above member, and whoever made the invitation may not give it any more (R1).
        RoleOfFormerGiver = "role-of-former-giver",
        /// The policy or the invitation names a department that the organisation does not have, or not any more.
        UnknownDepartment = "unknown-department",
        /// The policy named a workforce type that the organisation does not have (R23).
        UnknownWorkforceType = "unknown-workforce-type",
        /// The login's address does not count (R40).
        AddressNotAdmissible = "address-not-admissible",
        /// The member is not among those that may be matched (R40).
        NotACandidate = "not-a-candidate",
    }
}

/// A decision under the host rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clamped<O> {
    /// What happens.
    pub outcome: O,
    /// The rules that made it so; empty if the policy's word stands.
    pub clamps: Vec<Clamp>,
}

names! {
    /// Something a `require-proof` obligation asks for.
    pub enum Provable as "thing to prove" {
        /// The work email, by a mailed code.
        WorkEmail = "work-email",
        /// The phone, by a code in a message.
        Phone = "phone",
    }
}

/// What happens to somebody who wants in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// They join.
    Admit,
    /// An admin decides.
    Review,
    /// They are refused.
    Reject,
    /// They prove something first, then ask again.
    Prove(Provable),
}

/// What comes of an approval decision; of none, if the organisation has no policy: then the invitation
/// alone counts (R15, R20). `domain_skips` is whether the admin lets a policy skip the approval for an
/// address on a domain proved by DNS (R21); never for a role above member, which a primary admin alone gives
/// (R1).
pub fn approval(
    request: &approval::Request,
    decision: Option<&approval::Decision>,
    domain_skips: bool,
) -> Clamped<Approval> {
    let verdict = decision.map_or(approval::Verdict::Approve, |decision| decision.verdict);
    if verdict == approval::Verdict::Reject {
        return Clamped { outcome: Approval::Reject, clamps: Vec::new() };
    }
    let obligations = decision.map_or(&[][..], |decision| &decision.obligations);
    if let Some(missing) = missing_proof(obligations, &request.applicant) {
        return Clamped { outcome: Approval::Prove(missing), clamps: Vec::new() };
    }
    if verdict == approval::Verdict::Review {
        return Clamped { outcome: Approval::Review, clamps: Vec::new() };
    }
    let mut clamps = Vec::new();
    if several(request.organisation.paid_plans) && needs_approval_by_plans(request.channel) {
        clamps.push(Clamp::SeveralPlans);
    }
    let required = request.invitation.as_ref().is_some_and(|invitation| invitation.approval_required);
    let role = request.invitation.as_ref().and_then(|invitation| invitation.role).unwrap_or(Role::Member);
    let owned = || owns_domain(request.applicant.work_email.as_ref());
    let skipped = domain_skips && role == Role::Member && decision.is_some() && owned();
    if required && !skipped {
        clamps.push(Clamp::ApprovalRequired);
    }
    let outcome = if clamps.is_empty() { Approval::Admit } else { Approval::Review };
    Clamped { outcome, clamps }
}

/// The joins that R16 means: whoever comes by an invitation that anybody could hold. A single sign-on
/// login that finds no member is such a join too (R39).
const fn needs_approval_by_plans(channel: Channel) -> bool {
    match channel {
        Channel::Code | Channel::Link | Channel::Qr | Channel::MemberApp | Channel::Sso => true,
        Channel::Personal | Channel::Import | Channel::Console => false,
    }
}

/// Whether an address is its holder's and on a domain the organisation proved to own (R21).
fn owns_domain(address: Option<&Address>) -> bool {
    address.is_some_and(|address| {
        let held = address.has(Evidence::OneTimeCode) || address.has(Evidence::DomainConnection);
        held && address.has(Evidence::DomainDns)
    })
}

fn missing_proof(obligations: &[Obligation], applicant: &approval::Applicant) -> Option<Provable> {
    let required = obligations.iter().filter(|obligation| obligation.kind == ObligationKind::RequireProof);
    required.filter_map(|obligation| obligation.param("of")?.parse().ok()).find(|of| match of {
        Provable::WorkEmail => !applicant.work_email.as_ref().is_some_and(|address| address.has(Evidence::OneTimeCode)),
        Provable::Phone => !applicant.phone_proved,
    })
}

/// What happens to a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matching {
    /// It is the member's.
    Match(MemberId),
    /// An admin decides; refused until then.
    Review(Option<MemberId>),
    /// Nobody's: `identity_mismatch` (R39).
    Mismatch,
}

/// What comes of a matching decision; of none, nobody is matched (R39, R40).
///
/// Every address the login asserts must count, not only the one the policy looked at: the host cannot see
/// which one that was.
pub fn matching(request: &sso::Request, decision: Option<&sso::Decision>) -> Clamped<Matching> {
    let plain = |outcome| Clamped { outcome, clamps: Vec::new() };
    let Some(decision) = decision else {
        return plain(Matching::Mismatch);
    };
    let among = |member: &MemberId| request.candidates.iter().any(|candidate| candidate.member == *member);
    let member = decision.member.filter(among);
    match (decision.verdict, member) {
        (sso::Verdict::Mismatch, _) => plain(Matching::Mismatch),
        (sso::Verdict::Review, member) => plain(Matching::Review(member)),
        (sso::Verdict::Match, None) => Clamped { outcome: Matching::Mismatch, clamps: vec![Clamp::NotACandidate] },
        (sso::Verdict::Match, Some(member)) => {
            let mut addresses = request.login.claims.iter().filter_map(|claim| claim.address.as_ref()).peekable();
            if addresses.peek().is_some() && addresses.all(is_admissible) {
                plain(Matching::Match(member))
            } else {
                Clamped { outcome: Matching::Mismatch, clamps: vec![Clamp::AddressNotAdmissible] }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ConnectionId, OrgId};
    use crate::invitation::tests::{applicant, invitation};
    use crate::policy::{Organisation, Pair};
    use crate::time::Instant;
    use proptest::prelude::*;

    fn request(paid_plans: u32, channel: Channel, required: bool, evidence: &[Evidence]) -> approval::Request {
        let mut invitation = invitation();
        invitation.approval_required = required;
        approval::Request {
            organisation: Organisation {
                id: OrgId::from_bytes([1; 16]),
                region: "DE".into(),
                language: "de".into(),
                paid_plans,
            },
            at: Instant::from_micros(0),
            today: "2026-03-01".parse().unwrap(),
            channel,
            applicant: applicant("ada@example.com", evidence),
            invitation: Some(invitation.for_policies(0, None)),
            row: None,
        }
    }

    fn decision(verdict: approval::Verdict) -> approval::Decision {
        approval::Decision { verdict, reasons: Vec::new(), obligations: Vec::new(), placement: None }
    }

    const PROVED: &[Evidence] = &[Evidence::OneTimeCode];
    const OWNED: &[Evidence] = &[Evidence::OneTimeCode, Evidence::DomainDns];
    const AFFILIATED: &[Evidence] = &[Evidence::OneTimeCode, Evidence::DomainMail];

    #[test]
    fn r16_with_several_plans_approval_is_mandatory_by_code_link_qr_and_app() {
        let check = |plans: u32, channel: Channel, expected: Approval| {
            let approve = decision(approval::Verdict::Approve);
            let clamped = approval(&request(plans, channel, false, OWNED), Some(&approve), true);
            assert_eq!(clamped.outcome, expected, "{plans} plans, {channel}");
            assert_eq!(clamped.clamps.contains(&Clamp::SeveralPlans), expected == Approval::Review);
        };
        for channel in [Channel::Code, Channel::Link, Channel::Qr, Channel::MemberApp, Channel::Sso] {
            check(1, channel, Approval::Admit);
            check(2, channel, Approval::Review);
        }
        check(2, Channel::Personal, Approval::Admit);
        check(2, Channel::Console, Approval::Admit);
    }

    #[test]
    fn r20_without_a_policy_the_invitation_alone_counts() {
        let check = |plans: u32, required: bool, expected: Approval| {
            let clamped = approval(&request(plans, Channel::Link, required, OWNED), None, true);
            assert_eq!(clamped.outcome, expected);
        };
        check(1, false, Approval::Admit);
        check(1, true, Approval::Review);
        check(2, false, Approval::Review);
    }

    #[test]
    fn r21_a_policy_skips_an_approval_only_where_switched_on_and_dns_proved() {
        let check = |skips: bool, evidence: &[Evidence], plans: u32, expected: Approval| {
            let approve = decision(approval::Verdict::Approve);
            let clamped = approval(&request(plans, Channel::Link, true, evidence), Some(&approve), skips);
            assert_eq!(clamped.outcome, expected, "{skips} {evidence:?} {plans}");
        };
        check(true, OWNED, 1, Approval::Admit);
        check(false, OWNED, 1, Approval::Review);
        check(true, AFFILIATED, 1, Approval::Review);
        check(true, PROVED, 1, Approval::Review);
        check(true, &[Evidence::DomainDns], 1, Approval::Review);
        check(true, OWNED, 2, Approval::Review);
    }

    #[test]
    fn r1_no_policy_skips_the_approval_of_whoever_would_be_more_than_a_member() {
        let check = |role: Option<Role>, expected: Approval| {
            let mut request = request(1, Channel::Link, true, OWNED);
            request.invitation.as_mut().unwrap().role = role;
            let clamped = approval(&request, Some(&decision(approval::Verdict::Approve)), true);
            assert_eq!(clamped.outcome, expected, "{role:?}");
        };
        check(None, Approval::Admit);
        check(Some(Role::Member), Approval::Admit);
        check(Some(Role::Admin), Approval::Review);
        check(Some(Role::PrimaryAdmin), Approval::Review);
    }

    #[test]
    fn an_obligation_to_prove_comes_before_letting_in() {
        let check = |verdict: approval::Verdict, of: &str, expected: Approval| {
            let params = vec![Pair { name: "of".into(), value: of.into() }];
            let mut decision = decision(verdict);
            decision.obligations = vec![Obligation { kind: ObligationKind::RequireProof, params }];
            let clamped = approval(&request(1, Channel::Link, false, PROVED), Some(&decision), false);
            assert_eq!(clamped.outcome, expected, "{verdict} {of}");
        };
        check(approval::Verdict::Approve, "work-email", Approval::Admit);
        check(approval::Verdict::Approve, "phone", Approval::Prove(Provable::Phone));
        check(approval::Verdict::Review, "phone", Approval::Prove(Provable::Phone));
        check(approval::Verdict::Reject, "phone", Approval::Reject);
    }

    fn strictness(outcome: Approval) -> u8 {
        match outcome {
            Approval::Admit => 0,
            Approval::Prove(_) | Approval::Review => 1,
            Approval::Reject => 2,
        }
    }

    proptest! {
        #[test]
        fn no_policy_is_ever_loosened(
            verdict in prop::sample::select(approval::Verdict::ALL),
            channel in prop::sample::select(Channel::ALL),
            plans in 0u32..4,
            required: bool,
            skips: bool,
            evidence in prop::collection::vec(prop::sample::select(Evidence::ALL), 0..5),
        ) {
            let request = request(plans, channel, required, &evidence);
            let clamped = approval(&request, Some(&decision(verdict)), skips);
            let said = match verdict {
                approval::Verdict::Approve => 0,
                approval::Verdict::Review => 1,
                approval::Verdict::Reject => 2,
            };
            prop_assert!(strictness(clamped.outcome) >= said);
            if !clamped.clamps.is_empty() {
                prop_assert_eq!(clamped.outcome, Approval::Review);
            }
        }
    }

    fn member(n: u8) -> MemberId {
        MemberId::from_bytes([n; 16])
    }

    fn login(addresses: &[(&str, &[Evidence])]) -> sso::Request {
        let claims = addresses.iter().map(|(email, evidence)| {
            let address = applicant(email, evidence).work_email;
            sso::Claim { kind: "work-email".into(), value: (*email).into(), address }
        });
        let approval = request(1, Channel::Sso, false, &[]);
        let candidate = sso::Candidate {
            member: member(1),
            state: sso::CandidateState::Active,
            created_at: approval.at,
            claims: Vec::new(),
        };
        sso::Request {
            organisation: approval.organisation,
            at: approval.at,
            today: approval.today,
            login: sso::Login {
                connection: ConnectionId::from_bytes([1; 16]),
                protocol: sso::Protocol::Oidc,
                subject: "s".into(),
                claims: claims.collect(),
            },
            candidates: vec![candidate],
        }
    }

    #[test]
    fn r40_no_match_without_an_address_that_counts() {
        const BOUND: &[Evidence] = &[Evidence::DomainDns, Evidence::DomainConnection];
        let check = |addresses: &[(&str, &[Evidence])], matched: u8, expected: Matching| {
            let decision = sso::Decision {
                verdict: sso::Verdict::Match,
                member: Some(member(matched)),
                reasons: Vec::new(),
                obligations: Vec::new(),
            };
            let clamped = matching(&login(addresses), Some(&decision));
            assert_eq!(clamped.outcome, expected, "{addresses:?}");
            assert_eq!(clamped.clamps.is_empty(), expected != Matching::Mismatch);
        };
        check(&[("ada@example.com", BOUND)], 1, Matching::Match(member(1)));
        check(&[("ada@example.com", BOUND)], 2, Matching::Mismatch);
        check(&[("ada@example.com", &[Evidence::IdpVerified])], 1, Matching::Mismatch);
        check(&[("ada@example.com", BOUND), ("boss@other.example", &[])], 1, Matching::Mismatch);
        check(&[], 1, Matching::Mismatch);
    }

    #[test]
    fn r39_without_a_policy_nobody_is_matched() {
        let clamped = matching(&login(&[("ada@example.com", PROVED)]), None);
        assert_eq!(clamped.outcome, Matching::Mismatch);
    }
}
