//! A mail server on this machine that takes one connection after another and keeps what it is sent (RFC 5321).
//!
//! Knows the commands that a client needs to hand over a mail, without TLS or a login: what goes over the loopback
//! needs neither.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::Failure;

/// Longest that a mail is waited for.
const LIMIT: Duration = Duration::from_secs(10);

/// A mail as it came.
#[derive(Debug, Default, PartialEq)]
pub struct Mail {
    /// Who it is for, as the envelope has it.
    pub to: String,
    /// Headers and text.
    pub content: String,
}

impl Mail {
    /// A header's value; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        let lines = self.content.lines().take_while(|line| !line.is_empty());
        let mut values =
            lines.filter_map(|line| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)));
        values.next().map_or("", |(_, value)| value)
    }
}

/// The server; it ends with the program.
pub struct Server {
    port: u16,
    mails: Receiver<Mail>,
}

impl Server {
    /// On a free port.
    ///
    /// # Errors
    /// If there is none.
    pub fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let (came, mails) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let came = came.clone();
                // A client that goes away without a word has handed over nothing.
                std::thread::spawn(move || serve(&stream, &came));
            }
        });
        Ok(Self { port, mails })
    }

    /// Where it is, as `usher serve --smtp` takes it.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The next mail.
    ///
    /// # Errors
    /// If none comes.
    pub fn mail(&self) -> Result<Mail, Failure> {
        self.mails.recv_timeout(LIMIT).map_err(|_| format!("no mail came within {LIMIT:?}").into())
    }
}

fn serve(stream: &TcpStream, came: &Sender<Mail>) -> io::Result<()> {
    let (mut lines, mut answers) = (BufReader::new(stream), stream);
    answers.write_all(b"220 demo ESMTP\r\n")?;
    let mut mail = Mail::default();
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        let answer = match command(&line).as_str() {
            "MAIL" => {
                mail = Mail::default();
                "250 OK"
            }
            "RCPT" => {
                mail.to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                "250 OK"
            }
            "DATA" => {
                answers.write_all(b"354 go on\r\n")?;
                mail.content = content(&mut lines)?;
                // Nobody waits for mail any more once the demo is over.
                drop(came.send(std::mem::take(&mut mail)));
                "250 taken"
            }
            "EHLO" | "HELO" | "NOOP" | "RSET" => "250 demo",
            "QUIT" => "221 bye",
            _ => "502 unknown here",
        };
        answers.write_all(format!("{answer}\r\n").as_bytes())?;
        line.clear();
    }
    Ok(())
}

fn command(line: &str) -> String {
    line.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_ascii_uppercase()
}

/// Up to the line that is a dot; other lines that begin with one have another before it (RFC 5321, 4.5.2).
fn content(lines: &mut impl BufRead) -> io::Result<String> {
    let mut content = String::new();
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 && line.trim_end() != "." {
        content.push_str(line.strip_prefix('.').unwrap_or(&line));
        line.clear();
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_kept_as_it_was_sent() {
        let server = Server::start().unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        let said =
            "EHLO me\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\nSubject: Hi\r\n\r\n..dot\r\n.\r\n";
        stream.write_all(said.as_bytes()).unwrap();
        let mail = server.mail().unwrap();
        assert_eq!((mail.to.as_str(), mail.header("subject")), ("b@x.example", "Hi"));
        assert_eq!(mail.content, "Subject: Hi\r\n\r\n.dot\r\n");
    }
}
