//! `usher member`: what becomes of members later, one and many (R30 to R32).

use serde_json::json;

use crate::front_desk::text;
use crate::groups::office;

#[test]
fn r32_one_member_is_dealt_with_at_once_and_many_once_somebody_agrees() {
    let (desk, team, _) = office();
    let [ada, bob] = ["ada", "bob"].map(|name| desk.add(name, &json!({})));
    drop(desk.seat("PUT", &ada, &team).expect(200));
    let state = |id: &str| text(&desk.told(&["member", "show", id])["state"]);

    let told = desk.usher(&["member", "suspend", &ada]).succeeds();
    assert!(told.contains("done to 1 member, refused for 0") && told.contains("suspended"), "{told}");
    let (_, err) = desk.usher(&["member", "suspend", &ada]).ends(3);
    assert!(err.contains("wrong_state"), "{err}");
    let (out, err) = desk.usher(&["member", "resume", &ada, &bob, "--yes"]).ends(1);
    assert!(out.contains("done to 1 member, refused for 1") && err.contains("refused for 1 member"), "{out}{err}");

    let both = ["member", "delete", &ada, &bob];
    let with = |more: &[&str]| desk.usher(&[&both[..], more].concat());
    for typed in ["n\n", "", "\n", "yesterday\n"] {
        let (out, err) = with(&[]).typed(typed).ends(1);
        assert!(out.contains("would be done to 2 members, refused for 0; 1 seat given up"), "{out}");
        assert!(err.contains("Delete 2 members? [y/N]") && err.contains("nothing was done"), "{err}");
    }
    let (_, err) = with(&["--json"]).ends(2);
    assert!(err.contains("--yes"), "{err}");
    assert_eq!(desk.told(&[&both[..], &["--preview"]].concat())["preview"], true);
    assert_ne!(state(&ada), "deleted");
    let out = with(&[]).typed("y\n").succeeds();
    assert!(out.contains("\ndone to 2 members, refused for 0; 1 seat given up"), "{out}");
    assert_eq!((state(&ada), state(&bob)), ("deleted".into(), "deleted".into()));

    let restored = desk.told(&["member", "restore", &ada, &bob, "--plan", &team, "--yes"]);
    assert_eq!(restored["totals"]["seats_given"], 2, "{restored}");
    desk.usher(&["member", "restore", "mem_1"]).ends(2);
    desk.usher(&["member", "delete"]).ends(2);
}

#[test]
fn r31_members_are_moved_and_reminded() {
    let (desk, ..) = office();
    let ada = desk.add("ada", &json!({}));
    let [sales, north] = ["Sales", "North"].map(|name| text(&desk.told(&["department", "add", name])["id"]));
    let departments = || desk.told(&["member", "show", &ada])["departments"].clone();
    let told = desk.usher(&["member", "move", &ada, "--to", &sales]).succeeds();
    assert!(told.contains("leaves 1 department; comes into 1 department"), "{told}");
    assert_eq!(departments(), json!([sales]));
    desk.usher(&["member", "move", &ada, "--to", &north, "--stay"]).succeeds();
    assert_eq!(departments(), json!([sales, north]));
    let reminded = desk.usher(&["member", "remind", &ada]).succeeds();
    assert!(reminded.contains("done to 1 member"), "{reminded}");
    let (_, err) = desk.usher(&["member", "remind", &ada]).ends(3);
    assert!(err.contains("reminded_lately"), "{err}");
}

#[test]
fn r34_whoever_reminds_or_invites_by_sms_is_told_that_none_is_sent() {
    let (desk, team, more) = office();
    let ada = desk.add("ada", &json!({ "phone": "+4915112345678" }));
    desk.add("bob", &json!({}));
    for plan in [team, more] {
        let (operator, path) = (desk.host.client(&desk.host.operator), desk.path(&format!("/plans/{plan}")));
        let etag = operator.get(&path).etag.unwrap();
        drop(operator.patch(&path, &etag, &json!({ "size": 1 })).expect(200));
    }
    for more in [&["--preview"][..], &[]] {
        let told = desk.usher(&[&["member", "remind", &ada][..], more].concat()).succeeds();
        assert!(told.contains("no SMS: organisation_full"), "{told}");
    }
    let told = desk.usher(&["invitation", "create", "--phone", "+4915187654321"]).succeeds();
    assert!(told.contains("no SMS  organisation_full"), "{told}");
}
