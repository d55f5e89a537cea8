//! Departments: a tree below one root, within the limits of R37.
//!
//! Owns the shape of the tree, what may be added or moved, and which names are the same. Must not know members beyond
//! their number.

mod name;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::DepartmentId;
use crate::time::Instant;

pub use name::{DepartmentNameError, PATH, SEVERAL, check_name, folded};

/// Most departments of an organisation (R37).
pub const MAX_DEPARTMENTS: usize = 10_000;
/// Most levels, the root's included (R37).
pub const MAX_LEVELS: usize = 25;
/// Most children of one department (R37).
pub const MAX_CHILDREN: usize = 1_000;
/// Most direct members of one department (R37).
pub const MAX_DIRECT_MEMBERS: u64 = 10_000;
/// Most departments of one member (R37).
pub const MAX_PER_MEMBER: usize = 50;

/// A department.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Department {
    /// Its id.
    pub id: DepartmentId,
    /// 1 to 200 characters, unlike its siblings' in whatever case and encoding.
    pub name: String,
    /// The one above it; none for the root.
    pub parent: Option<DepartmentId>,
    /// When it was made.
    pub created_at: Instant,
}

/// What a tree of departments cannot take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DepartmentError {
    /// No such department.
    #[error("there is no department {0}")]
    Unknown(DepartmentId),
    /// The name is a sibling's.
    #[error("there is a department `{0}` beside it already: choose another name")]
    NameTaken(String),
    /// A limit of R37.
    #[error("{what}: at most {limit} are allowed")]
    Limit {
        /// Which limit, by name.
        bound: &'static str,
        /// What would exceed it, in words.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A member would be in none (R6).
    #[error("a member is in at least one department: name one")]
    NoneOfMember,
    /// A member would be in one twice.
    #[error("the department {0} is named twice: name each once")]
    TwiceOfMember(DepartmentId),
    /// Moved below itself.
    #[error("a department cannot be moved below itself")]
    Cycle,
    /// The root stays where it is, by the organisation's name.
    #[error("the root department cannot be moved or removed, and has the organisation's name: rename that")]
    Root,
    /// It has children.
    #[error("the department still has {0} departments below it: move or remove them first")]
    HasChildren(usize),
}

/// All departments of an organisation.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    departments: BTreeMap<DepartmentId, Department>,
    children: BTreeMap<DepartmentId, BTreeSet<DepartmentId>>,
    /// By parent and [`folded`] name.
    named: BTreeMap<(DepartmentId, String), DepartmentId>,
}

impl FromIterator<Department> for Tree {
    fn from_iter<I: IntoIterator<Item = Department>>(departments: I) -> Self {
        let mut tree = Self::default();
        departments.into_iter().for_each(|department| tree.put(department));
        tree
    }
}

impl Tree {
    /// Puts a department into the tree, or to another place in it: one that [`Tree::check_new`] or
    /// [`Tree::check_change`] lets in.
    pub fn put(&mut self, department: Department) {
        let (id, place) = (department.id, department.parent.map(|parent| (parent, folded(&department.name))));
        let before = self.departments.insert(id, department);
        if let Some(before) = before.and_then(|before| before.parent.map(|parent| (parent, folded(&before.name)))) {
            self.children.entry(before.0).or_default().remove(&id);
            if self.named.get(&before) == Some(&id) {
                self.named.remove(&before);
            }
        }
        if let Some(place) = place {
            self.children.entry(place.0).or_default().insert(id);
            self.named.entry(place).or_insert(id);
        }
    }

    /// Every department there is, in order of id.
    pub fn departments(&self) -> impl Iterator<Item = &Department> {
        self.departments.values()
    }

    /// The departments right below one, in order of id.
    pub fn children(&self, id: DepartmentId) -> impl Iterator<Item = DepartmentId> {
        self.children.get(&id).into_iter().flatten().copied()
    }

    /// The department right below one that has a name, in whatever case and encoding.
    pub fn child_named(&self, parent: DepartmentId, name: &str) -> Option<DepartmentId> {
        self.named.get(&(parent, folded(name))).copied()
    }

    /// The department of an id.
    pub fn get(&self, id: DepartmentId) -> Result<&Department, DepartmentError> {
        self.departments.get(&id).ok_or(DepartmentError::Unknown(id))
    }

    /// From the root down to a department, itself included.
    pub fn path(&self, id: DepartmentId) -> Result<Vec<&Department>, DepartmentError> {
        let mut path = vec![self.get(id)?];
        while let Some(parent) = path.last().and_then(|department| department.parent) {
            // A longer path could only come from damaged data; it must not become an endless loop.
            if path.len() > MAX_LEVELS {
                return Err(DepartmentError::Limit {
                    bound: "levels",
                    what: "the path is too deep",
                    limit: MAX_LEVELS as u64,
                });
            }
            path.push(self.get(parent)?);
        }
        path.reverse();
        Ok(path)
    }

    /// Departments and all below them, those that are not there left out.
    pub fn all_below(&self, tops: &BTreeSet<DepartmentId>) -> BTreeSet<DepartmentId> {
        let mut all = BTreeSet::new();
        let mut open: Vec<_> = tops.iter().copied().filter(|id| self.departments.contains_key(id)).collect();
        while let Some(id) = open.pop() {
            if all.insert(id) {
                open.extend(self.children(id));
            }
        }
        all
    }

    /// Refuses a new department that would exceed a limit or share a sibling's name.
    pub fn check_new(&self, name: &str, parent: DepartmentId) -> Result<(), DepartmentError> {
        self.check_new_chain(name, parent, 1)
    }

    /// [`Tree::check_new`] for so many new departments, one below the other, the first of which has the name.
    pub fn check_new_chain(&self, name: &str, parent: DepartmentId, levels: usize) -> Result<(), DepartmentError> {
        if self.departments.len() + levels > MAX_DEPARTMENTS {
            return Err(DepartmentError::Limit {
                bound: "departments",
                what: "the organisation has too many departments",
                limit: MAX_DEPARTMENTS as u64,
            });
        }
        self.check_place(name, parent, None, levels)
    }

    /// Refuses a rename or a move that the tree cannot take.
    pub fn check_change(&self, id: DepartmentId, name: &str, parent: DepartmentId) -> Result<(), DepartmentError> {
        let moved = self.get(id)?;
        if moved.parent.is_none() {
            return Err(DepartmentError::Root);
        }
        if self.path(parent)?.iter().any(|above| above.id == id) {
            return Err(DepartmentError::Cycle);
        }
        self.check_place(name, parent, Some(id), self.height(id))
    }

    /// Refuses to remove the root or a department with children.
    pub fn check_removal(&self, id: DepartmentId) -> Result<(), DepartmentError> {
        if self.get(id)?.parent.is_none() {
            return Err(DepartmentError::Root);
        }
        match self.children.get(&id).map_or(0, BTreeSet::len) {
            0 => Ok(()),
            children => Err(DepartmentError::HasChildren(children)),
        }
    }

    /// Levels of the tree from a department down, itself included.
    fn height(&self, id: DepartmentId) -> usize {
        let mut height = 0;
        let mut level = vec![id];
        while !level.is_empty() && height <= MAX_LEVELS {
            height += 1;
            level = level.iter().filter_map(|id| self.children.get(id)).flatten().copied().collect();
        }
        height
    }

    fn check_place(
        &self,
        name: &str,
        parent: DepartmentId,
        moved: Option<DepartmentId>,
        height: usize,
    ) -> Result<(), DepartmentError> {
        if self.path(parent)?.len() + height > MAX_LEVELS {
            return Err(DepartmentError::Limit {
                bound: "levels",
                what: "the departments would have too many levels",
                limit: MAX_LEVELS as u64,
            });
        }
        if let Some(sibling) = self.child_named(parent, name).filter(|sibling| Some(*sibling) != moved) {
            return Err(DepartmentError::NameTaken(self.get(sibling)?.name.clone()));
        }
        let siblings = self.children(parent).filter(|sibling| Some(*sibling) != moved).count();
        if siblings >= MAX_CHILDREN {
            return Err(DepartmentError::Limit {
                bound: "children",
                what: "the department has too many departments below it",
                limit: MAX_CHILDREN as u64,
            });
        }
        Ok(())
    }
}

/// Refuses a list of departments for one member that is empty, names one twice or is too long (R6, R37).
pub fn check_of_member(departments: &[DepartmentId]) -> Result<(), DepartmentError> {
    let mut distinct = BTreeSet::new();
    if departments.is_empty() {
        return Err(DepartmentError::NoneOfMember);
    }
    if let Some(twice) = departments.iter().find(|id| !distinct.insert(**id)) {
        return Err(DepartmentError::TwiceOfMember(*twice));
    }
    if departments.len() > MAX_PER_MEMBER {
        return Err(DepartmentError::Limit {
            bound: "departments_of_member",
            what: "the member would be in too many departments",
            limit: MAX_PER_MEMBER as u64,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u16) -> DepartmentId {
        let mut bytes = [0; 16];
        bytes[14..].copy_from_slice(&n.to_be_bytes());
        DepartmentId::from_bytes(bytes)
    }

    fn department(n: u16, parent: Option<u16>) -> Department {
        Department { id: id(n), name: format!("D{n}"), parent: parent.map(id), created_at: Instant::from_micros(0) }
    }

    /// A chain of `levels` departments: 0 is the root.
    fn chain(levels: u16) -> Tree {
        (0..levels).map(|n| department(n, n.checked_sub(1))).collect()
    }

    fn limit_of(result: &Result<(), DepartmentError>) -> Option<u64> {
        match result {
            Err(DepartmentError::Limit { limit, .. }) => Some(*limit),
            _ => None,
        }
    }

    #[test]
    fn r37_at_most_25_levels() {
        assert_eq!(chain(24).check_new("New", id(23)), Ok(()));
        assert_eq!(limit_of(&chain(25).check_new("New", id(24))), Some(25));
    }

    #[test]
    fn r37_a_moved_branch_brings_its_levels_along() {
        // Root 0 with a chain of 20 below it, and beside that a branch of 5 levels.
        let mut departments: Vec<_> = (0..20).map(|n: u16| department(n, n.checked_sub(1))).collect();
        departments.extend((100..105).map(|n| department(n, Some(if n == 100 { 0 } else { n - 1 }))));
        let tree: Tree = departments.into_iter().collect();
        assert_eq!(tree.check_change(id(100), "D100", id(19)), Ok(()));
        assert_eq!(tree.check_change(id(100), "D100", id(18)), Ok(()));
        let deeper: Tree = tree.departments.values().cloned().chain([department(105, Some(104))]).collect();
        assert_eq!(limit_of(&deeper.check_change(id(100), "D100", id(19))), Some(25));
    }

    #[test]
    fn r37_at_most_1000_children_and_10000_departments() {
        let wide: Tree = (0..=1000).map(|n| department(n, (n > 0).then_some(0))).collect();
        assert_eq!(limit_of(&wide.check_new("New", id(0))), Some(1000));
        assert_eq!(wide.check_new("New", id(1)), Ok(()));
        let many = (0..10_000).map(|n| department(n, (n > 0).then(|| (n - 1) / 10))).collect::<Tree>();
        assert_eq!(limit_of(&many.check_new("New", id(9_999))), Some(10_000));
    }

    #[test]
    fn what_breaks_the_tree_is_refused() {
        let tree = chain(4);
        assert_eq!(tree.check_change(id(1), "D1", id(3)), Err(DepartmentError::Cycle));
        assert_eq!(tree.check_change(id(1), "D1", id(1)), Err(DepartmentError::Cycle));
        assert_eq!(tree.check_change(id(0), "D0", id(3)), Err(DepartmentError::Root));
        assert_eq!(tree.check_removal(id(0)), Err(DepartmentError::Root));
        assert_eq!(tree.check_removal(id(1)), Err(DepartmentError::HasChildren(1)));
        assert_eq!(tree.check_removal(id(3)), Ok(()));
        assert_eq!(tree.check_new("D1", id(0)), Err(DepartmentError::NameTaken("D1".into())));
        assert_eq!(tree.check_new("d1", id(0)), Err(DepartmentError::NameTaken("D1".into())), "in whatever case");
        assert_eq!(tree.check_change(id(1), "d1", id(0)), Ok(()), "its own name, in another case");
        assert_eq!(tree.check_new("New", id(77)), Err(DepartmentError::Unknown(id(77))));
        assert_eq!(tree.check_change(id(1), "D1", id(0)), Ok(()), "its own name is no sibling's");
    }

    #[test]
    fn all_below_departments_are_found_once_and_nothing_beside_them() {
        let mut tree = chain(4);
        tree.put(department(9, Some(0)));
        let all_below = |tops: &[u16]| tree.all_below(&tops.iter().copied().map(id).collect());
        assert_eq!(all_below(&[1]), [1, 2, 3].map(id).into());
        assert_eq!(all_below(&[2, 1, 9, 77]), [1, 2, 3, 9].map(id).into());
        assert_eq!(all_below(&[]), BTreeSet::new());
    }

    #[test]
    fn a_department_that_is_put_elsewhere_is_there_alone() {
        let mut tree = chain(4);
        tree.put(department(2, Some(0)));
        let children = |of: u16| tree.children(id(of)).collect::<Vec<_>>();
        assert_eq!((children(0), children(1), children(2)), (vec![id(1), id(2)], vec![], vec![id(3)]));
        assert_eq!(tree.check_removal(id(1)), Ok(()));
    }

    #[test]
    fn a_path_goes_from_the_root_down() {
        let tree = chain(3);
        let names: Vec<_> = tree.path(id(2)).unwrap().iter().map(|d| d.name.clone()).collect();
        assert_eq!(names, ["D0", "D1", "D2"]);
    }

    #[test]
    fn r6_r37_a_member_is_in_1_to_50_departments_each_once_and_what_is_wrong_is_named() {
        let check = |departments: &[u16], expected: Result<(), DepartmentError>| {
            let departments: Vec<_> = departments.iter().copied().map(id).collect();
            assert_eq!(check_of_member(&departments), expected, "{departments:?}");
        };
        let too_many = DepartmentError::Limit {
            bound: "departments_of_member",
            what: "the member would be in too many departments",
            limit: 50,
        };
        check(&[], Err(DepartmentError::NoneOfMember));
        check(&[1], Ok(()));
        check(&(0..50).collect::<Vec<_>>(), Ok(()));
        check(&(0..51).collect::<Vec<_>>(), Err(too_many));
        check(&[1, 2, 1], Err(DepartmentError::TwiceOfMember(id(1))));
    }
}
