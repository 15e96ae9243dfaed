//! What the crate writes, read back by code that it did not write; and what it does with hostile input.

mod allocations;
mod boxes;
mod support;

mod hostile;
mod manifests;
