//! The text of a line of `SubStation Alpha`, as Matroska stores it: fields by commas, the text last.

use super::markup::{Marked, Writer, apply_overrides};

/// The text of a block of `S_TEXT/ASS` or `S_TEXT/SSA`, `None` for a drawing. In front of it stand read order, layer,
/// style, name, three margins and effect (Matroska's subtitle specification).
pub(in crate::demux) fn text(block: &str) -> Option<Marked> {
    let mut rest = block.splitn(9, ',').nth(8)?;
    let mut out = Writer::default();
    let mut settings = String::new();
    while let Some(c) = rest.chars().next() {
        if c == '{'
            && let Some((overrides, behind)) = rest[1..].split_once('}')
        {
            let draws = |command: &str| {
                command.strip_prefix('p').is_some_and(|scale| scale.parse::<u32>().is_ok_and(|scale| scale > 0))
            };
            if overrides.split('\\').any(draws) {
                return None;
            }
            apply_overrides(overrides, &mut out, &mut settings);
            rest = behind;
            continue;
        }
        let (c, size) = match rest.get(..2) {
            Some("\\N" | "\\n") => ('\n', 2),
            Some("\\h") => ('\u{a0}', 2),
            _ => (c, c.len_utf8()),
        };
        out.char(c);
        rest = &rest[size..];
    }
    Some(Marked { text: out.finish(), settings })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_field_is_the_text_without_overrides() {
        let marked = text("0,0,Default,,0,0,0,,{\\an8\\blur2}Hello, {\\i1}world{\\i0}\\Nnext\\hline").unwrap();
        assert_eq!(marked, Marked { text: "Hello, <i>world</i>\nnext&nbsp;line".into(), settings: "line:0".into() });
    }

    #[test]
    fn a_drawing_and_a_broken_line_have_no_text() {
        assert_eq!(text("0,0,Default,,0,0,0,,{\\p1}m 0 0 l 1 1"), None);
        assert_eq!(text("0,0,Default"), None);
    }
}
