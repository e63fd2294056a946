//! Logs of runs in the formats that others read and write: XES, OCEL 2.0, CSV and JSON lines. A file each for reading and for
//! writing; what they have in common is in `fields`, `building` and `outgoing`.

pub(crate) mod building;
mod csv_in;
mod csv_out;
pub(crate) mod fields;
pub(crate) mod format;
mod jsonl_in;
mod jsonl_out;
mod limited;
mod ocel_in;
mod ocel_out;
pub(crate) mod outgoing;
mod values;
mod xes_in;
mod xes_out;

#[cfg(test)]
mod round_trip;
