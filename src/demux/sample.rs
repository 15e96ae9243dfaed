//! A sample of a track.

/// A sample: where its bytes are and when it is decoded and shown. 24 bytes, since a film has millions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The absolute offset of the first byte in the input; [`Track::source`](super::Track::source) says which others
    /// belong to it.
    pub offset: u64,
    /// The size in bytes.
    pub size: u32,
    /// Ticks to the next sample in decoding order.
    pub duration: u32,
    /// Composition time minus decoding time, in ticks.
    pub composition_offset: i32,
    /// The index of the sample entry.
    pub entry: u16,
    /// Whether decoding can start here.
    pub sync: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_takes_24_bytes() {
        assert_eq!(size_of::<Sample>(), 24);
    }
}
