//! Patterns of paths as a line of `.gitignore` gives them (gitignore(5)), for whatever leaves paths out or watches them.
//! Where git and earlier versions of this program read a pattern differently (`{a,b}`), both readings match.

//!
//! Hooks read some two hundred patterns each time. Those of letters and `*` alone, as nearly all are, are matched as they stand;
//! to compile them would cost more than all else that is asked of them.

use std::collections::HashSet;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// One pattern.
#[derive(Clone, Debug)]
pub(crate) struct PathPattern {
    reading: Reading,
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
        if !bare.contains(['[', '?', '\\', '{', '}']) && !bare.contains("**") {
            return Ok(Self { reading: Reading::Plain(Plain { text: bare.to_owned(), is_anchored }), is_folder });
        }
        let whole = if is_anchored { bare.to_owned() } else { format!("**/{bare}") };
        let read = |text: &str| GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build();
        let mut globs = vec![read(&with_plain_braces(&whole)).map_err(|error| error.kind().to_string())?];
        if whole.contains('{') {
            globs.extend(read(&whole));
        }
        Ok(Self { reading: Reading::Globs(globs), is_folder })
    }
}

#[derive(Clone, Debug)]
enum Reading {
    Plain(Plain),
    /// All its readings.
    Globs(Vec<Glob>),
}

/// A pattern in which nothing but `*` stands for anything else.
#[derive(Clone, Debug)]
struct Plain {
    text: String,
    /// It begins at the root; else it is a name, wherever it is.
    is_anchored: bool,
}

impl Plain {
    fn is_match(&self, path: &str) -> bool {
        if !self.is_anchored {
            return matches_name(&self.text, name_of(path));
        }
        let (mut own, mut given) = (self.text.split('/'), path.split('/'));
        loop {
            match (own.next(), given.next()) {
                (None, None) => return true,
                (Some(own), Some(given)) if matches_name(own, given) => {}
                _ => return false,
            }
        }
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Whether a name is as the pattern says; `*` is any letters or none.
fn matches_name(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(start) else { return false };
    let Some((between, end)) = rest.rsplit_once('*') else { return name.ends_with(rest) };
    for piece in between.split('*') {
        let Some(at) = name.find(piece) else { return false };
        name = &name[at + piece.len()..];
    }
    name.ends_with(end)
}

/// Several patterns, any of which may match.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathPatterns {
    any: PatternSet,
    folders: PatternSet,
}

impl PathPatterns {
    /// # Errors
    /// When they are too many to be compiled.
    pub(crate) fn new(patterns: &[PathPattern]) -> Result<Self, globset::Error> {
        let set = |is_folder| PatternSet::new(patterns.iter().filter(|pattern| pattern.is_folder == is_folder));
        Ok(Self { any: set(false)?, folders: set(true)? })
    }

    /// Whether the file at `path`, below the root and with `/`, or a folder that it is in is meant.
    pub(crate) fn has(&self, path: &str) -> bool {
        let mut folders = path.match_indices('/').map(|(end, _)| &path[..end]);
        self.any.is_match(path) || folders.any(|folder| self.any.is_match(folder) || self.folders.is_match(folder))
    }
}

#[derive(Clone, Debug, Default)]
struct PatternSet {
    names: HashSet<String>,
    plain: Vec<Plain>,
    globs: Option<GlobSet>,
}

impl PatternSet {
    fn new<'a>(patterns: impl Iterator<Item = &'a PathPattern>) -> Result<Self, globset::Error> {
        let mut set = Self::default();
        let mut globs: Vec<&Glob> = Vec::new();
        for pattern in patterns {
            match &pattern.reading {
                Reading::Plain(plain) if !plain.is_anchored && !plain.text.contains('*') => {
                    set.names.insert(plain.text.clone());
                }
                Reading::Plain(plain) => set.plain.push(plain.clone()),
                Reading::Globs(readings) => globs.extend(readings),
            }
        }
        if !globs.is_empty() {
            let mut builder = GlobSetBuilder::new();
            for glob in globs {
                builder.add(glob.clone());
            }
            set.globs = Some(builder.build()?);
        }
        Ok(set)
    }

    fn is_match(&self, path: &str) -> bool {
        self.names.contains(name_of(path))
            || self.plain.iter().any(|plain| plain.is_match(path))
            || self.globs.as_ref().is_some_and(|globs| globs.is_match(path))
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The judge is `globset`.
        #[test]
        fn a_plain_pattern_matches_as_if_it_were_compiled(
            pattern in "/?[ab.*]{1,4}(/[ab.*]{1,4}){0,2}/?",
            path in "[ab.é]{1,5}(/[ab.é]{1,5}){0,3}",
        ) {
            prop_assume!(!pattern.contains("**"));
            let Ok(parsed) = PathPattern::parse(&pattern) else { return Ok(()) };
            let Reading::Plain(plain) = &parsed.reading else { panic!("{pattern}") };
            let whole = if plain.is_anchored { plain.text.clone() } else { format!("**/{}", plain.text) };
            let judge = GlobBuilder::new(&whole).literal_separator(true).build().unwrap().compile_matcher();
            prop_assert_eq!(plain.is_match(&path), judge.is_match(&path));
            let folders = path.match_indices('/').map(|(end, _)| &path[..end]);
            let mut folders = folders.map(|folder| judge.is_match(folder));
            let expected = folders.any(|found| found)
                || (!parsed.is_folder && judge.is_match(&path));
            prop_assert_eq!(PathPatterns::new(&[parsed]).unwrap().has(&path), expected);
        }
    }

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
