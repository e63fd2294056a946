//! The contents of files that were read last, by the ids of their blobs.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use git2::Oid;

/// What was read last, up to so many bytes; none, unless [`Self::keep`] asks for it.
#[derive(Default)]
pub(super) struct RecentBlobs {
    most: Cell<usize>,
    kept: RefCell<BlobQueue>,
}

#[derive(Default)]
struct BlobQueue {
    by_id: HashMap<Oid, Arc<[u8]>>,
    /// The oldest first.
    order: VecDeque<Oid>,
    bytes: usize,
}

impl RecentBlobs {
    /// From now on, so many bytes are kept, at most.
    pub(super) fn keep(&self, most: usize) {
        self.most.set(most);
    }

    pub(super) fn get(&self, id: Oid) -> Option<Arc<[u8]>> {
        self.kept.borrow().by_id.get(&id).cloned()
    }

    pub(super) fn add(&self, id: Oid, content: &Arc<[u8]>) {
        let most = self.most.get();
        // One that is long would leave no room for the others.
        if content.len() > most / 8 {
            return;
        }
        let mut kept = self.kept.borrow_mut();
        if kept.by_id.insert(id, content.clone()).is_none() {
            kept.order.push_back(id);
            kept.bytes += content.len();
        }
        while kept.bytes > most {
            let Some(oldest) = kept.order.pop_front() else { break };
            kept.bytes -= kept.by_id.remove(&oldest).map_or(0, |gone| gone.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_came_last_and_no_more_than_asked_for() {
        let recent = RecentBlobs::default();
        let id = |number: u8| Oid::from_bytes(&[number; 20]).unwrap();
        let content = |number: u8, length: usize| -> Arc<[u8]> { vec![number; length].into() };
        let kept = || -> Vec<u8> {
            let queue = recent.kept.borrow();
            assert_eq!(queue.bytes, queue.by_id.values().map(|content| content.len()).sum::<usize>());
            assert_eq!(queue.by_id.len(), queue.order.len());
            (0..=50).filter(|number| recent.get(id(*number)).is_some()).collect()
        };
        recent.add(id(0), &content(0, 100));
        assert_eq!(kept(), [0; 0], "unless it is asked for");
        recent.keep(1_000);
        for number in (0..20).chain([18, 19]) {
            recent.add(id(number), &content(number, 100));
        }
        assert_eq!(kept(), (10..20).collect::<Vec<u8>>());
        assert_eq!(recent.get(id(12)).as_deref(), Some(&[12; 100][..]));
        recent.add(id(50), &content(50, 500));
        assert_eq!(kept(), (10..20).collect::<Vec<u8>>(), "what is long would leave no room for the others");
    }
}
