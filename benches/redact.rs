//! How fast the redactor is: `cargo bench --bench redact -- FILE...` prints the size, the time and MB/s of each mode over
//! the files, and how long the first look at a short text takes.

use std::time::Instant;

use backstory::redact::{Policy, Redactor};

#[allow(clippy::print_stdout, reason = "the figures are what this program is for")]
fn main() {
    let start = Instant::now();
    let redactor = Redactor::new(Policy::default()).expect("the default policy is valid");
    let spans = redactor.spans("fix the flaky test and commit it").len();
    println!("first look at a prompt: {:.2} ms, {spans} findings", start.elapsed().as_secs_f64() * 1e3);
    let files: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let text: String = files.iter().map(|file| std::fs::read_to_string(file).expect("a file of text")).collect();
    if text.is_empty() {
        return println!("name files to measure");
    }
    for (mode, strict) in [("default", false), ("strict", true)] {
        let redactor = Redactor::new(Policy { strict, ..Policy::default() }).expect("the default policy is valid");
        let mut best = f64::INFINITY;
        let mut found = 0;
        for _ in 0..3 {
            let start = Instant::now();
            found = redactor.spans(&text).len();
            best = best.min(start.elapsed().as_secs_f64());
        }
        let megabytes = text.len() as f64 / 1e6;
        println!("{mode}: {megabytes:.1} MB in {best:.3} s, {:.0} MB/s, {found} findings", megabytes / best);
    }
}
