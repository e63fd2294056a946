//! A shell command taken apart just far enough to see which programs it runs: quotes, here-documents, pipes, lists.
//! It is not a shell: nothing is expanded.

use std::ops::Range;

/// One program with its arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShellCommand {
    pub words: Vec<String>,
    /// It reads the output of the step before.
    pub piped: bool,
    /// What stands behind it.
    pub then: Then,
    /// How many subshells begin right before it, and how many end right behind it.
    pub opened: usize,
    pub closed: usize,
    /// Where it stands in the command, and where its here-documents do, their last lines included.
    pub place: Range<usize>,
    pub documents: Vec<Range<usize>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Then {
    #[default]
    End,
    And,
    Or,
    Pipe,
    Next,
}

/// The steps of a command in their order. Here-documents are left out, quotes removed.
pub(crate) fn steps(command: &str) -> Vec<ShellCommand> {
    let mut splitter = Splitter { length: command.len(), rest: command, ..Splitter::default() };
    splitter.run();
    splitter.steps
}

#[derive(Default)]
struct Splitter<'a> {
    length: usize,
    rest: &'a str,
    /// Where the character is that is looked at, and where the step began.
    at: usize,
    begun: usize,
    /// Subshells that began and not ended, and those that began since the last step.
    open: usize,
    opened: usize,
    steps: Vec<ShellCommand>,
    step: ShellCommand,
    word: String,
    /// Whether a word was begun: a quoted empty word is one.
    in_word: bool,
    /// The words that end them, each with the number of its step.
    here_documents: Vec<(String, usize)>,
}

impl Splitter<'_> {
    fn run(&mut self) {
        while let Some(c) = self.next() {
            self.at = self.length - self.rest.len() - c.len_utf8();
            if self.step.words.is_empty() && !self.in_word {
                self.begun = self.at;
            }
            match c {
                '\'' => self.quoted('\''),
                '"' => self.quoted('"'),
                '`' => self.command_in_backquotes(),
                '\\' if self.is_in_a_path_of_windows() => self.put('\\'),
                '\\' => match self.next() {
                    Some('\n') | None => {}
                    Some(c) => self.put(c),
                },
                '\n' => {
                    self.end_step(Then::Next);
                    self.skip_here_documents();
                }
                ' ' | '\t' | '\r' => self.end_word(),
                '#' if !self.in_word => {
                    let end = self.rest.find('\n').unwrap_or(self.rest.len());
                    self.rest = &self.rest[end..];
                }
                ';' => self.end_step(Then::Next),
                '(' if self.word.ends_with(['$', '<', '>']) => self.substitution(),
                '(' if !self.in_word => {
                    self.end_step(Then::Next);
                    self.opened += 1;
                    self.open += 1;
                }
                '(' if self.rest.starts_with(')') => {
                    self.next();
                    self.word.push_str("()");
                }
                ')' => {
                    self.end_step(Then::Next);
                    self.close();
                }
                '&' => self.ampersand(),
                '|' => {
                    let then = if self.take('|') { Then::Or } else { Then::Pipe };
                    self.take('&');
                    self.end_step(then);
                }
                '<' if self.rest.starts_with('<') && !self.rest.starts_with("<<") => self.here_document(),
                c => self.put(c),
            }
        }
        self.at = self.length;
        self.end_step(Then::End);
    }

    /// `C:\shop\test.ps1`, `.\test.ps1`
    fn is_in_a_path_of_windows(&self) -> bool {
        let begins = self.word.ends_with(':') && self.word.len() == 2 || matches!(self.word.as_str(), "." | "..");
        (begins || self.word.contains('\\')) && self.rest.starts_with(|c: char| c.is_alphanumeric())
    }

    fn close(&mut self) {
        if self.open == 0 {
            return;
        }
        self.open -= 1;
        match self.steps.last_mut() {
            _ if self.opened > 0 => self.opened -= 1,
            Some(last) => last.closed += 1,
            None => {}
        }
    }

    /// A part of the word it stands in, as `$(pwd)` is.
    fn command_in_backquotes(&mut self) {
        self.put('`');
        while let Some(c) = self.next() {
            self.put(c);
            if c == '`' {
                return;
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.rest.starts_with(wanted);
        if found {
            self.next();
        }
        found
    }

    fn put(&mut self, c: char) {
        self.word.push(c);
        self.in_word = true;
    }

    fn quoted(&mut self, quote: char) {
        self.in_word = true;
        while let Some(c) = self.next() {
            match c {
                c if c == quote => return,
                '\\' if quote == '"' => match self.next() {
                    Some(c @ ('"' | '\\' | '$' | '`')) => self.word.push(c),
                    Some('\n') | None => {}
                    Some(c) => self.word.extend(['\\', c]),
                },
                c => self.word.push(c),
            }
        }
    }

    /// `$(pwd)` is a part of the word it stands in; what it runs is not looked at.
    fn substitution(&mut self) {
        self.put('(');
        let mut open = 1;
        while let Some(c) = self.next() {
            self.put(c);
            match c {
                '(' => open += 1,
                ')' => open -= 1,
                _ => {}
            }
            if open == 0 {
                return;
            }
        }
    }

    /// `&&`, a redirection (`2>&1`, `&>file`), or the background.
    fn ampersand(&mut self) {
        if self.take('&') {
            self.end_step(Then::And);
        } else if self.word.ends_with(['>', '<']) || self.rest.starts_with('>') {
            self.put('&');
        } else {
            self.end_step(Then::Next);
        }
    }

    fn here_document(&mut self) {
        self.end_word();
        self.take('<');
        self.take('-');
        while self.take(' ') {}
        let end = self.rest.find(|c: char| c.is_whitespace() || matches!(c, ';' | '|' | '&' | ')' | '<' | '>'));
        let (delimiter, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.here_documents.push((delimiter.replace(['\'', '"', '\\'], ""), self.steps.len()));
        self.rest = rest;
    }

    fn skip_here_documents(&mut self) {
        for (delimiter, step) in std::mem::take(&mut self.here_documents) {
            let begin = self.length - self.rest.len();
            while !self.rest.is_empty() {
                let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
                self.rest = rest;
                if line.trim() == delimiter {
                    break;
                }
            }
            if let Some(step) = self.steps.get_mut(step) {
                step.documents.push(begin..self.length - self.rest.len());
            }
        }
    }

    fn end_word(&mut self) {
        if self.in_word {
            self.step.words.push(std::mem::take(&mut self.word));
            self.in_word = false;
        }
    }

    fn end_step(&mut self, then: Then) {
        self.end_word();
        if self.step.words.is_empty() {
            return;
        }
        let piped = self.steps.last().is_some_and(|step| step.then == Then::Pipe);
        let words = std::mem::take(&mut self.step.words);
        let opened = std::mem::take(&mut self.opened);
        let place = self.begun..self.at.max(self.begun);
        self.steps.push(ShellCommand { words, piped, then, opened, closed: 0, place, documents: Vec::new() });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn programs(command: &str) -> Vec<String> {
        steps(command).into_iter().map(|step| step.words.join(" ")).collect()
    }

    #[test]
    fn lists_and_pipes_are_split_and_quotes_are_not() {
        assert_eq!(
            programs("cd a && go test ./... 2>&1 | tail -5; echo \"a && b | c\" # done"),
            ["cd a", "go test ./... 2>&1", "tail -5", "echo a && b | c"]
        );
    }

    #[test]
    fn a_here_document_is_left_out() {
        assert_eq!(programs("cat <<'EOF' > x\npytest; go test\nEOF\nls"), ["cat > x", "ls"]);
    }

    #[test]
    fn subshells_and_places_are_told() {
        let command = "(cd a; ls) && cat <<X > f | wc; f() { `x y`; }\nbody\nX\nend";
        let found: Vec<(&str, usize, usize)> =
            steps(command).iter().map(|step| (&command[step.place.clone()], step.opened, step.closed)).collect();
        let expected = [
            ("cd a", 1, 0),
            ("ls", 0, 1),
            ("cat <<X > f ", 0, 0),
            ("wc", 0, 0),
            ("f() { `x y`", 0, 0),
            ("}", 0, 0),
            ("end", 0, 0),
        ];
        assert_eq!(found, expected);
        let documents: Vec<_> = steps(command).into_iter().flat_map(|step| step.documents).collect();
        assert_eq!(documents.iter().map(|place| &command[place.clone()]).collect::<Vec<_>>(), ["body\nX\n"]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_split(text in "[a-z \"'\\\\\n|&;<>()#$`\u{e4}]{0,80}") {
            for step in steps(&text) {
                prop_assert!(text.get(step.place).is_some());
                prop_assert!(step.documents.into_iter().all(|place| text.get(place).is_some()));
            }
        }
    }
}
