//! Thumbnails: the sheets of pictures that a manifest lists.

use super::finding::{Finding, FindingCode};
use super::{Files, Verifier};
use crate::manifest::Segment;

/// How JPEG (ITU-T T.81 annex B.2) and PNG (ISO/IEC 15948 clause 5.2) begin.
const SIGNATURES: [&[u8]; 2] = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"];

impl<F: Files> Verifier<'_, F> {
    /// Whether each sheet is there and is an image. Pictures are not decoded.
    pub(super) async fn images(&mut self, path: &str, name: &str, segments: &[Segment]) -> Result<(), F::Error> {
        for (number, segment) in segments.iter().enumerate() {
            let file = &segment.place.path;
            let finding = |code, what: &str| {
                Finding::new(code, path, format!("{name:?}: {file} {what}")).segment(number).line(segment.line)
            };
            let Some(bytes) = self.bytes(&segment.place, finding(FindingCode::FileMissing, "is missing")).await? else {
                continue;
            };
            if !SIGNATURES.iter().any(|signature| bytes.starts_with(signature)) {
                self.findings.add(finding(FindingCode::SegmentInvalid, "is neither JPEG nor PNG"));
            }
        }
        Ok(())
    }
}
