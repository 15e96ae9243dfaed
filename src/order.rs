//! Sorting and small sorted collections with one copy of each algorithm for all types: the library's own are 3 kB of wasm
//! for each type of a sorted list, and 4 for each type of a map.

use std::cmp::Ordering;

/// Sorts a list; what is equal stays in order.
pub fn sort<T: Ord>(list: &mut [T]) {
    sort_by(list, T::cmp);
}

/// Sorts a list by a key, which is asked once for each item; what is equal stays in order.
pub fn sort_by_key<T, K: Ord>(list: &mut [T], key: impl FnMut(&T) -> K) {
    let keys: Vec<K> = list.iter().map(key).collect();
    let targets = targets(keys.len(), &|a, b| keys[a].cmp(&keys[b]));
    place(targets, &mut |a, b| list.swap(a, b));
}

/// Sorts a list by a comparison; what is equal stays in order.
pub fn sort_by<T>(list: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let targets = targets(list.len(), &|a, b| compare(&list[a], &list[b]));
    place(targets, &mut |a, b| list.swap(a, b));
}

/// Where each of `count` items goes.
fn targets(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_unstable_by(|&a, &b| compare(a, b).then(a.cmp(&b)));
    let mut targets = vec![0; count];
    for (place, item) in order.into_iter().enumerate() {
        targets[item] = place;
    }
    targets
}

/// Puts items where they go, by exchanging two at a time.
fn place(mut targets: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for at in 0..targets.len() {
        while targets[at] != at {
            let target = targets[at];
            swap(at, target);
            targets.swap(at, target);
        }
    }
}

/// A map of few entries, in the order of its keys: an insertion moves what is behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map<K, V> {
    entries: Vec<(K, V)>,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<K: Ord, V> Map<K, V> {
    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.place(key).ok().map(|at| &self.entries[at].1)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.place(key).ok().map(|at| &mut self.entries[at].1)
    }

    /// Gives a key a value, and returns the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(at) => Some(std::mem::replace(&mut self.entries[at].1, value)),
            Err(at) => {
                self.entries.insert(at, (key, value));
                None
            }
        }
    }

    /// The value of a key, which is made where there is none.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let at = self.place(&key).unwrap_or_else(|at| {
            self.entries.insert(at, (key, V::default()));
            at
        });
        &mut self.entries[at].1
    }

    /// Takes an entry out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.place(key).ok().map(|at| self.entries.remove(at).1)
    }

    /// The entries in the order of their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// Where a key is, or belongs.
    fn place(&self, key: &K) -> Result<usize, usize> {
        search(self.entries.len(), &|at| self.entries[at].0.cmp(key))
    }
}

/// Of entries with the same key the last counts.
impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut entries: Vec<(K, V)> = entries.into_iter().collect();
        entries.reverse();
        sort_by(&mut entries, |a, b| a.0.cmp(&b.0));
        entries.dedup_by(|later, first| later.0 == first.0);
        Self { entries }
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

/// A binary search by how each of `count` items compares with what is sought.
fn search(count: usize, compare: &dyn Fn(usize) -> Ordering) -> Result<usize, usize> {
    let (mut from, mut to) = (0, count);
    while from < to {
        let middle = from + (to - from) / 2;
        match compare(middle) {
            Ordering::Less => from = middle + 1,
            Ordering::Equal => return Ok(middle),
            Ordering::Greater => to = middle,
        }
    }
    Err(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_as_the_library_sorts_them() {
        let mut seed = 1_u32;
        for count in (0..40).chain([1000]) {
            let list: Vec<(u32, usize)> = (0..count)
                .map(|index| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 28, index)
                })
                .collect();
            let mut expected = list.clone();
            expected.sort_by_key(|item| item.0);
            let mut by_key = list.clone();
            sort_by_key(&mut by_key, |item| item.0);
            assert_eq!(by_key, expected, "equal ones stay in order");
            let mut by_comparison = list.clone();
            sort_by(&mut by_comparison, |a, b| a.0.cmp(&b.0));
            assert_eq!(by_comparison, expected);
            let mut all = list;
            all.reverse();
            sort(&mut all);
            assert_eq!(all, expected);
        }
    }

    #[test]
    fn maps_hold_what_the_library_s_hold() {
        let (mut map, mut expected) = (Map::default(), std::collections::BTreeMap::new());
        let mut seed = 1_u32;
        for step in 0..2000_u32 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let key = seed >> 25;
            match seed >> 8 & 3 {
                0 => assert_eq!(map.remove(&key), expected.remove(&key)),
                1 => assert_eq!(map.or_default(key), expected.entry(key).or_default()),
                _ => assert_eq!(map.insert(key, step), expected.insert(key, step)),
            }
            *map.or_default(key) = step;
            expected.insert(key, step);
            assert_eq!(map.get(&key), Some(&step));
            assert_eq!(map.get_mut(&(key + 1)), expected.get_mut(&(key + 1)));
        }
        assert!(map.iter().eq(&expected));
        let twice = [(2, 'a'), (1, 'b'), (2, 'c')];
        assert!(twice.into_iter().collect::<Map<_, _>>().into_iter().eq([(1, 'b'), (2, 'c')]), "the last counts");
    }
}
