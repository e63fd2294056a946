//! Messages with a place before them, as compilers and most linters write them: `a.c:3:5: error: …`, `a.ts(3,5): error TS…`.

use super::lines::{ToldLines, indent};

/// A message at a place, without the place.
struct Located<'a> {
    path: &'a str,
    message: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Error,
    Unnamed,
}

/// The first error at a place, else the first message there that is no warning. With what explains it below, further inside.
pub(super) fn at_a_place<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let weighed = lines.iter().enumerate().filter_map(|(line, text)| {
        let text = text.trim_start();
        let weight = weight(&located(text)?)?;
        // dart says it before the place.
        Some((if text.starts_with("error - ") { Weight::Error } else { weight }, line))
    });
    let Some((_, line)) = weighed.min() else { return missing(lines) };
    let text = lines[line];
    let below = lines[line + 1..].iter().take(3).filter(|next| indent(next) > indent(text));
    let more = below.map(|next| next.trim()).find(|next| is_explained(next, text));
    let text = text.trim().split("%0A").next().unwrap_or_default();
    let text = text.rsplit_once("::").filter(|_| text.starts_with("::error")).map_or(text, |(_, text)| text);
    [text].into_iter().chain(more).collect()
}

/// A place that stands alone, with the message in the next line: `./app/cart.tsx:19:3`, `Type error: …` (Next.js).
pub(super) fn below_a_place<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let is_place = |line: &str| {
        let mut parts = line.trim_start_matches("./").rsplitn(3, ':');
        let is_number =
            |part: Option<&str>| part.is_some_and(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        is_number(parts.next()) && is_number(parts.next()) && parts.next().is_some_and(is_file)
    };
    let is_message = |line: &str| {
        line.starts_with(|c: char| c.is_alphabetic())
            && line.contains(' ')
            && !line.starts_with("at ")
            && line.len() < MOST_OF_A_MESSAGE
    };
    let found = lines.windows(2).find(|pair| is_place(pair[0]) && is_message(pair[1]));
    found.map(|pair| pair.to_vec()).unwrap_or_default()
}

/// What is longer is prose.
const MOST_OF_A_MESSAGE: usize = 300;

/// pyright says more below a message, with the rule at its end, and javac which name it does not know; others draw the code.
fn is_explained(next: &str, text: &str) -> bool {
    (text.contains(" - error: ") && next.ends_with(')') && !text.ends_with(')'))
        || (text.ends_with("cannot find symbol") && next.starts_with("symbol:"))
}

/// What a linker misses.
fn missing<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    lines.iter().find(|line| line.contains("undefined reference to ")).map(|line| line.trim()).into_iter().collect()
}

fn weight(found: &Located) -> Option<Weight> {
    let message = found.message.trim_start();
    if message.is_empty() || message.starts_with(['+', '|']) || found.path.contains("node_modules/") {
        return None;
    }
    let lower: String = message.chars().take(24).collect::<String>().to_lowercase();
    match () {
        () if NO_ERRORS.iter().any(|word| lower.starts_with(word)) => None,
        // `shop/cart.py:3: RuntimeWarning: …`
        () if message.split(':').next().is_some_and(|word| word.ends_with("Warning")) => None,
        () if lower.contains("error") || lower.starts_with("fatal") => Some(Weight::Error),
        () => Some(Weight::Unnamed),
    }
}

/// What a message begins with that stops nobody.
const NO_ERRORS: &[&str] = &["note", "info", "remark", "hint", "in ", "warning", "warn ", "too many errors"];

fn located(line: &str) -> Option<Located<'_>> {
    let line = ["vet: ", "error - ", "warning - ", "[ERROR] ", "[error] ", "e: file://", "e: ", "ERROR: "]
        .iter()
        .find_map(|start| line.strip_prefix(start))
        .unwrap_or(line);
    let line = line.strip_prefix("::error").and_then(|rest| rest.split_once("::")).map_or(line, |(_, rest)| rest);
    // Older versions of Gradle write the task before it.
    let line = if line.starts_with(':') { line.find('/').map_or(line, |at| &line[at..]) } else { line };
    // The colon of a drive of Windows is none before a number.
    let drive = if line.get(1..3).is_some_and(|start| start == ":\\" || start == ":/") { 2 } else { 0 };
    let end = drive + line[drive..].find([':', '('])?;
    let path = &line[..end];
    if !is_file(path) {
        return None;
    }
    let rest = &line[end..];
    let message = match rest.strip_prefix('(') {
        Some(place) => {
            let (numbers, message) = place.split_once(')')?;
            numbers
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, ',' | '-'))
                .then(|| message.strip_prefix(':'))
                .flatten()?
        }
        None => behind_numbers(rest)?,
    };
    Some(Located { path, message })
}

/// What stands behind `:3:5: `, `:3: `, `:3:5 - ` or `:[3,5] `.
fn behind_numbers(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix(':')?;
    if let Some(place) = rest.strip_prefix('[') {
        let (numbers, message) = place.split_once("] ")?;
        return numbers.chars().all(|c| c.is_ascii_digit() || c == ',').then_some(message);
    }
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = (digits > 0 && digits < 8).then(|| &rest[digits..])?;
    let columns = rest
        .strip_prefix(':')
        .map_or(0, |rest| rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len());
    let rest = if columns > 0 { &rest[columns + 1..] } else { rest };
    rest.strip_prefix(": ")
        .or_else(|| rest.strip_prefix(" - "))
        .or_else(|| rest.strip_prefix(' ').filter(|rest| columns > 0 || rest.starts_with("error ")))
}

/// A file with an extension, or one that is known without.
fn is_file(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let has_extension = name.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty()
            && (1..=10).contains(&extension.len())
            && extension.starts_with(|c: char| c.is_ascii_alphabetic())
            && extension.chars().all(|c| c.is_ascii_alphanumeric())
    });
    let is_known = matches!(name, "Makefile" | "Dockerfile" | "Jenkinsfile" | "Gemfile" | "Rakefile" | "justfile");
    !path.contains("//") && !path.contains(char::is_whitespace) && (has_extension || is_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_from_times_addresses_and_frames() {
        for (line, expected) in [
            ("src/a.ts(1,2): error TS2304: Cannot find name 'x'.", Some(" error TS2304: Cannot find name 'x'.")),
            ("a/b.go:3:1: unused (deadcode)", Some("unused (deadcode)")),
            ("a.py:3: error: x", Some("error: x")),
            ("C:\\shop\\a.cs(3,5): error CS1002: ; expected", Some(" error CS1002: ; expected")),
            ("/w/src/A.java:[7,16] cannot find symbol", Some("cannot find symbol")),
            ("Makefile:2: *** missing separator.", Some("*** missing separator.")),
            ("vet: ./cart.go:11:15: undeclared name: x", Some("undeclared name: x")),
            ("docs/a.md:10 error MD001/heading-increment Heading", Some("error MD001/heading-increment Heading")),
            ("error - lib/a.dart:3:5 - The name 'x' isn't defined.", Some("The name 'x' isn't defined.")),
            ("12:30:15: started", None),
            ("http://localhost:3000: up", None),
            ("at total (a.js:3:5)", None),
            ("Note: a thing", None),
        ] {
            assert_eq!(located(line).map(|found| found.message), expected, "{line}");
        }
    }
}
