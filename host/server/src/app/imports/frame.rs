//! What a batch of rows is decided against: the organisation, its plans, types, departments and groups, read together.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use usher_domain::department::{
    Department, DepartmentError, DepartmentNameError, MAX_DEPARTMENTS, Tree, check_name, folded,
};
use usher_domain::group::{Group, Subject};
use usher_domain::ids::{DepartmentId, GroupId, PlanId};
use usher_domain::member::Member;
use usher_domain::organisation::Organisation;
use usher_domain::policy::facts::{DomainProof, Fact, FactValue};
use usher_domain::time::{Date, Instant};
use usher_store::{OrgScope, OrgWrites, Page, Stored};

use super::columns::path;
use super::unknown::Unknown;
use crate::app::groups::Grouping;
use crate::app::login::business;
use crate::app::pdp::Facts;
use crate::app::refusal::Refusal;
use crate::app::stored::{self, Domain, Plans};
use crate::app::workforce_types::{self, WorkforceTypes};
use crate::app::{App, organisations, plans};

/// What is read for a batch.
pub struct Frame {
    /// The organisation.
    pub organisation: Organisation,
    /// Its plans.
    pub plans: Stored<Plans>,
    /// Its workforce types.
    pub types: Stored<WorkforceTypes>,
    /// Its departments.
    pub directory: Arc<Directory>,
    /// Its user groups.
    pub grouping: Grouping,
    /// Whether one of these gives seats.
    groups_give_seats: bool,
    /// The plans that seats can be given of, by their names in lower case; none where two have one name.
    plans_by_name: HashMap<String, Option<PlanId>>,
    /// How domains were proved, as far as it was asked.
    proofs: HashMap<String, Option<DomainProof>>,
    /// In which domains it may give out business addresses, as far as it was asked.
    business_domains: HashMap<String, bool>,
}

impl Frame {
    /// Reads it, as of a moment; departments only if they changed since `before`.
    pub async fn read(app: &App, scope: &OrgScope, at: Instant, before: Option<&Frame>) -> Result<Frame, Refusal> {
        let tree = scope.get::<stored::Tree>(&()).await?;
        let version = tree.ok_or_else(|| Refusal::not_found("organisation", scope.owner()))?.version;
        let organisation = organisations::of(scope).await?.record.0;
        let directory = match before.filter(|before| before.directory.version == version) {
            Some(before) => Arc::clone(&before.directory),
            None => Arc::new(Directory::read(scope, version, organisation.root_department).await?),
        };
        let (plans, types) = (plans::current(scope).await?, workforce_types::current(scope).await?);
        let today = organisation.today(at);
        let mut plans_by_name = HashMap::new();
        for plan in plans.record.plans.iter().filter(|plan| plan.is_paid(today)) {
            let same = plans_by_name.entry(plan.name.to_lowercase());
            same.and_modify(|found| *found = None).or_insert(Some(plan.id));
        }
        let grouping = Grouping::known(app, scope).await?;
        let groups_give_seats = grouping.groups.iter().any(|group| group.plan.is_some());
        let (proofs, business_domains) = (HashMap::new(), HashMap::new());
        Ok(Frame {
            organisation,
            plans,
            types,
            directory,
            grouping,
            groups_give_seats,
            plans_by_name,
            proofs,
            business_domains,
        })
    }

    /// The date there.
    pub fn today(&self, at: Instant) -> Date {
        self.organisation.today(at)
    }

    /// Has a commit refused if something changed that rows were decided by.
    pub fn guard(&self, writes: &mut OrgWrites) {
        writes.guard_version::<Plans>(&(), self.plans.version);
        writes.guard_version::<stored::Tree>(&(), self.directory.version);
        workforce_types::guard(writes, &self.types);
        self.grouping.guard(writes);
    }

    /// The plan of a name, in whatever case, whose seats can be given; none if two have it.
    pub fn plan_of_name(&self, name: &str) -> Option<PlanId> {
        self.plans_by_name.get(&name.to_lowercase()).copied().flatten()
    }

    /// A user group that admins fill.
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.grouping.groups.get(id).filter(|group| group.rule.is_none())
    }

    /// The departments and all above them, if a group's rule asks for departments.
    pub fn under(&self, departments: &[DepartmentId]) -> BTreeSet<DepartmentId> {
        match self.grouping.groups.first_by_department() {
            Some(_) => self.directory.with_all_above(departments),
            None => BTreeSet::new(),
        }
    }

    /// The plans a seat of which user groups give to somebody new (R35).
    pub fn plans_by_groups(&self, member: &Member) -> BTreeSet<PlanId> {
        if !self.groups_give_seats {
            return BTreeSet::new();
        }
        let groups = &self.grouping.groups;
        let under = self.under(&member.departments);
        groups.plans(&groups.of(Subject { member, under: &under }))
    }

    /// Whether the organisation may give out business addresses of a domain (R10).
    pub async fn may_have(&mut self, scope: &OrgScope, domain: &str) -> Result<bool, Refusal> {
        if let Some(known) = self.business_domains.get(domain) {
            return Ok(*known);
        }
        let may_have = business::may_have(scope, domain).await?;
        self.business_domains.insert(domain.to_owned(), may_have);
        Ok(may_have)
    }

    /// How the organisation proved a domain.
    pub async fn proof(&mut self, scope: &OrgScope, domain: &str) -> Result<Option<DomainProof>, Refusal> {
        if let Some(known) = self.proofs.get(domain) {
            return Ok(*known);
        }
        let found = scope.get::<Domain>(&domain.to_owned()).await?;
        let proof = found.and_then(|found| found.record.0.proof).map(|proof| proof.by);
        self.proofs.insert(domain.to_owned(), proof);
        Ok(proof)
    }
}

/// The departments, and how a sheet names them.
#[derive(Clone)]
pub struct Directory {
    /// Of the record that every change of the tree rewrites.
    version: u64,
    root: DepartmentId,
    /// The root's name, folded, as a cell names it: an organisation may be called `Acme A/S`.
    root_path: Vec<String>,
    tree: Tree,
    /// By folded name.
    by_name: HashMap<String, Vec<DepartmentId>>,
    /// Those that are yet to be made.
    planned: BTreeSet<DepartmentId>,
    /// Paths that were asked for and are not there.
    pub unknown: Unknown,
}

/// Why a department is not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMade {
    /// Its name will not do.
    #[error(transparent)]
    Name(#[from] DepartmentNameError),
    /// A limit of R37.
    #[error(transparent)]
    Tree(#[from] DepartmentError),
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Led {
    /// This one.
    To(DepartmentId),
    /// Several: a single name that is not below the root, and that more than one has.
    Several,
    /// Nothing.
    Nowhere,
}

impl Directory {
    async fn read(scope: &OrgScope, version: u64, root: DepartmentId) -> Result<Directory, Refusal> {
        let rows = scope.page::<stored::Department>(Page::first(MAX_DEPARTMENTS)).await?;
        Ok(Directory::of(version, root, rows.into_iter().map(|(_, found)| found.record.0)))
    }

    fn of(version: u64, root: DepartmentId, departments: impl IntoIterator<Item = Department>) -> Directory {
        let (root_path, by_name, tree) = (Vec::new(), HashMap::new(), Tree::default());
        let (planned, unknown) = (BTreeSet::new(), Unknown::default());
        let mut directory = Directory { version, root, root_path, tree, by_name, planned, unknown };
        departments.into_iter().for_each(|department| directory.put(department));
        let name = directory.tree.get(root).map(|root| root.name.as_str()).unwrap_or_default();
        directory.root_path = path(name).iter().map(|name| folded(name)).collect();
        directory
    }

    fn put(&mut self, department: Department) {
        self.by_name.entry(folded(&department.name)).or_default().push(department.id);
        self.tree.put(department);
    }

    fn with_all_above(&self, departments: &[DepartmentId]) -> BTreeSet<DepartmentId> {
        let paths = departments.iter().filter_map(|id| self.tree.path(*id).ok());
        paths.flatten().map(|department| department.id).collect()
    }

    /// The root.
    pub fn root(&self) -> DepartmentId {
        self.root
    }

    /// Where a path leads: down from the root, which may stand first; a single name may be anywhere in the tree.
    pub fn find(&self, path: &[String]) -> Led {
        if let Some(found) = self.walk(self.below_root(path)) {
            return Led::To(found);
        }
        match path {
            [name] => match self.by_name.get(&folded(name)).map(Vec::as_slice) {
                Some([only]) => Led::To(*only),
                Some([_, _, ..]) => Led::Several,
                _ => Led::Nowhere,
            },
            _ => Led::Nowhere,
        }
    }

    /// Whether what is missing on a path can be made, all of it or nothing.
    pub fn check(&self, path: &[String]) -> Result<(), NotMade> {
        let (parent, missing) = self.missing(path);
        missing.iter().try_for_each(|name| check_name(name).map(drop))?;
        match missing.first() {
            Some(name) => Ok(self.tree.check_new_chain(name, parent, missing.len())?),
            None => Ok(()),
        }
    }

    /// Makes what is missing on a path, if [`Directory::check`] lets it; `new` makes the ids. It is in the directory
    /// from then on.
    pub fn plan(
        &mut self,
        path: &[String],
        at: Instant,
        mut new: impl FnMut() -> DepartmentId,
    ) -> Result<Vec<Department>, NotMade> {
        self.check(path)?;
        let (mut parent, missing) = self.missing(path);
        let mut made = Vec::with_capacity(missing.len());
        for name in missing {
            let department = Department { id: new(), name: check_name(name)?, parent: Some(parent), created_at: at };
            parent = department.id;
            self.put(department.clone());
            self.planned.insert(department.id);
            made.push(department);
        }
        Ok(made)
    }

    /// What policies may be told of those of the departments that are yet to be made, of which the store knows nothing:
    /// what holds of them once they are made and have no members yet.
    pub fn facts<'a>(&self, departments: impl Iterator<Item = &'a DepartmentId>) -> Facts {
        let mut facts = Facts::new();
        for id in departments.filter(|id| self.planned.contains(id)) {
            let path = self.tree.path(*id).map(|path| path.iter().map(|department| department.name.clone()).collect());
            facts.insert(Fact::DepartmentPath(*id), FactValue::DepartmentPath(path.ok()));
            facts.insert(Fact::DepartmentMembers(*id), FactValue::DepartmentMembers(Some(0)));
        }
        facts
    }

    /// The last department of a path that is there, and the names that are not.
    fn missing<'a>(&self, path: &'a [String]) -> (DepartmentId, &'a [String]) {
        let (mut parent, mut rest) = (self.root, self.below_root(path));
        while let Some((name, further)) = rest.split_first() {
            let Some(known) = self.tree.child_named(parent, name) else { break };
            (parent, rest) = (known, further);
        }
        (parent, rest)
    }

    fn below_root<'a>(&self, path: &'a [String]) -> &'a [String] {
        let is_child = path.first().is_some_and(|first| self.tree.child_named(self.root, first).is_some());
        match path.split_at_checked(self.root_path.len()) {
            Some((root, rest))
                if !is_child && root.iter().map(|name| folded(name)).eq(self.root_path.iter().cloned()) =>
            {
                rest
            }
            _ => path,
        }
    }

    fn walk(&self, path: &[String]) -> Option<DepartmentId> {
        path.iter().try_fold(self.root, |parent, name| self.tree.child_named(parent, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> DepartmentId {
        DepartmentId::from_bytes([n; 16])
    }

    /// Acme with Sales / North, and Board / North.
    fn directory() -> Directory {
        directory_of("Acme")
    }

    fn directory_of(organisation: &str) -> Directory {
        let department = |n: u8, name: &str, parent: Option<u8>| Department {
            id: id(n),
            name: name.to_owned(),
            parent: parent.map(id),
            created_at: Instant::from_micros(0),
        };
        let tree = [
            department(1, organisation, None),
            department(2, "Sales", Some(1)),
            department(3, "North", Some(2)),
            department(4, "Board", Some(1)),
            department(5, "North", Some(4)),
            department(6, "Depot", Some(3)),
        ];
        Directory::of(1, id(1), tree)
    }

    fn path(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn r28_a_path_leads_down_from_the_root_and_a_name_anywhere() {
        let check = |names: &[&str], expected: Led| assert_eq!(directory().find(&path(names)), expected, "{names:?}");
        check(&["Sales"], Led::To(id(2)));
        check(&["Sales", "North"], Led::To(id(3)));
        check(&["Acme", "Board", "North"], Led::To(id(5)));
        check(&["Acme"], Led::To(id(1)));
        check(&["Depot"], Led::To(id(6)));
        check(&["North"], Led::Several);
        check(&["Sales", "South"], Led::Nowhere);
    }

    #[test]
    fn r28_a_path_leads_there_in_whatever_case_and_encoding() {
        let check = |organisation: &str, names: &[&str], expected: Led| {
            let mut directory = directory_of(organisation);
            let koeln = ["Ko\u{308}ln".to_owned()];
            directory.plan(&koeln, Instant::from_micros(0), || id(9)).unwrap();
            assert_eq!(directory.find(&path(names)), expected, "{names:?}");
        };
        check("Acme", &["sales"], Led::To(id(2)));
        check("Acme", &["ACME", "SALES", "north"], Led::To(id(3)));
        check("Acme", &["depot"], Led::To(id(6)));
        check("Acme", &["K\u{f6}ln"], Led::To(id(9)));
        check("Acme", &["KO\u{308}LN"], Led::To(id(9)));
        check("Acme A/S", &["Acme A", "S"], Led::To(id(1)));
        check("Acme A/S", &["acme a", "s", "Sales"], Led::To(id(2)));
        check("Acme A/S", &["Acme A"], Led::Nowhere);
    }

    #[test]
    fn r28_what_is_missing_on_a_path_is_made_once_and_r37_limits_are_named() {
        let mut directory = directory();
        let mut next = 10;
        let mut new = || {
            next += 1;
            id(next)
        };
        let mut plan =
            |directory: &mut Directory, path: &[String]| directory.plan(path, Instant::from_micros(0), &mut new);
        let made = plan(&mut directory, &path(&["Sales", "South", "Harbour"])).unwrap();
        let names: Vec<_> = made.iter().map(|made| (made.name.as_str(), made.parent)).collect();
        assert_eq!(names, [("South", Some(id(2))), ("Harbour", Some(id(11)))]);
        assert_eq!(directory.find(&path(&["Sales", "South", "Harbour"])), Led::To(id(12)));
        assert_eq!(plan(&mut directory, &path(&["Sales", "South"])), Ok(Vec::new()));
        let deep: Vec<String> = (0..30).map(|n| format!("L{n}")).collect();
        let refused = plan(&mut directory, &deep);
        assert_eq!(directory.find(&path(&["L0"])), Led::Nowhere, "all of a path or nothing");
        assert!(matches!(refused, Err(NotMade::Tree(DepartmentError::Limit { limit: 25, .. }))), "{refused:?}");
    }
}
