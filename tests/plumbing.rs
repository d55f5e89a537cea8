//! What every route shares: tokens, bodies, queries, versions, idempotency, problems, the description.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use usher_server::testing::TestHost;

fn plan(name: &str) -> Value {
    json!({ "name": name, "size": 5, "starts_on": "2026-01-01" })
}

#[test]
fn an_organisation_starts_with_one_working_primary_admin() {
    let host = TestHost::start();
    let acme = host.organisation("Acme");
    let answer = host.client(&acme.token).get(&format!("/v1/orgs/{}", acme.id));
    assert_eq!(answer.etag.as_deref(), Some("\"2\""));
    let body = answer.expect(200);
    assert_eq!(body["name"], "Acme");
    assert_eq!(body["root_department"], acme.root);
}

#[test]
fn the_same_request_with_the_same_key_is_done_once() {
    let host = TestHost::start();
    let acme = host.organisation("Acme");
    let operator = host.client(&host.operator);
    let path = format!("/v1/orgs/{}/plans", acme.id);
    let send = |key: &str, body: &Value| {
        operator.send("POST", &path, &[("idempotency-key", key)], Some(body.to_string().as_bytes()))
    };
    let (first, again) = (send("a", &plan("Team")), send("a", &plan("Team")));
    assert_eq!((first.status, &first.etag), (201, &again.etag));
    assert_eq!(first.body, again.body);
    let reused = send("a", &plan("Other"));
    assert_eq!((reused.status, reused.code()), (422, "idempotency_key_reused"));
    assert_eq!(send("b", &plan("Team")).status, 201);
    assert_eq!(operator.get(&path).expect(200)["items"].as_array().unwrap().len(), 2);
}

#[test]
fn organisations_made_at_the_same_moment_do_not_stand_in_each_others_way() {
    const AT_ONCE: usize = 16;
    let host = TestHost::start();
    let make = |n: usize, key: Option<&str>| {
        let body = json!({
            "name": "Acme", "region": "DE", "language": "de", "time_zone": "Europe/Berlin",
            "primary_admin": { "name": "Root", "work_email": "root@acme.example" },
        });
        let each = format!("key {n}");
        let headers = [("idempotency-key", key.unwrap_or(&each))];
        host.client(&host.operator).send("POST", "/v1/orgs", &headers, Some(body.to_string().as_bytes()))
    };
    let make = &make;
    let check = |key: Option<&str>, made: usize| {
        let answers: Vec<Value> = std::thread::scope(|scope| {
            let asked: Vec<_> = (0..AT_ONCE).map(|n| scope.spawn(move || make(n, key))).collect();
            asked.into_iter().map(|one| one.join().unwrap().expect(201)).collect()
        });
        let distinct: BTreeSet<_> = answers.iter().map(|one| one["organisation"]["id"].to_string()).collect();
        let tokens = answers.iter().filter(|one| one.get("token").is_some()).count();
        assert_eq!((distinct.len(), tokens), (made, made), "{key:?}");
    };
    check(None, AT_ONCE);
    check(Some("the same"), 1);
}

#[test]
fn a_secret_is_shown_once_even_if_the_request_comes_twice() {
    let host = TestHost::start();
    let acme = host.organisation("Acme");
    let body = json!({ "name": "ci", "holder": { "kind": "service", "permissions": ["audit"] } }).to_string();
    let send = || {
        let path = format!("/v1/orgs/{}/tokens", acme.id);
        host.client(&acme.token).send("POST", &path, &[("idempotency-key", "a")], Some(body.as_bytes()))
    };
    let (first, again) = (send().expect(201), send().expect(201));
    assert!(first["secret"].as_str().unwrap().starts_with("ush_"));
    assert_eq!(again.get("secret"), None);
    assert_eq!(first["token"], again["token"]);
}

#[test]
fn a_change_names_the_version_it_is_based_on() {
    let host = TestHost::start();
    let acme = host.organisation("Acme");
    let admin = host.client(&acme.token);
    let path = format!("/v1/orgs/{}", acme.id);
    let etag = admin.get(&path).etag.unwrap();
    let unnamed = admin.send("PATCH", &path, &[], Some(b"{}"));
    assert_eq!((unnamed.status, unnamed.code()), (428, "version_required"));
    assert_eq!(admin.patch(&path, "*", &json!({})).code(), "invalid_header");
    let changed = admin.patch(&path, &etag, &json!({ "name": "Acme Ltd" }));
    assert_eq!(changed.body["name"], "Acme Ltd");
    let stale = admin.patch(&path, &etag, &json!({ "name": "Acme Inc" }));
    assert_eq!((stale.status, stale.code()), (412, "stale_version"));
    assert_eq!(admin.patch(&path, &changed.etag.unwrap(), &json!({ "name": "Acme SE" })).status, 200);
}

#[test]
fn bad_input_is_a_problem_that_names_what_is_wrong() {
    let host = TestHost::start();
    let acme = host.organisation("Acme");
    let operator = host.client(&host.operator);
    let path = format!("/v1/orgs/{}/plans", acme.id);
    let large = json!({ "name": "x".repeat(300_000) }).to_string();
    let check = |headers: &[(&str, &str)], body: &[u8], status: u16, code: &str, field: Value| {
        let answer = operator.send("POST", &path, headers, Some(body));
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        assert_eq!((answer.status, answer.code()), (status, code), "{shown}: {}", answer.body);
        assert_eq!(answer.body["field"], field, "{shown}: {}", answer.body);
        assert_eq!(answer.content_type.as_deref(), Some("application/problem+json"), "{shown}");
        assert!(answer.body["request_id"].as_str().unwrap().starts_with("call_"), "{shown}");
    };
    check(&[], b"{", 400, "malformed_body", Value::Null);
    check(&[], b"{\"name\":\"\xff\xfe\"}", 400, "malformed_body", Value::Null);
    check(&[], large.as_bytes(), 413, "body_too_large", Value::Null);
    check(&[("content-type", "text/plain")], b"{}", 415, "unsupported_media_type", json!("content-type"));
    check(&[("idempotency-key", "")], b"{}", 400, "invalid_header", json!("idempotency-key"));
    check(&[], b"{\"nme\":\"x\"}", 422, "unknown_field", json!("/nme"));
    check(&[], b"{\"name\":\"x\",\"size\":\"5\",\"starts_on\":\"\"}", 422, "invalid_field", json!("/size"));
    check(&[], b"{\"name\":\"x\",\"size\":5,\"starts_on\":\"soon\"}", 422, "invalid_field", json!("/starts_on"));
    check(&[], b"{\"name\":\" \",\"size\":5,\"starts_on\":\"2026-01-01\"}", 422, "invalid_field", json!("/name"));
    check(&[], b"{\"name\":\"x\",\"size\":0,\"starts_on\":\"2026-01-01\"}", 422, "invalid_field", json!("/size"));
    assert_eq!(operator.get(&path).expect(200)["items"], json!([]), "nothing was stored");
}

#[test]
fn paths_and_methods_that_do_not_exist_are_problems_too() {
    let host = TestHost::start();
    let acme = host.organisation("Acme");
    let admin = host.client(&acme.token);
    assert_eq!(admin.get("/v1/nowhere").code(), "no_such_route");
    let answer = admin.delete("/v1/orgs");
    assert_eq!((answer.status, answer.code()), (405, "method_not_allowed"));
    let wrong = admin.get(&format!("/v1/orgs/{}/plans/{}", acme.id, acme.primary_admin));
    assert_eq!((wrong.status, wrong.code(), wrong.body["field"].as_str()), (400, "invalid_id", Some("plan")));
    assert!(wrong.body["detail"].as_str().unwrap().contains("`plan_`"));
}

#[test]
fn a_token_ends_when_it_is_revoked_or_expires() {
    let host = TestHost::start();
    let acme = host.organisation("Acme");
    let admin = host.client(&acme.token);
    let tokens = format!("/v1/orgs/{}/tokens", acme.id);
    let body = json!({
        "name": "ci", "holder": { "kind": "member", "member": acme.primary_admin },
        "expires_at": "2026-03-02T10:00:00Z",
    });
    let made = admin.post(&tokens, &body).expect(201);
    let ci = host.client(made["secret"].as_str().unwrap());
    assert_eq!(ci.get(&tokens).status, 200);
    host.clock.advance(usher_domain::time::HOUR);
    assert_eq!(ci.get(&tokens).code(), "unauthenticated");
    let service = host.service(&acme, &["security"]);
    let list = admin.get(&tokens).expect(200);
    let id = list["items"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.delete(&format!("{tokens}/{id}")).status, 204);
    assert_eq!(host.client(&service).get(&tokens).code(), "unauthenticated");
    for nonsense in ["ush_", "ush_AAAA", "nonsense", &format!("ush_{}", "A".repeat(43))] {
        assert_eq!(host.client(nonsense).get(&tokens).code(), "unauthenticated", "{nonsense}");
    }
}

#[test]
fn nobody_gives_a_token_that_can_do_more_than_they_can() {
    let host = TestHost::start();
    let acme = host.organisation("Acme");
    let security = host.client(&host.service(&acme, &["security"]));
    let tokens = format!("/v1/orgs/{}/tokens", acme.id);
    let check = |holder: Value, code: &str| {
        let answer = security.post(&tokens, &json!({ "name": "x", "holder": holder }));
        assert_eq!(answer.code(), code, "{}", answer.body);
    };
    check(json!({ "kind": "service", "permissions": ["security"] }), "");
    check(json!({ "kind": "service", "permissions": ["security", "audit"] }), "too_much_authority");
    check(json!({ "kind": "member", "member": acme.primary_admin }), "too_much_authority");
    check(json!({ "kind": "service", "permissions": [] }), "invalid_field");
}

#[test]
fn lists_come_in_pages_that_join_without_a_gap() {
    let host = TestHost::start();
    let names: Vec<String> = (0..5).map(|n| format!("Org{n}")).collect();
    for name in &names {
        drop(host.organisation(name));
        host.clock.advance(usher_domain::time::SECOND);
    }
    let operator = host.client(&host.operator);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = operator.get(&format!("/v1/orgs?limit=2{cursor}")).expect(200);
        seen.extend(page["items"].as_array().unwrap().iter().map(|org| org["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, names);
    assert_eq!(operator.get("/v1/orgs?cursor=AAAA").code(), "invalid_cursor");
    assert_eq!(operator.get("/v1/orgs?page=2").code(), "invalid_query");
}

#[test]
fn the_host_says_how_it_is_and_what_it_can() {
    let host = TestHost::start();
    let anyone = host.client("");
    assert_eq!(anyone.get("/healthz").status, 200);
    assert_eq!(anyone.get("/readyz").status, 200);
    let metrics = anyone.get("/metrics").expect(200);
    assert!(
        metrics
            .as_str()
            .unwrap()
            .contains(r#"usher_http_requests_total{method="GET",route="/healthz",status="200"} 1"#)
    );
    let document = anyone.get("/openapi.json").expect(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let create = &document["paths"]["/v1/orgs/{org}/plans"]["post"];
    let statuses: Vec<&String> = create["responses"].as_object().unwrap().keys().collect();
    let all = ["201", "400", "401", "403", "404", "408", "409", "410", "413", "415", "422", "429", "500", "503"];
    assert_eq!(statuses, all);
    let forbidden = document.pointer(create["responses"]["403"]["$ref"].as_str().unwrap().trim_start_matches('#'));
    assert_eq!(
        forbidden.unwrap()["content"]["application/problem+json"]["schema"]["$ref"],
        "#/components/schemas/Problem"
    );
    assert_eq!(create["security"], json!([{ "operator": [] }]));
    assert_eq!(document["components"]["schemas"]["NewPlan"]["properties"]["starts_on"]["format"], "date");
    let page = anyone.get("/docs/");
    assert_eq!(page.status, 200);
    assert!(page.body.as_str().unwrap().contains("swagger-ui"), "{}", page.body);
}

#[test]
fn the_description_is_whole() {
    let host = TestHost::start();
    let document = host.client("").get("/openapi.json").expect(200);
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
            assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{method} {path} has no summary");
            assert!(names.insert(name.clone()), "{method} {path} has another's operation id, {name:?}");
            let described = operation["parameters"].as_array().into_iter().flatten();
            let in_path = described.filter(|parameter| parameter["in"] == "path").count();
            assert_eq!(in_path, path.matches('{').count(), "{method} {path} does not describe its path");
        }
    }
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(document.pointer(reference).is_some(), "{reference} leads nowhere");
    }
}
