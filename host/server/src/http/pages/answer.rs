//! The page by which an approver answers one request (R17): who applies, and two buttons.

use std::sync::Arc;

use axum::extract::State;
use maud::html;
use serde::Deserialize;
use usher_api::request::Verdict;
use usher_domain::request;
use usher_domain::time::Instant;

use super::words::{Phrase, say};
use super::{Form, Page, Reader};
use crate::app::actor::Call;
use crate::app::answers::link::{self, Offer};
use crate::app::requests::RequestError;
use crate::http::Host;
use crate::http::path::{AnswerLink, Named};
use crate::http::routes::answers::without_choice;

/// What the buttons send.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    verdict: Verdict,
}

/// Shows the request. Answers nothing.
pub(super) async fn show(
    State(host): State<Arc<Host>>,
    call: Call,
    Reader(language): Reader,
    Named(AnswerLink(secret)): Named<AnswerLink>,
) -> Page {
    match link::look(&host.app, &call, &secret).await {
        Ok(offer) => shown(&offer, call.at),
        Err(refusal) => Page::refused(language, refusal),
    }
}

/// Answers the request; the first answer stands.
pub(super) async fn give(
    State(host): State<Arc<Host>>,
    call: Call,
    Reader(language): Reader,
    Named(AnswerLink(secret)): Named<AnswerLink>,
    Form(said): Form<Said>,
) -> Result<Page, Page> {
    let look = async || link::look(&host.app, &call, &secret).await.map_err(|error| Page::refused(language, error));
    let offer = look().await?;
    match link::answer(&host.app, &call, &secret, &without_choice(said.verdict), None).await {
        Ok(answered) => Ok(shown(&Offer { request: answered.record, ..offer }, call.at)),
        Err(RequestError::Answered(_)) => Ok(shown(&look().await?, call.at).status(409)),
        Err(error) => Err(Page::refused(offer.language, error)),
    }
}

fn shown(offer: &Offer, at: Instant) -> Page {
    let (language, organisation) = (offer.language, offer.organisation.as_str());
    let (title, applicant) = (Phrase::RequestTitle { organisation }, &offer.request.applicant);
    let outcome = match offer.request.state(at) {
        request::State::Pending => return waiting(offer),
        request::State::Approved => Phrase::Approved { name: &applicant.name },
        request::State::Rejected => Phrase::Rejected { name: &applicant.name },
        request::State::Declined | request::State::Expired | request::State::Withdrawn => Phrase::WaitsNoMore,
    };
    Page::note(language, &title, &outcome)
}

fn waiting(offer: &Offer) -> Page {
    let (language, organisation) = (offer.language, offer.organisation.as_str());
    let (request, applicant) = (&offer.request, &offer.request.applicant);
    let date = |at: Instant| at.date_in(&offer.zone).to_string();
    let say = |phrase: &Phrase<'_>| say(language, phrase);
    let (asked, until) = (date(request.opened_at), date(offer.ends_at));
    let email = applicant.work_email.as_ref().map(|address| address.raw());
    let id = request.id.to_string();
    let rows = [
        (Phrase::Name, Some(applicant.name.as_str())),
        (Phrase::Email, email),
        (Phrase::Phone, applicant.phone.as_deref()),
        (Phrase::AskedOn, Some(asked.as_str())),
        (Phrase::RequestId, Some(id.as_str())),
    ];
    let content = html! {
        p { (say(&Phrase::Wants { name: &applicant.name, organisation })) }
        dl { @for (label, value) in &rows { @if let Some(value) = value { dt { (say(label)) } dd { (value) } } } }
        form method="post" {
            button name="verdict" value="approve" { (say(&Phrase::Approve)) }
            button class="other" name="verdict" value="reject" { (say(&Phrase::Reject)) }
        }
        p { (say(&Phrase::YoursUntil { until: &until })) }
    };
    Page::new(language, &Phrase::RequestTitle { organisation }, content)
}
