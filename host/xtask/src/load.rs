//! Durable joins through HTTP: 64 clients, one organisation, one link, one plan, policies on.
//!
//! Owns the clients and what they measure. The host is the command as it is shipped, in a process of its own, with a
//! journal on this machine's disk; clients and host share the machine's processors.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::demo::client::text;
use crate::demo::host::Host;
use crate::demo::mail;
use crate::demo::organisations::Demo;
use crate::{Failure, bench};

const CLIENTS: usize = 64;
/// A department has at most 10,000 direct members (R37), and all of them join the same one.
const JOINS: usize = 9_000;
/// After what was loaded last: threads for blocking work end after ten seconds without any.
const UNTIL_IDLE: Duration = Duration::from_secs(15);

/// What came of it.
pub struct Measured {
    /// Joins a second, from the first request to the last answer.
    pub rate: f64,
    /// The median, the 99th percentile and the longest of all joins.
    pub median: Duration,
    /// 99 of 100 took no longer.
    pub p99: Duration,
    /// The slowest.
    pub longest: Duration,
    /// Answers that were no 200, by status.
    pub others: HashMap<u16, usize>,
    /// Resident memory of the host with the demo loaded, before the load.
    pub idle_bytes: u64,
}

/// Starts a host in `folder`, loads the demo, and has everybody join.
///
/// # Errors
/// If the host does not start, or refuses what it should take.
pub fn run(root: &Path, folder: &Path) -> Result<Measured, Failure> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut host = Host::start(&root.join(bench::USHER), folder, port)?;
    let demo = Demo::open_or_make(root, &host)?;
    let by = json!({ "kind": "link", "link": demo.northwind.noted("link") });
    std::thread::sleep(UNTIL_IDLE);
    let idle_bytes = host.resident_bytes()?;

    let address = |n: usize| format!("person{n}@northwind.example");
    let ask = |n: usize| ("/v1/join/proofs", json!({ "by": by, "email": address(n) }));
    let (proofs, _) = everybody(port, &ask)?;
    let codes = codes(&host.data().join("mail"))?;
    let join = |n: usize| {
        let email = json!({ "proof": proofs[n].1["proof"], "code": codes.get(&address(n)) });
        ("/v1/join", json!({ "by": by, "name": format!("Person {n}"), "workforce_type": "regular", "email": email }))
    };
    let (joined, took) = everybody(port, &join)?;
    host.stop()?;

    let mut others = HashMap::new();
    for (status, body, _) in &joined {
        let came = *status == 200 && text(&body["outcome"]) == "joined";
        if !came {
            *others.entry(*status).or_insert(0) += 1;
        }
    }
    let mut latencies: Vec<Duration> = joined.into_iter().map(|(.., latency)| latency).collect();
    latencies.sort_unstable();
    Ok(Measured {
        rate: JOINS as f64 / took.as_secs_f64(),
        median: latencies[JOINS / 2],
        p99: latencies[JOINS * 99 / 100],
        longest: latencies[JOINS - 1],
        others,
        idle_bytes,
    })
}

type Answered = (u16, Value, Duration);

/// Sends one request for each person, by [`CLIENTS`] clients that keep their connections. What a client does
/// beside sending and receiving is done before and after: it would take the host's processors.
fn everybody(
    port: u16,
    request: &impl Fn(usize) -> (&'static str, Value),
) -> Result<(Vec<Answered>, Duration), Failure> {
    let requests: Vec<_> = (0..JOINS).map(|n| message(request(n))).collect();
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    let answers = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| client(port, &next, &requests))).collect();
        let done = clients.into_iter().map(|client| client.join().map_err(|_| "a client panicked".into()).flatten());
        done.collect::<Result<Vec<_>, Failure>>()
    })?;
    let took = started.elapsed();
    let mut answers: Vec<_> = answers.into_iter().flatten().collect();
    answers.sort_by_key(|(n, ..)| *n);
    let parsed = |(_, status, body, latency): (_, _, Vec<u8>, _)| Ok((status, serde_json::from_slice(&body)?, latency));
    Ok((answers.into_iter().map(parsed).collect::<Result<_, Failure>>()?, took))
}

fn message((path, body): (&'static str, Value)) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The number of a request, and its answer as it came.
type Received = (usize, u16, Vec<u8>, Duration);

fn client(port: u16, next: &AtomicUsize, requests: &[Vec<u8>]) -> Result<Vec<Received>, Failure> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut answers = Vec::new();
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        let Some(request) = requests.get(n) else {
            return Ok(answers);
        };
        let started = Instant::now();
        stream.write_all(request)?;
        let (status, body) = answer(&mut reader)?;
        answers.push((n, status, body, started.elapsed()));
    }
}

/// One HTTP/1.1 response with a content length, which is all the host sends here.
fn answer(reader: &mut BufReader<TcpStream>) -> Result<(u16, Vec<u8>), Failure> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("no status line")?;
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let header = line.trim_end();
        if header.is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((status, body))
}

/// Codes by address, once all mails have come.
fn codes(folder: &Path) -> Result<HashMap<String, String>, Failure> {
    let started = Instant::now();
    while fs::read_dir(folder)?.count() < JOINS && started.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(200));
    }
    let mut codes = HashMap::new();
    for entry in fs::read_dir(folder)? {
        let mail = fs::read_to_string(entry?.path()).unwrap_or_default();
        if let (Some(to), Some(code)) = (mail.lines().find_map(|line| line.strip_prefix("To: ")), mail::code(&mail)) {
            codes.insert(to.to_owned(), code);
        }
    }
    Ok(codes)
}
