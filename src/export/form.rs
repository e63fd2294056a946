//! Whether two texts differ in form only: where lines break, how a long string is split, what a fence says of its language.

/// Whether nothing but form tells the sides of a pair apart. Where blanks at the beginning of a line mean something, nobody knows.
pub(super) fn same_but_for_form(one: &str, other: &str, path: &str) -> bool {
    const LAID_OUT: [&str; 6] = [".py", ".pyi", ".yml", ".yaml", ".haml", ".pug"];
    let name = path.rsplit('/').next().unwrap_or(path);
    if LAID_OUT.iter().any(|end| name.ends_with(end)) || name == "Makefile" {
        return false;
    }
    let (one, other) = (bare(one), bare(other));
    !one.is_empty() && one == other
}

/// A text without blanks outside of quotes, ends of wrapped lines, seams of split strings, commas before brackets and the languages of
/// fences.
fn bare(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for line in text.lines().map(str::trim) {
        let line = line.strip_suffix('\\').unwrap_or(line).trim_end();
        // A pipe of a shell stands at the end of a line or at the beginning of the next.
        let line = line.strip_suffix(" |").or_else(|| line.strip_prefix("| ")).unwrap_or(line);
        let fence = line.trim_start_matches('`');
        let line = if line.len() - fence.len() >= 3 { &line[..line.len() - fence.len()] } else { line };
        // A string that ends a line goes on in the next one.
        let goes_on = ['"', '\''].into_iter().find(|quote| {
            let end = all.trim_end_matches('+');
            end.ends_with(*quote)
                && !end.ends_with(&format!("{quote}{quote}"))
                && line.starts_with(*quote)
                && line.len() > 1
        });
        let line = match goes_on {
            Some(quote) => {
                let end = all.trim_end_matches('+').len() - quote.len_utf8();
                all.truncate(end);
                &line[quote.len_utf8()..]
            }
            None => line,
        };
        let mut quoted = goes_on;
        for c in line.chars() {
            match quoted {
                Some(quote) if c == quote => quoted = None,
                None if matches!(c, '"' | '\'') => quoted = Some(c),
                _ => {}
            }
            if quoted.is_some() || !c.is_whitespace() {
                all.push(c);
            }
        }
    }
    [",)", ",]", ",}"].iter().fold(all, |all, comma| all.replace(comma, &comma[1..]))
}

/// Whether a check objected to the form of a text: its layout, or the length of a line.
pub(super) fn is_of_form(reason: &str) -> bool {
    const SAYS: &[&str] = &[
        "(lll)",
        "(gofmt)",
        "(gofumpt)",
        "(goimports)",
        "(gci)",
        "(wsl)",
        "(nlreturn)",
        "(whitespace)",
        "e501",
        "line too long",
        "line is too long",
        "line-length",
        "max-len",
        "would reformat",
        "not formatted",
        "prettier/prettier",
        "md013",
        "md031",
        "md032",
        "md040",
        "md022",
        "md009",
        "md047",
        "trailing whitespace",
    ];
    let lower = reason.to_lowercase();
    SAYS.iter().any(|words| lower.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_only_wrapped_or_split_otherwise_is_the_same() {
        for (one, other, expected) in [
            ("total(\n    prices,\n    rate,\n)", "total(prices, rate)", true),
            ("say(\"a long \" +\n    \"text\")", "say(\"a long text\")", true),
            ("cat prices \\\n  | sort", "cat prices |\n  sort", true),
            ("```\ntotal\n```", "```text\ntotal\n```", true),
            ("total(prices)", "total(prices, rate)", false),
            ("let a = \"\";", "let a = \"x\";", false),
            ("split(\" \")", "split(\"\")", false),
            ("return \"\"", "return", false),
        ] {
            assert_eq!(same_but_for_form(one, other, "a.go"), expected, "{one}");
        }
        assert!(!same_but_for_form("if a:\n  b()\nc()", "if a:\n  b()\n  c()", "a.py"));
        assert!(is_of_form("price.go:12: The line is 131 characters long (lll)"));
        assert!(!is_of_form("price.go:12: unused variable (unused)"));
    }
}
