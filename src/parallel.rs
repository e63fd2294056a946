//! Works on one thing after the other on all cores and hands on what comes of them in their order. Only a few are held at
//! a time, however many there are.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How many threads work at once.
pub(crate) fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Gives `take` what the work makes of each item of `next`, in the order of the items. Each thread gets its work from
/// `start`; at most `ahead` items are under way. One item alone is worked on here.
///
/// # Errors
/// The first of `next` or `take`. A panic of the work is one of the caller.
pub(crate) fn in_order<T: Send, R: Send, E, W: FnMut(T) -> R>(
    ahead: usize,
    start: impl Fn() -> W + Sync,
    next: impl FnMut() -> Result<Option<T>, E>,
    take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    on(threads(), (ahead, start), next, take)
}

type Panic = Box<dyn Any + Send>;

fn on<T: Send, R: Send, E, W: FnMut(T) -> R>(
    threads: usize,
    (ahead, start): (usize, impl Fn() -> W + Sync),
    mut next: impl FnMut() -> Result<Option<T>, E>,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let Some(first) = next()? else { return Ok(()) };
    let second = if threads > 1 { next()? } else { None };
    if second.is_none() {
        let mut work = start();
        take(work(first))?;
        while threads <= 1
            && let Some(item) = next()?
        {
            take(work(item))?;
        }
        return Ok(());
    }
    let (jobs, to_do) = mpsc::channel();
    let (results, done) = mpsc::channel::<Result<(usize, R), Panic>>();
    let to_do = Mutex::new(to_do);
    thread::scope(|scope| {
        for _ in 0..threads {
            let results = results.clone();
            let (to_do, start) = (&to_do, &start);
            scope.spawn(move || {
                let work = || {
                    let mut work = start();
                    while let Some((place, item)) = next_job(to_do) {
                        if results.send(Ok((place, work(item)))).is_err() {
                            break;
                        }
                    }
                };
                if let Err(panic) = panic::catch_unwind(AssertUnwindSafe(work)) {
                    // Nobody listens where the caller has stopped already.
                    let _ = results.send(Err(panic));
                }
            });
        }
        // Dropped before the threads are waited for, however this ends: then they stop.
        let (jobs, done) = (jobs, done);
        let mut items = [Some(first), second].into_iter().flatten();
        let (mut given, mut taken, mut is_end) = (0, 0, false);
        let mut waiting = BTreeMap::new();
        loop {
            while !is_end && given - taken < ahead.max(1) {
                match items.next().map_or_else(&mut next, |item| Ok(Some(item)))? {
                    Some(item) => {
                        jobs.send((given, item)).expect("the other end is here");
                        given += 1;
                    }
                    None => is_end = true,
                }
            }
            if taken == given {
                return Ok(());
            }
            match done.recv().expect("each thread answers to each job, or says why not") {
                Ok((place, result)) => drop(waiting.insert(place, result)),
                Err(panic) => panic::resume_unwind(panic),
            }
            while let Some(result) = waiting.remove(&taken) {
                taken += 1;
                take(result)?;
            }
        }
    })
}

fn next_job<T>(jobs: &Mutex<Receiver<T>>) -> Option<T> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    /// What comes of `count` numbers, doubled.
    fn doubled(threads: usize, ahead: usize, count: usize) -> Vec<usize> {
        let (mut numbers, mut all) = (0..count, Vec::new());
        let start = || {
            |number: usize| {
                // The first of each four is ready last.
                thread::sleep(Duration::from_micros(if number.is_multiple_of(4) { 300 } else { 0 }));
                2 * number
            }
        };
        let next = || Ok::<_, ()>(numbers.next());
        on(threads, (ahead, start), next, |number| {
            all.push(number);
            Ok(())
        })
        .unwrap();
        all
    }

    #[test]
    fn after_its_end_nobody_is_asked_for_more() {
        for (threads, count) in [(1, 0), (1, 1), (1, 3), (2, 0), (2, 1), (2, 2), (2, 9)] {
            let (mut numbers, mut has_ended) = (0..count, false);
            let next = || {
                assert!(!has_ended, "{threads} threads, {count} items");
                let number = numbers.next();
                has_ended = number.is_none();
                Ok::<_, ()>(number)
            };
            let mut taken = 0;
            on(threads, (3, || |number: usize| number), next, |_| {
                taken += 1;
                Ok(())
            })
            .unwrap();
            assert_eq!(taken, count);
        }
    }

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for (threads, ahead, count) in [(1, 1, 9), (2, 3, 0), (2, 3, 1), (2, 3, 2), (3, 9, 200), (4, 2, 50), (2, 0, 5)]
        {
            let expected: Vec<usize> = (0..count).map(|number| 2 * number).collect();
            assert_eq!(doubled(threads, ahead, count), expected, "{threads} threads, {ahead} ahead");
        }
    }

    #[test]
    fn no_more_items_than_asked_for_are_under_way() {
        let (given, taken, most) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let next = || {
            let number = given.fetch_add(1, Ordering::Relaxed);
            most.fetch_max(number - taken.load(Ordering::Relaxed), Ordering::Relaxed);
            Ok::<_, ()>((number < 100).then_some(number))
        };
        on(4, (3, || |number: usize| number), next, |_| {
            taken.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
        .unwrap();
        assert!(most.load(Ordering::Relaxed) <= 3, "{most:?}");
    }

    #[test]
    fn the_first_error_ends_the_work_and_a_panic_is_the_callers() {
        let numbers = |failing: usize| {
            let mut numbers = 0..100;
            move || match numbers.next() {
                Some(number) if number == failing => Err(format!("no {number}")),
                number => Ok(number),
            }
        };
        for threads in [1, 3] {
            let same = || |number: usize| number;
            assert_eq!(on(threads, (4, same), numbers(7), |_| Ok(())), Err("no 7".to_owned()));
            let full = |number| if number < 5 { Ok(()) } else { Err("full".to_owned()) };
            assert_eq!(on(threads, (4, same), numbers(200), full), Err("full".to_owned()));
            let breaks = || |number: usize| assert!(number < 9, "nine");
            let panic = panic::catch_unwind(|| on(threads, (4, breaks), numbers(200), |()| Ok(()))).unwrap_err();
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"nine"));
        }
    }
}
