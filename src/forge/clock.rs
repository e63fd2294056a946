//! How much of the time given has passed, and how waits are spent: really, or written down by tests.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Starts when it is made.
#[derive(Clone, Debug)]
pub struct Clock {
    started: Instant,
    /// Waits that were counted and not spent.
    skipped: Option<Arc<Mutex<Vec<Duration>>>>,
}

impl Clock {
    pub fn real() -> Self {
        Self { started: Instant::now(), skipped: None }
    }

    /// For tests: a wait is over at once, and counts as time that has passed.
    pub fn without_waiting() -> Self {
        Self { started: Instant::now(), skipped: Some(Arc::default()) }
    }

    /// The waits that were asked for so far, of a clock without waiting.
    pub fn waits(&self) -> Vec<Duration> {
        let skipped = self.skipped.as_ref();
        skipped.map(|waits| waits.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default()
    }

    pub(crate) fn passed(&self) -> Duration {
        self.started.elapsed() + self.waits().iter().sum::<Duration>()
    }

    pub(crate) async fn wait(&self, time: Duration) {
        match &self.skipped {
            Some(waits) => waits.lock().unwrap_or_else(PoisonError::into_inner).push(time),
            None => tokio::time::sleep(time).await,
        }
    }
}
