//! Departments: the tree and its limits (R37).

use serde_json::{Value, json};
use usher_domain::department::MAX_DIRECT_MEMBERS;
use usher_server::app::counters;
use usher_server::testing::{Answer, Client, TestHost, TestOrg};
use usher_store::OrgScope;

struct Tree {
    host: TestHost,
    org: TestOrg,
}

impl Tree {
    fn new() -> Tree {
        let host = TestHost::start();
        let org = host.organisation("Acme");
        Tree { host, org }
    }

    fn admin(&self) -> Client {
        self.host.client(&self.org.token)
    }

    fn path(&self, id: &str) -> String {
        format!("/v1/orgs/{}/departments/{id}", self.org.id)
    }

    fn add(&self, name: &str, parent: &str) -> String {
        let body = json!({ "name": name, "parent": parent });
        let made = self.admin().post(&format!("/v1/orgs/{}/departments", self.org.id), &body).expect(201);
        made["id"].as_str().unwrap().to_owned()
    }

    fn change(&self, id: &str, body: &Value) -> (u16, String) {
        let etag = self.admin().get(&self.path(id)).etag.unwrap();
        let answer = self.admin().patch(&self.path(id), &etag, body);
        (answer.status, answer.code().to_owned())
    }

    fn remove(&self, id: &str) -> (u16, String) {
        let etag = self.admin().get(&self.path(id)).etag.unwrap();
        let answer = self.admin().send("DELETE", &self.path(id), &[("if-match", &etag)], None);
        (answer.status, answer.code().to_owned())
    }
}

fn ended(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[test]
fn r37_the_twenty_sixth_level_is_refused_and_the_limit_named() {
    let tree = Tree::new();
    let mut above = tree.org.root.clone();
    for level in 2..=25 {
        above = tree.add(&format!("Level {level}"), &above);
    }
    let body = json!({ "name": "Level 26", "parent": above });
    let refused = tree.admin().post(&format!("/v1/orgs/{}/departments", tree.org.id), &body);
    assert_eq!((refused.status, refused.code()), (409, "limit_reached"), "{}", refused.body);
    assert_eq!(refused.body["limit"], 25);
}

#[test]
fn a_department_moves_with_everything_below_it_but_not_below_itself() {
    let tree = Tree::new();
    let sales = tree.add("Sales", &tree.org.root);
    let north = tree.add("North", &sales);
    let research = tree.add("Research", &tree.org.root);
    assert_eq!(tree.change(&sales, &json!({ "parent": north })), ended(422, "invalid_field"));
    assert_eq!(tree.change(&sales, &json!({ "parent": research })), ended(200, ""));
    assert_eq!(tree.admin().get(&tree.path(&north)).expect(200)["parent"], sales);
    assert_eq!(tree.change(&tree.org.root, &json!({ "name": "Top" })), ended(409, "wrong_state"));
}

#[test]
fn siblings_have_different_names() {
    let tree = Tree::new();
    let sales = tree.add("Sales", &tree.org.root);
    let research = tree.add("Research", &tree.org.root);
    assert_eq!(tree.change(&research, &json!({ "name": "Sales" })), ended(409, "already_exists"));
    assert_eq!(tree.change(&research, &json!({ "name": "Sales", "parent": sales })), ended(200, ""));
}

#[test]
fn r28_names_are_the_same_in_whatever_case_and_encoding_and_no_sheet_takes_one_apart() {
    let tree = Tree::new();
    let sales = tree.add("Sales", &tree.org.root);
    let koeln = tree.add("K\u{f6}ln", &tree.org.root);
    let check = |name: &str, expected: (u16, String)| {
        let body = json!({ "name": name });
        let made = tree.admin().post(&format!("/v1/orgs/{}/departments", tree.org.id), &body);
        assert_eq!((made.status, made.code().to_owned()), expected, "{name:?} {}", made.body);
        assert_eq!(tree.change(&sales, &body), expected, "{name:?}");
    };
    check("Ko\u{308}ln", ended(409, "already_exists"));
    check("K\u{d6}LN", ended(409, "already_exists"));
    check("R&D / EU", ended(422, "invalid_field"));
    check("R&D; EU", ended(422, "invalid_field"));
    assert_eq!(tree.change(&koeln, &json!({ "name": "KO\u{308}LN" })), ended(200, ""));
    assert_eq!(tree.admin().get(&tree.path(&koeln)).expect(200)["name"], "K\u{d6}LN", "kept in NFC");
}

#[test]
fn only_an_empty_department_is_removed() {
    let tree = Tree::new();
    let sales = tree.add("Sales", &tree.org.root);
    let north = tree.add("North", &sales);
    let member = json!({ "name": "Ada", "departments": [north], "work_email": "ada@example.com" });
    let members = format!("/v1/orgs/{}/members", tree.org.id);
    let made = tree.admin().post(&members, &member).expect(201);
    assert_eq!(tree.admin().get(&tree.path(&north)).expect(200)["members"], 1);
    assert_eq!(tree.remove(&sales), ended(409, "not_empty"));
    assert_eq!(tree.remove(&north), ended(409, "not_empty"));

    let ada = format!("{members}/{}", made["member"]["id"].as_str().unwrap());
    let etag = tree.admin().get(&ada).etag.unwrap();
    drop(tree.admin().patch(&ada, &etag, &json!({ "departments": [tree.org.root] })).expect(200));
    assert_eq!(tree.remove(&north), ended(204, ""));
    assert_eq!(tree.remove(&sales), ended(204, ""));
    assert_eq!(tree.remove(&tree.org.root), ended(409, "wrong_state"));
}

#[test]
fn two_who_change_the_tree_at_once_both_get_their_way_or_are_told() {
    let tree = Tree::new();
    let path = format!("/v1/orgs/{}/departments", tree.org.id);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..8)
            .map(|n| {
                let (admin, path) = (tree.admin(), &path);
                scope.spawn(move || admin.post(path, &json!({ "name": format!("D{}", n % 4) })).status)
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let count = |status| statuses.iter().filter(|&&found| found == status).count();
    assert_eq!((count(201), count(409)), (4, 4), "{statuses:?}: of two with one name, one is refused");
    assert_eq!(tree.admin().get(&path).expect(200)["items"].as_array().unwrap().len(), 5);
}

#[test]
fn r37_what_a_removed_department_held_moves_where_it_is_told() {
    let tree = Tree::new();
    let (sales, research) = (tree.add("Sales", &tree.org.root), tree.add("Research", &tree.org.root));
    let (north, west) = (tree.add("North", &sales), tree.add("West", &sales));
    let members = format!("/v1/orgs/{}/members", tree.org.id);
    let mut ids = Vec::new();
    for (n, departments) in [json!([sales]), json!([research, sales]), json!([tree.org.root, sales])].iter().enumerate()
    {
        let body = json!({ "name": "Ada", "departments": departments, "work_email": format!("a{n}@x.example") });
        ids.push(tree.admin().post(&members, &body).expect(201)["member"]["id"].as_str().unwrap().to_owned());
    }
    let remove = |into: &str| {
        let etag = tree.admin().get(&tree.path(&sales)).etag.unwrap();
        let path = format!("{}?into={into}", tree.path(&sales));
        let answer = tree.admin().send("DELETE", &path, &[("if-match", &etag)], None);
        (answer.status, answer.code().to_owned())
    };
    assert_eq!(tree.remove(&sales), ended(409, "not_empty"));
    assert_eq!(remove(&north), ended(422, "invalid_field"), "not below itself");
    assert_eq!(remove(&sales), ended(422, "invalid_field"), "not into itself");
    assert_eq!(remove("dep_00000000000000000000000000"), ended(422, "invalid_field"));
    assert_eq!(remove("Sales"), ended(400, "invalid_query"));
    assert_eq!(remove(&research), ended(204, ""));
    let departments = |id: &str| tree.admin().get(&format!("{members}/{id}")).expect(200)["departments"].clone();
    assert_eq!(departments(&ids[0]), json!([research]));
    assert_eq!(departments(&ids[1]), json!([research]));
    assert_eq!(departments(&ids[2]), json!([tree.org.root, research]));
    assert_eq!(tree.admin().get(&tree.path(&research)).expect(200)["members"], 3);
    for below in [&north, &west] {
        assert_eq!(tree.admin().get(&tree.path(below)).expect(200)["parent"], research);
        let trail = format!("/v1/orgs/{}/audit?target={below}&what=department.changed", tree.org.id);
        let moved = tree.admin().get(&trail).expect(200)["items"][0]["after"]["parent"].clone();
        assert_eq!(moved, research, "each has its entry in the trail");
    }
    assert_eq!(tree.admin().get(&tree.path(&sales)).status, 404);
}

#[test]
fn r37_a_department_takes_so_many_direct_members_and_no_more() {
    let tree = Tree::new();
    let sales = tree.add("Sales", &tree.org.root);
    let scope = OrgScope::new(tree.host.app.store.clone(), tree.org.id.parse().unwrap());
    let mut writes = scope.writes();
    let direct = counters::department_members(sales.parse().unwrap());
    writes.add(&direct, i64::try_from(MAX_DIRECT_MEMBERS).unwrap() - 1, 0, i64::MAX);
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(writes.commit()).unwrap();
    let members = format!("/v1/orgs/{}/members", tree.org.id);
    let add = |name: &str, department: &str| {
        let body = json!({ "name": name, "departments": [department], "work_email": format!("{name}@x.example") });
        tree.admin().post(&members, &body)
    };
    let check = |refused: Answer| {
        let told = (refused.status, refused.code(), &refused.body["bound"], &refused.body["limit"]);
        assert_eq!(told, (409, "limit_reached", &json!("direct_members"), &json!(10_000)), "{}", refused.body);
    };
    let last = add("last", &sales).expect(201)["member"]["id"].as_str().unwrap().to_owned();
    check(add("more", &sales));
    let other = add("other", &tree.org.root).expect(201)["member"]["id"].as_str().unwrap().to_owned();
    let goes_to = |member: &str, department: &str| {
        let path = format!("{members}/{member}");
        let etag = tree.admin().get(&path).etag.unwrap();
        tree.admin().patch(&path, &etag, &json!({ "departments": [department] }))
    };
    check(goes_to(&other, &sales));
    drop(goes_to(&last, &tree.org.root).expect(200));
    drop(goes_to(&other, &sales).expect(200));
}
