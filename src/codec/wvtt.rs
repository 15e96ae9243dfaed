//! WebVTT in ISO BMFF: the sample entry `wvtt` of ISO/IEC 14496-30:2018 clause 7.5.

/// The name in the codecs parameter.
pub const RFC6381: &str = "wvtt";
