//! A server that has a model, the dialect that its address says, and what it answers.

use anyhow::bail;

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
}
