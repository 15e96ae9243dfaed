//! References in manifests → paths.

/// The path that `reference` names in a manifest at the path `base`, both below one root. `None` for what
/// isn't below it: URLs with a scheme, and paths that climb out.
pub fn resolve(base: &str, reference: &str) -> Option<String> {
    let end = reference.find(['#', '?']).unwrap_or(reference.len());
    let reference = &reference[..end];
    if reference.is_empty() {
        return Some(base.to_owned());
    }
    let before_slash = reference.split('/').next().unwrap_or_default();
    if before_slash.contains(':') || reference.starts_with("//") {
        return None;
    }
    let decoded = percent_decoded(reference);
    let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
    let joined = if decoded.starts_with('/') { decoded } else { format!("{folder}/{decoded}") };
    let mut names: Vec<&str> = Vec::new();
    for name in joined.split('/') {
        match name {
            "" | "." => (),
            ".." => {
                names.pop()?;
            }
            name => names.push(name),
        }
    }
    let slash = if joined.ends_with('/') { "/" } else { "" };
    Some(format!("{}{slash}", names.join("/")))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let digit = |index: usize| behind.get(index).and_then(|&byte| char::from(byte).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).expect("two hexadecimal digits"));
                rest = &behind[2..];
            }
            _ => {
                bytes.push(first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_relative_to_the_manifest_and_stay_below_the_root() {
        let resolved = |reference| resolve("cmaf/hls/media.m3u8", reference);
        assert_eq!(resolved("1.m4s").as_deref(), Some("cmaf/hls/1.m4s"));
        assert_eq!(resolved("../a/./1.m4s?x=1#y").as_deref(), Some("cmaf/a/1.m4s"));
        assert_eq!(resolved("/top.m4s").as_deref(), Some("top.m4s"));
        assert_eq!(resolved("my%20film/%C3%A4.m4s").as_deref(), Some("cmaf/hls/my film/ä.m4s"));
        assert_eq!(resolved("100%.m4s").as_deref(), Some("cmaf/hls/100%.m4s"));
        assert_eq!(resolve("stream.mpd", "video/").as_deref(), Some("video/"));
        for outside in ["../../../x", "https://example.com/1.m4s", "data:,x", "//host/x", "%2e%2e/%2e%2e/%2e%2e/x"] {
            assert_eq!(resolved(outside), None, "{outside}");
        }
    }
}
