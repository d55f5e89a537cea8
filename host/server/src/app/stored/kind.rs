//! Numbers of the kinds of records, in order. What each holds about people, `privacy/kinds.rs` says.
//!
//! INVARIANT: a number is never given to anything else, not even when its kind is gone.

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
/// [`crate::app::policies::Policy`].
pub const POLICY: u8 = 32;
/// [`crate::app::policies::Payload`].
pub const POLICY_PAYLOAD: u8 = 33;
/// [`crate::app::policies::PolicySet`].
pub const POLICY_SET: u8 = 34;
/// [`crate::app::policies::Live`].
pub const LIVE_POLICY_SET: u8 = 35;
/// [`crate::app::decisions::Decision`].
pub const DECISION: u8 = 36;
/// The host's list of organisations.
pub const LISTED_ORGANISATION: u8 = 64;
/// [`crate::app::operator_tokens::OperatorTokens`]; 65 was one operator's token.
pub const OPERATOR_TOKENS: u8 = 66;
/// [`super::OpenRequest`].
pub const OPEN_REQUEST: u8 = 80;
/// [`super::CodesSent`].
pub const CODES_SENT: u8 = 81;
// 82 was a freed seat without what freed it.
/// [`super::LinkedMember`].
pub const LINKED_MEMBER: u8 = 83;
/// [`crate::app::approvers::Approver`].
pub const APPROVER: u8 = 84;
/// [`crate::app::approvers::Notice`].
pub const NOTICE: u8 = 85;
/// [`super::DomainList`].
pub const DOMAIN_LIST: u8 = 86;
/// [`super::Group`].
pub const GROUP: u8 = 90;
/// [`super::Grouping`].
pub const GROUPING: u8 = 91;
/// [`super::GroupMember`].
pub const GROUP_MEMBER: u8 = 92;
/// [`super::GroupSweep`].
pub const GROUP_SWEEP: u8 = 93;
/// [`super::SweepStep`].
pub const SWEEP_STEP: u8 = 94;
/// [`super::SeatFreed`].
pub const SEAT_FREED: u8 = 95;
/// [`super::PlanPhase`].
pub const PLAN_PHASE: u8 = 96;
/// [`super::PlanTurn`].
pub const PLAN_TURN: u8 = 97;
/// [`crate::app::login::account::Account`].
pub const ACCOUNT: u8 = 100;
/// [`crate::app::login::codes::LoginCode`].
pub const LOGIN_CODE: u8 = 101;
/// [`crate::app::login::codes::LoginCodeAsked`].
pub const LOGIN_CODE_ASKED: u8 = 102;
/// [`crate::app::login::codes::KnownNetwork`].
pub const KNOWN_NETWORK: u8 = 103;
/// [`crate::app::sms::OutgoingSms`].
pub const SMS: u8 = 110;
/// [`crate::app::dead_letters::DeadLetter`].
pub const DEAD_LETTER: u8 = 111;
/// [`crate::app::deliveries::Delivery`].
pub const DELIVERY: u8 = 112;
/// [`crate::app::privacy::erasure::Erasure`].
pub const ERASURE: u8 = 120;
/// [`crate::app::privacy::sweep::Sweep`].
pub const ERASURE_SWEEP: u8 = 121;
/// [`crate::app::audit::checkpoint::Signed`].
pub const AUDIT_CHECKPOINT: u8 = 122;
/// [`crate::app::audit::checkpoint::EndOfDay`].
pub const AUDIT_END_OF_DAY: u8 = 123;
/// [`crate::app::privacy::erasure::Parting`].
pub const PARTING: u8 = 124;
/// [`crate::app::privacy::erasure::Disposal`].
pub const DISPOSAL: u8 = 125;
/// [`crate::app::privacy::strangers::OriginsForgotten`].
pub const ORIGINS_FORGOTTEN: u8 = 126;
/// [`crate::app::imports::ImportRecord`].
pub const IMPORT: u8 = 130;
// 131 was the key of an import's file.
/// [`crate::app::imports::CheckedRow`].
pub const CHECKED_ROW: u8 = 132;
/// [`crate::app::imports::ImportedRow`].
pub const IMPORTED_ROW: u8 = 133;
/// [`crate::app::workforce_types::WorkforceTypes`].
pub const WORKFORCE_TYPES: u8 = 134;
/// [`crate::app::answers::link::LinkEnds`].
pub const ANSWER_LINK_ENDS: u8 = 140;
/// [`crate::app::answers::bots::BotRecord`].
pub const BOT: u8 = 141;
/// [`crate::app::members::welcome::WelcomeEnds`].
pub const WELCOME_LINK_ENDS: u8 = 142;
/// [`crate::app::escalation::Escalation`].
pub const ESCALATION: u8 = 144;
/// [`crate::app::escalation::Escalate`].
pub const ESCALATE: u8 = 145;
/// [`crate::app::escalation::Escalated`].
pub const ESCALATED: u8 = 146;
/// [`crate::app::approvers::Told`].
pub const APPROVERS_TOLD: u8 = 147;
/// [`crate::app::webhooks::Webhooks`].
pub const WEBHOOKS: u8 = 150;
/// [`crate::app::webhooks::Cursor`].
pub const WEBHOOK_CURSOR: u8 = 151;
/// [`crate::app::webhooks::Attempt`].
pub const WEBHOOK_ATTEMPT: u8 = 152;
/// [`crate::app::members::remind::Reminded`].
pub const REMINDED: u8 = 160;
/// [`crate::app::invitations::end::LongOver`].
pub const INVITATION_LONG_OVER: u8 = 170;
/// [`crate::app::tokens::TokensEnded`].
pub const TOKENS_ENDED: u8 = 180;
