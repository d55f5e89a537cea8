//! Uploads that are slow, cut off or too many (R25, R35): each ends, and leaves nothing on the disk.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use serde_json::json;
use usher_server::Config;
use usher_server::testing::TestHost;
use usher_store::MemoryStore;

use crate::import_desk::{ADA, Desk, HEADER};
use crate::process::within;

const SHORT: Duration = Duration::from_secs(3);
const LONG: Duration = Duration::from_secs(120);

fn desk(change: impl FnOnce(&mut Config)) -> Desk {
    let mut config = Config::default();
    change(&mut config);
    let host = TestHost::with(Arc::new(MemoryStore::new()), config);
    let org = host.organisation("Acme");
    Desk { host, org }
}

/// Seats for nobody there is.
const SEATS: &str = "Plan,Member\nTeam,ada@example.com\n";

/// A sheet of people of which the first part was sent, and has arrived.
fn begun(desk: &Desk) -> (TcpStream, String) {
    let begun = sent_first(desk, "imports", &format!("{HEADER}\n{ADA}\n"));
    within(LONG, || (files(desk) == 1).then_some(()));
    begun
}

/// A sheet of which the first part was sent, and what is to be sent of it.
fn sent_first(desk: &Desk, path: &str, sheet: &str) -> (TcpStream, String) {
    let (first, rest) = sheet.split_at(9);
    let mut stream = TcpStream::connect(desk.host.address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    // With a length, the host would wait for so small a body before it looks at the request.
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ntransfer-encoding: chunked\r\n\r\n",
        desk.path(path),
        desk.org.token
    );
    stream.write_all(format!("{head}{:x}\r\n{first}\r\n", first.len()).as_bytes()).unwrap();
    (stream, format!("{:x}\r\n{rest}\r\n0\r\n\r\n", rest.len()))
}

/// How many files lie there of the organisation.
fn files(desk: &Desk) -> usize {
    fs::read_dir(desk.host.app.imports.join(&desk.org.id)).map_or(0, Iterator::count)
}

fn status(stream: &mut TcpStream) -> String {
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    String::from_utf8_lossy(&start[9..]).into_owned()
}

#[test]
fn r25_a_file_may_come_more_slowly_than_other_requests() {
    let desk = desk(|config| config.request_timeout = SHORT);
    let (mut stream, rest) = begun(&desk);
    std::thread::sleep(SHORT + SHORT / 2);
    stream.write_all(rest.as_bytes()).unwrap();
    assert_eq!(status(&mut stream), "202");
    assert_eq!(files(&desk), 2, "the file and its keys");
}

#[test]
fn r35_a_file_of_seats_may_come_as_slowly() {
    let desk = desk(|config| config.request_timeout = SHORT);
    let (mut stream, rest) = sent_first(&desk, "seats/import", SEATS);
    std::thread::sleep(SHORT + SHORT / 2);
    stream.write_all(rest.as_bytes()).unwrap();
    assert_eq!(status(&mut stream), "200");
}

#[test]
fn r25_nothing_is_left_of_an_upload_that_takes_too_long() {
    let desk = desk(|config| config.upload_timeout = 3 * SHORT);
    let (mut stream, _) = begun(&desk);
    assert_eq!(status(&mut stream), "408");
    within(LONG, || (files(&desk) == 0).then_some(()));
}

#[test]
fn r25_nothing_is_left_of_an_upload_that_was_hung_up_on() {
    let desk = Desk::new();
    drop(begun(&desk));
    within(LONG, || (files(&desk) == 0).then_some(()));
}

#[test]
fn r25_r35_uploads_of_an_organisation_are_taken_one_at_a_time_and_more_than_can_wait_are_refused() {
    let desk = Desk::new();
    let file = format!("{HEADER}\n{ADA}\n");
    let (turns, org) = (&desk.host.app.uploads, desk.org.id.parse().unwrap());
    let mut asked: Vec<_> = (0..3).map(|_| Box::pin(turns.take(org))).collect();
    let mut context = Context::from_waker(Waker::noop());
    let taken: Vec<_> = asked.iter_mut().map(|turn| turn.as_mut().poll(&mut context)).collect();
    assert_eq!(taken.iter().filter(|taken| taken.is_ready()).count(), 1, "the others wait");
    let seats = || desk.admin().send("POST", &desk.path("seats/import"), &[], Some(SEATS.as_bytes()));
    for refused in [desk.send("", file.as_bytes()), seats()] {
        let told = (refused.status, refused.code(), &refused.body["limit"]);
        assert_eq!(told, (429, "too_many_waiting", &json!("uploads_by_organisation")), "{}", refused.body);
    }
    assert_eq!(files(&desk), 0, "nothing of it was taken");
    drop((asked, taken));
    drop(desk.send("", file.as_bytes()).expect(202));
    drop(seats().expect(200));
}
