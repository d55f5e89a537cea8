//! The page by which somebody whom an admin entered accepts or declines (R22).

use std::sync::Arc;

use axum::extract::State;
use maud::html;
use serde::Deserialize;

use super::words::{Phrase, say};
use super::{Form, Page, Reader};
use crate::app::actor::Call;
use crate::app::members::welcome::{self, Welcome};
use crate::http::Host;
use crate::http::path::{Named, WelcomeLink};

/// What the buttons send.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    answer: Answer,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Accept,
    Decline,
}

/// Shows who has added them. Accepts nothing.
pub(super) async fn show(
    State(host): State<Arc<Host>>,
    call: Call,
    Reader(language): Reader,
    Named(WelcomeLink(secret)): Named<WelcomeLink>,
) -> Page {
    match welcome::look(&host.app, &call, &secret).await {
        Ok(welcome) if welcome.accepted => accepted(&welcome),
        Ok(welcome) => asked(&welcome),
        Err(refusal) => Page::refused(language, refusal),
    }
}

/// Accepts, to log in next, or declines.
pub(super) async fn answer(
    State(host): State<Arc<Host>>,
    call: Call,
    Reader(language): Reader,
    Named(WelcomeLink(secret)): Named<WelcomeLink>,
    Form(said): Form<Said>,
) -> Result<Page, Page> {
    let shown = welcome::look(&host.app, &call, &secret).await.map_err(|error| Page::refused(language, error))?;
    let refused = |error| Page::refused(shown.language, error);
    match said.answer {
        Answer::Accept => {
            let welcome = welcome::accept(&host.app, &call, &secret).await.map_err(refused)?;
            Ok(accepted(&welcome))
        }
        Answer::Decline => {
            welcome::decline(&host.app, &call, &secret).await.map_err(refused)?;
            let organisation = shown.organisation.as_str();
            Ok(Page::note(shown.language, &Phrase::DeclinedTitle, &Phrase::Declined { organisation }))
        }
    }
}

fn asked(welcome: &Welcome) -> Page {
    let (language, organisation) = (welcome.language, welcome.organisation.as_str());
    let say = |phrase: &Phrase<'_>| say(language, phrase);
    let content = html! {
        p { (say(&Phrase::AddedYou { name: &welcome.name, organisation })) }
        form method="post" {
            button name="answer" value="accept" { (say(&Phrase::Accept)) }
            button class="other" name="answer" value="decline" { (say(&Phrase::Decline)) }
        }
        p { (say(&Phrase::DecliningForgets { organisation })) }
    };
    Page::new(language, &Phrase::WelcomeTitle { organisation }, content)
}

fn accepted(welcome: &Welcome) -> Page {
    let organisation = welcome.organisation.as_str();
    let text = Phrase::LogInBy { login: &welcome.login };
    Page::note(welcome.language, &Phrase::MemberOf { organisation }, &text)
}
