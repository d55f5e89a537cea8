//! QR codes of invitations, read back by a decoder that is not ours (R5, R14).

use std::process::Command;

use serde_json::json;

use crate::front_desk::{FrontDesk, text};

/// Names of the pictures, and their media types.
const PICTURES: [(&str, &str); 2] = [("qr.svg", "image/svg+xml"), ("qr.png", "image/png")];

/// What `zbarimg` (Debian's zbar-tools, with librsvg2-bin for SVG; `cargo xtask test` installs both) reads from a
/// picture.
fn read_back(name: &str, picture: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, picture).unwrap();
    let mut zbarimg = Command::new("zbarimg");
    let read = zbarimg.args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"]).arg(&file).output();
    let read =
        read.expect("zbarimg reads QR codes back: install zbar-tools and librsvg2-bin, or run `cargo xtask test`");
    assert!(read.status.success(), "{name} is not read: {}", String::from_utf8_lossy(&read.stderr));
    String::from_utf8(read.stdout).unwrap().trim_end().to_owned()
}

/// A picture of an invitation's link at a path of the organisation, for whoever holds the token, and its media type.
fn draw(desk: &FrontDesk, token: &str, path: &str, link: &str) -> (String, Vec<u8>) {
    let url = format!("http://{}{}", desk.host.address, desk.path(path));
    let request = ureq::post(&url).header("authorization", format!("Bearer {token}"));
    let mut answer = request.content_type("application/json").send(json!({ "link": link }).to_string()).unwrap();
    let media_type = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (media_type, answer.body_mut().read_to_vec().unwrap())
}

#[test]
fn r14_a_qr_code_is_read_back_and_leads_to_the_invitation() {
    let desk = FrontDesk::new();
    let (id, made) = desk.invite(&json!({ "approval_required": false }));
    let rotated = desk.end(&id, "rotate").expect(200)["link"].as_str().unwrap().to_owned();
    let secret = rotated.strip_prefix(&format!("http://{}/join/", desk.host.address)).expect("an absolute link");
    let scanned = format!("http://{}/scan/{secret}", desk.host.address);
    let elsewhere = format!("https://join.example/#{secret}");
    let longest = format!("https://join.example/{}?l={secret}", "x".repeat(300 - 24 - secret.len()));
    assert_eq!(longest.len(), 300);
    for (link, read) in [(secret, &scanned), (&rotated, &scanned), (&elsewhere, &elsewhere), (&longest, &longest)] {
        for (name, media_type) in PICTURES {
            let (given, picture) = draw(&desk, &desk.org.token, &format!("/invitations/{id}/{name}"), link);
            assert_eq!(given, media_type);
            assert_eq!(read_back(name, &picture), *read, "{name}");
        }
    }
    let old = desk.admin().post(&desk.path(&format!("/invitations/{id}/qr.png")), &json!({ "link": made }));
    assert_eq!((old.status, old.code()), (422, "invalid_field"), "the link before leads nowhere any more");

    let proof = desk.prove(&rotated, "ada@example.com");
    let scanned = json!({ "by": { "kind": "qr", "link": scanned }, "name": "Ada", "email": proof });
    let joined = desk.host.client("").post("/v1/join", &scanned).expect(200);
    assert_eq!(joined["outcome"], "joined");
    assert_eq!(desk.request(&joined["request"])["channel"], "qr");
}

#[test]
fn r3_r5_r14_a_member_who_may_invite_draws_the_link_they_share() {
    let desk = FrontDesk::new();
    let allow = |who: &str| {
        let path = desk.path("/inviting");
        let (etag, body) = (desk.admin().get(&path).etag.unwrap(), json!({ "kind": who }).to_string());
        drop(desk.admin().send("PUT", &path, &[("if-match", &etag)], Some(body.as_bytes())).expect(200));
    };
    allow("everyone");
    let ada = json!({ "name": "Ada", "departments": [desk.org.root], "work_email": "ada@x.example" });
    let ada = text(&desk.admin().post(&desk.path("/members"), &ada).expect(201)["member"]["id"]);
    let app = desk.host.member_app(&desk.org, &ada);
    let made = desk.host.client(&app).post(&desk.path("/me/invitations"), &json!({})).expect(201);
    let (id, link) = (text(&made["invitation"]["id"]), text(&made["link"]));
    for (name, media_type) in PICTURES {
        let (given, picture) = draw(&desk, &app, &format!("/me/invitations/{id}/{name}"), &link);
        assert_eq!(given, media_type);
        assert_eq!(read_back(name, &picture), link.replace("/join/", "/scan/"), "{name}");
    }

    let refused = |token: &str, link: &str| {
        let path = desk.path(&format!("/me/invitations/{id}/qr.png"));
        let answer = desk.host.client(token).post(&path, &json!({ "link": link }));
        (answer.status, answer.code().to_owned())
    };
    let (_, other) = desk.invite(&json!({}));
    assert_eq!(refused(&app, &other), (422, "invalid_field".to_owned()), "another invitation's link");
    allow("nobody");
    assert_eq!(refused(&app, &link), (403, "inviting_not_allowed".to_owned()));
    let admins_app = desk.host.member_app(&desk.org, &desk.org.primary_admin);
    assert_eq!(refused(&admins_app, &link).0, 200);
    desk.plan("Team", 5);
    desk.plan("More", 5);
    assert_eq!(refused(&admins_app, &link), (403, "console_only".to_owned()), "several plans (R4)");
    assert_eq!(refused(&desk.org.token, &link).0, 200, "in the console");
}
