//! The thread that runs the tools, one call after the other: clients send several at once, and two writers of one file would lose a note.
//! It keeps open what the call before had open.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use anyhow::Context as _;
use tokio::sync::oneshot;

use crate::recorder::recall_place::KeptPlace;

type Job = Box<dyn FnOnce(&RefCell<KeptPlace>) + Send>;

pub(crate) struct Worker {
    jobs: Sender<Job>,
}

impl Worker {
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let (jobs, received) = channel::<Job>();
        let work = move || {
            let mut kept = RefCell::default();
            for job in received {
                // Who waits for the answer learns that there is none; what was open may be half done.
                if catch_unwind(AssertUnwindSafe(|| job(&kept))).is_err() {
                    kept = RefCell::default();
                }
            }
        };
        thread::Builder::new().name("tools".to_owned()).spawn(work).context("the tools cannot be started")?;
        Ok(Self { jobs })
    }

    /// What the work gives back, after all that was handed in before.
    ///
    /// # Errors
    /// When it came to no end.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&RefCell<KeptPlace>) -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let (give, given) = oneshot::channel();
        let job: Job = Box::new(move |kept| drop(give.send(work(kept))));
        self.jobs.send(job).ok().context("nothing runs the tools any more")?;
        given.await.context("it came to no end, which is a fault of backstory")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_in_order_and_after_one_that_broke_off() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let worker = Worker::start().unwrap();
            let (slow, quick) = tokio::join!(
                worker.run(|_| {
                    thread::sleep(std::time::Duration::from_millis(30));
                    std::time::Instant::now()
                }),
                worker.run(|_| std::time::Instant::now())
            );
            assert!(slow.unwrap() <= quick.unwrap());
            let broken = worker.run(|_| -> u8 { std::panic::panic_any("on purpose") }).await;
            assert!(broken.unwrap_err().to_string().contains("came to no end"));
            assert_eq!(worker.run(|_| 7).await.unwrap(), 7);
        });
    }
}
