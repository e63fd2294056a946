//! What was already read of the transcripts on this machine: a cache in the git folder, rebuilt at any time.

pub mod index;
