//! Whose address counts when a proxy stands before the host.

use std::sync::Arc;

use serde_json::{Value, json};
use usher_server::Config;
use usher_server::http::client_address::Proxies;
use usher_server::testing::TestHost;
use usher_store::MemoryStore;

/// A host behind a proxy on this machine.
fn behind_a_proxy() -> TestHost {
    let header = "x-client".parse().unwrap();
    let proxies = Proxies::new(vec!["127.0.0.0/8".parse().unwrap()], header);
    TestHost::with(Arc::new(MemoryStore::new()), Config { proxies, ..Config::default() })
}

#[test]
fn wrong_codes_and_the_trail_are_held_against_the_client_not_the_proxy() {
    let host = behind_a_proxy();
    let acme = host.organisation("Acme");
    let guess = |client: &str| {
        let body = json!({ "by": { "kind": "code", "code": "ZZZZZZZZ" } }).to_string();
        host.client("").send("POST", "/v1/join/invitation", &[("x-client", client)], Some(body.as_bytes()))
    };
    for n in 0..20 {
        // Whatever a client puts before what the proxy writes, it stays the same client.
        let client = format!("198.51.100.{n}, unknown, 192.0.2.1");
        assert_eq!(guess(&client).code(), "invitation_unknown");
    }
    let refused = guess("192.0.2.1");
    assert_eq!((refused.code(), &refused.body["limit"]), ("too_many_attempts", &json!("wrong_codes_by_network")));
    assert_eq!(guess("192.0.2.2").code(), "invitation_unknown");
    assert_eq!(guess("nonsense").code(), "invitation_unknown", "that is the proxy's own");

    let department = json!({ "name": "Sales" }).to_string();
    let path = format!("/v1/orgs/{}", acme.id);
    let admin = host.client(&acme.token);
    let made =
        admin.send("POST", &format!("{path}/departments"), &[("x-client", "192.0.2.1")], Some(department.as_bytes()));
    drop(made.expect(201));
    let trail: Value = admin.get(&format!("{path}/audit?what=department")).expect(200);
    assert_eq!(trail["items"][0]["origin"], "192.0.2.1", "{trail}");
}
