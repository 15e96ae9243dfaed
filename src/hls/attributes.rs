//! Attribute lists, section 4.2.

use std::fmt::{self, Display, Write};

/// The attributes behind a tag's colon, with quotes where the attribute's type is a quoted string.
#[derive(Debug, Default)]
pub(super) struct Attributes(String);

impl Attributes {
    /// An integer, a decimal number, a resolution or an enumerated string: never quoted.
    pub(super) fn plain(mut self, name: &str, value: impl Display) -> Self {
        let comma = if self.0.is_empty() { "" } else { "," };
        write!(self.0, "{comma}{name}={value}").expect("a String takes every write");
        self
    }

    /// A quoted string. It may hold neither a double quote nor a line break, and there is no escape:
    /// they become a single quote and a space.
    pub(super) fn quoted(self, name: &str, value: &str) -> Self {
        let value: String = value
            .chars()
            .map(|c| match c {
                '"' => '\'',
                c if c.is_control() => ' ',
                c => c,
            })
            .collect();
        self.plain(name, format_args!("\"{value}\""))
    }

    /// A quoted string that is a URI: what a quoted string may not hold is percent-encoded.
    pub(super) fn uri(self, name: &str, value: &str) -> Self {
        let mut encoded = String::with_capacity(value.len());
        for c in value.chars() {
            if c == '"' || c == ' ' || c.is_control() {
                let mut utf8 = [0; 4];
                for byte in c.encode_utf8(&mut utf8).bytes() {
                    write!(encoded, "%{byte:02X}").expect("a String takes every write");
                }
            } else {
                encoded.push(c);
            }
        }
        self.plain(name, format_args!("\"{encoded}\""))
    }
}

impl Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_quoted_and_numbers_are_not() {
        let list = Attributes::default().plain("BANDWIDTH", 5).quoted("CODECS", "avc1.64001f,mp4a.40.2");
        assert_eq!(list.to_string(), r#"BANDWIDTH=5,CODECS="avc1.64001f,mp4a.40.2""#);
    }

    #[test]
    fn nothing_breaks_out_of_a_quoted_string() {
        let list = Attributes::default().quoted("NAME", "a\",DEFAULT=YES\n#EXT-X-ENDLIST").uri("URI", "k\"\r\u{85} x");
        assert_eq!(list.to_string(), r##"NAME="a',DEFAULT=YES #EXT-X-ENDLIST",URI="k%22%0D%C2%85%20x""##);
    }
}
