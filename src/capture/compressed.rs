//! Sessions that an agent compressed when they were old (`NAME.jsonl.zst`), unpacked while they are read: of the text no more is in
//! memory than the compressor looked back, at most 128 MB.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// Whether a file has the name of a compressed session.
pub(super) fn is_compressed(path: &Path) -> bool {
    let ends = |path: &Path, end: &str| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(end));
    ends(path, "zst") && path.file_stem().is_some_and(|stem| ends(Path::new(stem), "jsonl"))
}

/// The name of a session's file, whether compressed or not, without what says of which kind it is.
pub(super) fn stem_of(path: &Path) -> Option<&str> {
    let stem = path.file_stem()?;
    let stem = if is_compressed(path) { Path::new(stem).file_stem()? } else { stem };
    stem.to_str()
}

/// The text of a file, compressed or not.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let file = File::open(path)?;
    Ok(if is_compressed(path) { Box::new(Unpacked::new(BufReader::new(file))) } else { Box::new(file) })
}

/// Unpacks Zstandard, of which a file may hold several frames and others that say nothing.
pub(super) struct Unpacked<R> {
    source: R,
    frame: FrameDecoder,
}

impl<R: BufRead> Unpacked<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, frame: FrameDecoder::new() }
    }

    /// Goes to the next frame; `false` where there is none.
    fn begin_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.frame.init(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut self.source.by_ref().take(length.into()), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            while self.frame.can_collect() == 0 && !self.frame.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                self.frame.decode_blocks(&mut self.source, one).map_err(io::Error::other)?;
            }
            let count = self.frame.read(buffer)?;
            if count > 0 || buffer.is_empty() || !self.begin_frame()? {
                return Ok(count);
            }
        }
    }
}

/// A text as one frame.
#[cfg(test)]
pub(super) fn packed(text: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_frames_of_a_file_are_unpacked_and_damage_ends_it() {
        let text = "a line of a session\n".repeat(40_000);
        let mut bytes = packed(text.as_bytes());
        // A frame that says nothing, as some compressors write for their own use.
        bytes.extend(b"\x50\x2a\x4d\x18\x03\x00\x00\x00xyz");
        bytes.extend(packed(b""));
        bytes.extend(packed(b"the end"));
        let unpacked = |bytes: &[u8]| {
            let mut text = Vec::new();
            let read = Unpacked::new(bytes).read_to_end(&mut text);
            (text, read.is_ok())
        };
        assert!(unpacked(&bytes) == (format!("{text}the end").into_bytes(), true));
        assert_eq!(unpacked(b""), (Vec::new(), true));
        let (part, is_whole) = unpacked(&bytes[..bytes.len() - 3]);
        assert!(!is_whole && part.starts_with(text.as_bytes()));
        assert!(!unpacked(b"{\"type\":\"user\"}").1);
    }

    #[test]
    fn a_compressed_session_has_the_name_that_it_had_before() {
        for (path, expected) in [
            ("/w/rollout-1.jsonl.zst", (true, "rollout-1")),
            ("/w/rollout-1.jsonl", (false, "rollout-1")),
            ("/w/notes.zst", (false, "notes")),
        ] {
            let path = Path::new(path);
            assert_eq!((is_compressed(path), stem_of(path).unwrap()), expected);
        }
    }
}
