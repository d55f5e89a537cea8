//! Codes of invitations and codes that prove an address: how long they hold, how often they are used, how hard they are
//! to guess (R14, R22).

use serde_json::{Value, json};
use usher_domain::invitation::{CODE_HOLDS_FOR, CODE_MAX_USES};
use usher_domain::time::{HOUR, MINUTE};
use usher_server::app::counters::invitation_code_uses;
use usher_server::ports::Clock as _;
use usher_server::testing::Answer;

use crate::front_desk::{FrontDesk, by, text, waited};

const OPEN: fn() -> Value = || json!({ "approval_required": false });

#[test]
fn r22_a_code_is_typed_right_within_five_tries_and_ten_minutes() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&OPEN());
    let no_proof = json!({ "by": by(&link), "name": "Ada" });
    let refused = desk.host.client("").post("/v1/join", &no_proof);
    assert_eq!((refused.status, refused.code()), (403, "proof_required"));

    let proof = desk.prove(&link, "ada@example.com");
    let wrong = json!({ "proof": proof["proof"], "code": "none" });
    for _ in 0..5 {
        assert_eq!(desk.ask(&link, "Ada", &wrong).code(), "code_wrong");
    }
    assert_eq!(desk.ask(&link, "Ada", &proof).code(), "too_many_tries");

    let proof = desk.prove(&link, "bob@example.com");
    desk.host.clock.advance(11 * MINUTE);
    assert_eq!(desk.ask(&link, "Bob", &proof).code(), "code_expired");
}

#[test]
fn r14_r22_codes_cannot_be_guessed_one_after_the_other() {
    let desk = FrontDesk::new();
    let nobody = desk.host.client("");
    let (id, link) = desk.invite(&OPEN());
    let code = text(&desk.admin().get(&desk.path(&format!("/invitations/{id}"))).expect(200)["code"]);
    let look = |by: Value| nobody.post("/v1/join/invitation", &json!({ "by": by }));
    let by_code = |code: &str| look(json!({ "kind": "code", "code": code }));
    let refused = |answer: &Answer, wait: &str| {
        assert_eq!((answer.status, answer.code()), (429, "too_many_attempts"), "{}", answer.body);
        assert_eq!(
            (&answer.body["limit"], answer.retry_after.as_deref()),
            (&json!("wrong_codes_by_network"), Some(wait))
        );
    };
    for _ in 0..50 {
        assert_eq!(by_code(&code).status, 200, "right ones are not counted");
    }
    for n in 0..15 {
        assert_eq!(by_code(&format!("ZZZZZZ{}A", char::from(b"ABCDEFGHJKMNPQR"[n]))).code(), "invitation_unknown");
    }
    let proof = desk.prove(&link, "ada@example.com");
    let wrong = json!({ "proof": proof["proof"], "code": "none" });
    for _ in 0..5 {
        assert_eq!(desk.ask(&link, "Ada", &wrong).code(), "code_wrong");
    }
    refused(&by_code("ZZZZZZZZ"), "60");
    refused(&by_code(&code), "60");
    let bob = desk.prove(&link, "bob@example.com");
    let guess = json!({ "proof": bob["proof"], "code": "none" });
    assert_eq!(
        desk.ask(&link, "Bob", &guess).code(),
        "code_wrong",
        "a first code is not held up by what others guessed"
    );
    refused(&desk.ask(&link, "Bob", &bob), "60");
    let eve = desk.prove(&link, "eve@example.com");
    assert_eq!(desk.ask(&link, "Eve", &eve).expect(200)["outcome"], "joined");
    assert_eq!(look(by(&link)).status, 200, "links are not slowed");

    desk.host.clock.advance(MINUTE);
    assert_eq!(by_code(&code).status, 200);
    assert_eq!(desk.ask(&link, "Bob", &bob).expect(200)["outcome"], "joined");
    assert_eq!(by_code("ZZZZZZZZ").code(), "invitation_unknown");
    refused(&by_code("ZZZZZZZZ"), "60");
}

#[test]
fn r22_codes_to_one_address_are_few() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&OPEN());
    let ask = |email: &str| desk.host.client("").post("/v1/join/proofs", &json!({ "by": by(&link), "email": email }));
    for _ in 0..5 {
        drop(ask("ada@example.com").expect(201));
    }
    assert_eq!(ask("ADA@example.com").code(), "too_many_codes", "whatever the spelling");
    assert_eq!(ask("bob@example.com").status, 201);
    desk.host.clock.advance(HOUR);
    assert_eq!(ask("ada@example.com").status, 201);
}

#[test]
fn r14_a_code_ends_and_is_used_up_where_its_link_does_not() {
    let desk = FrontDesk::new();
    let (id, link) = desk.invite(&json!({ "approval_required": false, "expires_at": null }));
    let code = || json!({ "kind": "code", "code": desk.invitation(&id)["code"] });
    let look = |by: Value| desk.host.client("").post("/v1/join/invitation", &json!({ "by": by }));
    let join = |by: Value, email: &str| {
        let body = json!({ "by": by, "name": "Ada", "email": desk.prove(&link, email) });
        desk.host.client("").post("/v1/join", &body)
    };
    let mut writes = desk.scope().writes();
    writes.add(&invitation_code_uses(id.parse().unwrap()), i64::from(CODE_MAX_USES) - 1, 0, i64::MAX);
    drop(waited(writes.commit()).unwrap());
    assert_eq!(join(code(), "ada@example.com").expect(200)["outcome"], "joined");
    assert_eq!((look(code()).code(), join(code(), "bob@example.com").code()), ("invitation_full", "invitation_full"));
    assert_eq!(join(by(&link), "bob@example.com").expect(200)["outcome"], "joined");

    let link = text(&desk.end(&id, "rotate").expect(200)["link"]);
    assert_eq!(look(code()).status, 200, "a new code begins anew");
    let ends_at = desk.host.clock.now().plus(CODE_HOLDS_FOR).to_string();
    assert_eq!(desk.invitation(&id)["code_expires_at"], ends_at);
    desk.host.clock.advance(CODE_HOLDS_FOR);
    assert_eq!((look(code()).code(), look(by(&link)).status), ("invitation_expired", 200));
}
