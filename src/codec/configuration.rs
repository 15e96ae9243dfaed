//! What a codec's configuration says of its samples and of itself.

use super::dolby_vision::Supplemental;
use super::nal_family::NalFamily;
use super::protector::{Protector, WholeSample};
use super::start::{Leading, Start};

/// What a codec's configuration says. What isn't said otherwise is so with sound, whose frames stand alone.
pub trait Configuration {
    /// The codecs parameter of RFC 6381 and RFC 4281.
    fn rfc6381(&self) -> String;

    /// Whether every sample can be decoded without those before it, whatever the container says: so it
    /// is with text and with all sound but xHE-AAC and AC-4. Some writers mark the first frame of a track only.
    fn is_all_sync(&self) -> bool {
        true
    }

    /// What manifests say of the speakers, where the codec tells more of them than their number.
    fn speakers(&self) -> Option<Speakers> {
        None
    }

    /// What clients that know more than the codec may play instead, for the same bytes: Dolby Vision.
    fn supplemental(&self) -> Option<Supplemental> {
        None
    }

    /// How its samples are written as NAL units; `None` for a codec that has none.
    fn nal_family(&self) -> Option<&'static NalFamily> {
        None
    }

    /// Whether a decoder can start with what the sample entry says.
    fn has_parameter_sets(&self) -> bool {
        true
    }

    /// Whether a whole sample begins as those of the codec do: what a wrong key makes of it mostly doesn't. `None`
    /// where nothing tells, or the protector tells it.
    fn begins_well(&self, _sample: &[u8]) -> Option<bool> {
        None
    }

    /// Whether some bytes are more frequent than others in the coded data: what a wrong key makes of it is even.
    fn has_uneven_bytes(&self) -> bool {
        false
    }

    /// How decoding can start with a sample.
    fn start(&self, _sample: &[u8]) -> Start {
        Start::Closed
    }

    /// What a picture that is decoded behind an open start and shown before it is to that one.
    fn leading(&self, _sample: &[u8]) -> Leading {
        Leading::Undecodable
    }

    /// Starts on a sequence of samples, the first of which is a sync sample.
    fn protector(&self) -> Box<dyn Protector> {
        Box::new(WholeSample)
    }
}

/// The speakers of sound, whose layouts and objects a plain number doesn't tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speakers {
    /// AC-3 and E-AC-3.
    Digital {
        /// `chanmap` of ETSI TS 102 366 table E.1.4.
        channel_map: u16,
        /// The complexity index of joint object coding (Dolby Atmos).
        joint_object_coding: Option<u8>,
    },
    /// AC-4.
    Ac4 {
        /// The speaker groups of ETSI TS 103 190-2 table A.27; `None` where objects are coded.
        channel_mask: Option<u32>,
        /// Made for headphones.
        is_immersive_stereo: bool,
    },
    /// A `ChannelConfiguration` of ISO/IEC 23091-3.
    Layout(u32),
}
