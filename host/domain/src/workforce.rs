//! Workforce types: the five that every organisation has, and its own (R23).
//!
//! Owns which types there are and how one is named. Must not know who is of which.

use serde::{Deserialize, Serialize};

use crate::member::{NameError, check_name};

/// The types every organisation has.
pub const BUILT_IN: [&str; 5] = ["regular", "intern", "outsourcing", "contractor", "consultant"];
/// Most types of an organisation's own.
pub const MAX_OWN: usize = 100;
/// Longest name of a type, in characters.
pub const MAX_TYPE_CHARS: usize = 64;

/// Why a type is not added or deleted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkforceError {
    /// No name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A long name.
    #[error("the name of a workforce type has at most {MAX_TYPE_CHARS} characters")]
    TooLong,
    /// There is such a type.
    #[error("there is a workforce type `{0}` already")]
    Taken(String),
    /// There are too many.
    #[error("an organisation has at most {MAX_OWN} workforce types of its own")]
    TooMany,
    /// One of the five.
    #[error("`{0}` is a workforce type of every organisation and stays")]
    BuiltIn(String),
    /// There is no such type.
    #[error("there is no workforce type `{0}`")]
    Unknown(String),
}

impl WorkforceError {
    /// That a text means no type. Whoever sent a long one need not get all of it back.
    pub fn unknown(text: &str) -> Self {
        Self::Unknown(text.chars().take(MAX_TYPE_CHARS).collect())
    }
}

/// The types of an organisation.
///
/// ```
/// use usher_domain::workforce::WorkforceTypes;
///
/// let mut types = WorkforceTypes::default();
/// types.add("Working student")?;
/// assert_eq!(types.find(" working STUDENT "), Some("Working student"));
/// assert_eq!(types.find("regular"), Some("regular"));
/// # Ok::<(), usher_domain::workforce::WorkforceError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkforceTypes {
    own: Vec<String>,
}

impl WorkforceTypes {
    /// All types: the five, then its own in the order they were added.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        BUILT_IN.into_iter().chain(self.own.iter().map(String::as_str))
    }

    /// The type somebody means, as it is written; whatever case they use.
    pub fn find(&self, text: &str) -> Option<&str> {
        let wanted = text.trim().to_lowercase();
        self.all().find(|known| known.to_lowercase() == wanted)
    }

    /// [`WorkforceTypes::find`] for a text that must mean one.
    pub fn known(&self, text: &str) -> Result<&str, WorkforceError> {
        self.find(text).ok_or_else(|| WorkforceError::unknown(text))
    }

    /// The types somebody means, each once and as it is written; refuses one that there is not.
    pub fn find_all(&self, texts: &[String]) -> Result<Vec<String>, WorkforceError> {
        let mut found = Vec::new();
        for text in texts {
            let known = self.known(text)?;
            if !found.iter().any(|before| before == known) {
                found.push(known.to_owned());
            }
        }
        Ok(found)
    }

    /// Adds a type of its own. Returns its name as it is kept.
    pub fn add(&mut self, name: &str) -> Result<String, WorkforceError> {
        let name = check_name(name)?;
        if name.chars().count() > MAX_TYPE_CHARS {
            return Err(WorkforceError::TooLong);
        }
        if let Some(known) = self.find(&name) {
            return Err(WorkforceError::Taken(known.to_owned()));
        }
        if self.own.len() >= MAX_OWN {
            return Err(WorkforceError::TooMany);
        }
        self.own.push(name.clone());
        Ok(name)
    }

    /// Removes a type of its own. Whether somebody is of it is the caller's to check.
    pub fn remove(&mut self, name: &str) -> Result<(), WorkforceError> {
        if BUILT_IN.contains(&name) {
            return Err(WorkforceError::BuiltIn(name.to_owned()));
        }
        let place = self.own.iter().position(|own| own == name);
        let place = place.ok_or_else(|| WorkforceError::unknown(name))?;
        self.own.remove(place);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r23_five_types_and_its_own() {
        let mut types = WorkforceTypes::default();
        assert_eq!(types.all().collect::<Vec<_>>(), BUILT_IN);
        assert_eq!(types.add(" Trainee "), Ok("Trainee".to_owned()));
        assert_eq!(types.add("TRAINEE"), Err(WorkforceError::Taken("Trainee".to_owned())));
        assert_eq!(types.add("Regular"), Err(WorkforceError::Taken("regular".to_owned())));
        assert_eq!(types.add(" "), Err(WorkforceError::Name(NameError)));
        assert_eq!(types.add(&"x".repeat(65)), Err(WorkforceError::TooLong));
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(types.find_all(&texts(&["INTERN", "trainee", "intern"])), Ok(texts(&["intern", "Trainee"])));
        assert_eq!(types.find_all(&texts(&["intern", "pilot"])), Err(WorkforceError::Unknown("pilot".to_owned())));
        assert_eq!(types.known("trainee "), Ok("Trainee"));
        assert_eq!(types.known(&"é".repeat(1_024)), Err(WorkforceError::Unknown("é".repeat(MAX_TYPE_CHARS))));
        assert_eq!(types.remove("regular"), Err(WorkforceError::BuiltIn("regular".to_owned())));
        assert_eq!(types.remove("Trainee"), Ok(()));
        assert_eq!(types.remove("Trainee"), Err(WorkforceError::Unknown("Trainee".to_owned())));
        for n in 0..MAX_OWN {
            types.add(&format!("own {n}")).unwrap();
        }
        assert_eq!(types.add("one more"), Err(WorkforceError::TooMany));
    }
}
