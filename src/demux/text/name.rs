//! What the name of a side file says of it, as in `film.pt-BR.forced.srt`.

use super::super::Role;
use super::super::about::About;
use super::super::language;

/// The language, and what the file is for. Read from the end, up to the first word that is neither.
pub(super) fn facts(name: &str) -> (Option<String>, About) {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let words: Vec<&str> = stem.split('.').collect();
    let (mut tag, mut about) = (None, About::default());
    for (index, word) in words.iter().enumerate().rev() {
        let lower = word.to_ascii_lowercase();
        // `hi` is Hindi, but behind a language it says for whom the text is.
        let has_language_before = index > 0 && language_of(words[index - 1]).is_some();
        match lower.as_str() {
            "forced" | "foreign" => about.add(Role::ForcedSubtitle),
            "sdh" | "cc" => about.add(Role::Caption),
            "hi" if has_language_before => about.add(Role::Caption),
            "commentary" => about.add(Role::Commentary),
            "default" | "full" | "sub" | "subs" | "subtitles" => (),
            _ if tag.is_none() => {
                // The last part of `film_en` may be one, too.
                let last = word.rsplit_once('_').map(|(_, last)| last);
                tag = language_of(word).or_else(|| last.and_then(language_of));
                if tag.is_none() {
                    break;
                }
            }
            _ => break,
        }
    }
    (tag, about)
}

/// A tag of a language that is known, in the case that RFC 5646 section 2.1.1 recommends.
fn language_of(word: &str) -> Option<String> {
    let word = word.replace('_', "-");
    let mut parts = word.split('-');
    let first = parts.next()?.to_ascii_lowercase();
    if !language::is_known(&first) {
        return None;
    }
    let mut tag = language::shortest(&first);
    for part in parts {
        let is_subtag = (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_subtag {
            return None;
        }
        tag.push('-');
        match part.len() {
            2 => tag.push_str(&part.to_ascii_uppercase()),
            4 => {
                tag.push_str(&part[..1].to_ascii_uppercase());
                tag.push_str(&part[1..].to_ascii_lowercase());
            }
            _ => tag.push_str(&part.to_ascii_lowercase()),
        }
    }
    Some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> (Option<String>, Vec<Role>, bool) {
        let (tag, about) = facts(name);
        (tag, about.roles, about.is_forced)
    }

    #[test]
    fn the_language_is_the_last_word_in_front_of_the_ending() {
        let tag = |name: &str| of(name).0;
        assert_eq!(tag("film.en.vtt").as_deref(), Some("en"));
        assert_eq!(tag("folder.de/film.GER.srt").as_deref(), Some("de"));
        assert_eq!(tag("film.pt-br.srt").as_deref(), Some("pt-BR"));
        assert_eq!(tag("film.zh_hant.srt").as_deref(), Some("zh-Hant"));
        assert_eq!(tag("film.es-419.vtt").as_deref(), Some("es-419"));
        assert_eq!(tag("film_fr.vtt").as_deref(), Some("fr"));
        assert_eq!(tag("en.vtt").as_deref(), Some("en"));
        assert_eq!(tag("film.yue.vtt").as_deref(), Some("yue"));
        for none in ["film.vtt", "the.movie.vtt", "film.cut.vtt", "film.1080p.srt", "film.en.final.vtt", "", "."] {
            assert_eq!(tag(none), None, "{none:?}");
        }
    }

    #[test]
    fn words_behind_the_language_say_what_it_is_for() {
        assert_eq!(of("film.pt-BR.forced.srt"), (Some("pt-BR".into()), vec![Role::ForcedSubtitle], true));
        assert_eq!(of("film.de.sdh.srt"), (Some("de".into()), vec![Role::Caption], false));
        assert_eq!(of("film.forced.en.vtt"), (Some("en".into()), vec![Role::ForcedSubtitle], true));
        assert_eq!(of("film.en.hi.srt"), (Some("en".into()), vec![Role::Caption], false));
        assert_eq!(of("film.hi.srt"), (Some("hi".into()), vec![], false));
    }
}
