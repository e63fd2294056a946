//! A shell command taken apart just far enough to see which programs it runs: quotes, here-documents, pipes, lists.
//! It is no shell: nothing is expanded.

/// One program with its arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    pub words: Vec<String>,
    /// It reads the output of the step before.
    pub piped: bool,
    /// What stands behind it.
    pub then: Then,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Then {
    #[default]
    End,
    And,
    Or,
    Pipe,
    Next,
}

/// The steps of a command in their order. Here-documents are left out, quotes removed.
pub fn steps(command: &str) -> Vec<Step> {
    let mut splitter = Splitter { rest: command, ..Splitter::default() };
    splitter.run();
    splitter.steps
}

#[derive(Default)]
struct Splitter<'a> {
    rest: &'a str,
    steps: Vec<Step>,
    step: Step,
    word: String,
    /// Whether a word was begun: a quoted empty word is one.
    in_word: bool,
    here_documents: Vec<String>,
}

impl Splitter<'_> {
    fn run(&mut self) {
        while let Some(c) = self.next() {
            match c {
                '\'' => self.quoted('\''),
                '"' => self.quoted('"'),
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
                '(' if self.word.ends_with('$') => self.substitution(),
                '(' | ')' if !self.in_word => self.end_step(Then::Next),
                ')' => self.end_step(Then::Next),
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
        self.end_step(Then::End);
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
        self.here_documents.push(delimiter.replace(['\'', '"', '\\'], ""));
        self.rest = rest;
    }

    fn skip_here_documents(&mut self) {
        for delimiter in std::mem::take(&mut self.here_documents) {
            while !self.rest.is_empty() {
                let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
                self.rest = rest;
                if line.trim() == delimiter {
                    break;
                }
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
        self.steps.push(Step { words, piped, then });
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

    proptest! {
        #[test]
        fn any_text_can_be_split(text in "[a-z \"'\\\\\n|&;<>()#$\u{e4}]{0,80}") {
            let _ = steps(&text);
        }
    }
}
