//! What the crate writes, read back by code that it did not write.

mod codecs;
mod manifests;
