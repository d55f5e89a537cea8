//! One edit of the data of many members: what is the same for each of them.

use std::collections::BTreeMap;

use usher_domain::ids::MemberId;
use usher_domain::member::Member;
use usher_domain::organisation::check_language;

use super::MemberError;
use super::alter::{MemberChange, altered, altering};
use super::step::Step;
use crate::app::actor::{By, Managing};
use crate::app::{App, attributes};

/// What changes of each member. Nothing stays as it is; an inner nothing clears.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Workforce type.
    pub workforce_type: Option<Option<String>>,
    /// Language.
    pub language: Option<Option<String>>,
    /// Of the organisation's own attributes, those that are set or cleared; each member's others stay.
    pub attributes: BTreeMap<String, Option<String>>,
}

impl Edit {
    /// Whether it changes nothing of anybody.
    pub fn is_empty(&self) -> bool {
        *self == Edit::default()
    }

    /// Refuses what no member can be given: what is told once need not be told of each.
    pub(super) fn check(&self) -> Result<(), MemberError> {
        self.language.as_ref().and_then(Option::as_deref).map(check_language).transpose()?;
        let set = self.attributes.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
        Ok(attributes::check_of_member(&set.collect())?)
    }

    fn of(&self, member: &Member) -> MemberChange {
        let mut attributes = member.attributes.clone();
        for (name, value) in &self.attributes {
            match value {
                Some(value) => drop(attributes.insert(name.clone(), value.clone())),
                None => drop(attributes.remove(name)),
            }
        }
        MemberChange {
            workforce_type: self.workforce_type.clone(),
            language: self.language.clone(),
            attributes: (!self.attributes.is_empty()).then_some(attributes),
            ..MemberChange::default()
        }
    }
}

pub(super) async fn editing(app: &App, by: &By<Managing>, id: MemberId, edit: &Edit) -> Result<Step, MemberError> {
    let draft = altered(app, by, id, None).await?;
    let new = edit.of(&draft.before);
    altering(app, by, draft, &new).await
}

/// Wire names of what an edit can change and changed.
pub(super) fn changed(before: &Member, after: &Member) -> Vec<&'static str> {
    let changes = [
        ("workforce_type", before.workforce_type != after.workforce_type),
        ("language", before.language != after.language),
        ("attributes", before.attributes != after.attributes),
    ];
    changes.into_iter().filter_map(|(name, changed)| changed.then_some(name)).collect()
}
