//! The accept loop: a graceful end, and clients that are slow or send nonsense.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use usher_server::Config;
use usher_server::testing::TestHost;
use usher_store::MemoryStore;

/// Sends `text` as it is.
fn open(host: &TestHost, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(host.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    // A host that refuses the beginning may hang up before the end is sent.
    if let Err(error) = stream.write_all(text.as_bytes()) {
        assert!(matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset), "{error}");
    }
    stream
}

/// Everything until the host closes the connection, which is a reset where it had not read all that was sent.
fn answer(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn head(host: &TestHost, length: usize) -> String {
    format!(
        "POST /v1/orgs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n",
        host.operator
    )
}

fn impatient(change: impl FnOnce(&mut Config)) -> TestHost {
    let mut config = Config::default();
    change(&mut config);
    TestHost::with(Arc::new(MemoryStore::new()), config)
}

#[test]
fn a_request_under_way_is_answered_although_the_host_stops() {
    let host = TestHost::start();
    let mut stream = open(&host, &head(&host, 2).replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n"));
    let address = host.address;
    // The host has seen the request before it is told to stop.
    let mut seen = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut seen).unwrap();
    assert!(seen.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&seen));
    let stopping = std::thread::spawn(move || drop(host));
    std::thread::sleep(Duration::from_millis(200));
    stream.write_all(b"{}").unwrap();
    let answer = answer(stream);
    assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
    stopping.join().unwrap();
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[test]
fn who_never_ends_a_request_does_not_keep_the_host_from_stopping() {
    let host = impatient(|config| config.drain_timeout = Duration::from_millis(300));
    let stream = open(&host, &head(&host, 2));
    std::thread::sleep(Duration::from_millis(100));
    drop(host);
    assert_eq!(answer(stream), "");
}

#[test]
fn a_head_that_does_not_come_is_not_waited_for() {
    let host = impatient(|config| config.header_timeout = Duration::from_millis(200));
    let slow = open(&host, "GET /healthz HTTP/1.1\r\nhost:");
    assert!(!answer(slow).contains("200 OK"));
    assert_eq!(host.client("").get("/healthz").status, 200);
}

#[test]
fn a_body_that_does_not_come_is_a_problem_after_a_while() {
    let host = impatient(|config| config.request_timeout = Duration::from_millis(200));
    let mut stream = open(&host, &head(&host, 2));
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 408");
}

#[test]
fn beyond_the_bound_connections_wait_for_one_to_end() {
    let host = impatient(|config| config.max_connections = 1);
    let first = open(&host, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    std::thread::sleep(Duration::from_millis(100));
    let second = open(&host, "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    std::thread::sleep(Duration::from_millis(100));
    drop(first);
    assert!(answer(second).starts_with("HTTP/1.1 200"));
}

#[test]
fn what_is_no_http_is_refused_and_harms_nobody() {
    let host = TestHost::start();
    for nonsense in ["\r\n\r\n\r\n\0\0", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1} hello"] {
        let mut stream = open(&host, nonsense);
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer));
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{nonsense:?}");
    }
    assert_eq!(host.client("").get("/healthz").status, 200);
}

#[test]
fn a_request_refused_for_its_head_leaves_the_connection_good() {
    let host = TestHost::start();
    let mut stream = open(&host, "POST /v1/orgs HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n");
    std::thread::sleep(Duration::from_millis(100));
    stream.write_all(b"{}GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let answers = answer(stream);
    assert!(answers.starts_with("HTTP/1.1 401"), "{answers}");
    assert!(answers.contains("HTTP/1.1 200"), "{answers}");
}

#[test]
fn who_takes_nothing_of_the_answers_is_given_up() {
    let host = impatient(|config| {
        config.max_connections = 1;
        config.stall_timeout = Duration::from_millis(200);
    });
    let description = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n";
    let first = open(&host, &description.repeat(200));
    let second = open(&host, "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert!(answer(second).starts_with("HTTP/1.1 200"));
    drop(first);
}

#[test]
fn without_a_token_a_body_is_small_whatever_it_says_of_itself() {
    let host = TestHost::start();
    let head = "POST /v1/join HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let check = |framing: &str, body: &str, status: &str| {
        let stream = open(&host, &format!("{head}connection: close\r\n{framing}\r\n\r\n{body}"));
        let answer = answer(stream);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{framing}: {answer}");
    };
    let body = |length: usize| format!("{{\"name\":\"{}\"}}", "x".repeat(length - 11));
    let chunked = |length: usize| format!("{length:x}\r\n{}\r\n0\r\n\r\n", body(length));
    for (length, status) in [(16 * 1024, "422"), (16 * 1024 + 1, "413"), (200 * 1024, "413")] {
        check(&format!("content-length: {length}"), &body(length), status);
        check("transfer-encoding: chunked", &chunked(length), status);
    }
}
