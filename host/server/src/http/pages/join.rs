//! The page behind an invitation's link (R14, R22): a name and an address, a code that proves it, the outcome; and for
//! whoever is invited in person, a way to decline.
//!
//! It keeps nothing between its steps: a form carries what was given before.

use std::sync::Arc;

use axum::extract::{MatchedPath, State};
use maud::{Markup, html};
use serde::Deserialize;
use usher_api::Code;
use usher_domain::address::Address;
use usher_domain::proof::Subject;

use super::words::{Phrase, say};
use super::{Form, Page, Reader};
use crate::app::actor::Call;
use crate::app::join::Outcome;
use crate::app::join::accept::{Join, accept};
use crate::app::join::decline::decline;
use crate::app::join::ticket::{self, Invited, Ticket};
use crate::app::proofs::Typed;
use crate::http::Host;
use crate::http::body::field;
use crate::http::path::{InvitationLink, Named};
use crate::http::problem::Failure;
use crate::letters::Language;
use crate::public_url::SCAN;

/// What the forms send; what a step does not need is empty.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    step: Step,
    #[serde(default)]
    name: String,
    /// An email or a phone.
    #[serde(default)]
    contact: String,
    #[serde(default)]
    proof: String,
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    Prove,
    Join,
    Decline,
}

/// Shows what the invitation is for. Sends nothing.
pub(super) async fn show(
    State(host): State<Arc<Host>>,
    call: Call,
    Reader(language): Reader,
    path: MatchedPath,
    Named(InvitationLink(secret)): Named<InvitationLink>,
) -> Page {
    match ticket::look(&host.app, &call, &held(secret, &path)).await {
        Ok(invited) => invitation(&invited),
        Err(error) => Page::refused(language, error),
    }
}

/// Goes a step on.
pub(super) async fn step(
    State(host): State<Arc<Host>>,
    call: Call,
    Reader(language): Reader,
    path: MatchedPath,
    Named(InvitationLink(secret)): Named<InvitationLink>,
    Form(given): Form<Given>,
) -> Result<Page, Page> {
    let ticket = held(secret, &path);
    let invited = ticket::look(&host.app, &call, &ticket).await.map_err(|error| Page::refused(language, error))?;
    match given.step {
        Step::Prove => prove(&host, &call, &ticket, &invited, given).await,
        Step::Join => join(&host, &call, ticket, &invited, given).await,
        Step::Decline => {
            let refused = |error| Page::refused(language_of(&invited), error);
            decline(&host.app, &call, &ticket, None).await.map_err(refused)?;
            let text = Phrase::Declined { organisation: &invited.organisation };
            Ok(Page::note(language_of(&invited), &Phrase::DeclinedTitle, &text))
        }
    }
}

async fn prove(host: &Host, call: &Call, ticket: &Ticket, invited: &Invited, mut given: Given) -> Result<Page, Page> {
    let refused = |error: Failure| Page::refused(language_of(invited), error);
    let subject = subject(&given.contact).map_err(refused)?;
    let sent = ticket::send_code(&host.app, call, ticket, &subject).await.map_err(|error| refused(error.into()))?;
    given.proof = sent.proof.to_string();
    Ok(code(invited, &given, false))
}

async fn join(host: &Host, call: &Call, ticket: Ticket, invited: &Invited, given: Given) -> Result<Page, Page> {
    let refused = |error: Failure| Page::refused(language_of(invited), error);
    let typed = Typed { proof: field("/proof", &given.proof).map_err(refused)?, code: given.code.trim().to_owned() };
    let (email, phone) = match subject(&given.contact).map_err(refused)? {
        Subject::Email(_) => (Some(typed), None),
        Subject::Phone(_) => (None, Some(typed)),
    };
    let (name, language, attributes) = (given.name.clone(), None, Default::default());
    let asks = Join { ticket, name, email, phone, language, workforce_type: None, employee_number: None, attributes };
    match accept(&host.app, call, &asks).await {
        Ok(joined) => Ok(outcome(invited, joined.outcome)),
        Err(error) => match Failure::from(error) {
            Failure(problem) if problem.code == Code::CodeWrong => {
                Ok(code(invited, &given, true).status(problem.status))
            }
            failure => Err(refused(failure)),
        },
    }
}

fn held(secret: String, path: &MatchedPath) -> Ticket {
    Ticket::Link { secret, qr: path.as_str().starts_with(SCAN) }
}

fn subject(contact: &str) -> Result<Subject, Failure> {
    let contact = contact.trim();
    if contact.contains('@') {
        return Address::parse(contact).map(Subject::Email).map_err(|error| Failure::address("/contact", &error));
    }
    field("/contact", contact).map(Subject::Phone)
}

fn language_of(invited: &Invited) -> Language {
    Language::choose([Some(invited.language.as_str())])
}

fn page(invited: &Invited, content: Markup) -> Page {
    Page::new(language_of(invited), &Phrase::JoinTitle { organisation: &invited.organisation }, content)
}

fn invitation(invited: &Invited) -> Page {
    let (language, organisation) = (language_of(invited), invited.organisation.as_str());
    let say = |phrase: &Phrase<'_>| say(language, phrase);
    let content = html! {
        p { (say(&Phrase::Invited { organisation })) }
        form method="post" {
            label for="name" { (say(&Phrase::YourName)) }
            input id="name" name="name" autocomplete="name" maxlength="200" required;
            label for="contact" { (say(&Phrase::YourContact)) }
            input id="contact" name="contact" autocomplete="email" required;
            button name="step" value="prove" { (say(&Phrase::SendCode)) }
        }
        @if invited.personal {
            form method="post" {
                button class="other" name="step" value="decline" { (say(&Phrase::Decline)) }
            }
            p { (say(&Phrase::DecliningForgets { organisation })) }
        }
    };
    page(invited, content)
}

fn code(invited: &Invited, given: &Given, wrong: bool) -> Page {
    let language = language_of(invited);
    let say = |phrase: &Phrase<'_>| say(language, phrase);
    let content = html! {
        @if wrong { p role="alert" { (say(&Phrase::WrongCode)) } }
        p { (say(&Phrase::CodeSent { contact: &given.contact })) }
        form method="post" {
            @for (name, value) in [("name", &given.name), ("contact", &given.contact), ("proof", &given.proof)] {
                input type="hidden" name=(name) value=(value);
            }
            label for="code" { (say(&Phrase::Code)) }
            input id="code" name="code" autocomplete="one-time-code" inputmode="numeric" required;
            button name="step" value="join" { (say(&Phrase::Join)) }
        }
    };
    page(invited, content)
}

fn outcome(invited: &Invited, outcome: Outcome) -> Page {
    let organisation = invited.organisation.as_str();
    let text = match outcome {
        Outcome::Joined(_) => Phrase::Joined { organisation },
        Outcome::Pending => Phrase::Pending { organisation },
        Outcome::Rejected => Phrase::Refused { organisation },
    };
    Page::note(language_of(invited), &Phrase::JoinTitle { organisation }, &text)
}
