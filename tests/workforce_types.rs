//! Workforce types: nobody is of one that there is not, however they become a member (R23).

use serde_json::{Value, json};

use crate::front_desk::{FrontDesk, by, text};

/// Longer than a key of the store may be.
const LONG: usize = 2_000;

impl FrontDesk {
    fn add_type(&self, name: &str) {
        drop(self.admin().post(&self.path("/workforce-types"), &json!({ "name": name })).expect(200));
    }

    fn delete_type(&self, name: &str) -> u16 {
        self.admin().delete(&self.path(&format!("/workforce-types/{name}"))).status
    }

    fn typed_member(&self, name: &str, kind: &str) -> Value {
        let email = format!("{name}@example.com");
        json!({ "name": name, "departments": [self.org.root], "work_email": email, "workforce_type": kind })
    }

    fn versioned(&self, method: &str, path: &str, rest: &str, body: &Value) -> u16 {
        let etag = self.admin().get(path).etag.unwrap();
        let body = body.to_string();
        let headers = [("if-match", etag.as_str())];
        self.admin().send(method, &format!("{path}{rest}"), &headers, Some(body.as_bytes())).status
    }
}

#[test]
fn r23_a_workforce_type_that_there_is_not_is_refused_by_its_field() {
    let desk = FrontDesk::new();
    let ada = desk.admin().post(&desk.path("/members"), &desk.typed_member("ada", " REGULAR ")).expect(201);
    assert_eq!(ada["member"]["workforce_type"], "regular", "as it is written");
    let ada = desk.path(&format!("/members/{}", text(&ada["member"]["id"])));
    let (_, link) = desk.invite(&json!({}));
    let proof = desk.prove(&link, "eve@example.com");
    for kind in ["Wizard".to_owned(), "x".repeat(LONG)] {
        let added = desk.admin().post(&desk.path("/members"), &desk.typed_member("bob", &kind));
        let etag = desk.admin().get(&ada).etag.unwrap();
        let altered = desk.admin().patch(&ada, &etag, &json!({ "workforce_type": kind }));
        let join = json!({ "by": by(&link), "name": "Eve", "email": proof, "workforce_type": kind });
        let asked = desk.host.client("").post("/v1/join", &join);
        for answer in [added, altered, asked] {
            let told = (answer.status, answer.code(), answer.body["field"].as_str());
            assert_eq!(told, (422, "invalid_field", Some("/workforce_type")), "{}", answer.body);
        }
    }
    let etag = desk.admin().get(&ada).etag.unwrap();
    let altered = desk.admin().patch(&ada, &etag, &json!({ "workforce_type": "Intern" })).expect(200);
    assert_eq!(altered["workforce_type"], "intern");
}

#[test]
fn r23_whoever_comes_back_or_is_approved_is_of_no_type_that_went_meanwhile() {
    let desk = FrontDesk::new();
    desk.add_type("Trainee");
    let ada = desk.admin().post(&desk.path("/members"), &desk.typed_member("ada", "trainee")).expect(201);
    let ada = text(&ada["member"]["id"]);
    let path = desk.path(&format!("/members/{ada}"));
    assert_eq!(desk.delete_type("Trainee"), 409, "somebody is of it");
    assert_eq!(desk.versioned("DELETE", &path, "", &Value::Null), 204);

    let (_, link) = desk.invite(&json!({}));
    let proof = desk.prove(&link, "eve@example.com");
    let join = json!({ "by": by(&link), "name": "Eve", "email": proof, "workforce_type": "trainee" });
    let asked = desk.host.client("").post("/v1/join", &join).expect(200);
    assert_eq!(desk.request(&asked["request"])["applicant"]["workforce_type"], "Trainee");
    assert_eq!(desk.delete_type("Trainee"), 204);

    assert_eq!(desk.versioned("POST", &path, "/restore", &json!({})), 200);
    assert_eq!(desk.member(&json!(ada))["workforce_type"], Value::Null);
    let eve = desk.answer(&asked["request"], "approve", &json!({})).expect(200)["answer"]["member"].clone();
    assert_eq!(desk.member(&eve)["workforce_type"], Value::Null);
}

#[test]
fn r23_a_type_does_not_go_while_somebody_is_made_one_of_it() {
    let desk = FrontDesk::new();
    for round in 0..8 {
        let kind = format!("T{round}");
        desk.add_type(&kind);
        let new = desk.typed_member(&format!("m{round}"), &kind);
        let (deleted, added) = std::thread::scope(|scope| {
            let deleted = scope.spawn(|| desk.delete_type(&kind));
            let added = desk.admin().post(&desk.path("/members"), &new).status;
            (deleted.join().unwrap(), added)
        });
        assert!(matches!((deleted, added), (204, 422) | (409, 201)), "{kind}: {deleted} {added}");
    }
}
