//! What a remote did with the records last time, where it did not take them: so that a person reads it once, and a push does
//! not wait for the same server again and again. `.git/backstory/undelivered`; one entry a remote, gone once it takes them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::files::{self, NewFileMode};
use crate::git::repository::Repository;
use crate::state::paths as state_paths;
use crate::text::digest::sha256;

/// After this time a server that was slow gets the whole time again.
const AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// A server that was slow gets less each time, down to this.
const SHORTEST: Duration = Duration::from_secs(1);

/// Why the records are not at a remote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    /// A digest of the remote's address, which may hold a password: another address is another server.
    address: String,
    /// Another version may say it better, or push otherwise.
    version: String,
    /// The server's words; `None` where it gave no answer in time.
    pub(crate) reason: Option<String>,
    /// When it was first so; of a server that is slow, when it last had the whole time.
    pub(crate) since: Timestamp,
    /// How often it was so.
    pub(crate) times: u32,
}

impl Refusal {
    pub(crate) fn new(address: &str, reason: Option<String>, now: Timestamp) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { address: sha256(address.as_bytes()), version, reason, since: now, times: 1 }
    }

    /// Whether nothing has changed since `before`: then there is nothing new to say.
    pub(crate) fn is_as(&self, before: &Self) -> bool {
        (&self.address, &self.version, &self.reason) == (&before.address, &before.version, &before.reason)
    }

    /// How long to wait for this server now, of the time `whole`.
    pub(crate) fn patience(&self, address: &str, whole: Duration, now: Timestamp) -> Duration {
        let is_slow = self.reason.is_none() && self.address == sha256(address.as_bytes());
        match is_slow && now.duration_since(self.since).abs() < AGAIN {
            true => (whole / 4_u32.saturating_pow(self.times.min(4))).max(SHORTEST),
            false => whole,
        }
    }
}

/// The entries by the name of the remote, or its address's digest. A file that cannot be read is none.
pub(crate) fn all(repository: &Repository) -> BTreeMap<String, Refusal> {
    let Ok(Some(bytes)) = files::read(&path(repository), files::LIMIT) else { return BTreeMap::new() };
    serde_json::from_slice(&bytes).unwrap_or_default()
}

pub(crate) fn of(repository: &Repository, remote: &str) -> Option<Refusal> {
    all(repository).remove(&key(remote))
}

/// Writes down what the remote did; `None`: it took the records. That this fails is no reason to say more: it is then said again.
pub(crate) fn remember(repository: &Repository, remote: &str, refusal: Option<Refusal>) {
    let mut entries = all(repository);
    let changed = match refusal {
        Some(refusal) => entries.insert(key(remote), refusal.clone()).as_ref() != Some(&refusal),
        None => entries.remove(&key(remote)).is_some(),
    };
    if changed {
        let _ = write(repository, &entries);
    }
}

fn write(repository: &Repository, entries: &BTreeMap<String, Refusal>) -> anyhow::Result<()> {
    let path = path(repository);
    fs::create_dir_all(path.parent().unwrap_or(&path))?;
    Ok(files::write(&path, &serde_json::to_vec_pretty(entries)?, NewFileMode::Shared)?)
}

fn path(repository: &Repository) -> PathBuf {
    state_paths::at(repository.common_dir(), state_paths::UNDELIVERED)
}

/// A remote's name; an address may hold a password.
fn key(remote: &str) -> String {
    let is_name = remote.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    if is_name { remote.to_owned() } else { format!("{}@address", &sha256(remote.as_bytes())[..16]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
    }

    #[test]
    fn a_slow_server_gets_less_time_until_a_day_has_passed() {
        let whole = Duration::from_secs(8);
        let mut slow = Refusal::new("url", None, at(0));
        let patience = |slow: &Refusal, address: &str, hours| slow.patience(address, whole, at(hours)).as_secs_f32();
        assert_eq!(
            [patience(&slow, "url", 1), patience(&slow, "other", 1), patience(&slow, "url", 25)],
            [2.0, 8.0, 8.0]
        );
        slow.times = 9;
        assert_eq!(patience(&slow, "url", 1), 1.0);
        let refused = Refusal::new("url", Some("no".to_owned()), at(0));
        assert_eq!(patience(&refused, "url", 1), 8.0);
    }

    #[test]
    fn another_reason_or_address_is_something_new() {
        let refused = |address: &str, reason: &str| Refusal::new(address, Some(reason.to_owned()), at(1));
        assert!(refused("a", "no").is_as(&refused("a", "no")));
        for other in [refused("b", "no"), refused("a", "not now"), Refusal::new("a", None, at(1))] {
            assert!(!refused("a", "no").is_as(&other));
        }
    }

    #[test]
    fn an_address_is_not_written_down() {
        assert_eq!(key("team/fork"), "team/fork");
        assert!(!key("https://user:pass@host/x.git").contains("pass"));
        let entry = serde_json::to_string(&Refusal::new("https://u:pass@h", None, at(0))).unwrap();
        assert!(!entry.contains("pass"), "{entry}");
    }
}
