//! Which records there are, under which number, in which version.
//!
//! A record's shape is its domain type's: changing that type's fields means a new version and an upcast
//! here.

pub mod kind;
pub mod lookup;
pub mod place;
mod records;

use usher_domain::ids::{
    ConnectionId, DepartmentId, GroupId, InvitationId, MemberId, OrgId, PlanId, ProofId, RequestId, TokenId,
};
use usher_domain::time::Instant;
use usher_domain::{
    department, group, invitation, inviting, member, organisation, plan, proof, request, sso, verified_domain,
};
use usher_store::Cbor;

pub(crate) use self::records::{lookups, records};

records! {
    /// The organisation itself.
    Organisation(organisation::Organisation) = kind::ORGANISATION, version 2, by (), lifted by lift_organisation;
    /// A department.
    Department(department::Department) = kind::DEPARTMENT, version 1, by DepartmentId;
    /// A member.
    Member(member::Member) = kind::MEMBER, version 2, by MemberId, lifted by lift_member;
    /// An invitation.
    Invitation(invitation::Invitation) = kind::INVITATION, version 2, by InvitationId, lifted by lift_invitation;
    /// A request to join, answered or not (R33).
    JoinRequest(request::JoinRequest) = kind::REQUEST, version 2, by RequestId, lifted by lift_request;
    /// A one-time code and what it proves.
    Proof(proof::Proof) = kind::PROOF, version 1, by ProofId;
    /// An email domain, proved or not, by its ASCII form.
    Domain(verified_domain::VerifiedDomain) = kind::DOMAIN, version 1, by String;
    /// Rewritten whenever a domain is proved, bound or removed, or loses its proof: whoever decides by what the domains
    /// say guards its version. Holds nothing else.
    DomainList {
        /// When that was last.
        pub changed_at: Instant,
    } = kind::DOMAIN_LIST, version 1, by ();
    /// A single sign-on connection.
    Connection(sso::Connection) = kind::CONNECTION, version 1, by ConnectionId;
    /// Whose a subject of a connection is, by the SHA-256 of the subject.
    Link(sso::Link) = kind::SUBJECT, version 1, by (ConnectionId, [u8; 32]);
    /// The pending request of an address or a phone ([`place`]): there is one at a time.
    OpenRequest {
        /// Which.
        pub request: RequestId,
    } = kind::OPEN_REQUEST, version 1, by String;
    /// When codes were sent to an address or a phone lately: their rate is bounded.
    #[derive(Default)]
    CodesSent {
        /// Oldest first.
        pub at: Vec<Instant>,
    } = kind::CODES_SENT, version 1, by String;
    /// That a member waits for a seat of a plan, since a moment: in that order they get one (R36).
    Waiting {} = kind::WISH, version 1, by (PlanId, (i64, MemberId));
    /// Work that falls due: a seat of a plan was freed, or wished for, and whoever waits longest gets it (R36).
    /// The bytes are [`ONE_LOOK`]. Never stored under a key of its own.
    SeatFreed {} = kind::SEAT_FREED, version 1, by (PlanId, [u8; 16]);
    /// Where a plan stood when it was last looked at, so that its beginning and its end are told once (R8).
    PlanPhase {
        /// Where.
        pub phase: plan::Phase,
    } = kind::PLAN_PHASE, version 1, by PlanId;
    /// Work that falls due: a plan begins or ends. Never stored under a key of its own.
    PlanTurn {} = kind::PLAN_TURN, version 1, by PlanId;
    /// A user group.
    Group(group::Group) = kind::GROUP, version 2, by GroupId, lifted by lift_group;
    /// Rewritten by every change of a user group: whoever decides by the groups there are guards its version.
    /// Holds nothing else.
    Grouping {
        /// When one was changed last.
        pub changed_at: Instant,
    } = kind::GROUPING, version 1, by ();
    /// That somebody is in a user group.
    GroupMember {} = kind::GROUP_MEMBER, version 1, by (GroupId, MemberId);
    /// Members to be looked at anew because a group changed, and how far that has come.
    GroupSweep {
        /// All members of the organisation, not only those who are in the group.
        pub everyone: bool,
        /// The last one that was looked at.
        pub after: Option<MemberId>,
    } = kind::GROUP_SWEEP, version 1, by GroupId;
    /// Work that falls due: the next step of a [`GroupSweep`]. The bytes are [`ONE_LOOK`]. Never stored under a key
    /// of its own.
    SweepStep {} = kind::SWEEP_STEP, version 1, by (GroupId, [u8; 16]);
    /// That a member is linked to a subject of a connection: to one at most.
    LinkedMember {} = kind::LINKED_MEMBER, version 1, by (ConnectionId, MemberId);
    /// That a member is found under a match key: by the generation of the matching policies that gave it, and
    /// its hash.
    MatchKey {} = kind::MATCH_KEY, version 1, by (u64, ([u8; 32], MemberId));
    /// All plans of the organisation in one record: whoever counts them (R16) or their sizes (R38) guards
    /// its version.
    #[derive(Default)]
    Plans {
        /// In order of id.
        pub plans: Vec<plan::Plan>,
    } = kind::PLANS, version 2, by (), lifted by lift_plans;
    /// Who may invite without being an admin (R3); none for nobody.
    WhoInvites {
        /// Who.
        pub who: inviting::Inviters,
    } = kind::INVITING, version 1, by ();
    /// Rewritten by every change of the tree of departments, so that two of them cannot pass each other
    /// (R37). Holds nothing else.
    Tree {
        /// When it was changed last.
        pub changed_at: Instant,
    } = kind::TREE, version 1, by ();
    /// Who has an address, work or business mail, or a phone number ([`place`]).
    MemberAt {
        /// Who.
        pub member: MemberId,
    } = kind::MEMBER_AT, version 1, by String;
    /// That somebody is a direct member of a department.
    DepartmentMember {} = kind::DEPARTMENT_MEMBER, version 1, by (DepartmentId, MemberId);
    /// An organisation in the host's list.
    Listed {
        /// When it was made.
        pub created_at: Instant,
    } = kind::LISTED_ORGANISATION, version 1, by OrgId;
}

/// In the id of work that looks at all there is to do: it is the same piece of work for whatever causes it, so there
/// is one at a time. It is taken off the list before it is begun, so none is taken for another's end.
pub const ONE_LOOK: [u8; 16] = [0; 16];

lookups! {
    /// Finds a token by the SHA-256 of its text.
    TokenHash = lookup::TOKEN_HASH, to TokenId;
    /// Finds an invitation by the SHA-256 of its link's secret.
    LinkHash = lookup::LINK_HASH, to InvitationId;
    /// Finds an invitation by its code.
    InvitationCode = lookup::CODE, to InvitationId;
    /// Finds a member by the SHA-256 of their canonical business address (R10): never given up, never anybody else's.
    BusinessAddress = lookup::BUSINESS_ADDRESS, to MemberId;
    /// Finds the organisation that proved a domain, which is unique on the host.
    ProvedDomain = lookup::DOMAIN, to ();
}

/// A field of a map that is to be lifted.
pub(crate) fn field<'a>(map: &'a mut Cbor, name: &str) -> Option<&'a mut Cbor> {
    map.as_map_mut()?.iter_mut().find(|(known, _)| known.as_text() == Some(name)).map(|(_, value)| value)
}

/// Version 2 came with the regions of R12, of which there were none before.
fn lift_organisation(from: u16, map: Cbor) -> Option<Cbor> {
    match (from, map) {
        (1, Cbor::Map(mut fields)) => {
            fields.push((Cbor::from("skip_refused_for"), Cbor::Array(Vec::new())));
            Some(Cbor::Map(fields))
        }
        _ => None,
    }
}

/// Version 2 came with user groups: before, every seat and every wish was an admin's or a policy's.
fn lift_member(from: u16, mut map: Cbor) -> Option<Cbor> {
    for wish in field(&mut map, "wishes")?.as_array_mut()? {
        wish.as_map_mut()?.push((Cbor::from("source"), Cbor::from(member::SeatSource::Admin.as_str())));
    }
    map.as_map_mut()?.push((Cbor::from("group_seats"), Cbor::Array(Vec::new())));
    (from == 1).then_some(map)
}

/// Version 2 came with conflicts between plans, of which there were none before.
fn lift_plans(from: u16, mut map: Cbor) -> Option<Cbor> {
    for plan in field(&mut map, "plans")?.as_array_mut()? {
        plan.as_map_mut()?.push((Cbor::from("excludes"), Cbor::Array(Vec::new())));
    }
    (from == 1).then_some(map)
}

/// Version 2 came with the groups of departments: before, every group was an admin's.
fn lift_group(from: u16, map: Cbor) -> Option<Cbor> {
    let (1, Cbor::Map(mut fields)) = (from, map) else { return None };
    fields.push((Cbor::from("department"), Cbor::Null));
    Some(Cbor::Map(fields))
}

/// Version 2 came with invitations by members, and with the end of codes: whose those before were is not known, so they
/// count as admins', and their codes have held since they were made.
fn lift_invitation(from: u16, mut map: Cbor) -> Option<Cbor> {
    let made_at = field(&mut map, "created_at")?.clone();
    let fields = map.as_map_mut()?;
    fields.push((Cbor::from("by_member"), false.into()));
    fields.push((Cbor::from("code_since"), made_at));
    fields.push((Cbor::from("earlier_code_uses"), 0.into()));
    (from == 1).then_some(map)
}

/// Since version 2 there may be no decision; where there was one, nothing changed.
fn lift_request(from: u16, map: Cbor) -> Option<Cbor> {
    (from == 1).then_some(map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};
    use usher_store::{decode, encode};

    /// An organisation as version 1 wrote it.
    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct OldOrganisation(Cbor);

    records!(OldOrganisation = kind::ORGANISATION, version 1, by ());

    #[test]
    fn r12_an_organisation_of_version_1_refuses_skip_nowhere() {
        let mut organisation = Organisation(organisation::Organisation {
            id: OrgId::from_bytes([1; 16]),
            name: "Acme".into(),
            region: "DE".into(),
            language: "de".into(),
            zone: "Europe/Berlin".parse().unwrap(),
            root_department: DepartmentId::from_bytes([2; 16]),
            member_limit: None,
            business_mail: false,
            skip_refused_for: vec!["+91".parse().unwrap()],
            created_at: Instant::from_micros(0),
        });
        assert_eq!(decode::<Organisation>(&encode(&organisation).unwrap()).unwrap(), organisation);
        let mut old = Cbor::serialized(&organisation).unwrap();
        old.as_map_mut().unwrap().retain(|(name, _)| *name != "skip_refused_for".into());
        let old = encode(&OldOrganisation(old)).unwrap();
        organisation.0.skip_refused_for.clear();
        assert_eq!(decode::<Organisation>(&old).unwrap(), organisation);
    }

    /// Plans as version 1 wrote them.
    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct OldPlans(Cbor);

    records!(OldPlans = kind::PLANS, version 1, by ());

    #[test]
    fn r36_plans_of_version_1_exclude_none() {
        let day = "2026-01-01".parse().unwrap();
        let plan = plan::Plan {
            id: PlanId::from_bytes([1; 16]),
            name: "Team".into(),
            size: 3,
            starts_on: day,
            ends_on: None,
            excludes: Vec::new(),
            created_at: Instant::from_micros(0),
        };
        let plans = Plans { plans: vec![plan] };
        let mut old = Cbor::serialized(&plans).unwrap();
        let listed = &mut old.as_map_mut().unwrap()[0].1;
        listed.as_array_mut().unwrap()[0].as_map_mut().unwrap().retain(|(name, _)| *name != "excludes".into());
        let old = encode(&OldPlans(old)).unwrap();
        assert_eq!(decode::<Plans>(&old).unwrap(), plans);
    }

    /// A group as version 1 wrote it.
    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct OldGroup(Cbor);

    records!(OldGroup = kind::GROUP, version 1, by GroupId);

    #[test]
    fn r28_a_group_of_version_1_is_no_departments() {
        let group = Group(group::Group {
            id: GroupId::from_bytes([1; 16]),
            name: "Team".into(),
            rule: None,
            plan: None,
            department: None,
            created_at: Instant::from_micros(0),
        });
        let mut old = Cbor::serialized(&group).unwrap();
        old.as_map_mut().unwrap().retain(|(name, _)| *name != "department".into());
        assert_eq!(decode::<Group>(&encode(&OldGroup(old)).unwrap()).unwrap(), group);
    }

    #[test]
    fn r14_r16_an_invitation_of_version_1_is_an_admins_and_its_code_as_old() {
        let map = |fields: &[(&str, Cbor)]| {
            Cbor::Map(fields.iter().map(|(name, value)| (Cbor::from(*name), value.clone())).collect())
        };
        let (at, none) = (("created_at", Cbor::from(5)), ("earlier_code_uses", Cbor::from(0)));
        let old = map(std::slice::from_ref(&at));
        let lifted = map(&[at, ("by_member", false.into()), ("code_since", 5.into()), none]);
        assert_eq!((lift_invitation(1, old.clone()), lift_invitation(2, old)), (Some(lifted), None));
    }

    #[test]
    fn r35_a_member_of_version_1_has_nothing_from_groups() {
        let map = |fields: &[(&str, Cbor)]| {
            Cbor::Map(fields.iter().map(|(name, value)| (Cbor::from(*name), value.clone())).collect())
        };
        let wishes = |source: &[(&str, Cbor)]| Cbor::Array(vec![map(&[&[("since", 0.into())], source].concat())]);
        let old = map(&[("seats", Cbor::Array(vec!["plan".into()])), ("wishes", wishes(&[]))]);
        let lifted = map(&[
            ("seats", Cbor::Array(vec!["plan".into()])),
            ("wishes", wishes(&[("source", "admin".into())])),
            ("group_seats", Cbor::Array(Vec::new())),
        ]);
        assert_eq!(lift_member(1, old.clone()), Some(lifted));
        assert_eq!(lift_member(2, old), None);
    }
}
