//! Ends the process when a hook takes too long. The hook's work stays on the main thread, so that it waits for no other;
//! a thread that mostly sleeps has an eye on the clock.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;

use crate::context::Ending;

/// Runs until `limit` is over or the process ends.
pub(crate) struct Deadline {
    /// How the work ended, when it has.
    ended: Arc<Mutex<Option<Ending>>>,
}

impl Deadline {
    /// Starts the clock. When `limit` is over, the process ends as the work did; if that has not ended, as `late` says,
    /// which is called first.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) fn start(limit: Duration, late: impl FnOnce() -> Ending + Send + 'static) -> anyhow::Result<Self> {
        let ended = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&ended);
        let end = move || {
            // Held until the process is gone, so that the work cannot end as well.
            let ended = seen.lock().unwrap_or_else(PoisonError::into_inner);
            exit(ended.unwrap_or_else(late));
        };
        if limit.is_zero() {
            end();
        }
        let waiting = move || {
            thread::sleep(limit);
            end();
        };
        thread::Builder::new().name("deadline".to_owned()).spawn(waiting).context("no thread could be started")?;
        Ok(Self { ended })
    }

    /// The work has ended, and the process may end so at any time. Does not return when it was too late.
    pub(crate) fn met(&self, ending: Ending) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(ending);
    }
}

#[expect(clippy::exit, reason = "the work cannot be stopped in any other way")]
fn exit(ending: Ending) -> ! {
    std::process::exit(i32::from(ending.code()))
}
