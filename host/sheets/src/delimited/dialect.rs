//! Which character separates the cells: by an Excel `sep=` line, else by what the header row has most of.

/// What stands between the cells of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// `,`, the standard (RFC 4180).
    Comma,
    /// `;`, what spreadsheet programs write where the comma is the decimal sign.
    Semicolon,
    /// A tab.
    Tab,
}

impl Separator {
    /// In the order in which a tie is decided.
    const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|separator| separator.byte() == byte)
    }
}

/// The separator of a file that begins with `sample`, and how many bytes a `sep=` line before the rows takes.
pub(super) fn detect(sample: &[u8]) -> (Separator, usize) {
    if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', byte, rest @ ..] = sample
        && let Some(separator) = Separator::from_byte(*byte)
    {
        let line_end = match rest {
            [b'\r', b'\n', ..] => Some(2),
            [b'\r' | b'\n', ..] => Some(1),
            [] => Some(0),
            _ => None,
        };
        if let Some(length) = line_end {
            return (separator, 5 + length);
        }
    }
    (most_in_header(sample), 0)
}

/// Counts each candidate, outside quotes, in the first row that is neither blank nor an instruction.
fn most_in_header(sample: &[u8]) -> Separator {
    let (mut counts, mut quoted, mut first, mut instruction) = ([0_usize; 3], false, None, false);
    for &byte in sample {
        match byte {
            b'\r' | b'\n' if !quoted => {
                if first.is_some() && !instruction {
                    break;
                }
                (counts, first, instruction) = ([0; 3], None, false);
                continue;
            }
            b'"' => quoted = !quoted,
            _ if quoted => {}
            _ => {
                if let Some(at) = Separator::ALL.iter().position(|separator| separator.byte() == byte) {
                    counts[at] += 1;
                    continue;
                }
            }
        }
        if byte != b'"' && first.is_none() {
            first = Some(byte);
            instruction = byte == b'#';
        }
    }
    let best = counts.iter().max().copied().unwrap_or_default();
    let at = counts.iter().position(|&count| count == best).unwrap_or_default();
    Separator::ALL[at]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_decides() {
        let check =
            |sample: &str, separator, skip| assert_eq!(detect(sample.as_bytes()), (separator, skip), "{sample}");
        check("Name,Department,Email\n", Separator::Comma, 0);
        check("Name;Department, full;Email\n", Separator::Semicolon, 0);
        check("Name\tDepartment\tEmail\n", Separator::Tab, 0);
        check("\"Name, first; last; or both;\",Department,Email\n", Separator::Comma, 0);
        check("# Fill in; save; send; back\n\nName,Email\n", Separator::Comma, 0);
        check("\"# Fill in; \"\"all\"\"; of it\";;;\nName;Email\na,b,c;d\n", Separator::Semicolon, 0);
        check(";;;\r\nName,Email\r\n", Separator::Comma, 0);
        check("Name\n", Separator::Comma, 0);
        check("", Separator::Comma, 0);
        check("sep=;\r\nName,a;Email\r\n", Separator::Semicolon, 7);
        check("SEP=\t\nName\n", Separator::Tab, 6);
        check("sep=;x,y\n", Separator::Comma, 0);
    }
}
