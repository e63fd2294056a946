//! What the program asks before it does something, and what was answered:
//! `Run shell command? (Y)es/(N)o/(D)on't ask again [Yes]: n`.

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AskedAbout {
    /// The commands stand above it.
    Commands,
    /// The file stands above it.
    File {
        is_new: bool,
    },
    /// All edits that an architect planned.
    Plan,
    /// Whether what the linter found is to be put right.
    Lint,
    Tests,
    /// Nothing that the agent does.
    Other,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct AnsweredQuestion {
    pub(super) about: AskedAbout,
    pub(super) is_yes: bool,
}

const CHOICES: &str = " (Y)es/(N)o";

pub(super) fn question(told: &str) -> Option<AnsweredQuestion> {
    let (asked, rest) = told.lines().last()?.split_once(CHOICES)?;
    let (_, answer) = rest.rsplit_once("]: ")?;
    let about = match asked.trim() {
        "Run shell command?" | "Run shell commands?" => AskedAbout::Commands,
        "Create new file?" => AskedAbout::File { is_new: true },
        "Allow edits to file that has not been added to the chat?" => AskedAbout::File { is_new: false },
        "Edit the files?" => AskedAbout::Plan,
        "Attempt to fix lint errors?" => AskedAbout::Lint,
        "Attempt to fix test errors?" => AskedAbout::Tests,
        _ => AskedAbout::Other,
    };
    Some(AnsweredQuestion { about, is_yes: answer.trim().starts_with(['y', 'a']) })
}

/// Whether a prompt is an answer for a group of questions, which the program logs as if it had been typed.
pub(super) fn is_answer(prompt: &str) -> bool {
    prompt.contains(CHOICES) && prompt.contains("]: ")
}

/// Whether a prompt is the one that the program makes of comments in watched files.
pub(super) fn is_of_watched_files(prompt: &str) -> bool {
    const STARTS: [&str; 2] = [
        "I've written your instructions in comments in the code and marked them",
        "/ask\nFind the \"AI\" comments below",
    ];
    STARTS.iter().any(|start| prompt.trim_start().starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_known_from_its_question() {
        for (told, about, is_yes) in [
            ("Run shell command? (Y)es/(N)o/(D)on't ask again [Yes]: n", AskedAbout::Commands, false),
            ("Run shell commands? (Y)es/(N)o/(A)ll/(S)kip all [Yes]: a", AskedAbout::Commands, true),
            ("Create new file? (Y)es/(N)o [Yes]: y", AskedAbout::File { is_new: true }, true),
            ("Attempt to fix test errors? (Y)es/(N)o [Yes]: y", AskedAbout::Tests, true),
            ("Add file to the chat? (Y)es/(N)o/(S)kip all [Yes]: s", AskedAbout::Other, false),
        ] {
            assert_eq!(question(told), Some(AnsweredQuestion { about, is_yes }), "{told}");
        }
        assert_eq!(question("Applied edit to a.py"), None);
        assert!(is_answer("Add file to the chat? (Y)es/(N)o/(S)kip all [Yes]: skip") && !is_answer("yes"));
    }
}
