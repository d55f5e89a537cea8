//! A host on loopback that says what a test has written for it: what a real one says only in a rare moment.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use usher_api::{Code, Problem};

/// A host that has so many answers and then is no more.
pub struct Scripted {
    /// Where it answers.
    pub url: String,
    asked: JoinHandle<Vec<String>>,
}

impl Scripted {
    /// Starts one that gives each request the next of these answers, a status and a body, and hangs up.
    pub fn start(answers: Vec<(u16, String)>) -> Scripted {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = move |(status, body): (u16, String)| {
            let (mut line, _) = listener.accept().unwrap();
            let head: Vec<String> =
                BufReader::new(&line).lines().map(Result::unwrap).take_while(|one| !one.is_empty()).collect();
            let media_type = if body.starts_with("data:") { "text/event-stream" } else { "application/json" };
            let head_of_answer = format!("HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-type: {media_type}");
            write!(line, "{head_of_answer}\r\n\r\n{body}").unwrap();
            head[0].trim_end_matches(" HTTP/1.1").to_owned()
        };
        Scripted { url, asked: std::thread::spawn(move || answers.into_iter().map(answer).collect()) }
    }

    /// What it was asked for, method and path, once it gave all its answers.
    pub fn asked(self) -> Vec<String> {
        self.asked.join().unwrap()
    }
}

/// An answer that refuses.
pub fn refusal(code: Code) -> (u16, String) {
    let problem = Problem::new(code, "It is so.");
    (problem.status, serde_json::to_string(&problem).unwrap())
}
