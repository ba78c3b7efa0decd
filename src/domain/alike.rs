//! What is equal among many, kept up as it comes and changes: lessons that say the same, candidates with the same code. Pure;
//! equal is what has the same 64-bit hash.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Things by their content, each under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alike<K: Eq + Hash> {
    /// The group of each.
    of: HashMap<K, u32>,
    /// The keys of each group, in their order.
    groups: Vec<Vec<K>>,
    /// Groups by the hash of their content.
    by_content: HashMap<u64, u32>,
}

impl<K: Eq + Hash> Default for Alike<K> {
    fn default() -> Self {
        Self {
            of: HashMap::new(),
            groups: Vec::new(),
            by_content: HashMap::new(),
        }
    }
}

impl<K: Copy + Ord + Hash> Alike<K> {
    /// Takes in something, or another content of something known.
    pub(crate) fn put(&mut self, key: K, content: impl Hash) {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        let next = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        let group = *self.by_content.entry(hasher.finish()).or_insert(next);
        if group == next {
            self.groups.push(Vec::new());
        }
        if let Some(old) = self.of.insert(key, group)
            && let Some(keys) = self.group_mut(old)
        {
            keys.retain(|known| *known != key);
        }
        if let Some(keys) = self.group_mut(group) {
            let after = keys.partition_point(|known| *known < key);
            keys.insert(after, key);
        }
    }

    /// The number of the group of something: the same for what is equal.
    pub(crate) fn group(&self, key: K) -> Option<u32> {
        self.of.get(&key).copied()
    }

    /// All that is equal to something, itself among them, in the order of the keys.
    pub(crate) fn all(&self, key: K) -> &[K] {
        let at = self.group(key).and_then(|at| usize::try_from(at).ok());
        let keys = at.and_then(|at| self.groups.get(at));
        keys.map_or(&[], Vec::as_slice)
    }

    fn group_mut(&mut self, group: u32) -> Option<&mut Vec<K>> {
        self.groups.get_mut(usize::try_from(group).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_things_are_found_and_a_change_takes_one_out() {
        let mut alike = Alike::default();
        for (key, text) in ["a", "b", "a", "a"].into_iter().enumerate() {
            alike.put(key, text);
        }
        assert_eq!(alike.all(2), [0, 2, 3]);
        assert_eq!(alike.all(1), [1]);
        alike.put(2, "b");
        assert_eq!(alike.all(0), [0, 3]);
        assert_eq!(alike.all(1), [1, 2]);
        alike.put(2, "a");
        assert_eq!(alike.all(3), [0, 2, 3]);
        assert_eq!(alike.group(0), alike.group(2));
        assert_eq!(alike.all(9), [0_usize; 0]);
    }
}
