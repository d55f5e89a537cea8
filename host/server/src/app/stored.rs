//! Which records there are, under which number, in which version.
//!
//! A record's shape is its domain type's: changing that type's fields means a new version and an upcast
//! here. INVARIANT: a kind's number is never given to anything else.

use serde::{Deserialize, Serialize};
use usher_domain::ids::{
    ConnectionId, DepartmentId, InvitationId, MemberId, OrgId, PlanId, ProofId, RequestId, TokenId,
};
use usher_domain::time::Instant;
use usher_domain::{department, invitation, member, organisation, plan, proof, request, sso, verified_domain};
use usher_store::{Lookup, Record};

/// Numbers of the kinds of records.
pub mod kind {
    /// [`super::Organisation`].
    pub const ORGANISATION: u8 = 1;
    /// [`super::Plans`].
    pub const PLANS: u8 = 2;
    /// [`super::Department`].
    pub const DEPARTMENT: u8 = 3;
    /// [`super::Tree`].
    pub const TREE: u8 = 4;
    /// [`super::Member`].
    pub const MEMBER: u8 = 5;
    /// [`super::MemberAt`].
    pub const MEMBER_AT: u8 = 6;
    /// Invitations.
    pub const INVITATION: u8 = 7;
    /// Join requests.
    pub const REQUEST: u8 = 8;
    /// Proofs of an address by a one-time code.
    pub const PROOF: u8 = 9;
    /// Verified domains.
    pub const DOMAIN: u8 = 10;
    /// Single sign-on connections.
    pub const CONNECTION: u8 = 11;
    /// Links of a subject to a member.
    pub const SUBJECT: u8 = 12;
    /// Match keys of members.
    pub const MATCH_KEY: u8 = 13;
    /// [`crate::app::tokens::Token`].
    pub const TOKEN: u8 = 14;
    /// [`crate::app::once::Remembered`].
    pub const REMEMBERED: u8 = 15;
    /// Mail on its way.
    pub const MAIL: u8 = 16;
    /// Members of a department.
    pub const DEPARTMENT_MEMBER: u8 = 17;
    /// Seat wishes, oldest first.
    pub const WISH: u8 = 18;
    /// Who may invite from the member app.
    pub const INVITING: u8 = 19;
    /// [`crate::app::audit::Entry`]; in the audit stream, not under a key of its own.
    pub const AUDIT_ENTRY: u8 = 20;
    /// [`crate::app::events::Event`]; in the event stream, not under a key of its own.
    pub const EVENT: u8 = 21;
    /// From here on: policies, policy sets, decision records.
    pub const POLICIES: u8 = 32;
    /// The host's list of organisations.
    pub const LISTED_ORGANISATION: u8 = 64;
    /// The operator's tokens.
    pub const OPERATOR_TOKEN: u8 = 65;
    /// [`super::OpenRequest`].
    pub const OPEN_REQUEST: u8 = 80;
    /// [`super::CodesSent`].
    pub const CODES_SENT: u8 = 81;
    /// [`super::SeatFreed`].
    pub const SEAT_FREED: u8 = 82;
    /// [`super::LinkedMember`].
    pub const LINKED_MEMBER: u8 = 83;
}

/// Numbers of the look-ups across organisations.
pub mod lookup {
    /// [`super::TokenHash`].
    pub const TOKEN_HASH: u8 = 1;
    /// Hash of an invitation's link.
    pub const LINK_HASH: u8 = 2;
    /// An invitation's code.
    pub const CODE: u8 = 3;
    /// A verified domain.
    pub const DOMAIN: u8 = 4;
    /// A business address (R10): kept for when business mail can be activated.
    pub const BUSINESS_ADDRESS: u8 = 5;
}

macro_rules! records {
    ($($(#[$doc:meta])* $name:ident($inner:ty) = $kind:expr, version $version:literal, by $id:ty;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            #[serde(transparent)]
            pub struct $name(pub $inner);

            impl Record for $name {
                const KIND: u8 = $kind;
                const VERSION: u16 = $version;
                type Id = $id;
            }
        )+
    };
}

records! {
    /// The organisation itself.
    Organisation(organisation::Organisation) = kind::ORGANISATION, version 1, by ();
    /// A department.
    Department(department::Department) = kind::DEPARTMENT, version 1, by DepartmentId;
    /// A member.
    Member(member::Member) = kind::MEMBER, version 1, by MemberId;
    /// An invitation.
    Invitation(invitation::Invitation) = kind::INVITATION, version 1, by InvitationId;
    /// A request to join, answered or not (R33).
    JoinRequest(request::JoinRequest) = kind::REQUEST, version 1, by RequestId;
    /// A one-time code and what it proves.
    Proof(proof::Proof) = kind::PROOF, version 1, by ProofId;
    /// An email domain, proved or not, by its ASCII form.
    Domain(verified_domain::VerifiedDomain) = kind::DOMAIN, version 1, by String;
    /// A single sign-on connection.
    Connection(sso::Connection) = kind::CONNECTION, version 1, by ConnectionId;
    /// Whose a subject of a connection is, by the SHA-256 of the subject.
    Link(sso::Link) = kind::SUBJECT, version 1, by (ConnectionId, [u8; 32]);
}

/// The pending request of an address or a phone ([`Unique::place`]): there is one at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenRequest {
    /// Which.
    pub request: RequestId,
}

impl Record for OpenRequest {
    const KIND: u8 = kind::OPEN_REQUEST;
    const VERSION: u16 = 1;
    type Id = String;
}

/// When codes were sent to an address or a phone lately: their rate is bounded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CodesSent {
    /// Oldest first.
    pub at: Vec<Instant>,
}

impl Record for CodesSent {
    const KIND: u8 = kind::CODES_SENT;
    const VERSION: u16 = 1;
    type Id = String;
}

/// That a member waits for a seat of a plan, since a moment: in that order they get one (R36).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {}

impl Record for Waiting {
    const KIND: u8 = kind::WISH;
    const VERSION: u16 = 1;
    type Id = (PlanId, (i64, MemberId));
}

/// Work that falls due: a seat of a plan was freed, and whoever waits longest gets it (R36). Never stored
/// under a key of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeatFreed {}

impl Record for SeatFreed {
    const KIND: u8 = kind::SEAT_FREED;
    const VERSION: u16 = 1;
    type Id = PlanId;
}

/// That a member is linked to a subject of a connection: to one at most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkedMember {}

impl Record for LinkedMember {
    const KIND: u8 = kind::LINKED_MEMBER;
    const VERSION: u16 = 1;
    type Id = (ConnectionId, MemberId);
}

/// That a member is found under a match key, by its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchKey {}

impl Record for MatchKey {
    const KIND: u8 = kind::MATCH_KEY;
    const VERSION: u16 = 1;
    type Id = ([u8; 32], MemberId);
}

/// All plans of the organisation in one record: whoever counts them (R16) or their sizes (R38) guards
/// its version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plans {
    /// In order of id.
    pub plans: Vec<plan::Plan>,
}

impl Record for Plans {
    const KIND: u8 = kind::PLANS;
    const VERSION: u16 = 1;
    type Id = ();
}

/// Rewritten by every change of the tree of departments, so that two of them cannot pass each other
/// (R37). Holds nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    /// When it was changed last.
    pub changed_at: Instant,
}

impl Record for Tree {
    const KIND: u8 = kind::TREE;
    const VERSION: u16 = 1;
    type Id = ();
}

/// By which a member is found and which no other member of the organisation may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unique {
    /// Canonical work email (R41).
    WorkEmail,
    /// E.164.
    Phone,
}

impl Unique {
    /// Where the member is found by `text`.
    pub fn place(self, text: &str) -> String {
        let prefix = match self {
            Unique::WorkEmail => 'e',
            Unique::Phone => 'p',
        };
        format!("{prefix}{text}")
    }
}

/// Who has a work email or a phone number ([`Unique::place`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberAt {
    /// Who.
    pub member: MemberId,
}

impl Record for MemberAt {
    const KIND: u8 = kind::MEMBER_AT;
    const VERSION: u16 = 1;
    type Id = String;
}

/// That somebody is a direct member of a department.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DepartmentMember {}

impl Record for DepartmentMember {
    const KIND: u8 = kind::DEPARTMENT_MEMBER;
    const VERSION: u16 = 1;
    type Id = (DepartmentId, MemberId);
}

/// An organisation in the host's list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// When it was made.
    pub created_at: Instant,
}

impl Record for Listed {
    const KIND: u8 = kind::LISTED_ORGANISATION;
    const VERSION: u16 = 1;
    type Id = OrgId;
}

/// Finds a token by the SHA-256 of its text.
pub struct TokenHash;

impl Lookup for TokenHash {
    const KIND: u8 = lookup::TOKEN_HASH;
    type Id = TokenId;
}

/// Finds an invitation by the SHA-256 of its link's secret.
pub struct LinkHash;

impl Lookup for LinkHash {
    const KIND: u8 = lookup::LINK_HASH;
    type Id = InvitationId;
}

/// Finds an invitation by its code.
pub struct InvitationCode;

impl Lookup for InvitationCode {
    const KIND: u8 = lookup::CODE;
    type Id = InvitationId;
}

/// Finds the organisation that proved a domain, which is unique on the host.
pub struct ProvedDomain;

impl Lookup for ProvedDomain {
    const KIND: u8 = lookup::DOMAIN;
    type Id = ();
}
