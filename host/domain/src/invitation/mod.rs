//! Invitations: what they are bound to, how long they hold, whom they refuse (R14, R15, R22).
//!
//! Owns the host's refusals before any policy is asked. Must not know how often an invitation was used:
//! the number comes from a counter and is bounded in the commit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::address::{Address, Evidence};
use crate::ids::{DepartmentId, InvitationId, MemberId, PlanId};
use crate::phone::Phone;
use crate::policy::{Role, approval};
use crate::proof::Subject;
use crate::time::{DAY, Instant};

/// How long an invitation holds if nothing else is said (R15), in microseconds.
pub const HOLDS_FOR: i64 = 14 * DAY;
/// How long a code holds, in microseconds, even where its invitation does longer: it is short, and read aloud.
pub const CODE_HOLDS_FOR: i64 = 30 * DAY;
/// Most joins and requests by one code; by the link there may be more.
pub const CODE_MAX_USES: u32 = 500;

/// How long after it is over it is known whom an invitation was for, in microseconds.
pub const KNOWN_FOR: i64 = 30 * DAY;

/// The letters of a code: none that is taken for another when read or spoken (no I, L, O, U, V).
pub const CODE_LETTERS: &[u8; 21] = b"ABCDEFGHJKMNPQRSTWXYZ";
/// Letters of a code.
pub const CODE_LEN: usize = 8;

/// An 8-letter code (R14).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(String);

/// A text that is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an invitation code has {CODE_LEN} letters, none of them I, L, O, U or V")]
pub struct CodeError;

impl Code {
    /// A code out of random bytes; none if too few of them fit, so that every letter is as likely.
    pub fn from_entropy(entropy: &[u8]) -> Option<Self> {
        // 252 = 12 × 21: a byte above it would favour the first letters.
        let fair = entropy.iter().filter(|byte| **byte < 252);
        let letters = fair.map(|byte| char::from(CODE_LETTERS[usize::from(*byte) % CODE_LETTERS.len()]));
        let code: String = letters.take(CODE_LEN).collect();
        (code.len() == CODE_LEN).then_some(Self(code))
    }

    /// The letters, in capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Code {
    type Err = CodeError;

    /// Small letters, spaces and dashes are how people write codes.
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let letters: String = text.trim().chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let letters = letters.to_ascii_uppercase();
        let fits = letters.len() == CODE_LEN && letters.bytes().all(|byte| CODE_LETTERS.contains(&byte));
        if fits { Ok(Self(letters)) } else { Err(CodeError) }
    }
}

impl TryFrom<String> for Code {
    type Error = CodeError;

    fn try_from(text: String) -> Result<Self, CodeError> {
        text.parse()
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whom an invitation is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Whoever has the link, the code or the QR code.
    Open,
    /// The holder of an address alone (R22).
    Email(Address),
    /// The holder of a phone alone (R22).
    Phone(Phone),
    /// Nobody any more: the invited person declined (R22), or it was over for [`KNOWN_FOR`]. Who that was is forgotten.
    Declined,
}

/// An invitation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// What it is for, so that an admin recognises it.
    pub name: Option<String>,
    /// Whom it is for.
    pub audience: Audience,
    /// Its code: as good as the link, but not for as long and as many.
    pub code: Code,
    /// When the code was made.
    pub code_since: Instant,
    /// Joins and requests by the codes before it.
    pub earlier_code_uses: u32,
    /// SHA-256 of the link's secret.
    pub link_hash: [u8; 32],
    /// Department it is bound to.
    pub department: Option<DepartmentId>,
    /// Role it is bound to.
    pub role: Option<Role>,
    /// Domain (ASCII form) an applicant's address must have.
    pub email_domain: Option<String>,
    /// Plan whose seat it offers.
    pub plan: Option<PlanId>,
    /// Whether a seat of `plan` is reserved for it: personal invitations only (R15).
    pub seat_reserved: bool,
    /// Whether joining needs approval (R15).
    pub approval_required: bool,
    /// Whether a policy may skip that approval for an address on a domain proved by DNS (R21).
    pub domain_skips_approval: bool,
    /// Most joins and requests.
    pub max_uses: Option<u32>,
    /// Who made it; none if made with a token of no member.
    pub inviter: Option<MemberId>,
    /// Whether a member made it, or an admin in the member app, and not an admin as one (R3).
    pub by_member: bool,
    /// When it was made.
    pub created_at: Instant,
    /// When it ends; none if never.
    pub expires_at: Option<Instant>,
    /// Since when it is revoked.
    pub revoked_at: Option<Instant>,
}

/// Why an invitation does not let somebody try. No policy can loosen these.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Revoked (R15).
    #[error("the invitation was revoked")]
    Revoked,
    /// Past its end (R15).
    #[error("the invitation ended at {0}")]
    Expired(Instant),
    /// The code is too old; the invitation may not be.
    #[error("the code ended at {0}: use the link, or ask for a new code")]
    CodeExpired(Instant),
    /// The code was used too often; the invitation may not be.
    #[error("the code was used {CODE_MAX_USES} times, as often as one may be: use the link, or ask for a new code")]
    CodeFull,
    /// Used as often as allowed (R14).
    #[error("the invitation was used as often as it may be")]
    Full,
    /// Bound to another domain (R14).
    #[error("the invitation is for addresses at {0} only")]
    EmailDomain(String),
    /// For somebody else (R22).
    #[error("the invitation is for another person's address")]
    OtherPerson,
    /// A join must prove an email or a phone (R22).
    #[error("a join proves an email address or a phone number with a one-time code first")]
    NotProved,
}

impl Invitation {
    /// Refuses whoever no policy may let in (R14, R15, R22).
    pub fn admit(&self, at: Instant, uses: u32, applicant: &approval::Applicant) -> Result<(), Refusal> {
        self.check_open(at, uses)?;
        let proved_email = applicant.work_email.as_ref().filter(|address| address.has(Evidence::OneTimeCode));
        let proved_phone = applicant.phone.as_deref().filter(|_| applicant.phone_proved);
        if proved_email.is_none() && proved_phone.is_none() {
            return Err(Refusal::NotProved);
        }
        if !self.is_for(proved_email.map(Address::canonical), proved_phone) {
            return Err(Refusal::OtherPerson);
        }
        match &self.email_domain {
            Some(domain) if proved_email.is_none_or(|address| address.domain() != domain) => {
                Err(Refusal::EmailDomain(domain.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Refuses whoever declines without having proved to be the person invited (R22).
    pub fn admit_decline(&self, proved: Option<&Subject>) -> Result<(), Refusal> {
        let invited = match proved {
            None => return Err(Refusal::NotProved),
            Some(Subject::Email(address)) => self.is_for(Some(address.canonical()), None),
            Some(Subject::Phone(phone)) => self.is_for(None, Some(phone.as_str())),
        };
        if invited { Ok(()) } else { Err(Refusal::OtherPerson) }
    }

    /// Whether it is for the holder of what was proved.
    fn is_for(&self, email: Option<&str>, phone: Option<&str>) -> bool {
        match &self.audience {
            Audience::Open => true,
            Audience::Declined => false,
            Audience::Email(invited) => email == Some(invited.canonical()),
            Audience::Phone(invited) => phone == Some(invited.as_str()),
        }
    }

    /// Whether one person alone is invited.
    pub fn is_personal(&self) -> bool {
        self.audience != Audience::Open
    }

    /// The way in which somebody comes who `holds` its link or code. If they were invited in person, it does not matter
    /// which of these they hold, but whether it was through the member app (R16).
    pub fn channel(&self, holds: approval::Channel) -> approval::Channel {
        match (self.is_personal(), self.by_member) {
            (false, _) => holds,
            (true, true) => approval::Channel::MemberApp,
            (true, false) => approval::Channel::Personal,
        }
    }

    /// Ends it because the invited person declined, and forgets what an admin had entered about them (R22).
    pub fn decline(&mut self, at: Instant) {
        self.forget();
        self.revoked_at.get_or_insert(at);
    }

    /// Forgets whom it was for; it was over already, and ended as it did.
    pub fn forget(&mut self) {
        self.audience = Audience::Declined;
        self.name = None;
    }

    /// Refuses everybody if it was revoked, is over or is used up.
    pub fn check_open(&self, at: Instant, uses: u32) -> Result<(), Refusal> {
        if self.revoked_at.is_some() {
            return Err(Refusal::Revoked);
        }
        if let Some(end) = self.expires_at.filter(|end| *end <= at) {
            return Err(Refusal::Expired(end));
        }
        if self.max_uses.is_some_and(|max| uses >= max) {
            return Err(Refusal::Full);
        }
        Ok(())
    }

    /// When its code ends: with the invitation, and after [`CODE_HOLDS_FOR`] at the latest.
    pub fn code_ends_at(&self) -> Instant {
        let end = self.code_since.plus(CODE_HOLDS_FOR);
        self.expires_at.map_or(end, |expires_at| expires_at.min(end))
    }

    /// Most joins and requests by all its codes so far and the one that it has.
    pub const fn most_code_uses(&self) -> u32 {
        self.earlier_code_uses.saturating_add(CODE_MAX_USES)
    }

    /// Refuses whoever has its code if that is over or used up; `code_uses` are those by all its codes.
    pub fn check_code(&self, at: Instant, code_uses: u32) -> Result<(), Refusal> {
        let end = self.code_ends_at();
        if end <= at {
            return Err(Refusal::CodeExpired(end));
        }
        if code_uses >= self.most_code_uses() { Err(Refusal::CodeFull) } else { Ok(()) }
    }

    /// As approval policies see it.
    pub fn for_policies(&self, uses: u32, inviter_role: Option<Role>) -> approval::Invitation {
        approval::Invitation {
            id: self.id,
            department: self.department,
            role: self.role,
            email_domain: self.email_domain.clone(),
            plan: self.plan,
            approval_required: self.approval_required,
            created_at: self.created_at,
            expires_at: self.expires_at,
            uses,
            max_uses: self.max_uses,
            inviter: self.inviter,
            inviter_role,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
