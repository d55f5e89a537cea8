//! The blank sheet to fill in (R23): as the organisation is at the moment.

use usher_domain::plan::several;
use usher_sheets::{Column, Format, Template};

use super::ImportError;
use super::columns::{ATTRIBUTE, Field, PATH, SEVERAL};
use super::frame::Frame;
use crate::app::actor::{By, MembersAndDepartments};
use crate::app::refusal::Refusal;

/// Writes the template.
pub async fn template(by: &By<MembersAndDepartments>, format: Format) -> Result<Vec<u8>, ImportError> {
    let frame = Frame::read(&by.scope, None).await?;
    let plans: Vec<String> = {
        let today = frame.today(by.call.at);
        let paid = frame.plans.record.plans.iter().filter(|plan| plan.is_paid(today));
        paid.map(|plan| plan.name.clone()).collect()
    };
    let types: Vec<String> = frame.types.record.0.all().map(str::to_owned).collect();
    let wanted = |field: &Field| match field {
        Field::BusinessEmail | Field::Password => false,
        Field::SeatPlan => several(u32::try_from(plans.len()).unwrap_or(u32::MAX)),
        _ => true,
    };
    let column = |field: &Field| {
        let title = field.title();
        let column = if field.is_required() { Column::required(title) } else { Column::optional(title) };
        match field {
            Field::WorkforceType => column.choices(types.clone()),
            Field::Login => column.choices(["work", "skip"]),
            Field::SeatPlan => column.choices(plans.clone()),
            _ => column,
        }
    };
    let columns = Field::ALL.iter().filter(|field| wanted(field)).map(column).collect();
    let template = Template { name: "Members".to_owned(), columns, instructions: instructions() };
    let write = move || {
        let mut file = Vec::new();
        template.write(&mut file, format).map(|()| file)
    };
    Ok(tokio::task::spawn_blocking(write).await.map_err(|_| Refusal::Busy)??)
}

fn instructions() -> Vec<String> {
    vec![
        "One row for each member. Name, Department and Workforce type are needed in every row.".to_owned(),
        format!(
            "Department: the path from the top, as `Sales {PATH} North`; several with `{SEVERAL}` between, the main one first."
        ),
        "Every member needs a work email or a mobile phone; both are better, so that the invitation can arrive."
            .to_owned(),
        "Login method `work`: the work email is needed. `skip` or nothing: whichever address is filled in.".to_owned(),
        "Phone: with the country's code, as +4915112345678.".to_owned(),
        format!("Attributes of your own: further columns with a title as `{ATTRIBUTE} Site`."),
    ]
}
