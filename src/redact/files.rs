//! Files whose name is the name of a secret and whose content is its value and nothing else: `config/master.key`,
//! `.vault_pass`, `/run/secrets/db_password`; as a diff, a command or a tool of an agent shows or writes them.

use std::ops::Range;

use super::rules::names::Strength;
use super::work;

/// Longest beginning of a line before a file's name, and longest rest of its line.
const LINE: usize = 200;
/// How far behind its name the content of a file is looked for.
const NEAR: usize = 1200;
/// More lines are a list and no secret; a diff shows the old one and the new one.
const MAX_LINES: usize = 4;

/// What the name of a file says about its content: as much as it says elsewhere, or that it ends in `.key`.
pub(super) fn strength(text: &[u8], name: &Range<usize>, meaning: Option<Strength>) -> Option<Strength> {
    const ENDINGS: [&str; 16] = [
        "key",
        "secret",
        "txt",
        "token",
        "pass",
        "passwd",
        "password",
        "cookie",
        "hex",
        "b64",
        "base64",
        "psk",
        "jwt",
        "pat",
        "pw",
        "credential",
    ];
    if !matches!(text.get(name.end), None | Some(b'\n' | b'\r' | b' ' | b'"' | b'\'' | b'`' | b':' | b'*' | b'\\')) {
        return None;
    }
    let letters = &text[name.clone()];
    let is_in_folder = letters[0] == b'.' || name.start > 0 && matches!(text[name.start - 1], b'/' | b'\\');
    match memchr::memrchr(b'.', letters).filter(|dot| *dot > 0) {
        Some(dot) => {
            let ending = &letters[dot + 1..];
            let fits = ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known.as_bytes()));
            let key = || ending.eq_ignore_ascii_case(b"key").then_some(Strength::Key);
            if fits { meaning.or_else(key) } else { None }
        }
        None => meaning.filter(|_| is_in_folder),
    }
}

/// The words that are all that a file holds, where its content follows or is written into it.
pub(super) fn content(text: &[u8], name: &Range<usize>) -> Vec<Range<usize>> {
    let floor = name.start.saturating_sub(LINE);
    let line = memchr::memrchr(b'\n', &text[floor..name.start]).map_or(floor, |found| floor + found + 1);
    work::looks_at(name.start - line);
    let is_path = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./~\\@:{}$\"'`".contains(byte);
    let lead = &text[line..name.start];
    let lead = lead[..lead.iter().rposition(|byte| !is_path(byte)).map_or(0, |found| found + 1)].trim_ascii_end();
    if let Some(written) = written(lead) {
        return Some(line + written.start..line + written.end).into_iter().collect();
    }
    let rest = &text[name.end..text.len().min(name.end + LINE)];
    if let Some(value) = field(rest) {
        return Some(name.end + value.start..name.end + value.end).into_iter().collect();
    }
    let Some(end) = memchr::memchr(b'\n', rest) else { return Vec::new() };
    let mark = |byte: &u8| matches!(byte, b' ' | b'\r' | b'"' | b'\'' | b'`' | b'*' | b':');
    let rest = &rest[..end];
    let rest = &rest[rest.iter().position(|byte| !mark(byte)).unwrap_or(end)..];
    let is_diff = [&b"+++"[..], b"---"].iter().any(|sign| lead.ends_with(sign));
    // The letters of base64 have no dot.
    let has_ending = text[name.clone()].contains(&b'.');
    let is_alone = has_ending && rest.is_empty() && lead.iter().all(|byte| b"#*/-> \t".contains(byte));
    let is_shown = [&b""[..], b"<==", b"2>/dev/null", b"; echo", b"&& echo", b"; echo;"]
        .contains(&rest.trim_ascii_end())
        && (is_diff || lead.ends_with(b"==>") || is_command(lead));
    let is_heredoc = rest.starts_with(b"<<") && (lead.ends_with(b">") || is_word(lead, b"tee"));
    if is_alone || is_shown || is_heredoc { lines(text, name.end + end + 1, is_diff) } else { Vec::new() }
}

/// Whether a line ends in a command that shows a file, with its options.
fn is_command(lead: &[u8]) -> bool {
    const COMMANDS: [&[u8]; 9] =
        [b"cat", b"bat", b"batcat", b"less", b"more", b"head", b"tail", b"type", b"Get-Content"];
    let option = |word: &&[u8]| word[0] == b'-' || word.iter().all(u8::is_ascii_digit);
    let mut words = lead.rsplit(|byte| *byte == b' ').filter(|word| !word.is_empty()).skip_while(option);
    words.next().is_some_and(|word| COMMANDS.iter().any(|command| is_word(word, command)))
}

/// Whether a text ends in this word.
fn is_word(text: &[u8], word: &[u8]) -> bool {
    text.strip_suffix(word).is_some_and(|before| !before.last().is_some_and(u8::is_ascii_alphanumeric))
}

/// The argument of `echo x > ` or `printf x | tee `.
fn written(lead: &[u8]) -> Option<Range<usize>> {
    let left = match lead.strip_suffix(b">") {
        Some(left) => left.strip_suffix(b">").unwrap_or(left),
        None if is_word(lead, b"tee") || lead.ends_with(b"tee -a") => &lead[..memchr::memrchr(b'|', lead)?],
        None => return None,
    };
    let quotes = |byte: &u8| matches!(byte, b' ' | b'"' | b'\'');
    let end = left.iter().rposition(|byte| !quotes(byte))? + 1;
    let start = left[..end].iter().rposition(quotes).map_or(0, |found| found + 1);
    let command = &left[..start];
    (memchr::memmem::find(command, b"echo").is_some() || memchr::memmem::find(command, b"printf").is_some())
        .then_some(start..end)
}

/// `","content":"x"`: the value beside the name in the input of a tool.
fn field(rest: &[u8]) -> Option<Range<usize>> {
    const FIELDS: [&[u8]; 7] = [b"content", b"contents", b"text", b"file_text", b"new_string", b"body", b"data"];
    let sign = |byte: &u8| matches!(byte, b'"' | b'\\' | b',' | b' ' | b'\n' | b'\r' | b'\t');
    let at = rest.iter().position(|byte| !sign(byte))?;
    let word = rest[at..].iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'_').count();
    if !rest[..at].contains(&b',') || !FIELDS.contains(&&rest[at..at + word]) {
        return None;
    }
    let after = &rest[at + word..];
    let opening = after.iter().take_while(|byte| matches!(byte, b'"' | b'\\' | b':' | b' ')).count();
    if !after[..opening].contains(&b':') || !after[..opening].ends_with(b"\"") {
        return None;
    }
    let start = at + word + opening;
    let len = rest[start..].iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\\'))?;
    let end = &rest[start + len..];
    let closing = end.iter().take(8).take_while(|byte| matches!(byte, b'\\' | b'n' | b'r' | b'\n')).count();
    (end.get(closing) == Some(&b'"')).then_some(start..start + len)
}

/// The lines from `at` on that hold one word each, after those that a diff or a list puts before the content.
fn lines(text: &[u8], at: usize, is_diff: bool) -> Vec<Range<usize>> {
    const HEADS: [&[u8]; 10] = [
        b"+++ ",
        b"--- ",
        b"index ",
        b"new file",
        b"deleted file",
        b"old mode",
        b"new mode",
        b"similarity",
        b"@@ ",
        b"```",
    ];
    let stop = text.len().min(at + NEAR);
    let mut values = Vec::new();
    let mut start = at;
    let mut heads = 0;
    while start < stop && values.len() < MAX_LINES && heads < 8 {
        let end = memchr::memchr(b'\n', &text[start..stop]).map_or(stop, |found| start + found);
        let line = text[start..end].trim_ascii_end();
        let mut from = 0;
        if values.is_empty() && (line.is_empty() && heads == 0 || HEADS.iter().any(|head| line.starts_with(head))) {
            heads += 1;
            start = end + 1;
            continue;
        }
        from += usize::from(is_diff && matches!(line.first(), Some(b'+' | b'-' | b' ')));
        from += numbered(&line[from..]);
        let quote = usize::from(matches!(line.get(from), Some(b'"' | b'\'')));
        let value = &line[(from + quote).min(line.len())..];
        let value = value.strip_suffix(&line[from..(from + quote).min(line.len())]).unwrap_or(value);
        if value.is_empty() || value.iter().any(u8::is_ascii_whitespace) || end == stop && stop < text.len() {
            break;
        }
        values.push(start + from + quote..start + from + quote + value.len());
        start = end + 1;
    }
    work::looks_at(start.min(stop) - at.min(stop));
    values
}

/// Length of the number of a line, as tools of agents show it: `     1→`, `1\t`.
fn numbered(line: &[u8]) -> usize {
    let blanks = line.iter().take_while(|byte| **byte == b' ').count();
    let digits = line[blanks..].iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
    let rest = &line[blanks + digits..];
    let sign = ["\u{2192}", "\t", "| ", ": "].iter().find(|sign| rest.starts_with(sign.as_bytes()));
    if digits > 0 { sign.map_or(0, |sign| blanks + digits + sign.len()) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::super::{RedactionOptions, Redactor};
    use crate::record::text::Raw;

    fn clean(text: &str) -> String {
        Redactor::new(RedactionOptions::default()).unwrap().text(Raw::new(text)).0.as_str().to_owned()
    }

    /// Drawn for this run of letters, so that no scanner takes the test for a leak.
    fn key() -> String {
        ["7c1e", "09b3", "d25f", "84a6"].concat().repeat(2)
    }

    #[test]
    fn the_content_of_a_file_that_is_named_like_a_secret_is_one() {
        let key = key();
        for text in [
            "$ cat config/master.key\n§",
            "cat config/credentials/production.key\n§\n",
            "docker exec web cat /run/secrets/api_token\n§\n",
            "head -1 deploy.token\n§\n",
            "==> ./signing.key <==\n§\n\n==> b <==",
            "diff --git a/config/master.key b/config/master.key\nnew file mode 100644\nindex 0000000..e69de29\n--- /dev/null\n+++ b/config/master.key\n@@ -0,0 +1 @@\n+§\n\\ No newline at end of file",
            "--- a/config/master.key\n+++ /dev/null\n@@ -1 +0,0 @@\n-§\n",
            "--- a/k/session.secret\n+++ b/k/session.secret\n@@ -1 +1 @@\n-something\n+§\n",
            "config/master.key:\n\n```\n§\n```",
            "echo '§' > config/master.key",
            "printf §  | sudo tee secret_key_base.txt",
            "cat > config/master.key <<'EOF'\n§\nEOF",
            "{\"file_path\":\"config/master.key\",\"content\":\"§\\n\"}",
            "{\"command\":\"cat api_key.txt\\n     1\u{2192}§\\n\"}",
        ] {
            assert!(!clean(&text.replace('§', &key)).contains(&key), "{text}");
        }
        for text in ["cat .vault_pass\n§\n", "+++ b/ansible/.vault-password\n@@ -0,0 +1 @@\n+§\n"] {
            assert!(!clean(&text.replace('§', "Teapot-Comet31")).contains("Comet"), "{text}");
        }
    }

    #[test]
    fn other_files_and_other_lines_stay() {
        let key = key();
        for text in [
            "cat config/master.pub\n§",
            "git rev-parse HEAD:config/master.key\n§",
            "sha256sum config/master.key\n§",
            "cat .gitignore\nconfig/master.key\nlog/development.log2\n",
            "rm config/master.key\nbuild42done",
            "cat password.txt | wc -l\n§",
            "cat src/password.ts\nexport42",
            "+++ b/docs/token.md\n+§\n",
            "console.log(event.key\n§",
            "MIIDdzCCAl8Q/plRPw\nv9pj2gOlTblzLmMCcpL3TGQlsjMH1x",
        ] {
            let text = text.replace('§', &key);
            assert_eq!(clean(&text), text);
        }
    }
}
