//! Pages behind the links in letters: what they show, what they do, and what they never do (R17, R22).

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use usher_domain::time::HOUR;

use crate::front_desk::{FrontDesk, mailed_secrets, text};

const ROOT: &str = "root@acme.example";
const ADA: &str = "ada@x.example";
/// What would run, load or break out, if a page took it for its own.
const HOSTILE: &str = "<script>alert(1)</script><img src=x onerror=\"alert(2)\">' \"&";

/// A page as a browser gets it.
struct Shown {
    status: u16,
    headers: BTreeMap<String, String>,
    html: String,
}

impl FrontDesk {
    /// Follows a link, as a browser set to Spanish does; with a form, sends it.
    fn browse(&self, path: &str, form: Option<&str>) -> Shown {
        let url =
            if path.starts_with("http") { path.to_owned() } else { format!("http://{}{path}", self.host.address) };
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let language = ("accept-language", "es-MX,es;q=0.9,en;q=0.8");
        let answered = match form {
            None => agent.get(&url).header(language.0, language.1).call(),
            Some(form) => {
                let post = agent.post(&url).header(language.0, language.1);
                post.content_type("application/x-www-form-urlencoded").send(form)
            }
        };
        let mut answered = answered.unwrap();
        let headers = answered.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let status = answered.status().as_u16();
        Shown { status, headers, html: answered.body_mut().read_to_string().unwrap() }
    }

    fn request_of(&self, name: &str) -> Value {
        let (_, link) = self.invite(&json!({ "expires_at": null }));
        let proof = self.prove(&link, ADA);
        self.ask(&link, name, &proof).expect(200)["request"].clone()
    }

    /// Path of the newest link to a page that was mailed to somebody.
    fn page_for(&self, reader: &str, page: &str) -> String {
        format!("{page}{}", mailed_secrets(&self.host, reader, page).pop().expect("a link"))
    }
}

impl Shown {
    #[track_caller]
    fn says(&self, status: u16, language: &str, texts: &[&str]) {
        assert_eq!(self.status, status, "{}", self.html);
        assert!(self.html.contains(&format!("<html lang=\"{language}\">")), "{}", self.html);
        for text in texts {
            assert!(self.html.contains(text), "{text} is not in {}", self.html);
        }
        self.is_safe();
    }

    /// No script, nothing from elsewhere, in nobody's frame, and kept by nobody.
    #[track_caller]
    fn is_safe(&self) {
        assert_eq!(self.headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(self.headers["cache-control"], "no-store");
        assert_eq!(self.headers["referrer-policy"], "no-referrer");
        assert_eq!(self.headers["x-content-type-options"], "nosniff");
        let (_, rest) = self.html.split_once("<style>").unwrap();
        let (style, _) = rest.split_once("</style>").unwrap();
        let hash = BASE64.encode(&Sha256::digest(style.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        assert_eq!(self.headers["content-security-policy"], policy);
        for forbidden in ["<script", "onerror=\"", "<img", "javascript:", "style=\""] {
            assert!(!self.html.contains(forbidden), "{forbidden} in {}", self.html);
        }
    }

    /// What a hidden field carries to the next step.
    fn hidden(&self, name: &str) -> String {
        let (_, rest) = self.html.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

#[test]
fn r17_an_approver_sees_who_applies_and_answers_by_a_button() {
    let desk = FrontDesk::new();
    let request = desk.request_of(HOSTILE);
    let page = desk.page_for(ROOT, "/answer/");
    for _ in 0..3 {
        let id = text(&request);
        let shown = desk.browse(&page, None);
        shown.says(200, "de", &["Eine Anfrage, Acme beizutreten", ADA, &id, "Annehmen", "Ablehnen", "2026-03-02"]);
        shown.says(200, "de", &["&lt;script&gt;alert(1)&lt;/script&gt;", "value=\"approve\"", "value=\"reject\""]);
    }
    assert_eq!(desk.request(&request)["state"], "pending", "who scans links answers nothing");

    desk.browse(&page, Some("verdict=approve")).says(200, "de", &["Die Anfrage wurde angenommen"]);
    let answered = desk.request(&request);
    assert_eq!((&answered["state"], &answered["answer"]["by"]), (&json!("approved"), &json!(desk.org.primary_admin)));
    desk.browse(&page, Some("verdict=reject")).says(409, "de", &["Die Anfrage wurde angenommen"]);
    desk.browse(&page, None).says(200, "de", &["Die Anfrage wurde angenommen"]);
    assert_eq!(desk.request(&request)["answer"], answered["answer"], "the first answer stands");
}

#[test]
fn a_link_that_leads_nowhere_says_so_in_the_readers_language() {
    let desk = FrontDesk::new();
    for page in ["/answer/nonsense", "/welcome/nonsense", "/join/nonsense", "/scan/nonsense"] {
        desk.browse(page, None).says(404, "es", &["Este enlace no lleva a ninguna parte"]);
    }
    desk.browse("/answer/nonsense", Some("verdict=approve")).says(404, "es", &[]);
    desk.browse("/welcome/nonsense", Some("answer=accept")).says(404, "es", &[]);
    desk.browse("/join/nonsense", Some("step=decline")).says(404, "es", &[]);
}

#[test]
fn r17_what_an_approver_cannot_do_is_said_with_its_reason() {
    let desk = FrontDesk::new();
    drop(desk.plan("Team", 1));
    let request = desk.request_of("Ada");
    let page = desk.page_for(ROOT, "/answer/");
    let full = desk.browse(&page, Some("verdict=approve"));
    full.says(409, "de", &["Das war nicht möglich", "Die Organisation kann im Augenblick niemanden mehr aufnehmen"]);
    assert_eq!(desk.request(&request)["state"], "pending");
    let maybe = desk.browse(&page, Some("verdict=maybe"));
    assert_eq!(maybe.status, 400, "{}", maybe.html);
}

#[test]
fn r22_whoever_was_added_accepts_or_declines_by_a_button() {
    let check = |answer: &str, said: &str, left: &str| {
        let desk = FrontDesk::new();
        let body = json!({ "name": HOSTILE, "departments": [desk.org.root], "work_email": ADA, "language": "fr" });
        let member = desk.admin().post(&desk.path("/members"), &body).expect(201)["member"]["id"].clone();
        let page = desk.page_for(ADA, "/welcome/");
        for _ in 0..3 {
            let shown = desk.browse(&page, None);
            shown.says(200, "fr", &["Acme vous a inscrit", "&lt;script&gt;", "value=\"accept\"", "value=\"decline\""]);
        }
        assert_eq!(desk.member(&member)["state"], "invited", "who scans links accepts nothing");
        desk.browse(&page, Some(&format!("answer={answer}"))).says(200, "fr", &[said]);
        let found = desk.admin().get(&desk.path(&format!("/members/{}", text(&member))));
        assert_eq!(found.body["state"].as_str().unwrap_or(found.code()), left);
    };
    check("accept", "Connectez-vous avec ada@x.example", "inactive");
    check("decline", "Ce que Acme avait saisi à votre sujet est effacé", "not_found");
}

#[test]
fn r14_r22_r33_somebody_joins_by_the_page_behind_a_qr_code() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({}));
    desk.browse(&link, None).says(200, "de", &["Acme beitreten", "name=\"contact\""]);
    let scanned = link.replace("/join/", "/scan/");
    let asked = desk.browse(&scanned, Some("step=prove&name=Ada+Lovelace&contact=ada%40x.example"));
    asked.says(200, "de", &["Wir haben einen Code an ada@x.example gesendet", "autocomplete=\"one-time-code\""]);
    let proof = asked.hidden("proof");
    let form = |code: &str| format!("step=join&name=Ada+Lovelace&contact=ada%40x.example&proof={proof}&code={code}");
    let code = desk.code_to(ADA);
    let wrong = if code == "00000000" { "00000001" } else { "00000000" };
    let again = desk.browse(&scanned, Some(&form(wrong)));
    again.says(422, "de", &["Das ist nicht der gesendete Code", &proof]);
    desk.browse(&scanned, Some(&form(&code))).says(200, "de", &["Ihre Anfrage wartet auf eine Zustimmung"]);
    let request = desk.admin().get(&desk.path("/requests")).expect(200)["items"][0].clone();
    assert_eq!((&request["applicant"]["name"], &request["channel"]), (&json!("Ada Lovelace"), &json!("qr")));
}

#[test]
fn r22_a_personal_invitation_is_declined_by_a_button_and_an_open_one_is_not() {
    let desk = FrontDesk::new();
    let (id, personal) = desk.invite(&json!({ "email": ADA }));
    desk.browse(&personal, None).says(200, "de", &["value=\"decline\""]);
    desk.browse(&personal, Some("step=decline")).says(200, "de", &["Sie haben abgelehnt"]);
    let invitation = desk.admin().get(&desk.path(&format!("/invitations/{id}"))).expect(200);
    assert_eq!((&invitation["state"], &invitation["email"]), (&json!("revoked"), &Value::Null));
    desk.browse(&personal, None).says(410, "es", &["La invitación ha caducado o se ha retirado"]);

    let (_, open) = desk.invite(&json!({}));
    let shown = desk.browse(&open, None);
    assert!(!shown.html.contains("value=\"decline\""), "{}", shown.html);
    desk.browse(&open, Some("step=decline")).says(409, "de", &["Das ist nicht möglich, oder nicht mehr"]);
}

#[test]
fn r22_whoever_cannot_join_reads_why_in_their_language() {
    let desk = FrontDesk::new();
    let check = |link: &str, form: &str, status: u16, text: &str| {
        let shown = desk.browse(link, Some(form));
        shown.says(status, "de", &["Das war nicht möglich", text]);
        assert!(!shown.html.contains("lang=\"en\""), "{}", shown.html);
    };
    let prove = |contact: &str| format!("step=prove&name=Ada&contact={contact}");
    let join = |link: &str, contact: &str| {
        let proof = desk.browse(link, Some(&prove(contact))).hidden("proof");
        let code = desk.code_to(contact);
        format!("step=join&name=Ada&contact={contact}&proof={proof}&code={code}")
    };
    let (_, open) = desk.invite(&json!({}));
    check(&open, &prove("ada%40"), 422, "Die Eingabe kann nicht angenommen werden");
    let (_, bound) = desk.invite(&json!({ "email_domain": "acme.example" }));
    check(&bound, &join(&bound, ADA), 403, "Die Einladung gilt für Adressen einer bestimmten Domain");
    let (_, personal) = desk.invite(&json!({ "email": "eve@x.example" }));
    check(&personal, &join(&personal, ADA), 403, "Die Einladung ist für jemand anderen");

    let late = join(&open, ADA);
    desk.host.clock.advance(HOUR);
    check(&open, &late, 410, "Der Code ist zu alt");
    for _ in 0..5 {
        desk.browse(&open, Some(&prove("bob@x.example"))).says(200, "de", &[]);
    }
    check(&open, &prove("bob@x.example"), 429, "Das waren zu viele Versuche in kurzer Zeit");
}
