//! A big-endian writer with length-prefixed nesting.

/// Writes big-endian fields to a growing vector.
#[derive(Debug, Clone, Default)]
pub struct Writer {
    data: Vec<u8>,
}

impl Writer {
    /// An empty writer.
    pub fn new() -> Self {
        Self::default()
    }

    /// A writer with room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { data: Vec::with_capacity(capacity) }
    }

    /// The bytes written.
    pub fn into_vec(self) -> Vec<u8> {
        self.data
    }

    /// How many bytes were written.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.data.extend_from_slice(bytes);
        self
    }

    /// `count` zero bytes.
    pub fn zeros(&mut self, count: usize) -> &mut Self {
        self.data.resize(self.data.len() + count, 0);
        self
    }

    /// An 8-bit number.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes(&[value])
    }

    /// A 16-bit number.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// A 32-bit number.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// A signed 32-bit number.
    pub fn i32(&mut self, value: i32) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// A 64-bit number.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// Overwrites the 32-bit number at `position` (from the start of what was written).
    pub fn set_u32(&mut self, position: usize, value: u32) {
        self.data[position..position + 4].copy_from_slice(&value.to_be_bytes());
    }

    /// The bytes from `position` on, to be changed in place.
    pub fn tail_mut(&mut self, position: usize) -> &mut [u8] {
        &mut self.data[position..]
    }
}
