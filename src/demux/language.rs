//! Languages: the three letters of `mdhd` and the tags of `elng` → BCP 47.

/// The tag of BCP 47 for a language that a file names, by its first subtag in the shortest code, as RFC
/// 5646 section 2.2.1 demands ("MUST use the two-character code"); the other subtags stay as they are.
pub(super) fn shortest(tag: &str) -> String {
    let (first, rest) = tag.split_at(tag.find('-').unwrap_or(tag.len()));
    let first = first.to_ascii_lowercase();
    let shorter = SHORTER.binary_search_by_key(&first.as_str(), |&(long, _)| long).map(|index| SHORTER[index].1);
    format!("{}{rest}", shorter.unwrap_or(&first))
}

/// Whether this lower-case code names a language: one of ISO 639-1, of 639-2 beside it, or of the few that are spoken
/// in films and have three letters only.
pub(super) fn is_known(code: &str) -> bool {
    const LONG_ONLY: [&str; 12] = ["ast", "ceb", "cmn", "fil", "gsw", "haw", "hmn", "mai", "mul", "nds", "und", "yue"];
    LONG_ONLY.contains(&code) || SHORTER.iter().any(|&(long, short)| code == long || code == short)
}

/// Whether this is a well-formed tag that names a language (RFC 5646 section 2.1, by its shape only): `und` says no more
/// than nothing.
pub fn is_language_tag(tag: &str) -> bool {
    let is_subtag = |text: &str| (1..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let starts_with_letters = tag.bytes().take_while(|byte| *byte != b'-').all(|byte| byte.is_ascii_alphabetic());
    starts_with_letters && tag.split('-').all(is_subtag) && tag != "und"
}

/// The language as `mdhd` packs it (ISO/IEC 14496-12 clause 8.4.2): three letters of five bits; `und` for none that
/// has three letters.
pub(super) fn packed(tag: Option<&str>) -> u16 {
    let first = tag.and_then(|tag| tag.split('-').next()).unwrap_or("und").to_ascii_lowercase();
    let longer = SHORTER.iter().find(|(_, short)| *short == first).map_or(first.as_str(), |&(long, _)| long);
    let letters = Some(longer.as_bytes()).filter(|code| code.len() == 3 && code.iter().all(u8::is_ascii_lowercase));
    letters.unwrap_or(b"und").iter().fold(0, |packed, letter| packed << 5 | u16::from(letter - 0x60))
}

/// The codes of ISO 639-2, terminological and bibliographical, that have one in ISO 639-1, sorted. Source:
/// the registry's list (Library of Congress, ISO-639-2_utf-8) as Debian's iso-codes 4.15 has it.
#[rustfmt::skip]
const SHORTER: &[(&str, &str)] = &[
    ("aar", "aa"), ("abk", "ab"), ("afr", "af"), ("aka", "ak"), ("alb", "sq"), ("amh", "am"), ("ara", "ar"),
    ("arg", "an"), ("arm", "hy"), ("asm", "as"), ("ava", "av"), ("ave", "ae"), ("aym", "ay"), ("aze", "az"),
    ("bak", "ba"), ("bam", "bm"), ("baq", "eu"), ("bel", "be"), ("ben", "bn"), ("bis", "bi"), ("bod", "bo"),
    ("bos", "bs"), ("bre", "br"), ("bul", "bg"), ("bur", "my"), ("cat", "ca"), ("ces", "cs"), ("cha", "ch"),
    ("che", "ce"), ("chi", "zh"), ("chu", "cu"), ("chv", "cv"), ("cor", "kw"), ("cos", "co"), ("cre", "cr"),
    ("cym", "cy"), ("cze", "cs"), ("dan", "da"), ("deu", "de"), ("div", "dv"), ("dut", "nl"), ("dzo", "dz"),
    ("ell", "el"), ("eng", "en"), ("epo", "eo"), ("est", "et"), ("eus", "eu"), ("ewe", "ee"), ("fao", "fo"),
    ("fas", "fa"), ("fij", "fj"), ("fin", "fi"), ("fra", "fr"), ("fre", "fr"), ("fry", "fy"), ("ful", "ff"),
    ("geo", "ka"), ("ger", "de"), ("gla", "gd"), ("gle", "ga"), ("glg", "gl"), ("glv", "gv"), ("gre", "el"),
    ("grn", "gn"), ("guj", "gu"), ("hat", "ht"), ("hau", "ha"), ("heb", "he"), ("her", "hz"), ("hin", "hi"),
    ("hmo", "ho"), ("hrv", "hr"), ("hun", "hu"), ("hye", "hy"), ("ibo", "ig"), ("ice", "is"), ("ido", "io"),
    ("iii", "ii"), ("iku", "iu"), ("ile", "ie"), ("ina", "ia"), ("ind", "id"), ("ipk", "ik"), ("isl", "is"),
    ("ita", "it"), ("jav", "jv"), ("jpn", "ja"), ("kal", "kl"), ("kan", "kn"), ("kas", "ks"), ("kat", "ka"),
    ("kau", "kr"), ("kaz", "kk"), ("khm", "km"), ("kik", "ki"), ("kin", "rw"), ("kir", "ky"), ("kom", "kv"),
    ("kon", "kg"), ("kor", "ko"), ("kua", "kj"), ("kur", "ku"), ("lao", "lo"), ("lat", "la"), ("lav", "lv"),
    ("lim", "li"), ("lin", "ln"), ("lit", "lt"), ("ltz", "lb"), ("lub", "lu"), ("lug", "lg"), ("mac", "mk"),
    ("mah", "mh"), ("mal", "ml"), ("mao", "mi"), ("mar", "mr"), ("may", "ms"), ("mkd", "mk"), ("mlg", "mg"),
    ("mlt", "mt"), ("mon", "mn"), ("mri", "mi"), ("msa", "ms"), ("mya", "my"), ("nau", "na"), ("nav", "nv"),
    ("nbl", "nr"), ("nde", "nd"), ("ndo", "ng"), ("nep", "ne"), ("nld", "nl"), ("nno", "nn"), ("nob", "nb"),
    ("nor", "no"), ("nya", "ny"), ("oci", "oc"), ("oji", "oj"), ("ori", "or"), ("orm", "om"), ("oss", "os"),
    ("pan", "pa"), ("per", "fa"), ("pli", "pi"), ("pol", "pl"), ("por", "pt"), ("pus", "ps"), ("que", "qu"),
    ("roh", "rm"), ("ron", "ro"), ("rum", "ro"), ("run", "rn"), ("rus", "ru"), ("sag", "sg"), ("san", "sa"),
    ("sin", "si"), ("slk", "sk"), ("slo", "sk"), ("slv", "sl"), ("sme", "se"), ("smo", "sm"), ("sna", "sn"),
    ("snd", "sd"), ("som", "so"), ("sot", "st"), ("spa", "es"), ("sqi", "sq"), ("srd", "sc"), ("srp", "sr"),
    ("ssw", "ss"), ("sun", "su"), ("swa", "sw"), ("swe", "sv"), ("tah", "ty"), ("tam", "ta"), ("tat", "tt"),
    ("tel", "te"), ("tgk", "tg"), ("tgl", "tl"), ("tha", "th"), ("tib", "bo"), ("tir", "ti"), ("ton", "to"),
    ("tsn", "tn"), ("tso", "ts"), ("tuk", "tk"), ("tur", "tr"), ("twi", "tw"), ("uig", "ug"), ("ukr", "uk"),
    ("urd", "ur"), ("uzb", "uz"), ("ven", "ve"), ("vie", "vi"), ("vol", "vo"), ("wel", "cy"), ("wln", "wa"),
    ("wol", "wo"), ("xho", "xh"), ("yid", "yi"), ("yor", "yo"), ("zha", "za"), ("zho", "zh"), ("zul", "zu"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_letters_become_two_where_two_exist() {
        assert_eq!(shortest("eng"), "en");
        assert_eq!(shortest("deu"), "de");
        assert_eq!(shortest("ger"), "de");
        assert_eq!(shortest("zho-Hant"), "zh-Hant");
        assert_eq!(shortest("POR-BR"), "pt-BR");
    }

    #[test]
    fn what_is_shortest_already_stays() {
        for tag in ["en", "en-GB", "gsw", "nds", "fil", "und", "qaa", ""] {
            assert_eq!(shortest(tag), tag);
        }
    }

    #[test]
    fn three_letters_are_packed() {
        assert_eq!(
            [Some("eng"), Some("en-GB"), None, Some("x"), Some("und")].map(packed),
            [0x15c7, 0x15c7, 0x55c4, 0x55c4, 0x55c4]
        );
    }

    #[test]
    fn the_table_is_sorted_for_the_search() {
        assert!(SHORTER.is_sorted_by_key(|&(long, _)| long));
    }
}
