//! What `usher import` leaves on the machine it runs on (R25, R29).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::command::ORG;
use crate::groups::office;
use crate::record_commands::at;
use crate::scripted::Scripted;

const HEADER: &str = "Name,Department,Workforce type,Login method,Business email,Work email";

#[test]
fn r29_a_sheet_is_written_whole_for_its_owner_alone_and_only_if_there_is_something_to_write() {
    let (desk, ..) = office();
    let etag = desk.admin().get(&desk.path("")).etag.unwrap();
    drop(desk.admin().send("POST", &desk.path("/business-mail/activate"), &[("if-match", &etag)], None).expect(200));
    desk.host.prove_domain(&desk.org, "acme.example");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let names = || {
        let mut names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let (sheet, errors, accounts) = (path("people.csv"), path("errors.csv"), path("accounts.csv"));
    let import = |rows: &str, more: &[&str]| {
        fs::write(&sheet, format!("{HEADER}\n{rows}\n")).unwrap();
        let to = ["import", &sheet, "--apply", "--errors", &errors, "--accounts", &accounts];
        desk.usher(&[&to[..], more].concat())
    };
    let grace = "Grace,Acme,regular,work,,grace@example.com";

    import(grace, &["--plan", "plan_01h00000000000000000000000"]).ends(3);
    assert_eq!(names(), ["people.csv"], "the host refused");
    let told = import(grace, &["--seats", "none"]).succeeds();
    assert!(told.contains("there are no errors") && told.contains("there are no accounts"), "{told}");
    assert_eq!(names(), ["people.csv"], "there is nothing to write");

    fs::write(&accounts, "older").unwrap();
    fs::set_permissions(&accounts, fs::Permissions::from_mode(0o644)).unwrap();
    import(&format!("{grace}\nJoan,Acme,regular,business,joan@acme.example,"), &["--seats", "none"]).succeeds();
    let written = fs::read_to_string(&accounts).unwrap();
    assert!(written.contains("joan@acme.example") && !written.contains("older"), "{written}");
    assert_eq!(fs::metadata(&accounts).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(), ["accounts.csv", "people.csv"]);

    let missing = path("none/errors.csv");
    let (_, err) = desk.usher(&["import", &sheet, "--errors", &missing]).ends(1);
    assert!(err.contains(&format!("writing {missing}: there is no folder")), "{err}");
    let (_, err) = desk.usher(&["import", &sheet, "--errors", &sheet.replace("people.csv", "")]).ends(2);
    assert!(err.contains(".csv or .xlsx"), "{err}");
}

#[test]
fn r25_r29_a_sheet_is_saved_however_long_it_is() {
    let folder = tempfile::tempdir().unwrap();
    // More than is read of any other answer.
    let sheet = "x".repeat((64 << 20) + 1);
    let import = "imp_01h00000000000000000000000";
    for what in ["errors", "accounts"] {
        let file = folder.path().join(what).with_extension("csv");
        let host = Scripted::start(vec![(200, sheet.clone())]);
        let told = at(&host, &["import", what, import, file.to_str().unwrap()]).succeeds();
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told, json!({ "file": file, "bytes": sheet.len() }));
        assert_eq!(fs::metadata(&file).unwrap().len(), sheet.len() as u64);
        assert_eq!(host.asked(), [format!("GET /v1/orgs/{ORG}/imports/{import}/{what}?format=csv")]);
    }
}
