//! Where a published text goes, as it is typed and as the ledger keeps it: `mkdocs:docs/handbook`.

use std::fmt;
use std::str::FromStr;

/// A place, and the form that the text has there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub form: Form,
    /// A path from the root of the work tree, or for a wiki what git can push to.
    pub place: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The document as it is, as a file.
    Path,
    /// A page in a folder of MkDocs.
    Mkdocs,
    /// A page in a folder of Docusaurus.
    Docusaurus,
    /// A page of a wiki that is a git repository.
    Wiki,
    /// A section of an `AGENTS.md`.
    Agents,
    /// `<folder>/<slug>/SKILL.md`.
    Skill,
    /// `<folder>/<slug>.sop.md`.
    Strands,
}

const FORMS: [(&str, Form); 7] = [
    ("path", Form::Path),
    ("mkdocs", Form::Mkdocs),
    ("docusaurus", Form::Docusaurus),
    ("wiki", Form::Wiki),
    ("agents", Form::Agents),
    ("skill", Form::Skill),
    ("sop", Form::Strands),
];

/// It is not of the form `kind:place`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a target\nhint: write path:, mkdocs:, docusaurus:, wiki:, agents:, skill: or sop: and a place, such as mkdocs:docs"
)]
pub(crate) struct NotATarget(pub String);

impl FromStr for Target {
    type Err = NotATarget;

    fn from_str(text: &str) -> Result<Self, NotATarget> {
        let not = || NotATarget(text.to_owned());
        let (name, place) = text.split_once(':').ok_or_else(not)?;
        let form = FORMS.iter().find(|(one, _)| *one == name).map(|(_, form)| *form).ok_or_else(not)?;
        let place = match (form, place.trim()) {
            (Form::Agents, "") => "AGENTS.md",
            (_, "") => return Err(not()),
            (_, place) => place,
        };
        Ok(Self { form, place: place.to_owned() })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = FORMS.iter().find(|(_, form)| *form == self.form).map_or("", |(name, _)| name);
        write!(f, "{name}:{}", self.place)
    }
}

impl Target {
    /// The file that it writes, from the root of the work tree or of the wiki.
    pub(crate) fn file(&self, slug: &str) -> String {
        let folder = self.place.trim_end_matches('/');
        match self.form {
            Form::Path if self.place.ends_with('/') => format!("{folder}/{slug}.md"),
            Form::Path | Form::Agents => self.place.clone(),
            Form::Mkdocs | Form::Docusaurus => format!("{folder}/{slug}.md"),
            Form::Wiki => format!("{slug}.md"),
            Form::Skill => format!("{folder}/{slug}/SKILL.md"),
            Form::Strands => format!("{folder}/{slug}.sop.md"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_read_as_it_is_written() {
        for (text, file) in [
            ("path:handbook/release.md", "handbook/release.md"),
            ("path:handbook/", "handbook/release.md"),
            ("mkdocs:docs", "docs/release.md"),
            ("docusaurus:site/docs/", "site/docs/release.md"),
            ("wiki:../shop.wiki.git", "release.md"),
            ("wiki:https://forge.test/team/shop.wiki.git", "release.md"),
            ("agents:AGENTS.md", "AGENTS.md"),
            ("skill:skills", "skills/release/SKILL.md"),
            ("sop:sops", "sops/release.sop.md"),
        ] {
            let target: Target = text.parse().unwrap();
            assert_eq!((target.to_string().as_str(), target.file("release").as_str()), (text, file));
        }
        assert_eq!("agents:".parse::<Target>().unwrap().place, "AGENTS.md");
        for wrong in ["", "docs", "path:", "ftp:x", ":x"] {
            assert!(wrong.parse::<Target>().is_err(), "{wrong}");
        }
    }
}
