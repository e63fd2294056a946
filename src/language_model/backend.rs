//! The ways to a language model, and what comes back from either.

use super::server::{Reply, Server};
use super::{command, http};

/// Where the question goes.
#[derive(Clone, Debug)]
pub(crate) enum Backend {
    /// A command line of the shell: the prompt on its standard input, the answer on its standard output.
    Command {
        line: String,
        model: Option<String>,
    },
    Http(Server),
}

impl Backend {
    /// Who is asked, for the record: the program without its arguments, or the server's host.
    pub(crate) fn provider(&self) -> String {
        match self {
            Self::Command { line, .. } => {
                let program = line.split_whitespace().next().unwrap_or_default();
                format!("command:{}", program.rsplit(['/', '\\']).next().unwrap_or_default())
            }
            Self::Http(server) => format!("http:{}", server.url.host_str().unwrap_or_default()),
        }
    }

    /// Exactly what is sent.
    pub(crate) fn payload(&self, prompt: &str) -> String {
        match self {
            Self::Command { .. } => prompt.to_owned(),
            Self::Http(server) => http::body(server, prompt),
        }
    }

    /// # Errors
    /// When no answer came in time, or none that can be read.
    pub(crate) fn ask(&self, prompt: &str) -> anyhow::Result<Reply> {
        match self {
            Self::Command { line, model } => Ok(Reply { text: command::ask(line, prompt)?, model: model.clone() }),
            Self::Http(server) => http::ask(server, prompt),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_names_the_program_and_not_its_arguments() {
        let backend = Backend::Command { line: "/opt/bin/my-agent -p --key=abc".to_owned(), model: None };
        assert_eq!(backend.provider(), "command:my-agent");
    }
}
