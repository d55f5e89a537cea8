//! Business logins that come by a batch import: their passwords, and who gets to see them (R10, R24, R29).

use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::time::{HOUR, SECOND};
use usher_server::testing::{Answer, MeddledStore, TestHost};
use usher_store::{Commit, Op};

use crate::front_desk::text;
use crate::import_desk::{Desk, counts, row};
use crate::process::within;

const HEADER: &str = "Name,Department,Workforce type,Login method,Business email,Password,Work email,Phone";
const GIVEN: &str = "given by the admin";
const OWN: &str = "a password of my own";

/// With business mail activated.
fn desk() -> Desk {
    on(TestHost::start())
}

fn on(host: TestHost) -> Desk {
    let desk = Desk::on(host);
    let etag = desk.admin().get(&format!("/v1/orgs/{}", desk.org.id)).etag.unwrap();
    let activated = desk.admin().send("POST", &desk.path("business-mail/activate"), &[("if-match", &etag)], None);
    assert_eq!(activated.expect(200)["business_mail"], true);
    desk.host.prove_domain(&desk.org, "acme.example");
    desk
}

#[track_caller]
fn check(desk: &Desk, rows: &[&str]) -> Value {
    let file = format!("{HEADER}\n{}\n", rows.join("\n"));
    desk.settled(&desk.send("", file.as_bytes()).expect(202))
}

fn log_in(desk: &Desk, login: &str, password: &str) -> Answer {
    let body = json!({ "organisation": desk.org.id, "login": login, "password": password, "new_password": OWN });
    desk.host.client("").post("/v1/login", &body)
}

const ADA: &str = "Ada,Acme,regular,business,ada@acme.example,given by the admin,,";
const BEA: &str = "Bea,Acme,regular,,bea@acme.example,,bea@example.com,";
const EVE: &str = "Eve,Acme,regular,work,,,eve@example.com,";

#[test]
fn r24_a_business_login_gets_the_rows_password_else_a_generated_one() {
    let desk = desk();
    let import = desk.apply(&check(&desk, &[ADA, BEA, EVE]));
    assert_eq!((&import["done"], &import["accounts"]), (&counts(3, 0, 0), &json!(2)), "{import}");
    let accounts = desk.sheet(&import, "accounts");
    assert_eq!(accounts[0], ["Name", "Account", "Password"]);
    assert_eq!(accounts[1], ["Ada", "ada@acme.example", GIVEN]);
    assert_eq!((accounts.len(), &accounts[2][..2]), (3, &["Bea".to_owned(), "bea@acme.example".to_owned()][..]));
    assert_eq!(desk.sheet(&import, "accounts"), accounts, "the same again");
    for account in &accounts[1..] {
        drop(log_in(&desk, &account[1], &account[2]).expect(200));
        assert_eq!(log_in(&desk, &account[1], &account[2]).code(), "login_failed", "it had to be changed");
    }
    let again = desk.apply(&check(&desk, &[ADA, BEA]));
    assert_eq!((&again["done"], &again["accounts"]), (&counts(0, 2, 0), &json!(0)), "members already");
}

#[test]
fn r10_what_a_business_row_cannot_have_is_said_on_the_row() {
    let check = |cells: &str, codes: &[&str]| {
        let desk = desk();
        let import = check(&desk, &[cells]);
        assert_eq!(desk.rows(&import), [row(2, "fail", codes)], "{cells}");
        assert_eq!(desk.rows(&desk.apply(&import)), [row(2, "fail", codes)], "{cells}");
    };
    check("Ada,Acme,regular,business,,,,", &["login"]);
    check("Ada,Acme,regular,business,ada@acme.example,short,,", &["invalid_password"]);
    check("Ada,Acme,regular,business,ada@acme.example,=given by the admin,,", &["invalid_password"]);
    check("Ada,Acme,regular,work,,given by the admin,ada@example.com,", &["own_password"]);
    check("Ada,Acme,regular,business,ada@gmail.com,,,", &["business_domain"]);
    check("Ada,Acme,regular,business,ada@,,,", &["invalid_business_email"]);
}

#[test]
fn r10_a_business_address_is_one_members_for_ever() {
    let desk = desk();
    let twice = "Ada Again,Acme,regular,business,ADA@acme.example,,,";
    let as_work_mail = "Bob,Acme,regular,work,,,ada@acme.example,";
    let import = desk.apply(&check(&desk, &[ADA, twice, as_work_mail]));
    let refused = [row(3, "fail", &["twice_in_file"]), row(4, "fail", &["twice_in_file"])];
    assert_eq!(desk.rows(&import)[1..], refused);
    let ada = import_member(&desk, &import);
    let path = desk.path(&format!("members/{ada}"));
    let etag = desk.admin().get(&path).etag.unwrap();
    assert_eq!(desk.admin().send("DELETE", &path, &[("if-match", &etag)], None).status, 204);
    assert_eq!(desk.rows(&desk.apply(&check(&desk, &[twice]))), [row(2, "fail", &["taken"])]);

    let other = desk.host.organisation("Other");
    let etag = desk.host.client(&other.token).get(&format!("/v1/orgs/{}", other.id)).etag.unwrap();
    let path = format!("/v1/orgs/{}/business-mail/activate", other.id);
    drop(desk.host.client(&other.token).send("POST", &path, &[("if-match", &etag)], None).expect(200));
    let theirs = Desk { host: desk.host, org: other };
    let rows = theirs.rows(&theirs.apply(&check(&theirs, &[&ADA.replace("Acme", "Other")])));
    assert_eq!(rows, [row(2, "fail", &["taken"])], "unique on the host");
}

fn import_member(desk: &Desk, import: &Value) -> String {
    let path = desk.path(&format!("imports/{}/rows", text(&import["id"])));
    text(&desk.admin().get(&path).expect(200)["items"][0]["member"])
}

#[test]
fn r29_accounts_are_for_whoever_brought_the_import_alone() {
    let desk = desk();
    let import = desk.apply(&check(&desk, &[ADA]));
    let path = desk.path(&format!("imports/{}/accounts", text(&import["id"])));
    let refused = desk.host.client(&other_admin(&desk)).get(&path);
    assert_eq!((refused.status, refused.code()), (403, "forbidden"), "{}", refused.body);
    assert_eq!(desk.host.client(&desk.host.operator).get(&path).status, 403);
    assert_eq!(desk.admin().get(&path).status, 200);
    let audit = desk.admin().get(&desk.path("audit")).expect(200);
    assert!(audit["items"].as_array().unwrap().iter().any(|entry| entry["action"] == "import.accounts_read"));
}

#[test]
fn r25_r29_sheets_of_an_import_are_written_one_at_a_time_and_more_than_can_wait_are_refused() {
    let desk = desk();
    let import = desk.apply(&check(&desk, &[ADA]));
    let ask = |what: &str| desk.admin().get(&desk.path(&format!("imports/{}/{what}", text(&import["id"]))));
    let (turns, org) = (&desk.host.app.sheets, desk.org.id.parse().unwrap());
    let mut asked: Vec<_> = (0..5).map(|_| Box::pin(turns.take(org))).collect();
    let mut context = Context::from_waker(Waker::noop());
    let taken: Vec<_> = asked.iter_mut().map(|turn| turn.as_mut().poll(&mut context)).collect();
    assert_eq!(taken.iter().filter(|taken| taken.is_ready()).count(), 1, "the others wait");
    for what in ["errors", "accounts?format=csv"] {
        let refused = ask(what);
        assert_eq!((refused.status, refused.code()), (429, "too_many_waiting"), "{}", refused.body);
        let limit = (&refused.body["limit"], refused.retry_after.as_deref());
        assert_eq!(limit, (&json!("sheets_by_organisation"), Some("5")));
    }
    drop((asked, taken));
    assert_eq!((ask("errors").status, ask("accounts").status), (200, 200), "there is room again");
}

#[test]
fn r29_closing_warns_as_long_as_passwords_would_be_lost() {
    let desk = desk();
    let import = desk.apply(&check(&desk, &[ADA]));
    let warned = desk.step(&import, "close");
    assert_eq!((warned.status, warned.code()), (409, "confirmation_required"), "{}", warned.body);
    assert_eq!(warned.body["accounts"], 1);
    let closed = desk.step(&import, "close?confirmed=true").expect(200);
    assert_eq!((&closed["state"], &closed["accounts"]), (&json!("closed"), &json!(0)));
    let path = desk.path(&format!("imports/{}/accounts", text(&import["id"])));
    assert_eq!(desk.admin().get(&path).code(), "not_found");

    let without = desk.apply(&check(&desk, &[EVE]));
    assert_eq!(desk.step(&without, "close").expect(200)["state"], "closed", "nothing is lost");
}

#[test]
fn r29_nobody_but_whoever_brought_an_import_closes_it_as_long_as_it_has_accounts() {
    let desk = desk();
    let close = |token: &str, import: &Value| {
        let path = desk.path(&format!("imports/{}/close?confirmed=true", text(&import["id"])));
        desk.host.client(token).send("POST", &path, &[], None)
    };
    let other = other_admin(&desk);
    let import = desk.apply(&check(&desk, &[ADA]));
    let refused = close(&other, &import);
    assert_eq!((refused.status, refused.code()), (403, "forbidden"), "{}", refused.body);
    assert_eq!(desk.sheet(&import, "accounts")[1][1], "ada@acme.example", "the passwords can be had still");
    assert_eq!(close(&desk.org.token, &import).expect(200)["state"], "closed");

    let without = desk.apply(&check(&desk, &[EVE]));
    assert_eq!(close(&other, &without).expect(200)["state"], "closed", "nothing is lost");
}

#[test]
fn r29_no_account_is_handed_out_once_closing_was_answered() {
    let store = Arc::new(MeddledStore::default());
    let desk = on(TestHost::with_store(store.clone()));
    let import = desk.apply(&check(&desk, &[ADA]));
    let (admin, path) = (desk.admin(), desk.path(&format!("imports/{}", text(&import["id"]))));
    let close = format!("{path}/close?confirmed=true");
    let is_told_of = |commit: &Commit| commit.ops.iter().any(|op| matches!(op, Op::Append { link: Some(_), .. }));
    store.before(is_told_of, move || drop(admin.send("POST", &close, &[], None).expect(200)));
    let refused = desk.admin().get(&format!("{path}/accounts?format=csv"));
    assert!(store.has_happened(), "it was open when they were asked for");
    assert!(["wrong_state", "not_found"].contains(&refused.code()), "{} {}", refused.status, refused.body);
}

/// The token of somebody else who may import.
fn other_admin(desk: &Desk) -> String {
    let other = json!({ "name": "other", "holder": { "kind": "service", "permissions": ["member_and_department"] } });
    text(&desk.admin().post(&desk.path("tokens"), &other).expect(201)["secret"])
}

/// Whom letters went to that an import is about to close.
fn warned(desk: &Desk) -> Vec<String> {
    // What falls due writes a mail, which falls due again to be delivered.
    (0..3).for_each(|_| desk.host.work());
    let mail = desk.host.world.mail().into_iter().filter(|mail| mail.letter == "import_closes");
    mail.map(|mail| mail.to).collect()
}

#[test]
fn r29_whoever_brought_an_import_is_told_two_hours_before_its_passwords_go() {
    let told = |row: &str, closed: bool, expected: &[&str]| {
        let desk = desk();
        let import = desk.apply(&check(&desk, &[row]));
        if closed {
            drop(desk.step(&import, "close?confirmed=true").expect(200));
        }
        let warned = || warned(&desk);
        desk.host.clock.advance(22 * HOUR - 1);
        assert_eq!(warned(), [""; 0], "{row}");
        desk.host.clock.advance(1);
        assert_eq!(warned(), expected, "{row}");
        desk.host.clock.advance(2 * HOUR);
        assert_eq!(warned(), expected, "{row}: once");
    };
    told(ADA, false, &["root@acme.example"]);
    told(ADA, true, &[]);
    told(EVE, false, &[]);
}

#[test]
fn r29_no_password_is_in_the_error_workbook_the_audit_or_the_events() {
    let desk = desk();
    let broken = ADA.replace("regular", "regula");
    let import = desk.apply(&check(&desk, &[&broken, BEA]));
    let errors = desk.errors(&import);
    assert_eq!((errors[1][4].as_str(), errors[1][5].as_str()), ("ada@acme.example", ""), "{errors:?}");
    let generated = desk.sheet(&import, "accounts")[1][2].clone();
    for path in ["audit?limit=100", "events?limit=100", "imports", "members?limit=50"] {
        let shown = desk.admin().get(&desk.path(path)).expect(200).to_string();
        assert!(!shown.contains(GIVEN) && !shown.contains(&generated), "{path}: {shown}");
    }
}

#[test]
fn r24_the_template_has_business_columns_once_business_mail_is_activated() {
    let check = |desk: &Desk, expected: bool| {
        let sheet = desk.admin().get(&desk.path("import-template?format=csv")).expect(200);
        let sheet = sheet.as_str().unwrap();
        assert_eq!((sheet.contains("Business email"), sheet.contains("Password")), (expected, expected), "{sheet}");
    };
    check(&Desk::new(), false);
    check(&desk(), true);
}

#[test]
fn r29_whoever_brought_an_import_is_told_once_it_is_applied_if_that_takes_beyond_the_moment() {
    let desk = desk();
    drop(desk.plan("Team", 50));
    let import = check(&desk, &[ADA]);
    let asked = desk.host.pdp.seatings();
    desk.host.pdp.seating_takes(Duration::from_secs(600));
    drop(desk.step(&import, "apply").expect(200));
    within(Duration::from_secs(120), || (desk.host.pdp.seatings() > asked).then_some(()));
    desk.host.clock.advance(23 * HOUR);
    assert_eq!(warned(&desk), [""; 0], "there are no accounts yet");
    desk.host.pdp.seating_takes(Duration::ZERO);
    assert_eq!(desk.settled(&import)["state"], "finished");
    for _ in 0..2 {
        desk.host.clock.advance(6 * SECOND);
        assert_eq!(warned(&desk), ["root@acme.example"]);
    }
}
