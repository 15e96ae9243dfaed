//! Languages: the three letters of `mdhd` and the tags of `elng` → BCP 47.

/// The tag of BCP 47 for a language that a file names, by its first subtag in the shortest code, as RFC
/// 5646 section 2.2.1 demands ("MUST use the two-character code"); the other subtags stay as they are.
pub(super) fn shortest(tag: &str) -> String {
    let (first, rest) = tag.split_at(tag.find('-').unwrap_or(tag.len()));
    let first = first.to_ascii_lowercase();
    let found = SHORTER.binary_search_by_key(&first.as_bytes(), |(long, _)| long);
    let shorter = found.ok().and_then(|index| std::str::from_utf8(&SHORTER[index].1).ok());
    format!("{}{rest}", shorter.unwrap_or(&first))
}

/// Whether this lower-case code names a language: one of ISO 639-1, of 639-2 beside it, or of the few that are spoken
/// in films and have three letters only.
pub(super) fn is_known(code: &str) -> bool {
    const LONG_ONLY: [&str; 12] = ["ast", "ceb", "cmn", "fil", "gsw", "haw", "hmn", "mai", "mul", "nds", "und", "yue"];
    LONG_ONLY.contains(&code)
        || SHORTER.iter().any(|&(long, short)| code.as_bytes() == long || code.as_bytes() == short)
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
    let longer = SHORTER.iter().find(|(_, short)| short == first.as_bytes());
    let longer = longer.map_or(first.as_bytes(), |(long, _)| long);
    let letters = Some(longer).filter(|code| code.len() == 3 && code.iter().all(u8::is_ascii_lowercase));
    letters.unwrap_or(b"und").iter().fold(0, |packed, letter| packed << 5 | u16::from(letter - 0x60))
}

/// The language in three letters, `und` where it has none.
pub fn long_language(tag: Option<&str>) -> String {
    let packed = packed(tag);
    [10, 5, 0].map(|shift| char::from(u8::try_from(packed >> shift & 0x1f).unwrap_or(0) + 0x60)).iter().collect()
}

/// The codes of ISO 639-2, terminological and bibliographical, that have one in ISO 639-1, sorted. Source:
/// the registry's list (Library of Congress, ISO-639-2_utf-8) as Debian's iso-codes 4.15 has it.
#[rustfmt::skip] // many short pairs a line
const SHORTER: &[([u8; 3], [u8; 2])] = &[
    (*b"aar", *b"aa"), (*b"abk", *b"ab"), (*b"afr", *b"af"), (*b"aka", *b"ak"), (*b"alb", *b"sq"), (*b"amh", *b"am"),
    (*b"ara", *b"ar"), (*b"arg", *b"an"), (*b"arm", *b"hy"), (*b"asm", *b"as"), (*b"ava", *b"av"), (*b"ave", *b"ae"),
    (*b"aym", *b"ay"), (*b"aze", *b"az"), (*b"bak", *b"ba"), (*b"bam", *b"bm"), (*b"baq", *b"eu"), (*b"bel", *b"be"),
    (*b"ben", *b"bn"), (*b"bis", *b"bi"), (*b"bod", *b"bo"), (*b"bos", *b"bs"), (*b"bre", *b"br"), (*b"bul", *b"bg"),
    (*b"bur", *b"my"), (*b"cat", *b"ca"), (*b"ces", *b"cs"), (*b"cha", *b"ch"), (*b"che", *b"ce"), (*b"chi", *b"zh"),
    (*b"chu", *b"cu"), (*b"chv", *b"cv"), (*b"cor", *b"kw"), (*b"cos", *b"co"), (*b"cre", *b"cr"), (*b"cym", *b"cy"),
    (*b"cze", *b"cs"), (*b"dan", *b"da"), (*b"deu", *b"de"), (*b"div", *b"dv"), (*b"dut", *b"nl"), (*b"dzo", *b"dz"),
    (*b"ell", *b"el"), (*b"eng", *b"en"), (*b"epo", *b"eo"), (*b"est", *b"et"), (*b"eus", *b"eu"), (*b"ewe", *b"ee"),
    (*b"fao", *b"fo"), (*b"fas", *b"fa"), (*b"fij", *b"fj"), (*b"fin", *b"fi"), (*b"fra", *b"fr"), (*b"fre", *b"fr"),
    (*b"fry", *b"fy"), (*b"ful", *b"ff"), (*b"geo", *b"ka"), (*b"ger", *b"de"), (*b"gla", *b"gd"), (*b"gle", *b"ga"),
    (*b"glg", *b"gl"), (*b"glv", *b"gv"), (*b"gre", *b"el"), (*b"grn", *b"gn"), (*b"guj", *b"gu"), (*b"hat", *b"ht"),
    (*b"hau", *b"ha"), (*b"heb", *b"he"), (*b"her", *b"hz"), (*b"hin", *b"hi"), (*b"hmo", *b"ho"), (*b"hrv", *b"hr"),
    (*b"hun", *b"hu"), (*b"hye", *b"hy"), (*b"ibo", *b"ig"), (*b"ice", *b"is"), (*b"ido", *b"io"), (*b"iii", *b"ii"),
    (*b"iku", *b"iu"), (*b"ile", *b"ie"), (*b"ina", *b"ia"), (*b"ind", *b"id"), (*b"ipk", *b"ik"), (*b"isl", *b"is"),
    (*b"ita", *b"it"), (*b"jav", *b"jv"), (*b"jpn", *b"ja"), (*b"kal", *b"kl"), (*b"kan", *b"kn"), (*b"kas", *b"ks"),
    (*b"kat", *b"ka"), (*b"kau", *b"kr"), (*b"kaz", *b"kk"), (*b"khm", *b"km"), (*b"kik", *b"ki"), (*b"kin", *b"rw"),
    (*b"kir", *b"ky"), (*b"kom", *b"kv"), (*b"kon", *b"kg"), (*b"kor", *b"ko"), (*b"kua", *b"kj"), (*b"kur", *b"ku"),
    (*b"lao", *b"lo"), (*b"lat", *b"la"), (*b"lav", *b"lv"), (*b"lim", *b"li"), (*b"lin", *b"ln"), (*b"lit", *b"lt"),
    (*b"ltz", *b"lb"), (*b"lub", *b"lu"), (*b"lug", *b"lg"), (*b"mac", *b"mk"), (*b"mah", *b"mh"), (*b"mal", *b"ml"),
    (*b"mao", *b"mi"), (*b"mar", *b"mr"), (*b"may", *b"ms"), (*b"mkd", *b"mk"), (*b"mlg", *b"mg"), (*b"mlt", *b"mt"),
    (*b"mon", *b"mn"), (*b"mri", *b"mi"), (*b"msa", *b"ms"), (*b"mya", *b"my"), (*b"nau", *b"na"), (*b"nav", *b"nv"),
    (*b"nbl", *b"nr"), (*b"nde", *b"nd"), (*b"ndo", *b"ng"), (*b"nep", *b"ne"), (*b"nld", *b"nl"), (*b"nno", *b"nn"),
    (*b"nob", *b"nb"), (*b"nor", *b"no"), (*b"nya", *b"ny"), (*b"oci", *b"oc"), (*b"oji", *b"oj"), (*b"ori", *b"or"),
    (*b"orm", *b"om"), (*b"oss", *b"os"), (*b"pan", *b"pa"), (*b"per", *b"fa"), (*b"pli", *b"pi"), (*b"pol", *b"pl"),
    (*b"por", *b"pt"), (*b"pus", *b"ps"), (*b"que", *b"qu"), (*b"roh", *b"rm"), (*b"ron", *b"ro"), (*b"rum", *b"ro"),
    (*b"run", *b"rn"), (*b"rus", *b"ru"), (*b"sag", *b"sg"), (*b"san", *b"sa"), (*b"sin", *b"si"), (*b"slk", *b"sk"),
    (*b"slo", *b"sk"), (*b"slv", *b"sl"), (*b"sme", *b"se"), (*b"smo", *b"sm"), (*b"sna", *b"sn"), (*b"snd", *b"sd"),
    (*b"som", *b"so"), (*b"sot", *b"st"), (*b"spa", *b"es"), (*b"sqi", *b"sq"), (*b"srd", *b"sc"), (*b"srp", *b"sr"),
    (*b"ssw", *b"ss"), (*b"sun", *b"su"), (*b"swa", *b"sw"), (*b"swe", *b"sv"), (*b"tah", *b"ty"), (*b"tam", *b"ta"),
    (*b"tat", *b"tt"), (*b"tel", *b"te"), (*b"tgk", *b"tg"), (*b"tgl", *b"tl"), (*b"tha", *b"th"), (*b"tib", *b"bo"),
    (*b"tir", *b"ti"), (*b"ton", *b"to"), (*b"tsn", *b"tn"), (*b"tso", *b"ts"), (*b"tuk", *b"tk"), (*b"tur", *b"tr"),
    (*b"twi", *b"tw"), (*b"uig", *b"ug"), (*b"ukr", *b"uk"), (*b"urd", *b"ur"), (*b"uzb", *b"uz"), (*b"ven", *b"ve"),
    (*b"vie", *b"vi"), (*b"vol", *b"vo"), (*b"wel", *b"cy"), (*b"wln", *b"wa"), (*b"wol", *b"wo"), (*b"xho", *b"xh"),
    (*b"yid", *b"yi"), (*b"yor", *b"yo"), (*b"zha", *b"za"), (*b"zho", *b"zh"), (*b"zul", *b"zu"),
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
