//! Words that a shell command replaces in files, as `sed -i 's/price/amount/g'` and `perl -pi -e` do: the usual way to
//! rename something in a whole repository. Only plain words are understood; a pattern that is more says nothing.

use crate::checks::shell::{ShellCommand, steps};

/// Words in place of others, within a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitution {
    pub before: String,
    pub after: String,
    pub everywhere: bool,
}

impl Substitution {
    /// The longest word that every line has which the substitution made; `None` where there is none. The first and the
    /// last word may be a part of a longer one.
    pub fn mark(&self) -> Option<&str> {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let inner = self.after.trim_start_matches(is_part).trim_end_matches(is_part);
        words(inner).max_by_key(|word| word.len())
    }
}

/// The words of a line that are long enough to say something.
pub(crate) fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| word.chars().count() >= LEAST_WORD)
}

/// Shorter words stand everywhere.
const LEAST_WORD: usize = 3;

/// The substitutions that a command makes in files, in their order.
pub(crate) fn substitutions(command: &str) -> Vec<Substitution> {
    if !command.contains("sed") && !command.contains("perl") {
        return Vec::new();
    }
    steps(command).iter().flat_map(of_step).collect()
}

/// Those of one program, which `xargs` or `find -exec` may stand before.
fn of_step(step: &ShellCommand) -> Vec<Substitution> {
    let is_program = |word: &String| matches!(word.rsplit('/').next(), Some("sed" | "gsed" | "perl"));
    let Some(place) = step.words.iter().position(is_program) else { return Vec::new() };
    let is_perl = step.words[place].ends_with("perl");
    let words = &step.words[place + 1..];
    let is_flag = |word: &&String| word.starts_with('-') && !word.starts_with("--");
    let has = |letter: char| words.iter().filter(is_flag).any(|word| word.contains(letter));
    if !has('i') && !words.iter().any(|word| word.starts_with("--in-place")) {
        return Vec::new();
    }
    let is_extended = is_perl || has('E') || has('r');
    words.iter().flat_map(|word| of_script(word, is_perl, is_extended)).collect()
}

/// `s/a/b/; s|c|d|g`, each perhaps behind the numbers of lines.
fn of_script(script: &str, is_perl: bool, is_extended: bool) -> Vec<Substitution> {
    let mut found = Vec::new();
    let mut rest = script;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c.is_ascii_digit() || ";,$".contains(c));
        let Some(behind) = rest.strip_prefix('s') else { return found };
        let Some(delimiter) = behind.chars().next().filter(|c| c.is_ascii_punctuation() && *c != '\\') else {
            return found;
        };
        let Some((before, behind)) = until(&behind[delimiter.len_utf8()..], delimiter) else { return found };
        let opens = if "{[(<".contains(delimiter) { None } else { until(behind, delimiter) };
        let Some((after, behind)) = opens else { return found };
        let flags = behind.len() - behind.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).len();
        let (flags, behind) = behind.split_at(flags);
        rest = behind;
        let Some(before) = plain(before, delimiter, is_perl, is_extended) else { continue };
        let Some(after) = replacing(after, delimiter, is_perl, &before) else { continue };
        let telling = if after.is_empty() { &before } else { &after };
        if before != after && words(telling).next().is_some() && !flags.contains(['e', 'i', 'I']) {
            found.push(Substitution { before, after, everywhere: flags.contains('g') });
        }
    }
}

/// What is before the next delimiter and what is behind it.
fn until(text: &str, delimiter: char) -> Option<(&str, &str)> {
    let mut escaped = false;
    let at = text.char_indices().find(|(_, c)| {
        let found = *c == delimiter && !escaped;
        escaped = *c == '\\' && !escaped;
        found
    });
    at.map(|(at, c)| (&text[..at], &text[at + c.len_utf8()..]))
}

/// The words that a pattern means, if it means only these. A lone dot is taken for a dot.
fn plain(pattern: &str, delimiter: char, is_perl: bool, is_extended: bool) -> Option<String> {
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    let pattern = pattern.strip_suffix('$').filter(|rest| !rest.ends_with('\\')).unwrap_or(pattern);
    let mut words = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                'b' | '<' | '>' => {}
                't' => words.push('\t'),
                c if c == delimiter => words.push(c),
                c if c.is_alphanumeric() => return None,
                c if !is_extended && "(){}+?|".contains(c) => return None,
                c => words.push(c),
            },
            '*' | '[' => return None,
            '(' | ')' | '{' | '}' | '+' | '?' | '|' if is_extended => return None,
            '$' | '@' if is_perl => return None,
            c => words.push(c),
        }
    }
    (!words.is_empty() && !words.contains('\n')).then_some(words)
}

/// The words that are put in place of `before`.
fn replacing(text: &str, delimiter: char, is_perl: bool, before: &str) -> Option<String> {
    let mut words = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                't' => words.push('\t'),
                c if c == delimiter => words.push(c),
                c if c.is_alphanumeric() => return None,
                c => words.push(c),
            },
            '&' if !is_perl => words.push_str(before),
            '$' | '@' if is_perl => return None,
            c => words.push(c),
        }
    }
    (!words.contains('\n')).then_some(words)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(command: &str) -> Vec<String> {
        let of =
            |one: Substitution| format!("{} > {}{}", one.before, one.after, if one.everywhere { " g" } else { "" });
        substitutions(command).into_iter().map(of).collect()
    }

    #[test]
    fn plain_words_are_understood_wherever_the_program_stands() {
        for (command, expected) in [
            ("sed -i 's/price/amount/g' src/price.py", &["price > amount g"][..]),
            (r"grep -rl shop . | xargs sed -i '' 's|shop\.org/a|shop.org/b|'", &["shop.org/a > shop.org/b"]),
            (
                r#"find . -name '*.py' -exec sed -i.bak -e "s/\bold_name\b/new_name/g" -e '12s/(a, b)/(a, b, c_c)/' {} +"#,
                &["old_name > new_name g", "(a, b) > (a, b, c_c)"],
            ),
            ("cd a && perl -pi -e 's/count\\(/total(/g; s{x}{y}' *.py", &["count( > total( g"]),
            ("sed -i 's/, in cents$//' a.py", &[", in cents > "]),
            ("sed -i 's/total/sub&/' a.py", &["total > subtotal"]),
        ] {
            assert_eq!(shown(command), expected, "{command}");
        }
    }

    #[test]
    fn a_word_at_the_edge_may_be_a_part_of_a_longer_one_and_is_no_mark() {
        let mark = |command: &str| substitutions(command)[0].mark().map(str::to_owned);
        assert_eq!(mark("sed -i 's/price/amount/' a.py"), None);
        assert_eq!(mark("sed -i 's|shop/a|https://shop.org/cart|' a.py").as_deref(), Some("shop"));
    }

    #[test]
    fn patterns_and_what_only_prints_say_nothing() {
        for command in [
            "sed 's/price/amount/' a.py",
            "sed -n '1,20p' a.py",
            "sed -i 's/a.*b/price/' a.py",
            r"sed -i 's/\(price\)/\1_of/' a.py",
            "perl -pi -e 's/(price)/amount/' a.py",
            "sed -i 's/a/b/' a.py",
            "sed -i '/price/d' a.py",
            "echo sed -i; ls s/price/amount/",
        ] {
            assert_eq!(shown(command), Vec::<String>::new(), "{command}");
        }
    }

    proptest! {
        #[test]
        fn any_script_can_be_read(script in "[a-cs/|\\\\\u{e4}&$;.g ]{0,40}") {
            let _ = of_script(&script, false, false);
            let _ = of_script(&script, true, true);
        }
    }
}
