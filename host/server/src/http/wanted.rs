//! What serde says of a body or a query, in words for people: it speaks of Rust's types, and so of our source.
//!
//! Owns the rewording alone. A text that it does not know is passed on as it is: our own messages come this way too.

/// The message without Rust in it, and without the place in the text, for which there is the field.
pub fn reworded(text: &str) -> String {
    let text = without_place(text);
    let mismatch = ["invalid type: ", "invalid value: "].iter().find_map(|opening| text.strip_prefix(opening));
    if let Some((found, wanted)) = mismatch.and_then(|rest| rest.rsplit_once(", expected ")) {
        return format!("{} is wanted here, not {}", kind(wanted), value(found));
    }
    let unknown = text.strip_prefix("unknown variant ").and_then(|rest| rest.split_once(", expected "));
    if let Some((found, wanted)) = unknown {
        return format!("{found} is not known here: send {wanted}");
    }
    match text {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "a whole number that is not negative is wanted here".to_owned()
        }
        "number too large to fit in target type" => "the number is too large".to_owned(),
        "provided string was not `true` or `false`" => "`true` or `false` is wanted here".to_owned(),
        text => text.to_owned(),
    }
}

/// The text without ` at line 1 column 26`.
fn without_place(text: &str) -> &str {
    match text.rsplit_once(" at line ") {
        Some((text, place)) if place.bytes().all(|byte| byte.is_ascii_digit() || b" column".contains(&byte)) => text,
        _ => text,
    }
}

/// What serde expected.
fn kind(wanted: &str) -> String {
    let named = match wanted {
        "u8" => return whole(u8::MAX.into()),
        "u16" => return whole(u16::MAX.into()),
        "u32" => return whole(u32::MAX.into()),
        "u64" | "usize" => return whole(u64::MAX),
        "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" | "a borrowed string" | "a character" | "variant identifier" => "a text",
        "a boolean" => "`true` or `false`",
        "a sequence" => "an array",
        "a map" => "an object",
        "unit" => "`null`",
        wanted if wanted.starts_with("enum ") => "a text",
        wanted if wanted.contains("struct ") || wanted.contains("tagged enum ") => "an object",
        wanted => wanted,
    };
    named.to_owned()
}

fn whole(most: u64) -> String {
    format!("a whole number from 0 to {most}")
}

/// What serde found.
fn value(found: &str) -> String {
    let named = match found.split_once(' ') {
        Some(("integer" | "boolean" | "string" | "character", value)) => value,
        Some(("floating", value)) => value.trim_start_matches("point "),
        _ => match found {
            "map" => "an object",
            "sequence" => "an array",
            "null" | "unit" => "`null`",
            found => found,
        },
    };
    named.to_owned()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind", rename_all = "kebab-case")]
    #[expect(dead_code, reason = "read by serde alone")]
    enum Tagged {
        Plain,
        Sized { size: u32 },
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Named {
        One,
        OtherOne,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "read by serde alone")]
    struct Whole {
        size: u8,
    }

    fn check<T: DeserializeOwned + std::fmt::Debug>(json: &str, expected: &str) {
        let said = serde_json::from_str::<T>(json).unwrap_err().to_string();
        assert_eq!(reworded(&said), expected, "{said}");
    }

    #[test]
    fn what_serde_says_is_said_without_rust() {
        check::<u32>("-1", "a whole number from 0 to 4294967295 is wanted here, not `-1`");
        check::<u32>("1.5", "a whole number from 0 to 4294967295 is wanted here, not `1.5`");
        check::<u32>("\"a, expected b\"", "a whole number from 0 to 4294967295 is wanted here, not \"a, expected b\"");
        check::<String>("1", "a text is wanted here, not `1`");
        check::<String>("{}", "a text is wanted here, not an object");
        check::<bool>("null", "`true` or `false` is wanted here, not `null`");
        check::<Vec<u8>>("true", "an array is wanted here, not `true`");
        check::<Whole>("\"x\"", "an object is wanted here, not \"x\"");
        check::<Whole>("{}", "missing field `size`");
        check::<Whole>("{\"size\":256}", "a whole number from 0 to 255 is wanted here, not `256`");
        check::<Tagged>("7", "an object is wanted here, not `7`");
        check::<Tagged>(
            "{\"kind\":\"sized\",\"size\":[]}",
            "a whole number from 0 to 4294967295 is wanted here, not an array",
        );
        check::<Tagged>("{\"kind\":\"cat\"}", "`cat` is not known here: send `plain` or `sized`");
        check::<Named>("\"cat\"", "`cat` is not known here: send `one` or `other-one`");
    }

    #[test]
    fn what_serde_says_of_a_query_is_said_without_rust() {
        let check = |query: &str, expected: &str| {
            let said = serde_urlencoded::from_str::<Whole>(query).unwrap_err().to_string();
            assert_eq!(reworded(&said), expected, "{said}");
        };
        check("size=-1", "a whole number that is not negative is wanted here");
        check("size=", "a whole number that is not negative is wanted here");
        check("size=256", "the number is too large");
    }

    #[test]
    fn other_texts_stay() {
        let check = |text: &str| assert_eq!(reworded(text), text);
        check("a moment is microseconds since 1970");
        check("they stood at line 3, column unknown");
    }
}
