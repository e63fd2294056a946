//! One SOP's folder: its files, and the ledger, which is only appended to.

use std::cell::OnceCell;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::lock;
use crate::failpoint;
use crate::files::{self, NewFileMode};
use crate::process::model::ProcessModel;
use crate::process::model_yaml;
use crate::sop::capture::Capture;
use crate::sop::capture_file;
use crate::sop::digest::{Digest, digest};
use crate::sop::ledger::{self, Entry, Ledger};
use crate::sop::life::Happening;
use crate::sop::walkthrough::Walkthrough;
use crate::text::digest::sha256;

/// Where the folders of SOPs are, from the root of the work tree.
pub(crate) const PLACE: &str = "docs/processes";
pub(crate) const DOCUMENT: &str = "SOP.md";
pub(crate) const MODEL: &str = "process.yaml";
pub(crate) const LEDGER: &str = "ledger.jsonl";
pub(crate) const CAPTURE: &str = "capture.md";
pub(crate) const WALKTHROUGH: &str = "walkthrough.md";

/// What is locked while files are changed: the ledger, where a lock holds up nobody who only reads.
const LOCKED: &str = if cfg!(unix) { LEDGER } else { "ledger.lock" };

/// Longer files are refused: they come with a clone.
pub(super) const LIMIT: u64 = 8 * 1024 * 1024;
const LONGEST_SLUG: usize = 64;

/// Which program wrote an entry.
const TOOL: &str = concat!("backstory ", env!("CARGO_PKG_VERSION"));

pub(crate) struct Folder {
    pub(crate) slug: String,
    pub(crate) path: PathBuf,
    /// Locked from [`Folder::hold`] on.
    held: OnceCell<File>,
}

/// `SOP.md` and `process.yaml`, which an approval is about.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) text: String,
    pub(crate) model: String,
    pub(crate) digest: Digest,
}

impl Folder {
    /// The folder need not be there.
    ///
    /// # Errors
    /// When the slug is none, or a part of the path is a symlink.
    pub(crate) fn open(root: &Path, slug: &str) -> anyhow::Result<Self> {
        if !is_slug(slug) {
            bail!(
                "`{slug}` cannot name a process document\nhint: use lower-case letters, digits and hyphens, such as `{}`",
                slug_of(slug).unwrap_or_else(|| "release".to_owned())
            );
        }
        let path = files::folder_below(root, &format!("{PLACE}/{slug}"))?;
        Ok(Self { slug: slug.to_owned(), path, held: OnceCell::new() })
    }

    /// Only the name of one, for what is read from commits: no file of it is opened.
    pub(crate) fn named(slug: &str) -> Self {
        Self { slug: slug.to_owned(), path: PathBuf::new(), held: OnceCell::new() }
    }

    /// Whether somebody started an SOP here.
    pub(crate) fn exists(&self) -> bool {
        [LEDGER, CAPTURE, DOCUMENT].iter().any(|name| self.path.join(name).symlink_metadata().is_ok())
    }

    /// Keeps everybody else from changing the files until this value is gone: what is read from here on is still there when
    /// it is written. Makes the folder where there is none.
    ///
    /// # Errors
    /// When another process changes them for longer than about five seconds, and when they cannot be written.
    pub(crate) fn hold(&self) -> anyhow::Result<()> {
        if self.held.get().is_some() {
            return Ok(());
        }
        let cannot = || format!("cannot write {}", self.place(LOCKED));
        loop {
            let file = self.opened(LOCKED)?;
            self.lock(&file)?;
            // While it waited, git may have put another file there.
            if same_file(&file, &self.path.join(LOCKED)).with_context(cannot)? {
                let _ = self.held.set(file);
                return Ok(());
            }
        }
    }

    fn lock(&self, file: &File) -> anyhow::Result<()> {
        if !lock::wait(file).with_context(|| format!("cannot lock {}", self.place(LOCKED)))? {
            bail!("another process is changing `{}`\nhint: try again when it is done", self.slug);
        }
        Ok(())
    }

    /// A file of it, to be read and appended to.
    fn opened(&self, name: &str) -> anyhow::Result<File> {
        fs::create_dir_all(&self.path).with_context(|| format!("cannot make {}", self.path.display()))?;
        let path = self.path.join(name);
        let cannot = || format!("cannot write {}", self.place(name));
        // Refuses a symlink and what is not a file.
        files::read(&path, LIMIT).with_context(cannot)?;
        File::options().read(true).append(true).create(true).open(&path).with_context(cannot)
    }

    /// The path of one of its files, from the root of the work tree.
    pub(crate) fn place(&self, name: &str) -> String {
        format!("{PLACE}/{}/{name}", self.slug)
    }

    /// # Errors
    /// When it is a symlink, not UTF-8, or too long.
    pub(crate) fn read(&self, name: &str) -> anyhow::Result<Option<String>> {
        files::read_text(&self.path.join(name), LIMIT).with_context(|| format!("cannot read {}", self.place(name)))
    }

    /// Writes a file of it whole or not at all.
    ///
    /// # Errors
    /// When it is longer than what is read again, or cannot be written.
    pub(crate) fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        if text.len() as u64 > LIMIT {
            let (place, most) = (self.place(name), LIMIT / 1024 / 1024);
            bail!("{place} would be longer than {most} MB\nhint: split the process into several documents");
        }
        let path = self.path.join(name);
        let folder = path.parent().context("a file is in a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        files::write(&path, text.as_bytes(), NewFileMode::Shared)
            .with_context(|| format!("cannot write {}", self.place(name)))
    }

    /// # Errors
    /// When `capture.md` is there and a line of it cannot be read.
    pub(crate) fn capture(&self) -> anyhow::Result<Capture> {
        let Some(text) = self.read(CAPTURE)? else { return Ok(Capture::default()) };
        let named = |error: capture_file::CaptureError| {
            anyhow::anyhow!("{}:{}: {}\nhint: {}", self.place(CAPTURE), error.line, error.problem, error.hint)
        };
        capture_file::read(&text).map_err(named)
    }

    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write_capture(&self, capture: &Capture) -> anyhow::Result<()> {
        self.write(CAPTURE, &capture_file::write(capture))
    }

    /// Of what was told, as a draft's entry in the ledger names it: a draft of another digest lacks something.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn told_digest(&self) -> anyhow::Result<String> {
        let text = self.read(CAPTURE)?.unwrap_or_default();
        Ok(format!("sha256:{}", sha256(text.as_bytes())))
    }

    /// `None` before the first draft.
    ///
    /// # Errors
    /// When one of the files cannot be read.
    pub(crate) fn document(&self) -> anyhow::Result<Option<Document>> {
        let Some(text) = self.read(DOCUMENT)? else { return Ok(None) };
        let model = self.read(MODEL)?.unwrap_or_default();
        let digest = digest(&text, &model);
        Ok(Some(Document { text, model, digest }))
    }

    /// The machine half of a document.
    ///
    /// # Errors
    /// When `process.yaml` is missing or cannot be read, with the line.
    pub(crate) fn model(&self, document: &Document) -> anyhow::Result<ProcessModel> {
        let place = self.place(MODEL);
        if document.model.trim().is_empty() {
            bail!("{place} is missing\nhint: backstory sop draft {}", self.slug);
        }
        model_yaml::read(&document.model).with_context(|| place)
    }

    /// # Errors
    /// When a line of the file cannot be read.
    pub(crate) fn walkthrough(&self) -> anyhow::Result<Option<Walkthrough>> {
        let Some(page) = self.read(WALKTHROUGH)? else { return Ok(None) };
        let read = Walkthrough::read(&page).map_err(|error| {
            anyhow::anyhow!(
                "{}:{}: {}\nhint: fix the line, or delete the file and begin with `backstory sop walk {}`",
                self.place(WALKTHROUGH),
                error.line,
                error.what,
                self.slug
            )
        })?;
        Ok(Some(read))
    }

    /// # Errors
    /// At the first line of it that does not belong.
    pub(crate) fn ledger(&self) -> anyhow::Result<Ledger> {
        let bytes = files::read(&self.path.join(LEDGER), LIMIT)
            .with_context(|| format!("cannot read {}", self.place(LEDGER)))?;
        self.checked(&bytes.unwrap_or_default())
    }

    fn checked(&self, bytes: &[u8]) -> anyhow::Result<Ledger> {
        ledger::read(bytes).map_err(|error| anyhow::anyhow!("{}:{}: {}", self.place(LEDGER), error.line, error.what))
    }

    /// Appends what happens to the ledger, if it may happen now. Whoever writes at the same time waits, and is judged by what
    /// is there then. A line that somebody did not finish is replaced.
    ///
    /// # Errors
    /// When it may not happen, and when the ledger is damaged or cannot be written.
    pub(crate) fn record(&self, happening: &Happening) -> anyhow::Result<Entry> {
        let cannot = || format!("cannot write {}", self.place(LEDGER));
        let mut file = self.opened(LEDGER)?;
        if LOCKED != LEDGER || self.held.get().is_none() {
            self.lock(&file)?;
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(cannot)?;
        let ledger = self.checked(&bytes)?;
        let (entry, line) = ledger.next(happening, TOOL)?;
        if ledger.torn.is_some() {
            file.set_len(ledger.whole as u64).with_context(cannot)?;
        }
        file.seek(SeekFrom::End(0)).with_context(cannot)?;
        let line = if ledger.lacks_end { format!("\n{line}") } else { line };
        failpoint::reach("sop.ledger")?;
        file.write_all(line.as_bytes()).and_then(|()| file.sync_data()).with_context(cannot)?;
        failpoint::reach("sop.recorded")?;
        Ok(entry)
    }
}

/// Whether what is open is what stands at the path.
#[cfg(unix)]
fn same_file(file: &File, path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;

    let open = file.metadata()?;
    Ok(fs::symlink_metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == (open.dev(), open.ino())))
}

/// No file is replaced here while it is open.
#[cfg(not(unix))]
fn same_file(_: &File, _: &Path) -> std::io::Result<bool> {
    Ok(true)
}

/// Lower-case letters, digits and single hyphens between them.
pub(crate) fn is_slug(text: &str) -> bool {
    let is_part =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.len() <= LONGEST_SLUG && text.split('-').all(is_part)
}

/// A slug that a name suggests; `None` where it has no letter or digit of ASCII.
pub(crate) fn slug_of(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut slug = String::new();
    for word in words {
        if slug.len() + word.len() + 1 > LONGEST_SLUG {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(word);
    }
    is_slug(&slug).then_some(slug)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sop::life::{Event, State};
    use crate::sop::party::Party;

    #[test]
    fn a_slug_is_a_name_that_every_file_system_takes() {
        for (text, is) in [
            ("release", true),
            ("a-1-b", true),
            ("", false),
            ("-a", false),
            ("a--b", false),
            ("A", false),
            ("a/b", false),
            ("..", false),
            ("a b", false),
            ("é", false),
        ] {
            assert_eq!(is_slug(text), is, "{text}");
        }
        assert!(!is_slug(&"a".repeat(65)));
        for (name, slug) in [
            ("Customer onboarding", Some("customer-onboarding")),
            ("  Release: v2 (hot) ", Some("release-v2-hot")),
            ("Größe", Some("gr-e")),
            ("漢字", None),
        ] {
            assert_eq!(slug_of(name).as_deref(), slug);
        }
        assert!(slug_of(&"word ".repeat(40)).is_some_and(|slug| is_slug(&slug)));
    }

    fn started(root: &Path) -> Folder {
        let folder = Folder::open(root, "release").unwrap();
        let happening = Happening {
            at: "2026-11-20T10:00:00Z".parse().unwrap(),
            actor: Party::person("Ada", None),
            event: Event::Started,
            version: 0,
            digest: None,
            reason: None,
            refs: Default::default(),
        };
        folder.record(&happening).unwrap();
        let drafted = Happening { event: Event::Drafted, version: 1, digest: Some(digest("a", "b")), ..happening };
        folder.record(&drafted).unwrap();
        folder
    }

    #[test]
    fn a_torn_line_is_replaced_by_the_next_write_and_hides_nothing() {
        let root = tempfile::tempdir().unwrap();
        let folder = started(root.path());
        let path = folder.path.join(LEDGER);
        let whole = fs::read_to_string(&path).unwrap();
        let first = whole.lines().next().unwrap().len() + 1;
        for cut in [first + 1, whole.len() - 2, whole.len() - 1] {
            fs::write(&path, &whole[..cut]).unwrap();
            let ledger = folder.ledger().unwrap();
            let is_torn = cut < whole.len() - 1;
            assert_eq!((ledger.torn, ledger.entries.len()), (is_torn.then_some(2), if is_torn { 1 } else { 2 }));
            let mut again: Happening =
                serde_json::from_str::<Entry>(whole.lines().nth(1).unwrap()).unwrap().happening();
            again.reason = Some("again".to_owned());
            folder.record(&again).unwrap();
            let healed = folder.ledger().unwrap();
            assert_eq!((healed.torn, healed.life.state), (None, Some(State::Draft)));
            assert!(fs::read_to_string(&path).unwrap().starts_with(&whole[..first]));
        }
    }

    #[test]
    fn who_changes_a_folder_keeps_others_from_it_until_it_is_gone() {
        let root = tempfile::tempdir().unwrap();
        let folder = started(root.path());
        folder.hold().unwrap();
        folder.hold().unwrap();
        // The one who holds it writes, everybody reads, and nobody else writes.
        let entry: Entry = folder.ledger().unwrap().entries.pop().unwrap();
        folder.record(&entry.happening()).unwrap();
        let other = Folder::open(root.path(), "release").unwrap();
        assert_eq!(other.ledger().unwrap().entries.len(), 3);
        let said = other.hold().unwrap_err().to_string();
        assert!(said.starts_with("another process is changing `release`\nhint: "), "{said}");
        drop(folder);
        other.hold().unwrap();
        other.record(&entry.happening()).unwrap();
        // One file is not made longer than what is read again.
        assert!(other.write(CAPTURE, &"x".repeat(LIMIT as usize + 1)).is_err());
        assert_eq!(other.read(CAPTURE).unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_symlink_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let folder = started(root.path());
        let path = folder.path.join(LEDGER);
        fs::rename(&path, elsewhere.path().join("x")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("x"), &path).unwrap();
        assert!(format!("{:#}", folder.ledger().unwrap_err()).contains("symlink"));
        fs::create_dir_all(root.path().join(PLACE)).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), root.path().join(PLACE).join("linked")).unwrap();
        assert!(Folder::open(root.path(), "linked").err().unwrap().to_string().contains("symlink"));
    }
}
