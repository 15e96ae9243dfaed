//! "Did you mean …?"

/// The known word that a mistyped one was most likely meant to be; `None` where none is close: at most a third of its
/// letters may be wrong, missing, too many or swapped with the next one.
pub fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = lower(word);
    let most = (letters.len() / 3).clamp(1, 4);
    let distances = known.into_iter().map(|candidate| (distance(&letters, &lower(candidate)), candidate));
    distances.filter(|(distance, _)| *distance <= most).min_by_key(|(distance, _)| *distance).map(|(_, found)| found)
}

fn lower(word: &str) -> Vec<char> {
    word.chars()
        .take(MOST_LETTERS)
        .filter(|letter| !matches!(letter, '-' | '_'))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// No name of an option is as long; what is longer is near none.
const MOST_LETTERS: usize = 64;

/// How many letters are to be changed, put in, taken out or swapped with the next: Damerau's and Levenshtein's distance
/// in its form of "optimal string alignment".
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(letter != other)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *letter == b[j - 1] && a[i - 1] == *other {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_seen_through() {
        let known = ["encryption", "segmentDuration", "segmentNames", "scheme", "key", "keys", "iv"];
        let found = |word| near(word, known);
        assert_eq!(found("encrytion"), Some("encryption"));
        assert_eq!(found("segmentDurations"), Some("segmentDuration"));
        assert_eq!(found("segment-duration"), Some("segmentDuration"));
        assert_eq!(found("shceme"), Some("scheme"));
        assert_eq!(found("keyz"), Some("key"));
        assert_eq!(found("bandwidth"), None);
        assert_eq!(found(""), None);
    }
}
