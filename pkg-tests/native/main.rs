//! What the crate writes, read back by code that it did not write.

mod drm;
mod manifests;
