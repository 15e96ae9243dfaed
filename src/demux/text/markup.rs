//! Text with the tags and overrides that `SubRip` and `SubStation` files have → the text of a WebVTT cue.

/// The text of a cue, and its settings where an override says where it stands.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::demux) struct Marked {
    pub(in crate::demux) text: String,
    pub(in crate::demux) settings: String,
}

/// Writes text as WebVTT wants it: signs of its own escaped, no blank line.
#[derive(Debug, Default)]
pub(super) struct Writer {
    out: String,
    /// The tags that are open.
    open: Vec<&'static str>,
}

impl Writer {
    /// A character of the text.
    pub(super) fn char(&mut self, c: char) {
        match c {
            '&' => self.out.push_str("&amp;"),
            '<' => self.out.push_str("&lt;"),
            '>' => self.out.push_str("&gt;"),
            '\n' if self.out.is_empty() || self.out.ends_with('\n') => (),
            '\u{a0}' => self.out.push_str("&nbsp;"),
            c => self.out.push(c),
        }
    }

    /// Opens a tag: `i`, `b`, `u`, or a class as in `c.yellow`.
    pub(super) fn open(&mut self, tag: &'static str) {
        self.open.push(tag);
        self.put(&["<", tag, ">"]);
    }

    /// Closes the tag that was opened last of this kind; those within are closed and opened again.
    pub(super) fn close(&mut self, is: impl Fn(&str) -> bool) {
        let Some(at) = self.open.iter().rposition(|tag| is(tag)) else { return };
        let within = self.open.split_off(at);
        for tag in within.iter().rev() {
            self.put_end(tag);
        }
        for tag in within.into_iter().skip(1) {
            self.open(tag);
        }
    }

    pub(super) fn has(&self, tag: &str) -> bool {
        self.open.contains(&tag)
    }

    fn put(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.out.push_str(part));
    }

    fn put_end(&mut self, tag: &str) {
        self.put(&["</", tag.split('.').next().unwrap_or(tag), ">"]);
    }

    /// All of it, each tag closed.
    pub(super) fn finish(mut self) -> String {
        let text = self.out.trim_end().len();
        self.out.truncate(text);
        while let Some(tag) = self.open.pop() {
            self.put_end(tag);
        }
        self.out
    }
}

/// The characters of HTML that files write by name, where `&` begins one.
pub(super) fn entity(text: &str) -> Option<(char, usize)> {
    const KNOWN: [(&str, char); 6] = [
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&nbsp;", '\u{a0}'),
        ("&lrm;", '\u{200e}'),
        ("&rlm;", '\u{200f}'),
    ];
    KNOWN.iter().find(|(name, _)| text.starts_with(name)).map(|&(name, c)| (c, name.len()))
}

/// The overrides between braces, as in `{\an8\i1}`: what they do to the text and where it stands.
pub(super) fn apply_overrides(overrides: &str, out: &mut Writer, settings: &mut String) {
    for command in overrides.split('\\').skip(1) {
        let command = command.trim();
        let style = |name: &str| command.strip_prefix(name).and_then(|value| value.parse::<u32>().ok());
        if let Some(place) = style("an") {
            *settings = numpad(place).to_owned();
            continue;
        }
        for tag in ["i", "b", "u"] {
            match style(tag) {
                Some(0) => out.close(|open| open == tag),
                Some(_) if !out.has(tag) => out.open(tag),
                _ => (),
            }
        }
    }
}

/// The settings for a place on the digits of a keyboard; none for the usual one, at the bottom in the middle.
fn numpad(place: u32) -> &'static str {
    match place {
        1 => "position:0% align:start",
        3 => "position:100% align:end",
        4 => "line:50% position:0% align:start",
        5 => "line:50%",
        6 => "line:50% position:100% align:end",
        7 => "line:0 position:0% align:start",
        8 => "line:0",
        9 => "line:0 position:100% align:end",
        _ => "",
    }
}

/// The default class of WebVTT for a colour of HTML (section 5.1), where there is one.
pub(super) fn colour_class(colour: &str) -> Option<&'static str> {
    let colour = colour.trim_matches(['"', '\'']).to_ascii_lowercase();
    Some(match colour.as_str() {
        "white" | "#ffffff" => "c.white",
        "lime" | "#00ff00" => "c.lime",
        "cyan" | "aqua" | "#00ffff" => "c.cyan",
        "red" | "#ff0000" => "c.red",
        "yellow" | "#ffff00" => "c.yellow",
        "magenta" | "fuchsia" | "#ff00ff" => "c.magenta",
        "blue" | "#0000ff" => "c.blue",
        "black" | "#000000" => "c.black",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_close_in_the_order_of_nesting() {
        let mut out = Writer::default();
        out.open("b");
        out.open("i");
        out.char('x');
        out.close(|tag| tag == "b");
        out.char('y');
        assert_eq!(out.finish(), "<b><i>x</i></b><i>y</i>");
    }

    #[test]
    fn no_blank_line_and_no_arrow_gets_through() {
        let mut out = Writer::default();
        "\n\na\n\n-->\n".chars().for_each(|c| out.char(c));
        assert_eq!(out.finish(), "a\n--&gt;");
    }

    #[test]
    fn overrides_place_and_style() {
        let (mut out, mut settings) = (Writer::default(), String::new());
        apply_overrides("\\an8\\i1\\fs20", &mut out, &mut settings);
        out.char('x');
        apply_overrides("\\i0", &mut out, &mut settings);
        assert_eq!((out.finish().as_str(), settings.as_str()), ("<i>x</i>", "line:0"));
    }
}
