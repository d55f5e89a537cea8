//! The blank sheet to fill in (R23): as the organisation is at the moment.

use usher_domain::plan::several;
use usher_sheets::{Column, Format, Template};

use super::ImportError;
use super::columns::Field;
use super::frame::Frame;
use super::instructions::instructions;
use crate::app::App;
use crate::app::actor::{By, MembersAndDepartments};
use crate::app::refusal::Refusal;
use crate::letters::Language;

/// Writes the template.
pub async fn template(app: &App, by: &By<MembersAndDepartments>, format: Format) -> Result<Vec<u8>, ImportError> {
    let frame = Frame::read(app, &by.scope, by.call.at, None).await?;
    let plans: Vec<String> = {
        let today = frame.today(by.call.at);
        let paid = frame.plans.record.plans.iter().filter(|plan| plan.is_paid(today));
        paid.map(|plan| plan.name.clone()).collect()
    };
    let types: Vec<String> = frame.types.record.0.all().map(str::to_owned).collect();
    let business = frame.organisation.business_mail;
    let logins = if business { &["business", "work", "skip"][..] } else { &["work", "skip"][..] };
    let wanted = |field: &Field| match field {
        Field::BusinessEmail | Field::Password => business,
        Field::SeatPlan => several(u32::try_from(plans.len()).unwrap_or(u32::MAX)),
        _ => true,
    };
    let column = |field: &Field| {
        let title = field.title();
        let column = if field.is_required() { Column::required(title) } else { Column::optional(title) };
        match field {
            Field::WorkforceType => column.choices(types.clone()),
            Field::Login => column.choices(logins.to_vec()),
            Field::SeatPlan => column.choices(plans.clone()),
            _ => column,
        }
    };
    let columns = Field::ALL.iter().filter(|field| wanted(field)).map(column).collect();
    let language = Language::choose([Some(frame.organisation.language.as_str())]);
    let instructions = instructions(language, business);
    let template = Template { name: "Members".to_owned(), columns, instructions };
    let write = move || {
        let mut file = Vec::new();
        template.write(&mut file, format).map(|()| file)
    };
    Ok(tokio::task::spawn_blocking(write).await.map_err(|_| Refusal::Busy)??)
}
