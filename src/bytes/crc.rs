//! The cyclic redundancy check of transport streams.

/// `CRC_32` (ISO/IEC 13818-1 annex A); that of a section with its own at the end is 0.
pub fn crc32_mpeg(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x04c1_1db7;
    let step = |crc: u32| crc << 1 ^ if crc >> 31 == 1 { POLYNOMIAL } else { 0 };
    bytes.iter().fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte) << 24, |crc, _| step(crc)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn a_section_with_its_check_has_none_left() {
        // The program association table that ffmpeg writes.
        assert_eq!(crc32_mpeg(&hex!("00b00d0001c100000001f000")), 0x2ab1_04b2);
        assert_eq!(crc32_mpeg(&hex!("00b00d0001c100000001f0002ab104b2")), 0);
    }
}
