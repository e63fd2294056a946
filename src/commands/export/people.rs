//! People who want no training records made of their commits, as `.backstory.yml` names them: by an address, a name, or both.

use git2::{Mailmap, Oid, Repository, Signature, Time};

use crate::git::trailers;

/// Names and addresses, in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ExcludedPeople {
    named: Vec<String>,
}

impl ExcludedPeople {
    pub(super) fn new(entries: &[String]) -> Self {
        Self { named: entries.iter().flat_map(|entry| parts(entry)).collect() }
    }

    /// Whether one of them is the author of a commit or is named in it as another, by any of the names and addresses that
    /// `.mailmap` gives to the same person.
    ///
    /// # Errors
    /// When the commit cannot be read.
    pub(super) fn made(&self, repository: &Repository, id: &str) -> anyhow::Result<bool> {
        if self.named.is_empty() {
            return Ok(false);
        }
        let commit = repository.find_commit(Oid::from_str(id)?)?;
        let mailmap = repository.mailmap()?;
        let author = commit.author();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut people = vec![(text(author.name_bytes()), text(author.email_bytes()))];
        for trailer in trailers::parse(commit.message_bytes(), trailers::COMMENT) {
            if trailer.key.eq_ignore_ascii_case("co-authored-by") {
                people.push(person(trailer.value.expose()));
            }
        }
        let excluded: Vec<String> =
            self.named.iter().flat_map(|name| [name.clone(), mapped(&mailmap, name, name).1]).collect();
        Ok(people.into_iter().any(|(name, email)| {
            let (other_name, other_email) = mapped(&mailmap, &name, &email);
            [name, email, other_name, other_email].iter().any(|part| excluded.contains(&part.trim().to_lowercase()))
        }))
    }
}

/// The name and the address of a person as the mailmap has them, in lower case; the same where it has none.
fn mapped(mailmap: &Mailmap, name: &str, email: &str) -> (String, String) {
    let found = Signature::new(name, email, &Time::new(0, 0)).and_then(|known| {
        let known = mailmap.resolve_signature(&known)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_lowercase();
        Ok((text(known.name_bytes()), text(known.email_bytes())))
    });
    // A name that git would refuse is none of the mailmap.
    found.unwrap_or_else(|_| (name.to_lowercase(), email.to_lowercase()))
}

/// `Ann <ann@example.org>` as name and address; what has no brackets is both.
fn person(text: &str) -> (String, String) {
    match text.rsplit_once('<') {
        Some((name, email)) => (name.trim().to_owned(), email.trim_end().trim_end_matches('>').trim().to_owned()),
        None => (text.trim().to_owned(), text.trim().to_owned()),
    }
}

fn parts(entry: &str) -> Vec<String> {
    let (name, email) = person(entry);
    let mut parts = vec![name.to_lowercase(), email.to_lowercase()];
    parts.retain(|part| !part.is_empty());
    parts.dedup();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::stage::Trial;

    #[test]
    fn a_person_is_known_by_each_name_and_address() {
        let trial = Trial::new();
        let mailmap = "Ann Example <ann@home.example> Ann <ann@example.org>\n";
        trial.commit("Names", ".mailmap", mailmap);
        let alone = trial.commit("Add a shelf", "a", "1\n").to_string();
        let both = trial.commit("Add a rack\n\nCo-authored-by: Bo Other <bo@example.org>\n", "a", "2\n").to_string();
        for (entry, of_alone, of_both) in [
            ("ann@example.org", true, true),
            ("ANN@Example.Org", true, true),
            ("Ann", true, true),
            ("Ann Example", true, true),
            ("ann@home.example", true, true),
            ("Ann Example <ann@elsewhere.example>", true, true),
            ("bo@example.org", false, true),
            ("bo other", false, true),
            ("Bo", false, false),
            ("example.org", false, false),
            ("", false, false),
        ] {
            let people = ExcludedPeople::new(&[entry.to_owned()]);
            let made = |id: &str| people.made(&trial.repository, id).unwrap();
            assert_eq!((made(&alone), made(&both)), (of_alone, of_both), "{entry}");
        }
        assert!(!ExcludedPeople::default().made(&trial.repository, &both).unwrap());
    }
}
