//! Workforce types of an organisation: its own beside the five (R23).
//!
//! INVARIANT: whoever makes somebody one of a type finds it by `find`, or guards the record's version as that does,
//! and the type's counter moves in the same commit: so a type in use cannot go, and its name fits into a key.

use usher_domain::authority::Reach;
use usher_domain::workforce::{self, WorkforceError};
use usher_store::{OrgScope, OrgWrites, Stored};

use super::actor::{By, Choosing, MembersAndDepartments};
use super::change::Change;
use super::refusal::Refusal;
use super::stored::{kind, records};
use super::{App, counters};

records! {
    /// The types of the organisation's own; there is no record before the first.
    #[derive(Default)]
    WorkforceTypes(workforce::WorkforceTypes) = kind::WORKFORCE_TYPES, version 1, by ();
}

/// Why a type is not added or deleted.
#[derive(Debug, thiserror::Error)]
pub enum WorkforceTypeError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The type will not do.
    #[error(transparent)]
    Type(#[from] WorkforceError),
    /// Somebody is of it.
    #[error("there are members of the workforce type `{0}`: change theirs first")]
    InUse(String),
}

/// A type with the number of members who are of it.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeView {
    /// Its name.
    pub name: String,
    /// Whether every organisation has it.
    pub built_in: bool,
    /// Members who are of it; only for whoever sees the whole organisation.
    pub members: Option<u64>,
}

/// All types: the five first.
pub async fn list(by: &By<Choosing>) -> Result<Vec<TypeView>, Refusal> {
    let types = current(&by.scope).await?.record.0;
    let mut views = Vec::new();
    for name in types.all() {
        let members = match by.reach() {
            Reach::Whole => Some(by.scope.counter(&counters::workforce_members(name)).await?),
            Reach::Below(_) => None,
        };
        let built_in = workforce::BUILT_IN.contains(&name);
        views.push(TypeView {
            name: name.to_owned(),
            built_in,
            members: members.map(|members| u64::try_from(members).unwrap_or(0)),
        });
    }
    Ok(views)
}

/// Adds a type. Returns its name as it is kept.
pub async fn add(app: &App, by: &By<MembersAndDepartments>, name: &str) -> Result<TypeView, WorkforceTypeError> {
    let (name, _) = app
        .change(|| async {
            let found = current(&by.scope).await?;
            let mut types = found.record.clone();
            let name = types.0.add(name)?;
            let mut change: Change<WorkforceTypeError> = app.draft(by, "workforce_type.added", &name).after(&name);
            guard(&mut change.writes, &found);
            change.writes.put(&(), &types);
            Ok((name, change))
        })
        .await?;
    Ok(TypeView { name, built_in: false, members: Some(0) })
}

/// Deletes a type that nobody is of.
pub async fn delete(app: &App, by: &By<MembersAndDepartments>, name: &str) -> Result<(), WorkforceTypeError> {
    app.change(|| async {
        let found = current(&by.scope).await?;
        let mut types = found.record.clone();
        let known = types.0.find(name).unwrap_or(name).to_owned();
        types.0.remove(&known)?;
        let mut change: Change<WorkforceTypeError> = app.draft(by, "workforce_type.deleted", &known).before(&known);
        guard(&mut change.writes, &found);
        change.writes.put(&(), &types);
        // The counter must stand at nought: whoever makes somebody of the type at this moment guards the record.
        change.count_up(&counters::workforce_members(&known), 0, 0, WorkforceTypeError::InUse(known.clone()));
        change.writes.delete_counter(&counters::workforce_members(&known));
        Ok(((), change))
    })
    .await
    .map(drop)
}

/// The type that a text means, as it is written; guarded, so that it is still there at the commit. None if there is no
/// such type.
pub(crate) async fn find(scope: &OrgScope, writes: &mut OrgWrites, text: &str) -> Result<Option<String>, Refusal> {
    let found = current(scope).await?;
    guard(writes, &found);
    Ok(found.record.0.find(text).map(str::to_owned))
}

/// The types as they are, at version 0 if there is no record.
pub(crate) async fn current(scope: &OrgScope) -> Result<Stored<WorkforceTypes>, Refusal> {
    let found = scope.get::<WorkforceTypes>(&()).await?;
    Ok(found.unwrap_or(Stored { version: 0, record: WorkforceTypes::default() }))
}

/// The types that somebody means, each once and as it is written.
pub(crate) async fn named<E>(scope: &OrgScope, texts: &[String]) -> Result<Vec<String>, E>
where
    E: From<Refusal> + From<WorkforceError>,
{
    Ok(current(scope).await?.record.0.find_all(texts)?)
}

/// Has the commit refused if the types changed since they were read.
pub(crate) fn guard(writes: &mut OrgWrites, read: &Stored<WorkforceTypes>) {
    match read.version {
        0 => writes.guard_absent::<WorkforceTypes>(&()),
        version => writes.guard_version::<WorkforceTypes>(&(), version),
    }
}
