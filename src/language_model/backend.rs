//! The ways to a language model, and what comes back from either.

use anyhow::bail;

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

/// A server that speaks one of two dialects.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) url: reqwest::Url,
    pub(crate) dialect: Dialect,
    pub(crate) model: String,
    pub(crate) key: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Anthropic Messages: a path that ends in `/messages`.
    Messages,
    /// Chat Completions, which local servers speak too: a path that ends in `/chat/completions`.
    ChatCompletions,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) text: String,
    /// As the server names it; absent where nobody said.
    pub(crate) model: Option<String>,
}

impl Server {
    /// # Errors
    /// When the address is not one of either dialect, or would carry the key or the text in the open.
    pub(crate) fn new(address: &str, model: &str, key: Option<&str>) -> anyhow::Result<Self> {
        let Ok(url) = reqwest::Url::parse(address) else { bail!("`{address}` is not an address\nhint: {HINT}") };
        let dialect = match url.path() {
            path if path.ends_with("/messages") => Dialect::Messages,
            path if path.ends_with("/chat/completions") => Dialect::ChatCompletions,
            _ => bail!("`{address}` is not the address of a model\nhint: {HINT}"),
        };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            _ => bail!(
                "`{address}` would send the text unencrypted\nhint: use https; http is for servers on this machine"
            ),
        }
        Ok(Self { url, dialect, model: model.to_owned(), key: key.map(str::to_owned) })
    }
}

const HINT: &str = "give the whole address, which ends in /v1/messages or /v1/chat/completions";

pub(super) fn is_loopback(url: &reqwest::Url) -> bool {
    url.host_str().is_some_and(|host| {
        let host = host.trim_matches(['[', ']']);
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
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
    fn the_address_says_the_dialect_and_nothing_goes_in_the_open() {
        for (address, dialect) in [
            ("https://api.example.test/v1/messages", Some(Dialect::Messages)),
            ("https://models.example.test/openai/v1/chat/completions", Some(Dialect::ChatCompletions)),
            ("http://127.0.0.1:11434/v1/chat/completions", Some(Dialect::ChatCompletions)),
            ("http://[::1]:8080/v1/messages", Some(Dialect::Messages)),
            ("http://localhost/v1/messages", Some(Dialect::Messages)),
            ("http://models.example.test/v1/messages", None),
            ("http://127.0.0.1.example.test/v1/messages", None),
            ("ftp://127.0.0.1/v1/messages", None),
            ("https://api.example.test/v1", None),
            ("api", None),
        ] {
            assert_eq!(Server::new(address, "m", None).ok().map(|server| server.dialect), dialect, "{address}");
        }
    }

    #[test]
    fn the_record_names_the_program_and_not_its_arguments() {
        let backend = Backend::Command { line: "/opt/bin/my-agent -p --key=abc".to_owned(), model: None };
        assert_eq!(backend.provider(), "command:my-agent");
    }
}
