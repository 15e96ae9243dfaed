//! HLS playlists against the files that they name.

use std::collections::BTreeSet;

use super::dash::access_point;
use super::finding::{Finding, FindingCode};
use super::hls_rules::rule::Rule;
use super::hls_rules::{self, Document};
use super::sealed::Sealed;
use super::stream;
use super::track::Times;
use super::{Files, Verifier};
use crate::demux::{Kind, Properties};
use crate::error::Message;
use crate::manifest::playlist::{self, Media, Multivariant, Playlist, Variant};
use crate::manifest::{Place, Track};
use crate::order::{self, Map};

impl<F: Files> Verifier<'_, F> {
    /// Reads the playlists and tracks that a multivariant playlist lists, and checks them against it.
    pub(super) async fn multivariant(
        &mut self,
        document: &Document,
        playlist: &Multivariant,
        visited: &mut BTreeSet<String>,
    ) -> Result<(), F::Error> {
        let path = document.path.as_str();
        self.faults(path, &playlist.faults);
        let of_variants =
            playlist.variants.iter().chain(&playlist.i_frames).filter_map(|variant| variant.path.as_ref());
        let paths = of_variants.chain(playlist.renditions.iter().filter_map(|rendition| rendition.path.as_ref()));
        let mut documents: Vec<Document> = Vec::new();
        let mut playlists: Vec<Media> = Vec::new();
        for media_path in paths {
            if documents.iter().any(|document| document.path == *media_path) {
                continue;
            }
            let Some(content) = self.document(media_path).await? else { continue };
            visited.insert(media_path.clone());
            match playlist::read(media_path, &content) {
                Playlist::Multivariant(_) => {
                    let message = message!("a multivariant playlist is listed where a media playlist must stand");
                    self.findings.add(Finding::new(FindingCode::ManifestInvalid, media_path, message));
                }
                Playlist::Media(media) => {
                    documents.push(Document { path: media_path.clone(), content });
                    playlists.push(media);
                }
            }
        }
        let files = self.files_of(&playlists).await?;
        let mut broken = hls_rules::check(Some(document), &documents, &files, self.advice);
        let mut read: Map<&String, usize> = Map::default();
        // Pictures and sound first: they tell where the clock of the text begins.
        let is_text = |path: &String| {
            let mut of_path = playlist.renditions.iter().filter(|rendition| rendition.path.as_ref() == Some(path));
            of_path.any(|rendition| rendition.kind == "SUBTITLES")
        };
        let (text, others): (Vec<_>, Vec<_>) =
            documents.iter().zip(&playlists).partition(|(document, _)| is_text(&document.path));
        for (document, media) in others {
            let facts = self.media_playlist(&document.path, media, None).await?;
            facts.map(|facts| read.insert(&document.path, facts));
        }
        let start = read.iter().filter_map(|(_, &facts)| self.tracks[facts].start_ms()).min();
        for (document, media) in text {
            let facts = self.media_playlist(&document.path, media, start).await?;
            facts.map(|facts| read.insert(&document.path, facts));
        }
        let dependent = read.iter().find_map(|(path, facts)| Some((*path, self.tracks[*facts].worse_start(2)?)));
        if let Some((media_path, (index, sap))) = dependent {
            // Whoever knows the segments knows that the tag would not be true.
            broken.retain(|finding| finding.code != FindingCode::Rule(Rule::IndependentNowhere));
            if String::from_utf8_lossy(&document.content)
                .lines()
                .any(|line| line.trim_end() == "#EXT-X-INDEPENDENT-SEGMENTS")
            {
                let message = message!(
                    "EXT-X-INDEPENDENT-SEGMENTS is said of all, but a segment of {media_path} starts with an access point of \
                     {found}",
                    media_path,
                    found = access_point(sap)
                );
                self.findings.add(Finding::new(FindingCode::SapWrong, path, message).segment(index));
            }
        }
        self.findings_of(broken);
        for variant in &playlist.variants {
            self.check_variant(path, variant, playlist, &read);
        }
        let tracks: Vec<usize> = read.iter().map(|(_, &facts)| facts).collect();
        let known = self.kids_of(tracks.iter().copied());
        self.check_init_pssh(tracks.iter().copied(), &known);
        self.check_shifts(path, tracks.into_iter());
        Ok(())
    }

    /// What the rules want to know of the files that playlists name.
    pub(super) async fn files_of<'m>(
        &self,
        playlists: impl IntoIterator<Item = &'m Media>,
    ) -> Result<hls_rules::Files, F::Error> {
        let (mut paths, mut first): (Vec<&str>, Vec<Place>) = (Vec::new(), Vec::new());
        for media in playlists {
            let segments = media.segments.iter().map(|segment| &segment.place);
            paths.extend(media.maps.iter().chain(segments).map(|place| &*place.path));
            first.extend(hls_rules::starts_of(media));
        }
        // Each once.
        order::sort(&mut paths);
        paths.dedup();
        order::sort(&mut first);
        first.dedup();
        let mut sizes = Vec::with_capacity(paths.len());
        for path in paths {
            sizes.push((path.to_owned(), self.files.size(path).await?));
        }
        let sizes: Map<String, Option<u64>> = sizes.into_iter().collect();
        let mut starts = Vec::with_capacity(first.len());
        for place in first {
            let Some(Some(size)) = sizes.get(&place.path) else { continue };
            let (offset, length) = place.range.unwrap_or((0, *size));
            if offset >= *size {
                continue; // found as a range beyond the file
            }
            let within = length.min(size.saturating_sub(offset)).min(hls_rules::START_BYTES);
            let bytes = self.files.read(&place.path, offset, within).await?;
            starts.push((place, bytes));
        }
        Ok(hls_rules::Files { are_read: !self.playlists_only, sizes, starts: starts.into_iter().collect() })
    }

    /// Reads the track that a media playlist lists and checks it; gives the index of what was found. `media_start` is what
    /// the media's clock says where the playlist begins, where other tracks tell.
    pub(super) async fn media_playlist(
        &mut self,
        path: &str,
        media: &Media,
        media_start: Option<i64>,
    ) -> Result<Option<usize>, F::Error> {
        self.faults(path, &media.faults);
        // Key frames are parts of segments that are checked where those are listed.
        if self.playlists_only || media.is_i_frames {
            return Ok(None);
        }
        if media.is_images {
            self.images(path, path, &media.segments).await?;
            return Ok(None);
        }
        if media.segments.iter().any(|segment| stream::is_stream(&segment.place.path)) {
            let facts = self.stream(path, media).await?;
            if let Some(facts) = facts {
                let segments = media.segments.clone();
                let track = Track { name: path.to_owned(), timescale: 1_000_000, segments, ..Track::default() };
                self.check_playlist_times(path, track.clone(), facts);
                self.check_keys(path, media, &track, facts);
            }
            return Ok(facts);
        }
        if media.maps.len() > 1 {
            let message = message!("a playlist of several init segments: only segments of the first are checked");
            self.findings.add(Finding::new(FindingCode::NotChecked, path, message));
        }
        let of_first: Vec<usize> =
            (0..media.segments.len()).filter(|&index| media.segment_maps[index].is_none_or(|map| map == 0)).collect();
        if media.map_keys.first().is_some_and(|&keys| Sealed::of(media, keys, 0).is_some()) {
            let message = message!("the init segment is encrypted as a whole (AES-128), so that nothing is checked");
            self.findings.add(Finding::new(FindingCode::NotChecked, path, message));
            return Ok(None);
        }
        let sealed = of_first.iter().map(|&index| Sealed::of(media, media.segments[index].keys, index));
        let times = Times { timescale: 1_000_000, media_start, sealed: sealed.collect(), ..Times::default() };
        let track = Track {
            name: path.to_owned(),
            timescale: 1_000_000,
            init: media.maps.first().cloned(),
            segments: of_first.iter().map(|&index| media.segments[index].clone()).collect(),
            ..Track::default()
        };
        let Some(facts) = self.track(path, path, track.init.as_ref(), &track.segments, &times).await? else {
            return Ok(None);
        };
        self.check_playlist_times(path, track.clone(), facts);
        self.check_keys(path, media, &track, facts);
        Ok(Some(facts))
    }

    /// The playlist's times count from its first segment; behind a discontinuity the media's clock may say anything.
    fn check_playlist_times(&mut self, path: &str, mut track: Track, index: usize) {
        let facts = &self.tracks[index];
        let mut offset = None;
        for (number, segment) in track.segments.iter_mut().enumerate() {
            if segment.discontinuity {
                offset = None;
            }
            let real = facts.segments.get(number).copied().flatten();
            let real = real.map(|real| i128::from(real.start) * 1_000_000 / i128::from(facts.timescale));
            offset = offset.or(real.zip(segment.start).map(|(real, listed)| real - i128::from(listed)));
            let listed = segment.start.map(|start| i128::from(start) + offset.unwrap_or(0));
            segment.start = listed.and_then(|listed| u64::try_from(listed).ok());
            // Durations that are rounded to milliseconds, as some packagers do, add up.
            track.tolerance = track.tolerance.max(1000 * (number as u64 + 1));
        }
        self.check_segment_times(path, &track, index);
    }

    fn check_keys(&mut self, path: &str, media: &Media, track: &Track, index: usize) {
        let facts = &self.tracks[index];
        let tenc = facts.defaults.iter().find(|defaults| defaults.is_protected).map(|defaults| &defaults.tenc);
        let expected = match tenc.map(|tenc| &tenc.scheme) {
            Some(b"cenc" | b"cens") => "SAMPLE-AES-CTR",
            _ => "SAMPLE-AES",
        };
        let mut found = Vec::new();
        for (number, (segment, facts)) in track.segments.iter().zip(&facts.segments).enumerate() {
            let Some(facts) = facts else { continue };
            let add = |message: Message| {
                Finding::new(FindingCode::HlsKeyWrong, path, message).segment(number).line(segment.line)
            };
            let keys = segment.keys.and_then(|set| media.key_sets.get(set));
            if keys.is_some_and(|keys| keys.iter().any(|key| key.method == "AES-128")) {
                continue; // it was opened as a whole
            }
            match keys {
                None if facts.encrypted > 0 => {
                    found.push(add(message!(
                        "segment {number} is encrypted, and no EXT-X-KEY is in force",
                        number = number + 1
                    )));
                }
                Some(_) if facts.encrypted == 0 && tenc.is_none() => {
                    found.push(add(message!(
                        "segment {number} is clear, and an EXT-X-KEY is in force",
                        number = number + 1
                    )));
                }
                Some(keys) if facts.encrypted > 0 => {
                    if let Some(key) = keys.iter().find(|key| key.method != expected) {
                        found.push(add(message!(
                            "METHOD is {method}, but the segments need {expected}",
                            method = key.method,
                            expected
                        )));
                        break;
                    }
                }
                _ => (),
            }
        }
        self.findings_of(found);
    }

    /// The codecs of a variant with the most demanding renditions of its groups.
    fn check_variant(&mut self, path: &str, variant: &Variant, playlist: &Multivariant, read: &Map<&String, usize>) {
        let of = |path: Option<&String>| path.and_then(|path| read.get(&path)).copied();
        let Some(own) = of(variant.path.as_ref()) else { return };
        let in_group = |kind: &str, group: Option<&String>| -> Vec<usize> {
            let renditions = playlist.renditions.iter().filter(|rendition| rendition.kind == kind);
            let of_group = renditions.filter(|rendition| group.is_some_and(|group| *group == rendition.group));
            of_group.filter_map(|rendition| of(rendition.path.as_ref())).collect()
        };
        let mut others = in_group("AUDIO", variant.audio.as_ref());
        let text = in_group("SUBTITLES", variant.subtitles.as_ref());
        others.retain(|&facts| facts != own);
        let mut found = Vec::new();
        let mut add = |code, message: Message| found.push(Finding::new(code, path, message).line(Some(variant.line)));

        if let Some(stated) = &variant.codecs {
            let own_codecs = &self.tracks[own].codecs;
            let known: Vec<&String> =
                [own].iter().chain(&others).chain(&text).flat_map(|&facts| self.tracks[facts].all_codecs()).collect();
            let listed = |codec: &str| stated.split(',').any(|listed| listed.trim().eq_ignore_ascii_case(codec));
            let is_listed =
                |codec: &&String| listed(codec) || self.tracks[own].other_codecs.iter().any(|other| listed(other));
            if let Some(missing) = own_codecs.first().filter(|codec| !is_listed(codec)) {
                add(
                    FindingCode::CodecsWrong,
                    message!("CODECS is {stated:?}, and the variant's track is {missing:?}", stated, missing),
                );
            }
            // Files of WebVTT aren't tracks that a sample entry names.
            let is_webvtt = |codec: &str| codec == "wvtt" && variant.subtitles.is_some();
            let stray = stated
                .split(',')
                .map(str::trim)
                .find(|listed| !is_webvtt(listed) && !known.iter().any(|codec| listed.eq_ignore_ascii_case(codec)));
            if let Some(stray) = stray {
                add(
                    FindingCode::CodecsWrong,
                    message!("CODECS names {stray:?}, which no track of the variant is", stray),
                );
            }
        }
        if let (Some(stated), Properties::Video { width, height, sample_aspect_ratio, .. }) =
            (variant.resolution, self.tracks[own].properties)
        {
            // The size of display: square pixels, or as coded.
            let (across, down) = sample_aspect_ratio;
            let displayed = u64::from(width) * u64::from(across) / u64::from(down.max(1));
            let is_near = u64::from(stated.0).abs_diff(displayed) <= 2 || stated.0 == width;
            if !is_near || stated.1 != height {
                let message = message!(
                    "RESOLUTION is {stated}x{stated_2}, and the pictures are {width}x{height}",
                    stated = stated.0,
                    stated_2 = stated.1,
                    width,
                    height
                );
                add(FindingCode::SizeWrong, message);
            }
        }
        if self.tracks[own].kind == Kind::Video && variant.audio.is_some() && others.is_empty() {
            add(FindingCode::ManifestInvalid, message!("the variant's AUDIO group has no rendition that can be read"));
        }
        self.findings_of(found);
    }

    fn faults(&mut self, path: &str, faults: &[crate::manifest::Fault]) {
        for fault in faults {
            let finding = Finding::new(FindingCode::NotChecked, path, fault.message.clone());
            self.findings.add(finding.line(fault.line));
        }
    }
}
