//! What each kind of record holds about people, where that is found, and how it is forgotten: one table.
//!
//! To add a kind of record: add its row. A test fails until there is one, also for a kind that holds nothing about
//! anybody: that is to be said, not to be forgotten.

use Forgotten::{Applicant, Approver, Asked, Ends, Goes, Invited, IsLeft, Stays};
use Found::{ById, ByText, InKey, Nowhere};

use crate::app::stored::kind;

/// A kind of record.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its number.
    pub number: u8,
    /// Its name, where people read it.
    pub name: &'static str,
    /// Where it names people.
    pub found: Found,
    /// What becomes of a record that names somebody who is erased.
    pub forgotten: Forgotten,
    /// Whether whoever is told what is held about them is shown it. What leads to that and says no more is not.
    pub is_shown: bool,
    /// Fields that nobody is shown, at any depth: secrets of theirs, which whoever asks could use.
    pub withheld: &'static [&'static str],
    /// Whether whom it is about is settled when it is made, which its id tells. What is written again later is about
    /// the same person then, and not about whoever has the address by that time.
    pub is_settled: bool,
}

/// Where records of a kind name people. An address is looked for in all of them, whatever they are said to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nowhere, but for ids.
    Nowhere,
    /// In the key, by a member's or a request's id or by an address.
    InKey,
    /// In the value, by an address.
    ByText,
    /// In the value, by a member's id or by an address.
    ById,
}

/// How a record that names somebody forgets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forgotten {
    /// There is nothing to forget.
    Stays,
    /// It goes.
    Goes,
    /// An invitation that is over goes on without whom it was for.
    Invited,
    /// A request that was answered goes on without whoever made it.
    Applicant,
    /// A decision goes on without what was asked and said.
    Asked,
    /// A chat bot goes on without them among those it speaks for.
    Approver,
    /// By the end of the erasure, whose own it is.
    Ends,
    /// Not by this host: an admin wrote it, and is told where.
    IsLeft(&'static str),
}

impl Kind {
    const fn of(number: u8, name: &'static str, found: Found, forgotten: Forgotten) -> Kind {
        Kind { number, name, found, forgotten, is_shown: false, withheld: &[], is_settled: false }
    }

    const fn shown(self) -> Kind {
        Kind { is_shown: true, ..self }
    }

    const fn without(self, withheld: &'static [&'static str]) -> Kind {
        Kind { withheld, ..self }
    }

    const fn settled(self) -> Kind {
        Kind { is_settled: true, ..self }
    }

    /// The kind of a number; none if a newer host wrote it.
    pub(super) fn numbered(number: u8) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.number == number)
    }
}

/// What a letter says: one-time codes and links to answer by are in it.
const LETTER: &[&str] = &["subject", "body", "html", "text"];

/// In order of their numbers.
const KINDS: &[Kind] = &[
    Kind::of(kind::ORGANISATION, "organisation", ByText, IsLeft("the organisation's own record")),
    Kind::of(kind::PLANS, "plans", ByText, IsLeft("the name of a plan")),
    Kind::of(kind::DEPARTMENT, "department", ByText, IsLeft("the name of a department")),
    Kind::of(kind::TREE, "tree", Nowhere, Stays),
    Kind::of(kind::MEMBER, "member", InKey, Goes).shown(),
    Kind::of(kind::MEMBER_AT, "member_at", InKey, Goes),
    Kind::of(kind::INVITATION, "invitation", ByText, Invited).shown().settled(),
    Kind::of(kind::REQUEST, "request", ByText, Applicant).shown().settled(),
    Kind::of(kind::PROOF, "proof", ByText, Goes).shown().settled(),
    Kind::of(kind::DOMAIN, "domain", ByText, IsLeft("an email domain")),
    Kind::of(kind::CONNECTION, "connection", ByText, IsLeft("a single sign-on connection")),
    Kind::of(kind::SUBJECT, "single_sign_on", ById, Goes).shown(),
    Kind::of(kind::MATCH_KEY, "match_key", InKey, Goes),
    Kind::of(kind::TOKEN, "token", ById, Goes).shown(),
    Kind::of(kind::REMEMBERED, "remembered_answer", ById, Goes).shown(),
    Kind::of(kind::MAIL, "mail", ByText, Goes).shown().without(LETTER).settled(),
    Kind::of(kind::DEPARTMENT_MEMBER, "department_member", InKey, Goes),
    Kind::of(kind::WISH, "wish", InKey, Goes),
    // Holds ids, which stay.
    Kind::of(kind::INVITING, "inviting", Nowhere, Stays),
    // In the streams, which are gone through as such.
    Kind::of(kind::AUDIT_ENTRY, "audit_entry", Nowhere, Stays),
    Kind::of(kind::EVENT, "event", Nowhere, Stays),
    Kind::of(kind::POLICY, "policy", ByText, IsLeft("a policy or its settings")),
    Kind::of(kind::POLICY_PAYLOAD, "policy_payload", ByText, IsLeft("a policy or its settings")),
    Kind::of(kind::POLICY_SET, "policy_set", ByText, IsLeft("a policy or its settings")),
    Kind::of(kind::LIVE_POLICY_SET, "live_policy_set", Nowhere, Stays),
    Kind::of(kind::DECISION, "decision", ById, Asked).shown().settled(),
    // The host's own, in no organisation's rows.
    Kind::of(kind::LISTED_ORGANISATION, "listed_organisation", Nowhere, Stays),
    Kind::of(kind::OPERATOR_TOKENS, "operator_tokens", Nowhere, Stays),
    Kind::of(kind::OPEN_REQUEST, "open_request", InKey, Goes),
    Kind::of(kind::CODES_SENT, "codes_sent", InKey, Goes).shown(),
    Kind::of(kind::LINKED_MEMBER, "linked_member", InKey, Goes),
    Kind::of(kind::APPROVER, "approver", InKey, Goes),
    // Never stored under a key of its own.
    Kind::of(kind::NOTICE, "notice", Nowhere, Stays),
    Kind::of(kind::DOMAIN_LIST, "domain_list", Nowhere, Stays),
    Kind::of(kind::GROUP, "group", ByText, IsLeft("the name or the rule of a user group")),
    Kind::of(kind::GROUPING, "grouping", Nowhere, Stays),
    Kind::of(kind::GROUP_MEMBER, "group_member", InKey, Goes),
    Kind::of(kind::GROUP_SWEEP, "group_sweep", Nowhere, Stays),
    Kind::of(kind::SWEEP_STEP, "sweep_step", Nowhere, Stays),
    Kind::of(kind::SEAT_FREED, "seat_freed", Nowhere, Stays),
    Kind::of(kind::PLAN_PHASE, "plan_phase", Nowhere, Stays),
    Kind::of(kind::PLAN_TURN, "plan_turn", Nowhere, Stays),
    Kind::of(kind::ACCOUNT, "account", InKey, Goes),
    Kind::of(kind::LOGIN_CODE, "login_code", ByText, Goes).shown().settled(),
    Kind::of(kind::LOGIN_CODE_ASKED, "login_code_asked", Nowhere, Stays),
    Kind::of(kind::KNOWN_NETWORK, "known_network", ById, Goes).shown(),
    Kind::of(kind::SMS, "sms", ByText, Goes).shown().without(LETTER).settled(),
    Kind::of(kind::DEAD_LETTER, "dead_letter", ByText, Goes).shown().without(LETTER).settled(),
    Kind::of(kind::DELIVERY, "delivery", InKey, Goes),
    Kind::of(kind::ERASURE, "erasure", ByText, Ends),
    Kind::of(kind::ERASURE_SWEEP, "erasure_sweep", ByText, Ends),
    Kind::of(kind::AUDIT_CHECKPOINT, "audit_checkpoint", Nowhere, Stays),
    Kind::of(kind::AUDIT_END_OF_DAY, "audit_end_of_day", Nowhere, Stays),
    Kind::of(kind::PARTING, "parting", Nowhere, Stays),
    Kind::of(kind::DISPOSAL, "disposal", Nowhere, Stays),
    Kind::of(kind::ORIGINS_FORGOTTEN, "origins_forgotten", Nowhere, Stays),
    Kind::of(kind::IMPORT, "import", ByText, IsLeft("the file name of an import")),
    Kind::of(kind::CHECKED_ROW, "checked_row", ByText, Goes).shown(),
    Kind::of(kind::IMPORTED_ROW, "imported_row", ByText, Goes).shown(),
    Kind::of(kind::WORKFORCE_TYPES, "workforce_types", ByText, IsLeft("the name of a workforce type")),
    Kind::of(kind::ANSWER_LINK_ENDS, "answer_link_ends", Nowhere, Stays),
    Kind::of(kind::BOT, "bot", ById, Approver).shown().without(&["secret"]),
    Kind::of(kind::WELCOME_LINK_ENDS, "welcome_link_ends", Nowhere, Stays),
    Kind::of(kind::ESCALATION, "escalation", Nowhere, Stays),
    Kind::of(kind::ESCALATE, "escalate", Nowhere, Stays),
    Kind::of(kind::ESCALATED, "escalated", InKey, Goes),
    Kind::of(kind::APPROVERS_TOLD, "approvers_told", InKey, Goes),
    Kind::of(kind::WEBHOOKS, "webhooks", ByText, IsLeft("the URL of a webhook")),
    Kind::of(kind::WEBHOOK_CURSOR, "webhook_cursor", Nowhere, Stays),
    Kind::of(kind::WEBHOOK_ATTEMPT, "webhook_attempt", ByText, Goes).shown(),
    Kind::of(kind::REMINDED, "reminded", InKey, Goes),
    Kind::of(kind::INVITATION_LONG_OVER, "invitation_long_over", Nowhere, Stays),
    Kind::of(kind::TOKENS_ENDED, "tokens_ended", InKey, Goes),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers that are given, as their source has them.
    fn given() -> Vec<u8> {
        let source = include_str!("../stored/kind.rs");
        let constants = source.lines().filter_map(|line| line.strip_prefix("pub const "));
        constants.map(|line| line.rsplit(' ').next().unwrap().trim_end_matches(';').parse().unwrap()).collect()
    }

    #[test]
    fn r42_every_kind_of_record_says_what_it_holds_about_people() {
        let mut given = given();
        assert!(given.len() > 60, "the constants are read: {given:?}");
        given.sort_unstable();
        let told: Vec<u8> = KINDS.iter().map(|kind| kind.number).collect();
        assert_eq!(told, given, "each number once, and a row for each, in order");
    }

    #[test]
    fn r42_what_names_somebody_is_forgotten_or_said_to_be_left() {
        for kind in KINDS {
            assert_eq!(kind.found == Nowhere, kind.forgotten == Stays, "{}", kind.name);
            assert!(kind.found != InKey || kind.forgotten == Goes, "{}: a key is not written anew", kind.name);
            assert!(!kind.is_shown || kind.found != Nowhere, "{}: there is nothing to show", kind.name);
        }
        let mut names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KINDS.len(), "names tell kinds apart");
    }
}
