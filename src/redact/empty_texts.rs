//! Texts in which nothing was found, as hashes with a key of this process: names and paths come again in record after record, and what
//! a record says comes again in all that is made of it. A thread has its own.

use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

/// Hashes after which the older half is forgotten.
const MOST: usize = 1 << 14;

#[derive(Default)]
struct EmptyTexts {
    key: RandomState,
    new: HashSet<u64, foldhash::fast::RandomState>,
    old: HashSet<u64, foldhash::fast::RandomState>,
}

std::thread_local! {
    static EMPTY: RefCell<EmptyTexts> = RefCell::default();
}

/// What `scan` finds in a text; it is not asked where it found nothing before.
pub(super) fn unless_known<T>(text: &[u8], strict: bool, scan: impl FnOnce() -> Vec<T>) -> Vec<T> {
    let (hash, is_known) = EMPTY.with_borrow(|empty| {
        let hash = empty.key.hash_one((text, strict));
        (hash, empty.new.contains(&hash) || empty.old.contains(&hash))
    });
    if is_known {
        return Vec::new();
    }
    let found = scan();
    if found.is_empty() {
        EMPTY.with_borrow_mut(|empty| empty.add(hash));
    }
    found
}

impl EmptyTexts {
    fn add(&mut self, hash: u64) {
        if self.new.len() == MOST {
            self.old = std::mem::take(&mut self.new);
        }
        self.new.insert(hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_a_finding_is_looked_at_once_and_one_with_a_finding_each_time() {
        let mut looks = 0;
        let mut look = |text: &str, strict: bool| {
            let found = || {
                looks += 1;
                if text.contains("secret") { vec![text.len()] } else { Vec::new() }
            };
            (unless_known(text.as_bytes(), strict, found), looks)
        };
        assert_eq!(look("plain", false), (vec![], 1));
        assert_eq!(look("plain", false), (vec![], 1));
        assert_eq!(look("plain", true), (vec![], 2));
        assert_eq!(look("a secret", false), (vec![8], 3));
        assert_eq!(look("a secret", false), (vec![8], 4));
        for number in 0..3 * MOST {
            look(&number.to_string(), false);
        }
        assert_eq!(look("plain", false).1, 4 + 3 * MOST + 1);
        EMPTY.with_borrow(|empty| assert!(empty.new.len() <= MOST && empty.old.len() <= MOST));
    }
}
