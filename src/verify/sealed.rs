//! Keys of playlists: which of those that are given opens a segment, and whole segments under AES-128.

use super::finding::{Finding, FindingCode};
use super::{Files, Verifier};
use crate::cenc::{Decryptor, Pattern, Scheme, iv_of_sequence_number};
use crate::keys::ContentKey;
use crate::manifest::playlist::{Key, Media};
use crate::manifest::{Segment, resolve};

/// How a segment is encrypted as a whole (RFC 8216 section 4.3.2.4).
#[derive(Debug)]
pub(super) struct Sealed<'m> {
    key: &'m Key,
    iv: [u8; 16],
}

impl<'m> Sealed<'m> {
    /// The key that is in force for the segment of this index; `None` where it isn't encrypted as a whole.
    pub(super) fn of(media: &'m Media, keys: Option<usize>, index: usize) -> Option<Self> {
        let key = media.key_sets.get(keys?)?.iter().find(|key| key.method == "AES-128")?;
        let number = media.first_number.saturating_add(index as u64);
        Some(Self { key, iv: key.iv.unwrap_or_else(|| iv_of_sequence_number(number)) })
    }
}

impl<F: Files> Verifier<'_, F> {
    /// The keys that may be a playlist's: the file that it names, else those given whose id it names, else all given.
    pub(super) async fn candidates(&mut self, playlist: &str, key: &Key) -> Result<Vec<Decryptor>, F::Error> {
        const SIZE: u64 = 16;
        let uri = key.uri.as_deref().unwrap_or_default();
        if let Some(path) = resolve(playlist, uri)
            && self.files.size(&path).await? == Some(SIZE)
        {
            let bytes = self.files.read(&path, 0, SIZE).await?;
            if let Ok(bytes) = <[u8; 16]>::try_from(&bytes[..]) {
                return Ok(vec![Decryptor::new(&ContentKey::new(bytes))]);
            }
        }
        let uri = uri.to_ascii_lowercase();
        let all = || self.opener.all();
        let is_named = |kid: crate::keys::KeyId| {
            Some(kid) == key.key_id || uri.contains(&kid.to_hex()) || uri.contains(&kid.to_uuid())
        };
        let named: Vec<Decryptor> = all().filter(|&(kid, _)| is_named(kid)).map(|(_, key)| key.clone()).collect();
        let found = if named.is_empty() { all().map(|(_, key)| key.clone()).collect() } else { named };
        if found.is_empty() && self.missing_uris.insert(key.uri.clone().unwrap_or_default()) {
            let message = message!(
                "no key is given for {uri:?}, so that its samples are not decrypted",
                uri = key.uri.clone().unwrap_or_default()
            );
            self.findings.add(Finding::new(FindingCode::KeyMissing, playlist, message).line(Some(key.line)));
        }
        Ok(found)
    }

    /// The clear bytes of a segment that may be encrypted as a whole; `None` where no key opens it.
    pub(super) async fn unsealed(
        &mut self,
        playlist: &str,
        index: usize,
        segment: &Segment,
        sealed: Option<&Option<Sealed<'_>>>,
        bytes: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, F::Error> {
        let Some(Some(Sealed { key, iv })) = sealed else { return Ok(Some(bytes)) };
        let finding = |code, message| Finding::new(code, &segment.place.path, message).segment(index);
        self.counts.encrypted += 1;
        if is_media(&bytes) {
            let message = message!("the segment is clear, and an EXT-X-KEY of AES-128 is in force");
            self.findings.add(finding(FindingCode::HlsKeyWrong, message));
            return Ok(Some(bytes));
        }
        let candidates = self.candidates(playlist, key).await?;
        if candidates.is_empty() {
            return Ok(None);
        }
        for candidate in candidates {
            let mut clear = bytes.clone();
            let whole = 0..clear.len() / 16 * 16;
            candidate.decrypt(Scheme::Cbcs, Pattern::ALL, *iv, std::slice::from_ref(&whole), &mut clear);
            if whole.len() == bytes.len()
                && let Some(size) = unpadded(&clear)
                && is_media(&clear[..size])
            {
                clear.truncate(size);
                self.counts.decrypted += 1;
                return Ok(Some(clear));
            }
        }
        let message = message!("the segment is no media once it is decrypted: it is damaged, or key or IV are others");
        self.findings.add(finding(FindingCode::KeyWrong, message));
        Ok(None)
    }
}

/// The size without the padding of PKCS #7; `None` where there is none.
fn unpadded(bytes: &[u8]) -> Option<usize> {
    let &last = bytes.last()?;
    let size = bytes.len().checked_sub(usize::from(last))?;
    ((1..=16).contains(&last) && bytes[size..].iter().all(|&byte| byte == last)).then_some(size)
}

/// Whether bytes are, to all appearance, a segment: of random ones none is.
fn is_media(bytes: &[u8]) -> bool {
    const KINDS: [&[u8; 4]; 8] = [b"ftyp", b"styp", b"sidx", b"moof", b"moov", b"emsg", b"prft", b"free"];
    let is_box = bytes.get(4..8).is_some_and(|kind| KINDS.iter().any(|known| *known == kind));
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    is_box
        || bytes.starts_with(b"ID3")
        || text.starts_with(b"WEBVTT")
        || super::stream_packets::is_whole_transport(bytes)
}
