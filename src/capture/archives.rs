//! Archives of transcripts, as a workflow keeps what agents left: of one so much is unpacked as readers know, into a folder that goes
//! when it was read. An archive may be anybody's: no link, no path that leads out, and not more than fits.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Component, Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use tar::EntryType;
use zip::ZipArchive;

use super::compressed::{Unpacked, is_compressed};
use super::search::is_of_known_kind;
use crate::files::ScratchFolder;
use crate::idle::sessions::is_database;

/// Nobody wants to read more files than this.
const MOST_FILES: usize = 20_000;
/// An archive with more entries is not one of transcripts.
const MOST_ENTRIES: usize = 200_000;
/// So many bytes are unpacked, and of a compressed stream so many are looked through.
const MOST_BYTES: u64 = 2 * 1024 * 1024 * 1024;
const MOST_STREAM: u64 = 16 * 1024 * 1024 * 1024;

/// What was unpacked of an archive.
pub(super) struct UnpackedArchive {
    /// Of the archive.
    pub(super) path: PathBuf,
    /// What was left out that may have been a transcript, a sentence each.
    pub(super) left_out: Vec<String>,
    folder: ScratchFolder,
    files: usize,
    bytes: u64,
}

/// How a file is packed, by its name.
#[derive(Clone, Copy, PartialEq)]
enum Packing {
    Zip,
    TarGzip,
    TarZstd,
    /// A single file.
    Zstd,
}

fn packing(path: &Path) -> Option<Packing> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let ends = |end: &str| name.len() > end.len() && name.ends_with(end);
    Some(match () {
        () if ends(".zip") => Packing::Zip,
        () if ends(".tar.gz") || ends(".tgz") => Packing::TarGzip,
        () if ends(".tar.zst") => Packing::TarZstd,
        // A compressed session is read where it is.
        () if ends(".zst") && !is_compressed(path) => Packing::Zstd,
        () => return None,
    })
}

/// Whether a file has the name of an archive that is read.
pub(super) fn is_archive(path: &Path) -> bool {
    packing(path).is_some()
}

/// Unpacks what may be transcripts.
///
/// # Errors
/// When it is not an archive or damaged, or cannot be unpacked here.
pub(super) fn unpack(path: &Path) -> io::Result<UnpackedArchive> {
    let folder = ScratchFolder::temporary()?;
    let mut into = UnpackedArchive { path: path.to_owned(), left_out: Vec::new(), folder, files: 0, bytes: 0 };
    let source = BufReader::new(File::open(path)?);
    match packing(path) {
        Some(Packing::Zip) => into.zip(source)?,
        Some(Packing::TarGzip) => into.tar(MultiGzDecoder::new(source).take(MOST_STREAM))?,
        Some(Packing::TarZstd) => into.tar(Unpacked::new(source).take(MOST_STREAM))?,
        Some(Packing::Zstd) => {
            let name = path.file_stem().map(PathBuf::from).unwrap_or_default();
            into.take(&name, &mut Unpacked::new(source))?;
        }
        None => return Err(io::Error::other("unknown archive type")),
    }
    Ok(into)
}

/// The way below a folder; `None` for one that leads out of it, or elsewhere.
fn below(path: &Path) -> Option<PathBuf> {
    let mut way = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => way.push(part),
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(way).filter(|way| !way.as_os_str().is_empty())
}

/// Whether a reader may know what to do with it: transcripts, and the log of a database.
fn is_wanted(path: &Path) -> bool {
    let is_log =
        || path.to_str().and_then(|path| path.strip_suffix("-wal")).is_some_and(|path| is_database(Path::new(path)));
    is_of_known_kind(path) || is_log()
}

impl UnpackedArchive {
    /// Where it was unpacked.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn zip(&mut self, source: BufReader<File>) -> io::Result<()> {
        let mut archive = ZipArchive::new(source).map_err(io::Error::other)?;
        if archive.len() > MOST_ENTRIES {
            return Err(io::Error::other(format!(
                "it has more than {MOST_ENTRIES} entries: unpack it and name the folder"
            )));
        }
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).map_err(io::Error::other)?;
            let name = entry.enclosed_name().filter(|_| entry.is_file() && !entry.is_symlink());
            if let Some(name) = name
                && !self.take(&name, &mut entry)?
            {
                break;
            }
        }
        Ok(())
    }

    fn tar(&mut self, stream: io::Take<impl Read>) -> io::Result<()> {
        let mut archive = tar::Archive::new(stream);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let is_file = matches!(entry.header().entry_type(), EntryType::Regular | EntryType::Continuous);
            let name = entry.path()?.into_owned();
            if is_file && !self.take(&name, &mut entry)? {
                break;
            }
        }
        Ok(())
    }

    /// Unpacks a file if it may be one of a session; `false` where no more may be.
    fn take(&mut self, name: &Path, content: &mut dyn Read) -> io::Result<bool> {
        let Some(way) = below(name).filter(|way| is_wanted(way)) else { return Ok(true) };
        if self.files == MOST_FILES {
            return Ok(self.full(&format!("{MOST_FILES} files")));
        }
        let path = self.folder.path().join(way);
        let Some(folder) = path.parent() else { return Ok(true) };
        // Twice the same name, or one that is a folder's as well: the first one counts.
        let made = fs::create_dir_all(folder).and_then(|()| File::create_new(&path));
        let mut file = match made {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory) => {
                self.left_out.push(format!("holds {} twice: the first one was read", name.display()));
                return Ok(true);
            }
            Err(error) => return Err(error),
        };
        let left = MOST_BYTES - self.bytes;
        let written = io::copy(&mut content.take(left + 1), &mut file)?;
        file.flush()?;
        if written > left {
            fs::remove_file(&path)?;
            return Ok(self.full(&format!("{} GB", MOST_BYTES / 1024 / 1024 / 1024)));
        }
        (self.files, self.bytes) = (self.files + 1, self.bytes + written);
        Ok(true)
    }

    fn full(&mut self, most: &str) -> bool {
        self.left_out
            .push(format!("holds more than {most} of transcripts: unpack it and name the folder to read the rest"));
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_that_leads_out_is_none() {
        for (path, expected) in [
            ("a/b.jsonl", Some("a/b.jsonl")),
            ("./a/./b.jsonl", Some("a/b.jsonl")),
            ("../b.jsonl", None),
            ("a/../../b.jsonl", None),
            ("/b.jsonl", None),
            ("./", None),
        ] {
            assert_eq!(below(Path::new(path)), expected.map(PathBuf::from), "{path}");
        }
    }

    #[test]
    fn archives_are_known_by_their_names() {
        for (name, expected) in [
            ("a.zip", true),
            ("a.TAR.GZ", true),
            ("a.tgz", true),
            ("a.tar.zst", true),
            ("state.db.zst", true),
            ("rollout-1.jsonl.zst", false),
            ("a.gz", false),
            (".zip", false),
        ] {
            assert_eq!(is_archive(Path::new(name)), expected, "{name}");
        }
        for (name, expected) in
            [("a.jsonl", true), ("a.db", true), ("a.db-wal", true), ("a.db-shm", false), ("a-wal", false)]
        {
            assert_eq!(is_wanted(Path::new(name)), expected, "{name}");
        }
    }
}
