//! Closed sets of names: enums whose text form is the kebab-case name used in WIT, on the wire and at rest.
//!
//! Owns the one macro that keeps those three spellings the same; must not know any particular set.

use std::fmt;

/// A text that is not one of the names of a closed set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no {what}: expected one of {expected}")]
pub struct UnknownName {
    /// What kind of name was expected.
    pub what: &'static str,
    /// What was given.
    pub given: String,
    /// The names there are.
    pub expected: Names,
}

/// The names of a closed set, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names(pub &'static [&'static str]);

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}`{name}`")?;
        }
        Ok(())
    }
}

/// Declares an enum of names with `as_str`, `ALL`, `Display`, `FromStr` and serde as that text.
macro_rules! names {
    ($(#[$meta:meta])* $vis:vis enum $name:ident as $what:literal {
        $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// Every value, in order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in WIT, on the wire and at rest.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::UnknownName {
                        what: $what,
                        given: text.chars().take(64).collect(),
                        expected: $crate::kebab::Names(&[$($text),+]),
                    }),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use names;

#[cfg(test)]
mod tests {
    names! {
        /// A set for the test.
        enum Fruit as "fruit" {
            /// Red.
            RedApple = "red-apple",
            /// Green.
            Pear = "pear",
        }
    }

    #[test]
    fn names_go_there_and_back_and_others_are_refused_by_kind() {
        for fruit in Fruit::ALL {
            assert_eq!(fruit.as_str().parse::<Fruit>().as_ref(), Ok(fruit));
        }
        let error = "plum".parse::<Fruit>().unwrap_err();
        assert_eq!(error.to_string(), "`plum` is no fruit: expected one of `red-apple`, `pear`");
    }
}
