//! Organisations: made and bounded by the operator, described by their own primary admins.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use usher_domain::address::Address;
use usher_domain::authority::Authority;
use usher_domain::department;
use usher_domain::ids::{DepartmentId, MemberId, OrgId, TokenId};
use usher_domain::member::{self, Login, NameError, Progress, Provenance, check_name};
use usher_domain::organisation::{self, LocaleError, MAX_PHONE_REGIONS, check_language, check_region};
use usher_domain::phone::PhoneRegion;
use usher_domain::policy::approval::Channel;
use usher_domain::time::Zone;
use usher_store::{OrgScope, Page, Stored};

use super::actor::{By, ByOperator, Doer, Insight, OperatorOnly, PrimaryAdmin};
use super::change::{Change, Made};
use super::members::enrol::{EnrolError, enrol};
use super::page::{PageOf, Paging};
use super::plans::turn;
use super::refusal::{Refusal, based_on};
use super::stored::{Department, Listed, Organisation, Plans, Tree};
use super::tokens::{self, Holder, Secret, Token};
use super::{App, departments};

/// Asks for an organisation with its first primary admin.
#[derive(Clone, Debug)]
pub struct NewOrganisation {
    /// As its people know it.
    pub name: String,
    /// Home region.
    pub region: String,
    /// Default language.
    pub language: String,
    /// Where its dates are meant.
    pub zone: Zone,
    /// Most members the operator allows, whatever the plans say.
    pub member_limit: Option<u32>,
    /// The first primary admin's name.
    pub admin_name: String,
    /// The first primary admin's work email.
    pub admin_email: Address,
}

/// Why an organisation is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum OrganisationError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A name will not do.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Region or language will not do.
    #[error(transparent)]
    Locale(#[from] LocaleError),
    /// The first primary admin cannot be a member.
    #[error(transparent)]
    Enrol(#[from] EnrolError),
    /// The list of R12 is too long.
    #[error("at most {MAX_PHONE_REGIONS} regions of phone numbers can be listed")]
    TooManyRegions,
}

/// A new organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Founded {
    /// The organisation.
    pub organisation: organisation::Organisation,
    /// Its first primary admin.
    pub primary_admin: MemberId,
}

/// Makes an organisation with its root department and its first primary admin, whose token is there
/// once: not when an idempotent request comes again.
pub async fn create(
    app: &App,
    by: &ByOperator,
    new: &NewOrganisation,
) -> Result<Made<Founded, Secret>, OrganisationError> {
    check_region(&new.region)?;
    check_language(&new.language)?;
    let (name, admin_name) = (check_name(&new.name)?, check_name(&new.admin_name)?);
    let root = department::Department {
        id: app.new_id(DepartmentId::from_parts),
        name: name.clone(),
        parent: None,
        created_at: by.call.at,
    };
    let organisation = organisation::Organisation {
        id: app.new_id(OrgId::from_parts),
        name,
        region: new.region.clone(),
        language: new.language.clone(),
        zone: new.zone.clone(),
        root_department: root.id,
        member_limit: new.member_limit,
        business_mail: false,
        skip_refused_for: Vec::new(),
        created_at: by.call.at,
    };
    let admin = first_admin(app, by, admin_name, new.admin_email.clone(), root.id);
    let founded = Founded { organisation, primary_admin: admin.id };
    app.found(by, || async {
        let secret = Secret::new(app);
        let mut change = foundation(app, by, &founded);
        change.writes.insert(&root.id, &Department(root.clone()));
        enrol(&mut change, &admin, founded.organisation.member_limit.map(u64::from));
        let token = Token {
            id: app.new_id(TokenId::from_parts),
            name: "first primary admin".to_owned(),
            holder: Holder::Member(admin.id),
            ceiling: Authority::PrimaryAdmin,
            created_at: by.call.at,
            expires_at: None,
            revoked_at: None,
        };
        tokens::issue(&mut change.writes, &token, &secret);
        Ok((founded.clone(), secret, change))
    })
    .await
}

/// The organisation itself and what must be there from the first moment.
fn foundation(app: &App, by: &ByOperator, founded: &Founded) -> Change<OrganisationError> {
    let organisation = &founded.organisation;
    let scope = app.org(organisation.id);
    let doer = Doer::Operator { token: by.token };
    let mut change = app.draft_as(&scope, &by.call, doer, "organisation.created", organisation.id).after(organisation);
    change.writes.insert(&(), &Organisation(organisation.clone()));
    change.writes.insert(&(), &Plans::default());
    change.writes.insert(&(), &Tree { changed_at: by.call.at });
    change.writes.host(|host| host.insert(&organisation.id, &Listed { created_at: by.call.at }));
    change
}

fn first_admin(app: &App, by: &ByOperator, name: String, work_email: Address, root: DepartmentId) -> member::Member {
    let at = by.call.at;
    member::Member {
        id: app.new_id(MemberId::from_parts),
        name,
        progress: Progress::Inactive,
        suspended: false,
        deleted_at: None,
        authority: Authority::PrimaryAdmin,
        departments: vec![root],
        login: Login::WorkEmail,
        business_email: None,
        work_email: Some(work_email),
        phone: None,
        language: None,
        workforce_type: None,
        employee_number: None,
        attributes: BTreeMap::new(),
        groups: Vec::new(),
        seats: Vec::new(),
        group_seats: Vec::new(),
        wishes: Vec::new(),
        provenance: Provenance { channel: Channel::Console, by: None, invitation: None, decision: None, at },
        created_at: at,
    }
}

/// All organisations of the host, oldest first.
pub async fn list(app: &App, _: &ByOperator, paging: &Paging) -> Result<PageOf<organisation::Organisation>, Refusal> {
    let after = paging.after_id(OrgId::from_bytes)?;
    let listed = app.host().page::<Listed>(Page::first(paging.limit + 1).after(after)).await?;
    let mut items = Vec::with_capacity(listed.len());
    for (id, _) in listed {
        items.extend(app.org(id).get::<Organisation>(&()).await?.map(|found| found.record.0));
    }
    Ok(PageOf::of(items, paging, |organisation| organisation.id.as_bytes().to_vec()))
}

/// The organisation.
pub async fn show(by: &By<Insight>) -> Result<Stored<Organisation>, Refusal> {
    current(by).await
}

/// What its own admins may change of an organisation. Nothing stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// As its people know it.
    pub name: Option<String>,
    /// Default language.
    pub language: Option<String>,
    /// Where its dates are meant.
    pub zone: Option<Zone>,
    /// Regions for whose phone numbers `skip` is refused (R12), in whatever order.
    pub skip_refused_for: Option<Vec<PhoneRegion>>,
}

/// Describes the organisation anew. Its root department goes by its name.
pub async fn describe(
    app: &App,
    by: &By<PrimaryAdmin>,
    version: u64,
    new: &Description,
) -> Result<Stored<Organisation>, OrganisationError> {
    let name = new.name.as_deref().map(check_name).transpose()?;
    new.language.as_deref().map(check_language).transpose()?;
    let regions: Option<BTreeSet<_>> = new.skip_refused_for.clone().map(|regions| regions.into_iter().collect());
    if regions.as_ref().is_some_and(|regions| regions.len() > MAX_PHONE_REGIONS) {
        return Err(OrganisationError::TooManyRegions);
    }
    alter(app, by, version, "organisation.described", |organisation| {
        organisation.name = name.clone().unwrap_or_else(|| organisation.name.clone());
        organisation.language = new.language.clone().unwrap_or_else(|| organisation.language.clone());
        organisation.zone = new.zone.clone().unwrap_or_else(|| organisation.zone.clone());
        if let Some(regions) = &regions {
            organisation.skip_refused_for = regions.iter().cloned().collect();
        }
    })
    .await
}

/// What the operator allows from now on. Nobody who is a member is removed by it (R38).
pub async fn limit(
    app: &App,
    by: &By<OperatorOnly>,
    version: u64,
    member_limit: Option<u32>,
) -> Result<Stored<Organisation>, OrganisationError> {
    alter(app, by, version, "organisation.limited", |organisation| organisation.member_limit = member_limit).await
}

/// Activates business mail, once and for all (R10): addresses given are never taken back.
pub async fn activate_business_mail(
    app: &App,
    by: &By<PrimaryAdmin>,
    version: u64,
) -> Result<Stored<Organisation>, OrganisationError> {
    alter(app, by, version, "organisation.business_mail_activated", |organisation| organisation.business_mail = true)
        .await
}

async fn alter<R>(
    app: &App,
    by: &By<R>,
    version: u64,
    action: &str,
    change: impl Fn(&mut organisation::Organisation),
) -> Result<Stored<Organisation>, OrganisationError> {
    let change = &change;
    let (record, committed) = app
        .change(|| async {
            let found = based_on(current(by).await?, version)?;
            let mut organisation = found.record.0.clone();
            change(&mut organisation);
            let mut draft = app.draft(by, action, organisation.id).before(&found.record).after(&organisation);
            let altered = Organisation(organisation);
            if altered.0.zone != found.record.0.zone {
                turn::all_due(&by.scope, &by.call, &mut draft.writes).await?;
            }
            if altered.0.name != found.record.0.name {
                departments::rename_root(&by.scope, &by.call, &mut draft, &altered.0).await?;
            }
            draft.writes.replace(&(), version, &altered);
            Ok::<_, OrganisationError>((altered, draft))
        })
        .await?;
    Ok(Stored { version: committed.seq, record })
}

pub(crate) async fn current<R>(by: &By<R>) -> Result<Stored<Organisation>, Refusal> {
    of(&by.scope).await
}

/// The organisation whose data the scope reaches.
pub(crate) async fn of(scope: &OrgScope) -> Result<Stored<Organisation>, Refusal> {
    scope.get::<Organisation>(&()).await?.ok_or_else(|| Refusal::not_found("organisation", scope.owner()))
}
