//! How fast transcripts are read: `cargo bench --bench read -- DIR` prints the processor time of reading every transcript
//! in the folder into a session, of parsing the same lines with `serde_json` into values, and the ratio. Linux only.

use std::path::PathBuf;

use backstory::capture;

const ROUNDS: usize = 5;

/// Processor time of this thread so far, user and system, in seconds.
fn processor_time() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux says what a thread used");
    let nanoseconds: f64 =
        text.split(' ').next().and_then(|first| first.parse().ok()).expect("it begins with a number");
    nanoseconds / 1e9
}

/// The median of the rounds.
fn measured(mut pass: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = processor_time();
            pass();
            processor_time() - start
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

#[allow(clippy::print_stdout, reason = "the figures are what this program is for")]
fn main() {
    let Some(dir) = std::env::args().skip(1).find(|argument| !argument.starts_with('-')) else {
        return println!("name a folder of transcripts to measure");
    };
    let (found, _) = capture::find_in_folder(&PathBuf::from(dir));
    let megabytes = found.iter().map(|transcript| transcript.size).sum::<u64>() as f64 / 1e6;
    let mut buffer = Vec::new();
    let ours = measured(|| {
        for transcript in &found {
            std::hint::black_box(capture::read_with(&transcript.path, &mut buffer).expect("it was found"));
        }
    });
    let plain = measured(|| {
        for transcript in &found {
            let bytes = std::fs::read(&transcript.path).expect("it was found");
            for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                std::hint::black_box(serde_json::from_slice::<serde_json::Value>(line).ok());
            }
        }
    });
    for (what, seconds) in [("sessions", ours), ("serde_json values", plain)] {
        println!("{what}: {megabytes:.1} MB in {seconds:.3} s, {:.2} GB/s", megabytes / 1e3 / seconds);
    }
    println!("{:.1} times as fast", plain / ours);
}
