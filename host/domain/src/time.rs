//! Moments and calendar dates.
//!
//! Owns their text forms (RFC 3339) and the step from a moment to a date in an organisation's time zone.
//! Must not know what time it is: moments come from the caller's clock.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment: microseconds since 1970-01-01T00:00:00Z, UTC, leap seconds not counted.
///
/// Serde form is the number; text form is RFC 3339 in UTC, which is read too where a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Instant(i64);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(i64),
            Text(String),
        }

        match Form::deserialize(deserializer) {
            Ok(Form::Number(micros)) => Ok(Self(micros)),
            Ok(Form::Text(text)) => text.parse().map_err(serde::de::Error::custom),
            Err(_) => Err(serde::de::Error::custom(
                "a moment is microseconds since 1970 or a time of RFC 3339, as `2026-03-01T09:00:00Z`",
            )),
        }
    }
}

/// Microseconds of a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds of a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds of an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds of 24 hours.
pub const DAY: i64 = 24 * HOUR;

/// A text that is no time, date or time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// No RFC 3339 time.
    #[error("`{0}` is no time: expected RFC 3339, as `2026-03-01T09:00:00Z`")]
    Instant(String),
    /// A time, but none that can be kept.
    #[error("`{0}` is too far off: the last time is `9999-12-30T22:00:00Z`")]
    Beyond(String),
    /// No calendar date.
    #[error("`{0}` is no date: expected `YYYY-MM-DD`")]
    Date(String),
    /// No time zone that the tz database knows.
    #[error("`{0}` is no time zone: expected a name of the tz database, as `Europe/Berlin`")]
    Zone(String),
}

impl Instant {
    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This moment moved by `micros`, held at the ends of the number range.
    #[must_use]
    pub const fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The end of its day in UTC, which is a moment after it. Held at the ends of the number range.
    #[must_use]
    pub const fn end_of_day(self) -> Self {
        Self((self.0.div_euclid(DAY) + 1).saturating_mul(DAY))
    }

    /// The date of this moment in a time zone.
    pub fn date_in(self, zone: &Zone) -> Date {
        let timestamp = self.timestamp();
        Date(zone.0.to_datetime(timestamp).date())
    }

    /// Moments beyond the years jiff knows (±9999) are held at its ends: they only arise from nonsense.
    fn timestamp(self) -> jiff::Timestamp {
        let held = if self.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(held)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp())
    }
}

impl FromStr for Instant {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        match text.parse::<jiff::Timestamp>() {
            Ok(timestamp) => Ok(Self(timestamp.as_microsecond())),
            Err(_) if is_written_as_time(text) => Err(TimeError::Beyond(shown(text))),
            Err(_) => Err(TimeError::Instant(shown(text))),
        }
    }
}

/// Whether a text has all that a time has. jiff keeps none of the calendar's very last hours, so that each has a date
/// in every zone.
fn is_written_as_time(text: &str) -> bool {
    let pieces = jiff::fmt::temporal::Pieces::parse(text);
    pieces.is_ok_and(|pieces| pieces.time().is_some() && pieces.offset().is_some())
}

/// A calendar date, meant in some organisation's time zone. Text and serde form: `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Date {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        // jiff would also take times and the form without dashes.
        let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date = plain.then(|| text.parse().ok()).flatten();
        date.map(Self).ok_or_else(|| TimeError::Date(shown(text)))
    }
}

impl Date {
    /// The day after, held at the end of the calendar.
    #[must_use]
    pub fn next(self) -> Date {
        Date(self.0.tomorrow().unwrap_or(jiff::civil::Date::MAX))
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A time zone of the tz database.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone(jiff::tz::TimeZone);

impl Zone {
    /// The first moment of a date in this zone.
    pub fn start_of(&self, date: Date) -> Instant {
        let midnight = date.0.to_datetime(jiff::civil::Time::midnight());
        let timestamp = self.0.to_ambiguous_timestamp(midnight).compatible();
        Instant(timestamp.map_or(i64::MAX, jiff::Timestamp::as_microsecond))
    }

    /// Its name in the tz database.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }
}

impl FromStr for Zone {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        jiff::tz::TimeZone::get(text).map(Self).map_err(|_| TimeError::Zone(shown(text)))
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn shown(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_its_date_in_the_organisations_zone() {
        let check = |at: &str, zone: &str, date: &str| {
            let at: Instant = at.parse().unwrap();
            assert_eq!(at.date_in(&zone.parse().unwrap()).to_string(), date, "{at} in {zone}");
        };
        check("2026-03-01T23:30:00Z", "Europe/Berlin", "2026-03-02");
        check("2026-03-01T23:30:00Z", "UTC", "2026-03-01");
        check("2026-03-01T03:30:00Z", "America/New_York", "2026-02-28");
    }

    #[test]
    fn a_date_starts_at_midnight_there() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let start = berlin.start_of("2026-07-01".parse().unwrap());
        assert_eq!(start.to_string(), "2026-06-30T22:00:00Z");
        assert_eq!(start.date_in(&berlin).to_string(), "2026-07-01");
        assert_eq!("2026-12-31".parse::<Date>().unwrap().next().to_string(), "2027-01-01");
    }

    #[test]
    fn text_forms_go_there_and_back_and_others_are_refused() {
        let at: Instant = "2026-03-01T09:00:00.123456+01:00".parse().unwrap();
        assert_eq!(at.to_string(), "2026-03-01T08:00:00.123456Z");
        assert_eq!(serde_json::to_string(&at).unwrap(), at.as_micros().to_string());
        for json in [at.as_micros().to_string(), format!("\"{at}\"")] {
            assert_eq!(serde_json::from_str::<Instant>(&json).unwrap(), at);
        }
        assert!(serde_json::from_str::<Instant>("\"noon\"").unwrap_err().to_string().contains("noon"));
        assert!(serde_json::from_str::<Instant>("[]").unwrap_err().to_string().contains("RFC 3339"));
        for text in ["2026-3-1", "20260301", "2026-03-01T00:00", "2026-02-30", ""] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        for text in ["yesterday", "2026-03-01", ""] {
            assert!(text.parse::<Instant>().is_err(), "{text}");
        }
        let beyond = "9999-12-31T23:59:59Z";
        assert_eq!(beyond.parse::<Instant>(), Err(TimeError::Beyond(beyond.to_owned())));
        assert!("9999-12-30T22:00:00Z".parse::<Instant>().is_ok());
        assert!("Mars/Olympus".parse::<Zone>().is_err());
    }
}
