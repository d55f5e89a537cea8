//! The list of requests: who came in or wants to, by whom, how, and which policies decided (R33).

use serde_json::{Value, json};
use usher_domain::time::{DAY, MINUTE};
use usher_server::ports::Clock as _;

use crate::approvals::pending;
use crate::front_desk::{FrontDesk, text};

#[test]
fn r33_the_queue_is_filtered_and_shows_who_invited_when_how_and_which_policies_decided() {
    let desk = FrontDesk::new();
    let sales = desk.admin().post(&desk.path("/departments"), &json!({ "name": "Sales" })).expect(201)["id"].clone();
    let (_, to_sales) = desk.invite(&json!({ "department": sales }));
    let (anywhere, link) = desk.invite(&json!({}));
    let oldest = pending(&desk, &to_sales, "ada@example.com");
    desk.host.clock.advance(2 * DAY);
    let since = desk.host.clock.now().to_string();
    let scanned = json!({
        "by": { "kind": "qr", "link": link }, "name": "Bob", "email": desk.prove(&link, "bob@example.com"),
    });
    let newest = desk.host.client("").post("/v1/join", &scanned).expect(200)["request"].clone();
    let answered = pending(&desk, &link, "eve@example.com");
    drop(desk.answer(&answered, "reject", &json!({})).expect(200));

    let check = |query: &str, expected: &[&Value]| {
        let listed = desk.admin().get(&desk.path(&format!("/requests?{query}"))).expect(200);
        let found: Vec<Value> = listed["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
    };
    check("state=pending", &[&newest, &oldest]);
    check(&format!("state=pending&opened_before={since}"), &[&oldest]);
    check(&format!("department={}", text(&sales)), &[&oldest]);
    check(&format!("department={}", desk.org.root), &[&answered, &newest]);
    check("channel=qr", &[&newest]);
    check("channel=link&state=rejected", &[&answered]);

    let shown = desk.request(&newest);
    assert_eq!((&shown["inviter"], &shown["channel"]), (&json!(desk.org.primary_admin), &json!("qr")));
    assert_eq!((&shown["invitation"], &shown["opened_at"]), (&json!(anywhere), &json!(since)));
    assert_eq!(shown["policies"], json!(["sha256:test"]));
}

#[test]
fn r33_whoever_came_in_by_phone_email_or_link_is_listed_with_inviter_time_channel_and_policies() {
    let desk = FrontDesk::new();
    let open = json!({ "approval_required": false });
    let (invitation, link) = desk.invite(&open);
    let code = desk.admin().get(&desk.path(&format!("/invitations/{invitation}"))).expect(200)["code"].clone();
    let (personal, own) = desk.invite(&json!({ "email": "bob@example.com", "approval_required": false }));
    let nobody = desk.host.client("");
    let check = |asked: &Value, channel: &str, invitation: &str| {
        let listed = desk.admin().get(&desk.path("/requests?limit=1")).expect(200)["items"][0].clone();
        assert_eq!((&listed["id"], &listed["channel"]), (&asked["request"], &json!(channel)));
        assert_eq!((&listed["inviter"], &listed["invitation"]), (&json!(desk.org.primary_admin), &json!(invitation)));
        let now = json!(desk.host.clock.now().to_string());
        assert_eq!((&listed["policies"], &listed["opened_at"]), (&json!(["sha256:test"]), &now));
        let came_in = json!({
            "channel": channel, "by": desk.org.primary_admin, "invitation": invitation,
            "decision": listed["decision"], "at": now,
        });
        assert_eq!(desk.member(&asked["member"])["came_in"], came_in);
        desk.host.clock.advance(MINUTE);
    };
    check(&desk.join(&link, "ada@example.com").expect(200), "link", &invitation);
    check(&desk.join(&own, "bob@example.com").expect(200), "personal", &personal);

    let by = json!({ "kind": "code", "code": code });
    let ask = json!({ "by": by, "phone": "+4915112345678" });
    let proof = nobody.post("/v1/join/proofs", &ask).expect(201)["proof"].clone();
    desk.host.work();
    let sms = desk.host.world.sms().pop().unwrap().text;
    let typed = json!({ "proof": proof, "code": sms.split_whitespace().next() });
    check(
        &nobody.post("/v1/join", &json!({ "by": by, "name": "Cleo", "phone": typed })).expect(200),
        "code",
        &invitation,
    );

    let body = json!({ "name": "Dora", "departments": [desk.org.root], "work_email": "dora@example.com" });
    let added = desk.admin().post(&desk.path("/members"), &body).expect(201)["member"]["came_in"].clone();
    assert_eq!((&added["channel"], &added["by"]), (&json!("console"), &json!(desk.org.primary_admin)));
}
