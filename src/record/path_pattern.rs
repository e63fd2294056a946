//! Patterns of paths as a line of `.gitignore` gives them (gitignore(5)), for whatever leaves paths out or watches them.
//! Where git and earlier versions of this program read a pattern differently (`{a,b}`), both readings match.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// One pattern.
#[derive(Clone, Debug)]
pub(crate) struct PathPattern {
    /// Its readings.
    globs: Vec<Glob>,
    /// Whether it ends with a slash: it names folders, and so all that is in them.
    is_folder: bool,
}

impl PathPattern {
    /// Reads one; blanks at the end do not count.
    ///
    /// # Errors
    /// Says in a few words what is wrong with it. A pattern that would match less than git says must not pass for one.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = without_blanks_at_end(text);
        if text.starts_with('!') {
            return Err("a pattern cannot be excepted with `!`; write `\\!` for a name that begins so".to_owned());
        }
        if has_unusual_class(text) {
            return Err("`[:class:]` and `\\` between brackets are not supported".to_owned());
        }
        let is_folder = text.ends_with('/');
        let trimmed = text.trim_end_matches('/');
        let bare = trimmed.trim_start_matches("./").trim_start_matches('/');
        if bare.is_empty() || bare == "." {
            return Err("it names no path; `*` names all".to_owned());
        }
        // A slash before or in it ties it to the root.
        let is_anchored = bare.len() < trimmed.len() || bare.contains('/');
        let whole = if is_anchored { bare.to_owned() } else { format!("**/{bare}") };
        let read = |text: &str| GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build();
        let mut globs = vec![read(&with_plain_braces(&whole)).map_err(|error| error.kind().to_string())?];
        if whole.contains('{') {
            globs.extend(read(&whole));
        }
        Ok(Self { globs, is_folder })
    }
}

/// Several patterns, any of which may match.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathPatterns {
    any: GlobSet,
    folders: GlobSet,
}

impl PathPatterns {
    /// # Errors
    /// When they are too many to be compiled.
    pub(crate) fn new(patterns: &[PathPattern]) -> Result<Self, globset::Error> {
        let (mut any, mut folders) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in patterns {
            let set = if pattern.is_folder { &mut folders } else { &mut any };
            for glob in &pattern.globs {
                set.add(glob.clone());
            }
        }
        Ok(Self { any: any.build()?, folders: folders.build()? })
    }

    /// Whether the file at `path`, below the root and with `/`, or a folder that it is in is meant.
    pub(crate) fn has(&self, path: &str) -> bool {
        let mut folders = path.match_indices('/').map(|(end, _)| &path[..end]);
        self.any.is_match(path) || folders.any(|folder| self.any.is_match(folder) || self.folders.is_match(folder))
    }
}

/// Git passes blanks at the end over, unless they are written `\ `.
fn without_blanks_at_end(text: &str) -> &str {
    let trimmed = text.trim_end_matches(' ');
    let is_escaped = trimmed.ends_with('\\') && trimmed.len() < text.len();
    if is_escaped { &text[..=trimmed.len()] } else { trimmed }
}

/// Braces mean themselves to git.
fn with_plain_braces(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '{' | '}' => plain.extend(['\\', c]),
            '\\' => plain.extend(std::iter::once(c).chain(characters.next())),
            c => plain.push(c),
        }
    }
    plain
}

/// Between brackets, `globset` takes literally what git does not.
fn has_unusual_class(text: &str) -> bool {
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '[' => {
                let rest = characters.as_str();
                let start = rest.strip_prefix(['!', '^']).unwrap_or(rest);
                // A bracket that comes first is one of the characters.
                let from = rest.len() - start.len() + usize::from(start.starts_with(']'));
                let Some(end) = rest[from..].find(']').map(|end| from + end) else { return false };
                if rest[..end].contains('\\') || rest[..end].contains("[:") {
                    return true;
                }
                characters = rest[end + 1..].chars();
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> Result<bool, String> {
        let patterns = PathPatterns::new(&[PathPattern::parse(pattern)?]).map_err(|error| error.to_string())?;
        Ok(patterns.has(path))
    }

    #[test]
    fn a_pattern_may_mean_more_than_to_git_and_never_less() {
        for (pattern, path) in [
            ("./secret", "secret/a"),
            ("secret//", "secret/a"),
            ("{a,b}.txt", "a.txt"),
            ("{a,b}.txt", "{a,b}.txt"),
            ("src/{a,b}/", "src/b/c"),
            ("{open", "{open"),
            ("#x", "a/#x"),
            ("\\!x", "!x"),
            ("a\\{b", "a{b"),
            ("a\\ ", "a "),
        ] {
            assert_eq!(matches(pattern, path), Ok(true), "{pattern}: {path}");
        }
    }

    #[test]
    fn what_would_be_read_otherwise_than_by_git_is_refused() {
        for pattern in
            ["!a", "[[:alpha:]]x", "[\\]a]x", "x[!\\-]", "", "  ", "/", "//", "./", ".", "a[", "a\\", "[b-a]", "[]a"]
        {
            assert!(PathPattern::parse(pattern).is_err(), "{pattern:?}");
        }
        for pattern in ["[]a]x", "[!]]x", "[a-c]x", "\\[:x", "\\[a\\]"] {
            assert!(PathPattern::parse(pattern).is_ok(), "{pattern:?}");
        }
    }
}
