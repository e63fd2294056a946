//! Small files that others may have put in the way: read without following a symlink, without waiting for a pipe and up
//! to a limit; written whole, with the mode that the file has or that the user's umask gives.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// More than any file of our own folder is long.
pub(crate) const LIMIT: u64 = 1024 * 1024;

/// The bytes of the file; `None` where there is none.
///
/// # Errors
/// When it is a symlink, not a regular file, longer than `most` bytes, or cannot be read.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    let seen = match fs::symlink_metadata(path) {
        Ok(seen) => seen,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    check(&seen)?;
    let file = File::open(path)?;
    // Between the look and the opening another may have taken its place.
    check(&file.metadata()?)?;
    let mut bytes = Vec::with_capacity(seen.len().min(most) as usize + 1);
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("it is longer than {} KB", most / 1024)));
    }
    Ok(Some(bytes))
}

/// As [`read`], as text.
///
/// # Errors
/// As [`read`], and when it is not UTF-8.
pub(crate) fn read_text(path: &Path, most: u64) -> io::Result<Option<String>> {
    let text = read(path, most)?.map(String::from_utf8).transpose();
    text.map_err(|_| io::Error::other("it is not UTF-8 text"))
}

fn check(data: &Metadata) -> io::Result<()> {
    match data {
        data if data.is_file() => Ok(()),
        data if data.is_symlink() => Err(io::Error::other("it is a symlink, which is not followed")),
        _ => Err(io::Error::other("it is not a regular file")),
    }
}

/// The folder `root/parts`, after none of its parts below `root` turned out to be a symlink; parts that are not there are
/// fine. What lies below comes with a clone and may lead anywhere.
///
/// # Errors
/// Names the part that is a symlink, or something else than a folder.
pub(crate) fn folder_below(root: &Path, parts: &str) -> io::Result<PathBuf> {
    let mut folder = root.to_path_buf();
    for part in parts.split('/') {
        folder.push(part);
        match fs::symlink_metadata(&folder) {
            Ok(data) if data.is_dir() => {}
            Ok(data) if data.is_symlink() => {
                return Err(io::Error::other(format!("{} is a symlink, which is not followed", folder.display())));
            }
            Ok(_) => return Err(io::Error::other(format!("{} is not a folder", folder.display()))),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(folder)
}

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewFileMode {
    /// Whoever the user's umask lets; a file that is there keeps its mode.
    Shared,
    /// This user alone.
    Private,
    /// As a program that everybody may run, whatever mode a file that is there has.
    Program,
}

/// Writes a file whole or not at all: beside its place, then renamed onto it. A symlink is replaced, not followed.
///
/// # Errors
/// When the folder cannot be written.
pub(crate) fn write(path: &Path, bytes: &[u8], mode: NewFileMode) -> io::Result<()> {
    prepare(path, bytes, mode)?.put(path)
}

/// As [`write`], but a file that is there stays as it is; whether this one was written.
///
/// # Errors
/// As [`write`].
pub(crate) fn create(path: &Path, bytes: &[u8], mode: NewFileMode) -> io::Result<bool> {
    match prepare(path, bytes, mode)?.0.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

/// A file that is written and not yet in its place. Dropped, it is gone.
pub(crate) struct Prepared(NamedTempFile);

impl Prepared {
    /// The second half of [`write`].
    ///
    /// # Errors
    /// When the file cannot be renamed.
    pub(crate) fn put(self, path: &Path) -> io::Result<()> {
        self.0.persist(path)?;
        Ok(())
    }
}

/// The first half of [`write`].
///
/// # Errors
/// As [`write`].
pub(crate) fn prepare(path: &Path, bytes: &[u8], mode: NewFileMode) -> io::Result<Prepared> {
    let mut file = new_beside(folder_of(path), mode)?;
    file.write_all(bytes)?;
    if mode == NewFileMode::Shared {
        take_mode(&file, path)?;
    }
    Ok(Prepared(file))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file that is there keeps its mode.
fn take_mode(file: &NamedTempFile, path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(data) if data.is_file() => file.as_file().set_permissions(data.permissions()),
        _ => Ok(()),
    }
}

/// A file that is written piece by piece, for [`write`]. Dropped before it is put in its place, it is gone.
pub(crate) struct NewFile {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl NewFile {
    /// With the mode [`NewFileMode::Shared`].
    ///
    /// # Errors
    /// As [`write`].
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        let file = new_beside(folder_of(path), NewFileMode::Shared)?;
        take_mode(&file, path)?;
        Ok(Self { file: BufWriter::with_capacity(64 * 1024, file), path: path.to_owned() })
    }

    /// # Errors
    /// When the rest cannot be written, or the file not be renamed.
    pub(crate) fn put(self) -> io::Result<()> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.persist(&self.path)?;
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A folder for what is written on the way. Dropped, it is gone with all that is in it.
pub(crate) struct ScratchFolder(tempfile::TempDir);

impl ScratchFolder {
    /// # Errors
    /// When `folder` cannot be written.
    pub(crate) fn within(folder: &Path) -> io::Result<Self> {
        tempfile::Builder::new().prefix(".parts-").tempdir_in(folder).map(Self)
    }

    /// Where temporary files belong, for nobody else to read.
    ///
    /// # Errors
    /// When that place cannot be written.
    pub(crate) fn temporary() -> io::Result<Self> {
        tempfile::Builder::new().prefix("backstory-").tempdir().map(Self)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Puts `text` into a small file of our own in place, which is faster than [`write`]: a file that is cut to nothing and
/// written makes ext4 begin with its work on the disk when it is closed, and a new one is an entry of its folder. Whoever is
/// stopped halfway leaves the beginning of what was there.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn overwrite(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::options().write(true).create(true).truncate(false).open(path)?;
    let length = text.len() as u64;
    if file.metadata()?.len() > length {
        file.set_len(length)?;
    }
    file.write_all(text.as_bytes())
}

/// Takes the rights of all others from a file of this user, whoever gave them. One of another user, or of a file system that knows
/// no rights, stays as it is.
///
/// # Errors
/// When the file is not there.
#[cfg(unix)]
pub(crate) fn keep_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    let mode = fs::symlink_metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700));
    }
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn keep_private(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A long text while it is worked on: in memory up to a limit, then in a file without a name that nobody else can open and
/// that goes with the program.
pub(crate) struct Spool(tempfile::SpooledTempFile);

impl Spool {
    pub(crate) fn new(in_memory: usize) -> Self {
        Self(tempfile::spooled_tempfile(in_memory))
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes);
        if written.is_ok() || self.0.is_rolled() {
            return written;
        }
        // No file can be made: memory has to do.
        let so_far = std::mem::replace(&mut self.0, tempfile::spooled_tempfile(usize::MAX));
        if let tempfile::SpooledData::InMemory(so_far) = so_far.into_inner() {
            self.0.write_all(so_far.get_ref())?;
            self.0.seek(SeekFrom::Start(so_far.position()))?;
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Read for Spool {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[cfg(unix)]
fn new_beside(folder: &Path, mode: NewFileMode) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;

    let bits = match mode {
        // The umask takes its part of it.
        NewFileMode::Shared => 0o666,
        NewFileMode::Private => 0o600,
        NewFileMode::Program => 0o755,
    };
    let file = tempfile::Builder::new().permissions(fs::Permissions::from_mode(bits)).tempfile_in(folder)?;
    if mode == NewFileMode::Program {
        file.as_file().set_permissions(fs::Permissions::from_mode(bits))?;
    }
    Ok(file)
}

#[cfg(not(unix))]
fn new_beside(folder: &Path, _: NewFileMode) -> io::Result<NamedTempFile> {
    NamedTempFile::new_in(folder)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn only_a_regular_file_within_the_limit_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "text").unwrap();
        fs::write(at("latin"), b"Pr\xe9").unwrap();
        fs::create_dir(at("folder")).unwrap();
        symlink(at("file"), at("link")).unwrap();
        symlink(at("nowhere"), at("loose")).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        let said = |name: &str, most: u64| read_text(&at(name), most).map_err(|error| error.to_string());
        assert_eq!(said("file", 4), Ok(Some("text".to_owned())));
        assert_eq!(said("none", 4), Ok(None));
        for (name, error) in [
            ("file", "it is longer than 0 KB"),
            ("latin", "it is not UTF-8 text"),
            ("folder", "it is not a regular file"),
            ("link", "it is a symlink, which is not followed"),
            ("loose", "it is a symlink, which is not followed"),
            ("socket", "it is not a regular file"),
        ] {
            let most = if name == "file" { 3 } else { LIMIT };
            assert_eq!(said(name, most), Err(error.to_owned()), "{name}");
        }
    }

    #[test]
    fn what_is_overwritten_holds_the_new_text_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pending");
        for text in ["first line\nsecond\n", "one\n", "a longer one than before\n", "", "last\n"] {
            overwrite(&path, text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_symlink_at_any_part_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("real/sessions")).unwrap();
        symlink(root.join("real"), root.join("first")).unwrap();
        fs::create_dir(root.join("second")).unwrap();
        symlink(root.join("real/sessions"), root.join("second/sessions")).unwrap();
        fs::write(root.join("file"), "").unwrap();
        assert_eq!(folder_below(root, "real/sessions").unwrap(), root.join("real/sessions"));
        assert!(folder_below(root, "none/sessions").is_ok());
        for (parts, named) in [
            ("first/sessions", "first is a symlink"),
            ("second/sessions", "second/sessions is a symlink"),
            ("file/sessions", "file is not a folder"),
        ] {
            let error = folder_below(root, parts).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn a_file_keeps_its_mode_and_a_new_one_is_as_the_umask_says() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mode = |name: &str| fs::symlink_metadata(at(name)).unwrap().permissions().mode() & 0o777;
        fs::write(at("by the system"), "").unwrap();
        write(&at("new"), b"a", NewFileMode::Shared).unwrap();
        assert_eq!(mode("new"), mode("by the system"));
        for kept in [0o600, 0o640, 0o444] {
            fs::set_permissions(at("new"), fs::Permissions::from_mode(kept)).unwrap();
            write(&at("new"), b"b", NewFileMode::Shared).unwrap();
            assert_eq!(mode("new"), kept);
        }
        for (wanted, bits) in [(NewFileMode::Private, 0o600), (NewFileMode::Program, 0o755)] {
            write(&at("new"), b"b", wanted).unwrap();
            assert_eq!(mode("new"), bits, "{wanted:?}");
        }
        assert!(!create(&at("new"), b"other", NewFileMode::Private).unwrap());
        assert_eq!((fs::read(at("new")).unwrap(), mode("new")), (b"b".into(), 0o755));
        assert!(create(&at("key"), b"k", NewFileMode::Private).unwrap());
        assert_eq!(mode("key"), 0o600);
        for (given, left) in [(0o666, 0o600), (0o777, 0o700), (0o640, 0o600), (0o600, 0o600), (0o400, 0o400)] {
            fs::set_permissions(at("key"), fs::Permissions::from_mode(given)).unwrap();
            keep_private(&at("key")).unwrap();
            assert_eq!(mode("key"), left, "{given:o}");
        }
        assert!(keep_private(&at("nothing")).is_err());
        fs::write(at("target"), "stays").unwrap();
        symlink(at("target"), at("link")).unwrap();
        write(&at("link"), b"c", NewFileMode::Shared).unwrap();
        assert_eq!((fs::read(at("target")).unwrap(), fs::read(at("link")).unwrap()), (b"stays".into(), b"c".into()));
    }
}
