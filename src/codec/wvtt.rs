//! WebVTT in ISO BMFF: the sample entry `wvtt` of ISO/IEC 14496-30:2018 clause 7.5.

use super::configuration::Configuration;
use super::description::{ALL_SCHEMES, Description, EntryName, Hls, Kind};
use super::protector::{Nothing, Protector};

/// WebVTT, which 3GPP timed text becomes.
pub const DESCRIPTION: Description = Description {
    name: "WebVTT",
    kind: Kind::Text,
    sample_entries: &[EntryName::new(b"wvtt", b"vttC"), EntryName::bare(b"tx3g")],
    schemes: ALL_SCHEMES,
    hls: Hls::NONE,
};

/// What the sample entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// All that stands in front of the first cue of a WebVTT file: the line `WEBVTT`, style sheets and regions.
    pub header: String,
}

impl Config {
    /// Reads the content of `vttC`.
    pub fn read(content: &[u8]) -> Self {
        Self { header: String::from_utf8_lossy(content).into_owned() }
    }

    /// The style sheets and regions, a block each.
    pub fn blocks(&self) -> impl Iterator<Item = &str> {
        let blocks = self.header.split("\n\n").map(|block| block.trim_matches('\n'));
        blocks.filter(|block| block.starts_with("STYLE") || block.starts_with("REGION"))
    }
}

impl Configuration for Config {
    fn rfc6381(&self) -> String {
        "wvtt".to_owned()
    }

    fn begins_well(&self, sample: &[u8]) -> Option<bool> {
        Some(matches!(sample.get(4..8)?, b"vttc" | b"vtte" | b"vtta"))
    }

    fn protector(&self) -> Box<dyn Protector> {
        Box::new(Nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_has_style_sheets_and_regions() {
        let config = Config::read(b"WEBVTT - a title\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:r1\n\nNOTE no\n");
        assert_eq!(config.blocks().collect::<Vec<_>>(), ["STYLE\n::cue { color: red }", "REGION\nid:r1"]);
    }
}
