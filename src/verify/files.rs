//! How files are read.

use crate::error::Error;

/// The files of a presentation, and its sources.
pub trait Files {
    /// What reading fails with.
    type Error: From<Error>;

    /// A file's size in bytes; `None` if there is none of this path.
    fn size(&self, path: &str) -> impl Future<Output = Result<Option<u64>, Self::Error>>;

    /// The bytes of a range that lies within the file.
    fn read(&self, path: &str, offset: u64, length: u64) -> impl Future<Output = Result<Vec<u8>, Self::Error>>;
}
