//! From the organisation's JSON document to a policy's own settings type, and what types of settings do not say.

use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use crate::SettingsProblem;

/// Reads `document` as `T`.
///
/// # Errors
/// The first thing that is wrong, with a JSON Pointer (RFC 6901) to it.
///
/// ```
/// let problem = usher_policy::settings::parse::<Vec<u8>>("[1, 256]").unwrap_err();
/// assert_eq!(problem.pointer, "/1");
/// ```
pub fn parse<T: DeserializeOwned>(document: &str) -> Result<T, SettingsProblem> {
    let mut json = serde_json::Deserializer::from_str(document);
    let settings = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer(error.path());
        SettingsProblem { pointer, text: error.into_inner().to_string() }
    })?;
    json.end().map_err(|error| SettingsProblem::new("", error.to_string()))?;
    Ok(settings)
}

/// Whether `text` is a domain in ASCII form and lower case, with a dot in it: as the host writes the domains of
/// addresses.
///
/// ```
/// use usher_policy::settings::is_domain;
///
/// assert!(is_domain("xn--mnchen-3ya.example"));
/// assert!(!is_domain("Example.com") && !is_domain("münchen.example") && !is_domain("localhost"));
/// ```
#[must_use]
pub fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
            Segment::Map { key } | Segment::Enum { variant: key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Unknown => {}
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the errors are looked at")]
    struct Settings {
        #[serde(default)]
        domains: std::collections::BTreeMap<String, Vec<u8>>,
    }

    fn check(document: &str, pointer: &str, text: &str) {
        let problem = parse::<Settings>(document).unwrap_err();
        assert_eq!(problem.pointer, pointer, "{document}: {problem:?}");
        assert!(problem.text.contains(text), "{document}: {problem:?}");
    }

    #[test]
    fn problems_point_at_the_setting() {
        check("{", "", "EOF");
        check("{} {}", "", "trailing");
        check(r#"{"domain": 1}"#, "/domain", "unknown field `domain`");
        check(r#"{"domains": 1}"#, "/domains", "expected a map");
        check(r#"{"domains": {"a~b/c": [0, "x"]}}"#, "/domains/a~0b~1c/1", "expected u8");
    }
}
