//! The text that an inline script puts into a file, as it stands there: inside `python -c "..."` or `node -e "..."` the
//! same lines are written with `\t`, `\n` and `\"`, and the first and the last of them stand beside the quotes.

/// A line inside a script inside quotes of the shell is escaped twice.
const LAYERS: usize = 2;
const LONG_QUOTES: [&str; 2] = ["\"\"\"", "'''"];

/// Lines that a command may write and that do not stand in it as they are.
pub(crate) fn lines(command: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut text = command.to_owned();
    for _ in 0..LAYERS {
        parts(&text, &mut found);
        let Some(plain) = unescaped(&text) else { return found };
        found.extend(plain.lines().map(str::to_owned));
        text = plain;
    }
    parts(&text, &mut found);
    found
}

/// The text without one layer of escapes; `None` where there is none.
fn unescaped(text: &str) -> Option<String> {
    if !text.contains('\\') {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let escaped = if c == '\\' { rest.clone().next() } else { None };
        match escaped {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some(known @ ('"' | '\'' | '`' | '$' | '\\')) => plain.push(known),
            _ => {
                plain.push(c);
                continue;
            }
        }
        rest.next();
    }
    Some(plain)
}

/// Of the lines at which a quoted text of several lines begins or ends, the part inside the quotes.
fn parts(text: &str, found: &mut Vec<String>) {
    if !text.contains('\n') {
        return;
    }
    for line in text.lines() {
        let long = LONG_QUOTES.into_iter().find(|quotes| line.contains(quotes));
        let short = || ["\"", "'", "`"].into_iter().find(|quote| line.matches(quote).count() == 1);
        if let Some((before, after)) = long.or_else(short).and_then(|quotes| line.split_once(quotes)) {
            found.extend([before, after].map(str::to_owned));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(command: &str) -> Vec<String> {
        let mut found: Vec<String> = lines(command).iter().map(|line| line.trim().to_owned()).collect();
        found.retain(|line| !line.is_empty());
        found
    }

    #[test]
    fn escaped_text_is_found_as_it_stands_in_the_file() {
        let command = r#"node -e "fs.writeFileSync('a.ts', 'const a = \"one\";\n\treturn a + two;\n')""#;
        assert!(told(command).contains(&"return a + two;".to_owned()));
        let twice = r#"python3 -c "new = 'a.b(\\n\\t\\tfirst, second\\n)'""#;
        assert!(told(twice).contains(&"first, second".to_owned()));
    }

    #[test]
    fn lines_beside_the_quotes_count_without_what_is_before_them() {
        let command = "python3 - <<'EOF'\nnew = '''price = total()\nreturn price'''\ntext.replace(old, new)\nEOF";
        assert_eq!(told(command), ["new =", "price = total()", "return price"]);
        let short = "git apply -\nx = \"first line\nsecond line\"";
        assert_eq!(told(short), ["x =", "first line", "second line"]);
    }

    #[test]
    fn a_command_that_writes_nothing_adds_nothing() {
        assert!(told("cargo test --lib").is_empty());
        assert!(told("git log\ngit status").is_empty());
    }
}
