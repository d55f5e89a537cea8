//! The mail that the host would have sent: files in a folder.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Failure;

/// Longest that a mail may take.
const LIMIT: Duration = Duration::from_secs(10);
/// Digits of a one-time code.
const CODE_DIGITS: usize = 8;

/// The one-time code in the newest mail to an address, once it has come.
///
/// # Errors
/// If it does not come.
pub fn code_for(folder: &Path, address: &str) -> Result<String, Failure> {
    let started = Instant::now();
    let to = format!("To: {address}\r\n");
    while started.elapsed() < LIMIT {
        let mut mails: Vec<_> = fs::read_dir(folder)?.filter_map(Result::ok).map(|entry| entry.path()).collect();
        // Ids begin with the time they were made at.
        mails.sort();
        let texts = mails.iter().rev().filter_map(|path| fs::read_to_string(path).ok());
        if let Some(code) = texts.filter(|text| text.contains(&to)).find_map(|text| code(&text)) {
            return Ok(code);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(format!("no code for {address} came to {}", folder.display()).into())
}

/// The one-time code in a mail.
pub fn code(mail: &str) -> Option<String> {
    let (_, body) = mail.split_once("\r\n\r\n")?;
    let words = body.split(|c: char| !c.is_ascii_alphanumeric());
    let is_code = |word: &&str| word.len() == CODE_DIGITS && word.bytes().all(|byte| byte.is_ascii_digit());
    words.into_iter().find(is_code).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_eight_digits_in_the_body() {
        let mail = |body: &str| format!("Message-ID: <12345678@usher>\r\n\r\n{body}");
        assert_eq!(code(&mail("Your code for Northwind is 04213711\r\n")), Some("04213711".into()));
        assert_eq!(code(&mail("Room 12, call 5551234.")), None);
    }
}
