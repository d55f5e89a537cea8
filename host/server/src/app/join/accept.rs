//! Asking to join: who asks, whether they did before, and the rounds of deciding.

use std::collections::BTreeMap;

use usher_domain::address::{Address, Evidence};
use usher_domain::ids::{InvitationId, OrgId};
use usher_domain::member::{check_employee_number, check_name, pairs};
use usher_domain::organisation::check_language;
use usher_domain::policy::approval::Applicant;
use usher_domain::proof::Subject;
use usher_domain::request::{self, State};
use usher_domain::time::MINUTE;
use usher_store::{OrgScope, Stored};

use super::case::Case;
use super::ticket::{Found, Ticket, check_sso, find_invitation};
use super::{JoinError, Joined, Outcome};
use crate::app::actor::Call;
use crate::app::change::Change;
use crate::app::members::enrol::EnrolError;
use crate::app::proofs::{self, Typed};
use crate::app::refusal::Refusal;
use crate::app::stored::{Domain, JoinRequest, MemberAt, OpenRequest, place};
use crate::app::throttle::joining::{Asked, Asker};
use crate::app::{App, attributes, workforce_types};

/// Times a join is decided again because somebody took the seat, or the same person asked twice at once.
const MAX_RACES: u32 = 4;
/// How long whoever asks again by the same invitation is told that they were refused, in microseconds: nothing is
/// decided and written for them meanwhile. After that a policy that changed may think otherwise.
const REJECTION_STANDS_FOR: i64 = 10 * MINUTE;

/// Asks to join.
#[derive(Clone, Debug)]
pub struct Join {
    /// What they hold.
    pub ticket: Ticket,
    /// Their name.
    pub name: String,
    /// Proof of the address that becomes the work email.
    pub email: Option<Typed>,
    /// Proof of the phone.
    pub phone: Option<Typed>,
    /// Their language.
    pub language: Option<String>,
    /// One of the organisation's types (R23).
    pub workforce_type: Option<String>,
    /// As given.
    pub employee_number: Option<String>,
    /// The organisation's own attributes.
    pub attributes: BTreeMap<String, String>,
}

/// Why a round of deciding ends without a commit.
pub(super) enum Halt {
    /// For good.
    Error(JoinError),
    /// They asked before: the same answer again.
    Before(Joined),
    /// Somebody was faster: decide again.
    Raced,
}

impl<E: Into<JoinError>> From<E> for Halt {
    fn from(error: E) -> Halt {
        match error.into() {
            // The same person, at the same moment: the next round finds what the other one made.
            JoinError::Enrol(EnrolError::WorkEmailTaken(_) | EnrolError::PhoneTaken(_)) => Halt::Raced,
            error => Halt::Error(error),
        }
    }
}

/// Lets the organisation decide whether somebody joins. Whoever asks again gets the same answer again; who was rejected
/// asks anew.
pub async fn accept(app: &App, call: &Call, join: &Join) -> Result<Joined, JoinError> {
    check_texts(join)?;
    let Found { scope, invitation, .. } = find_invitation(app, call, &join.ticket).await?;
    check_sso(&scope).await?;
    let asker = Asker { origin: call.origin, invitation: Some(invitation.record.0.id), org: *scope.owner() };
    app.throttle.ask(Asked::Join, &asker, call.at).map_err(JoinError::AskedTooOften)?;
    for _ in 0..MAX_RACES {
        match round(app, call, join).await {
            Ok(settled) => return settled,
            Err(Halt::Before(joined)) => return Ok(joined),
            Err(Halt::Error(error)) => return Err(error),
            Err(Halt::Raced) => {}
        }
    }
    Err(Refusal::Busy.into())
}

async fn round(app: &App, call: &Call, join: &Join) -> Result<Result<Joined, JoinError>, Halt> {
    let decide = async || -> Result<(Result<Joined, JoinError>, Change<Halt>), Halt> {
        let found = find_invitation(app, call, &join.ticket).await?;
        let applicant = applicant(app, call, &found, join).await?;
        let invitation = found.invitation.record.0.id;
        let before = earlier(&found.scope, call, invitation, &applicant).await.map_err(Halt::Error)?;
        if let Some(before) = before {
            return Err(Halt::Before(before));
        }
        Case::read(app, call, found, applicant).await?.settle().await
    };
    app.change(decide).await.map(|(settled, _)| settled)
}

fn check_texts(join: &Join) -> Result<(), JoinError> {
    check_name(&join.name)?;
    join.language.as_deref().map(check_language).transpose()?;
    join.employee_number.as_deref().map(check_employee_number).transpose()?;
    Ok(attributes::check_of_applicant(&join.attributes)?)
}

/// Who asks, with what they proved (R22, R41).
async fn applicant(app: &App, call: &Call, found: &Found, join: &Join) -> Result<Applicant, JoinError> {
    let work_email = match proved(app, call, &found.scope, join.email.as_ref()).await? {
        None => None,
        Some(Subject::Email(address)) => Some(with_domain(&found.scope, address).await?),
        Some(Subject::Phone(_)) => return Err(JoinError::WrongProof),
    };
    let phone = match proved(app, call, &found.scope, join.phone.as_ref()).await? {
        None => None,
        Some(Subject::Phone(phone)) => Some(phone.to_string()),
        Some(Subject::Email(_)) => return Err(JoinError::WrongProof),
    };
    let workforce_type = match join.workforce_type.as_deref() {
        Some(text) => Some(workforce_types::current(&found.scope).await?.record.0.known(text)?.to_owned()),
        None => None,
    };
    Ok(Applicant {
        name: check_name(&join.name)?,
        work_email,
        phone_proved: phone.is_some(),
        phone,
        language: join.language.clone(),
        workforce_type,
        employee_number: join.employee_number.as_deref().map(check_employee_number).transpose()?,
        attributes: pairs(&join.attributes),
    })
}

async fn proved(app: &App, call: &Call, scope: &OrgScope, typed: Option<&Typed>) -> Result<Option<Subject>, JoinError> {
    match typed {
        Some(typed) => Ok(Some(proofs::verified(app, scope, call, typed).await?)),
        None => Ok(None),
    }
}

/// The address with what the code and the organisation's domains say for it.
async fn with_domain(scope: &OrgScope, address: Address) -> Result<Address, Refusal> {
    let address = address.with(Evidence::OneTimeCode);
    let domain = scope.get::<Domain>(&address.domain().to_owned()).await?;
    Ok(match domain.and_then(|found| found.record.0.proof) {
        Some(proof) => address.with(proof.by.evidence()),
        None => address,
    })
}

/// Where somebody is found by what they proved, the email before the phone.
pub(crate) fn places(applicant: &Applicant) -> Vec<String> {
    place::of_both(applicant.work_email.as_ref(), applicant.phone.as_deref())
}

/// The answer that the same person was given before: they are a member, or their request is pending, or it was
/// refused a moment ago.
async fn earlier(
    scope: &OrgScope,
    call: &Call,
    invitation: InvitationId,
    applicant: &Applicant,
) -> Result<Option<Joined>, JoinError> {
    let places = places(applicant);
    let again =
        |outcome, request| Joined { outcome, org: org(scope), request, seat: None, reason: None, receipt: None };
    let members = scope.get_many::<MemberAt>(&places).await.map_err(Refusal::from)?;
    if let Some(member) = one_person(members.into_iter().map(|at| Some(at?.record.member)))? {
        return Ok(Some(again(Outcome::Joined(member), None)));
    }
    let asked = asked_by(scope, &places).await?.into_iter().map(|asked| Some(asked?.record.0)).collect::<Vec<_>>();
    let pending = asked.iter().map(|asked| asked.as_ref().filter(|asked| asked.state(call.at) == State::Pending));
    if let Some(request) = one_person(pending.map(|pending| Some(pending?.id)))? {
        return Ok(Some(again(Outcome::Pending, Some(request))));
    }
    let refused = asked.into_iter().next().flatten();
    let refused = refused.filter(|asked| asked.invitation == Some(invitation) && was_refused_lately(asked, call));
    Ok(refused.map(|refused| {
        let reason = refused.reasons.first().map(|reason| reason.code.clone());
        Joined { reason, ..again(Outcome::Rejected, Some(refused.id)) }
    }))
}

/// Who is found by what was proved, the email first.
///
/// INVARIANT: nobody is taken for whoever is found by their phone alone if they proved an email besides: numbers are
/// given to others in time, and several people share one.
fn one_person<T: PartialEq>(mut found: impl Iterator<Item = Option<T>>) -> Result<Option<T>, JoinError> {
    let first = found.next().flatten();
    if found.flatten().any(|other| first.as_ref() != Some(&other)) {
        return Err(JoinError::PhoneOfAnother);
    }
    Ok(first)
}

/// The requests that each of the places leads to.
pub(super) async fn asked_by(scope: &OrgScope, places: &[String]) -> Result<Vec<Option<Stored<JoinRequest>>>, Refusal> {
    let mut asked = Vec::new();
    for open in scope.get_many::<OpenRequest>(places).await? {
        asked.push(match open {
            Some(open) => scope.get::<JoinRequest>(&open.record.request).await?,
            None => None,
        });
    }
    Ok(asked)
}

fn was_refused_lately(request: &request::JoinRequest, call: &Call) -> bool {
    let stands = |answer: &request::Answer| call.at < answer.at.plus(REJECTION_STANDS_FOR);
    request.state(call.at) == State::Rejected && request.answer.as_ref().is_some_and(stands)
}

fn org(scope: &OrgScope) -> OrgId {
    *scope.owner()
}
