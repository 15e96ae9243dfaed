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
            let finding = |code, message| Finding::new(code, path, message).segment(number).line(segment.line);
            let missing = message!("{name:?}: {file} is missing", name, file);
            let Some(bytes) = self.bytes(&segment.place, finding(FindingCode::FileMissing, missing)).await? else {
                continue;
            };
            if !SIGNATURES.iter().any(|signature| bytes.starts_with(signature)) {
                self.findings.add(finding(
                    FindingCode::SegmentInvalid,
                    message!("{name:?}: {file} is neither JPEG nor PNG", name, file),
                ));
            }
        }
        Ok(())
    }
}
