//! `tile_info()` of clause 5.9.15.

use super::read_ns;
use crate::bytes::Bits;
use crate::error::Result;

/// How a frame is cut into tiles.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TileInfo {
    pub(super) columns: u32,
    pub(super) rows: u32,
    /// TileColsLog2 + TileRowsLog2.
    pub(super) bits: u32,
    /// TileSizeBytes.
    pub(super) size_bytes: usize,
}

/// In pixels: MAX_TILE_WIDTH, MAX_TILE_AREA.
const MAX_WIDTH: u32 = 4096;
const MAX_AREA: u32 = 4096 * 2304;
/// MAX_TILE_COLS and MAX_TILE_ROWS.
const MAX_COUNT: u32 = 64;

/// Reads it for a frame of this size in pixels.
pub(super) fn read(bits: &mut Bits<'_>, width: u32, height: u32, large_superblocks: bool) -> Result<TileInfo> {
    let superblock = if large_superblocks { 7 } else { 6 };
    // In superblocks. Their number is that of 4x4 units, of which an even number is taken, divided: the same.
    let (across, down) = (width.div_ceil(1 << superblock), height.div_ceil(1 << superblock));
    let max_width = MAX_WIDTH >> superblock;
    let max_area = MAX_AREA >> (2 * superblock);
    let min_log2_columns = log2(max_width, across);
    let min_log2 = min_log2_columns.max(log2(max_area, across.saturating_mul(down)));
    let (columns, rows, columns_log2, rows_log2);
    if bits.bit()? {
        columns_log2 = read_increments(bits, min_log2_columns, log2(1, across.min(MAX_COUNT)))?;
        columns = uniform(across, columns_log2);
        rows_log2 = read_increments(bits, min_log2.saturating_sub(columns_log2), log2(1, down.min(MAX_COUNT)))?;
        rows = uniform(down, rows_log2);
    } else {
        let widest;
        (columns, widest) = read_sizes(bits, across, max_width)?;
        let area = across.saturating_mul(down);
        let area = if min_log2 > 0 { area >> (min_log2 + 1) } else { area };
        (rows, _) = read_sizes(bits, down, (area / widest.max(1)).max(1))?;
        (columns_log2, rows_log2) = (log2(1, columns), log2(1, rows));
    }
    let tile_bits = columns_log2 + rows_log2;
    let mut size_bytes = 4;
    if tile_bits > 0 {
        bits.skip(tile_bits)?; // context_update_tile_id
        size_bytes = bits.u(2)? as usize + 1;
    }
    Ok(TileInfo { columns, rows, bits: tile_bits, size_bytes })
}

/// `tile_log2()`: the smallest k for which `block` << k reaches `target`.
fn log2(block: u32, target: u32) -> u32 {
    (0..32).find(|&k| u64::from(block) << k >= u64::from(target)).unwrap_or(32)
}

fn read_increments(bits: &mut Bits<'_>, from: u32, to: u32) -> Result<u32> {
    let mut value = from;
    while value < to && bits.bit()? {
        value += 1;
    }
    Ok(value)
}

/// How many tiles of equal size there are.
fn uniform(superblocks: u32, log2: u32) -> u32 {
    superblocks.div_ceil(superblocks.div_ceil(1 << log2.min(31)).max(1))
}

/// The sizes of tiles one by one: their number, and the largest.
fn read_sizes(bits: &mut Bits<'_>, superblocks: u32, max: u32) -> Result<(u32, u32)> {
    let (mut count, mut largest, mut start) = (0, 0, 0);
    while start < superblocks {
        let size = read_ns(bits, (superblocks - start).min(max))? + 1;
        largest = largest.max(size);
        start += size;
        count += 1;
    }
    Ok((count, largest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::BitWriter;

    #[test]
    fn uniform_tiles_of_720p() {
        // 1280x720 in superblocks of 64: 20 by 12. Two increments to 4 columns, two to 4 rows.
        let bits = BitWriter::default().u(1, 1).u(3, 0b110).u(3, 0b110).u(4, 0).u(2, 1).bytes();
        let info = read(&mut Bits::new(&bits), 1280, 720, false).unwrap();
        assert_eq!(info, TileInfo { columns: 4, rows: 4, bits: 4, size_bytes: 2 });
    }

    #[test]
    fn equal_tiles_may_be_fewer_than_a_power_of_two() {
        // 5 superblocks in 4 columns: of 2 each, so 3.
        let bits = BitWriter::default().u(1, 1).u(3, 0b110).u(1, 0).u(2, 0).u(2, 3).bytes();
        let info = read(&mut Bits::new(&bits), 320, 180, false).unwrap();
        assert_eq!((info.columns, info.rows, info.bits, info.size_bytes), (3, 1, 2, 4));
    }

    #[test]
    fn a_frame_of_one_superblock_has_one_tile() {
        let info = read(&mut Bits::new(&[0x80]), 64, 64, false).unwrap();
        assert_eq!((info.columns, info.rows, info.bits), (1, 1, 0));
    }

    #[test]
    fn tiles_with_sizes_of_their_own() {
        // 3 by 1 superblocks of 128: widths 1 and 2, height 1.
        // ns(3) of 0 is one bit 0; ns(2) of 1 is one bit 1; ns(1) takes none.
        let bits = BitWriter::default().u(1, 0).u(1, 0).u(1, 1).u(1, 0).u(2, 0).bytes();
        let info = read(&mut Bits::new(&bits), 384, 128, true).unwrap();
        assert_eq!((info.columns, info.rows, info.bits, info.size_bytes), (2, 1, 1, 1));
    }
}
