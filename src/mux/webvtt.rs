//! Segments of WebVTT for HLS (RFC 8216 section 3.5): a file of its own each, with all cues that are shown during the
//! segment.

use std::fmt::{self, Write};

use crate::codec::wvtt::Config;
use crate::mp4::wvtt::Cue;

/// A cue with its times on the presentation's timeline, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedCue {
    /// When it is shown.
    pub start_ms: u64,
    /// When it is shown no more.
    pub end_ms: u64,
    /// What is shown.
    pub cue: Cue,
}

/// The text of a segment. The presentation's time 0 is `mpegts` on the clock of 90 kHz that pictures and sound have
/// (section 3.5); a segment without cues has its header only.
pub fn write_webvtt(config: &Config, cues: &[TimedCue], mpegts: u64) -> String {
    let mut text = String::new();
    write(&mut text, config, cues, mpegts).expect("a String takes every write");
    text
}

fn write(text: &mut String, config: &Config, cues: &[TimedCue], mpegts: u64) -> fmt::Result {
    writeln!(text, "WEBVTT")?;
    writeln!(text, "X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:{mpegts}")?;
    for block in config.blocks() {
        writeln!(text, "\n{block}")?;
    }
    for TimedCue { start_ms, end_ms, cue } in cues {
        writeln!(text)?;
        let id = one_line(&cue.id);
        if !id.is_empty() {
            writeln!(text, "{id}")?;
        }
        let settings = one_line(&cue.settings);
        let space = if settings.is_empty() { "" } else { " " };
        writeln!(text, "{} --> {}{space}{settings}", Stamp(*start_ms), Stamp(*end_ms))?;
        // A blank line or an arrow would end the cue.
        for line in cue.text.lines().filter(|line| !line.trim().is_empty()) {
            writeln!(text, "{}", line.replace("-->", "--&gt;"))?;
        }
    }
    Ok(())
}

/// What may stand in a line of its own in front of the text.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ").replace("-->", "->").trim().to_owned()
}

/// A time stamp of WebVTT.
struct Stamp(u64);

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0;
        write!(f, "{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_segment_is_a_file_of_its_own() {
        let config = Config { header: "WEBVTT a title\n\nSTYLE\n::cue(b) { color: red }".into() };
        let one =
            Cue { id: "7".into(), settings: "line:0".into(), text: "<b>Grüße</b>\nzwei".into(), source_id: None };
        let two = Cue { id: "a-->b".into(), text: "x\n\n--> y".into(), ..Cue::default() };
        let cues = [
            TimedCue { start_ms: 1500, end_ms: 3_600_000, cue: one },
            TimedCue { start_ms: 4000, end_ms: 360_000_001, cue: two },
        ];
        expect![[r#"
            WEBVTT
            X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:126000

            STYLE
            ::cue(b) { color: red }

            7
            00:00:01.500 --> 01:00:00.000 line:0
            <b>Grüße</b>
            zwei

            a->b
            00:00:04.000 --> 100:00:00.001
            x
            --&gt; y
        "#]]
        .assert_eq(&write_webvtt(&config, &cues, 126_000));
    }

    #[test]
    fn a_segment_without_cues_has_its_header_only() {
        let config = Config { header: "WEBVTT".into() };
        assert_eq!(write_webvtt(&config, &[], 0), "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n");
    }
}
