//! How fast the redactor is: `cargo bench --bench redact -- FILE...` prints the size, the processor time and MB/s of each mode
//! over the files, what it finds by kind, and how long the first look at a short text takes. `-- units` prints the slowest of the
//! texts that repeat one unit (`units.json`), in seconds for a megabyte, and how that changes from a fifth of the length to all.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use backstory::record::text::Raw;
use backstory::redact::{RedactionOptions, Redactor};

#[allow(clippy::print_stdout, reason = "the figures are what this program is for")]
fn main() {
    let start = Instant::now();
    let redactor = Redactor::new(RedactionOptions::default()).expect("the default policy is valid");
    let spans = redactor.spans("fix the flaky test and commit it").len();
    println!("first look at a prompt: {:.2} ms, {spans} findings", start.elapsed().as_secs_f64() * 1e3);
    if std::env::args().any(|argument| argument == "units") {
        return println!("{}", slowest_units());
    }
    let files: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let text: String = files.iter().map(|file| std::fs::read_to_string(file).expect("a file of text")).collect();
    if text.is_empty() {
        return println!("name files to measure");
    }
    for (mode, strict) in [("default", false), ("strict", true)] {
        let redactor = Redactor::new(RedactionOptions { strict, ..RedactionOptions::default() })
            .expect("the default policy is valid");
        let mut best = f64::INFINITY;
        let mut found = Vec::new();
        for _ in 0..3 {
            let start = processor_time();
            found = redactor.spans(&text);
            best = best.min((processor_time() - start).as_secs_f64());
        }
        let megabytes = text.len() as f64 / 1e6;
        println!("{mode}: {megabytes:.1} MB in {best:.3} s, {:.0} MB/s, {} findings", megabytes / best, found.len());
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        found.iter().for_each(|span| *kinds.entry(&span.kind).or_default() += 1);
        println!("  {kinds:?}");
    }
}

fn slowest_units() -> String {
    let units: Vec<String> = serde_json::from_str(include_str!("units.json")).expect("a list of strings");
    let mut rows: Vec<(f64, f64, String)> = Vec::new();
    for (unit, strict) in units.iter().flat_map(|unit| [(unit, false), (unit, true)]) {
        let redactor = Redactor::new(RedactionOptions { strict, ..RedactionOptions::default() })
            .expect("the default policy is valid");
        let seconds_for_a_megabyte = |size: usize| {
            let text = unit.repeat(size / unit.len());
            let start = processor_time();
            let clean = redactor.text(Raw::new(text)).0;
            let seconds = (processor_time() - start).as_secs_f64();
            assert!(clean.as_str().len() < 40 * size);
            seconds * 1e6 / size as f64
        };
        let (short, long) = (seconds_for_a_megabyte(200_000), seconds_for_a_megabyte(1_000_000));
        rows.push((long, long / short, format!("{unit:?}{}", if strict { " strict" } else { "" })));
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let row = |(seconds, ratio, unit): &(f64, f64, String)| format!("{seconds:.2} s/MB, x {ratio:.1}  {unit}");
    rows.iter().filter(|row| row.0 > 0.3 || row.1 > 2.0).map(row).collect::<Vec<_>>().join("\n")
}

/// Of this thread, as Linux counts it: on a busy machine the time of day says nothing. The time of day elsewhere.
fn processor_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = counted.split(' ').next().and_then(|number| number.parse().ok());
    nanoseconds.map_or_else(|| START.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}
