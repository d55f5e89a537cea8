//! Fields of a change request: left out, cleared, or set.

use serde::{Deserialize, Deserializer};

/// Reads a field that is there: `null` clears (`Some(None)`), a value sets (`Some(Some(_))`). With
/// `#[serde(default)]` a field that is not there stays `None`, and nothing changes.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Change {
///     #[serde(default, deserialize_with = "usher_api::change::clearable")]
///     ends_on: Option<Option<String>>,
/// }
/// let cleared: Change = serde_json::from_str(r#"{"ends_on":null}"#).unwrap();
/// assert_eq!(cleared.ends_on, Some(None));
/// let untouched: Change = serde_json::from_str("{}").unwrap();
/// assert_eq!(untouched.ends_on, None);
/// ```
pub fn clearable<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
