//! Cell references (`B12`) and ranges (`A1:C4`).

/// Row 1,048,576: the last that the format has.
pub(super) const LAST_ROW: u32 = 1 << 20;

/// Column from 0 and row from 1 of `B12`, within what the format has (`A1` to `XFD1048576`).
pub(super) fn cell(reference: &str) -> Option<(u32, u32)> {
    let split = reference.find(|character: char| !character.is_ascii_alphabetic())?;
    let (letters, digits) = reference.split_at(split);
    if !(1..=3).contains(&letters.len()) || digits.len() > 7 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, letter| sum * 26 + u32::from(letter.to_ascii_uppercase() - b'A') + 1);
    let row = digits.parse().ok()?;
    ((1..=16_384).contains(&column) && (1..=LAST_ROW).contains(&row)).then(|| (column - 1, row))
}

/// A block of cells, both corners included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    from: (u32, u32),
    to: (u32, u32),
}

impl Range {
    /// `A1:C4`, or `B2` for a single cell.
    pub(super) fn parse(reference: &str) -> Option<Self> {
        let (from, to) = reference.split_once(':').unwrap_or((reference, reference));
        Some(Self { from: cell(from)?, to: cell(to)? })
    }

    pub(super) fn is_single(&self) -> bool {
        self.from == self.to
    }

    pub(super) fn last_row(&self) -> u32 {
        self.to.1
    }

    pub(super) fn contains(&self, column: u32, row: u32) -> bool {
        (self.from.0..=self.to.0).contains(&column) && (self.from.1..=self.to.1).contains(&row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_stay_within_the_format() {
        let check = |reference: &str, expected| assert_eq!(cell(reference), expected, "{reference}");
        check("A1", Some((0, 1)));
        check("b12", Some((1, 12)));
        check("AA3", Some((26, 3)));
        check("XFD1048576", Some((16_383, 1_048_576)));
        check("XFE1", None);
        check("A1048577", None);
        check("A0", None);
        check("A", None);
        check("1", None);
        check("AAAA1", None);
        check("A99999999", None);
        check("A1B", None);
        check("", None);
    }

    #[test]
    fn ranges_cover_their_corners() {
        let range = Range::parse("B2:C4").unwrap();
        let inside = |column, row| range.contains(column, row);
        assert!(inside(1, 2) && inside(2, 4) && !inside(0, 2) && !inside(1, 5));
        assert!(Range::parse("B2").unwrap().is_single() && Range::parse("B2:").is_none());
    }
}
