//! Where a pull request lives and what we may do there: the kind of place, its address, the repository, the token. All
//! of it is checked once, here.

use std::time::Duration;

use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};

use super::hosts::{ForgeKind, Host};
use super::questions::ForgeError;
use super::token::Token;

/// What `connect` is given.
#[derive(Clone, Debug)]
pub struct Access {
    pub kind: ForgeKind,
    /// Address of the API: `https://api.github.com`, `https://ghe/api/v3`, `https://forgejo/api/v1`,
    /// `https://gitlab/api/v4`.
    pub api: String,
    /// `owner/name`; on GitLab the path of the project or its number.
    pub repository: String,
    pub token: Option<Token>,
    /// For all requests together, with their waits.
    pub time: Duration,
}

/// An `Access` that was checked.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) kind: ForgeKind,
    /// `http` or `https`, with a host, without a user or a query.
    api: Url,
    pub(crate) repository: String,
    token: Option<Token>,
}

impl Endpoint {
    /// # Errors
    /// When an address or a name is none, in words that do not quote what may hold a password.
    pub(crate) fn new(access: &Access) -> Result<Self, ForgeError> {
        let api = Url::parse(access.api.trim()).map_err(|_| wrong("the address of the API is not a URL"))?;
        if !matches!(api.scheme(), "http" | "https") || api.host_str().is_none() {
            return Err(wrong("the address of the API is neither http nor https"));
        }
        let bare = api.username().is_empty() && api.password().is_none();
        if !bare || api.query().is_some() || api.fragment().is_some() {
            return Err(wrong("the address of the API holds more than a host and a path: give the token apart"));
        }
        let host = access.kind.host();
        if !is_repository(host, &access.repository) {
            return Err(wrong(&format!(
                "`{}` is no repository: it is written {}",
                access.repository.escape_debug(),
                host.repository_form
            )));
        }
        let place = Self { kind: access.kind, api, repository: access.repository.clone(), token: access.token.clone() };
        if place.token.is_some() && place.header().is_none() {
            return Err(wrong("the token holds characters that no token has: was a file or a command given?"));
        }
        Ok(place)
    }

    /// Host, and the port where it is not the usual one.
    pub(crate) fn host(&self) -> String {
        let host = self.api.host_str().unwrap_or_default();
        self.api.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Whether it is this machine, which no proxy leads to.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.api.host_str().unwrap_or_default().trim_matches(['[', ']']);
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// An address below the API's own, each segment escaped.
    pub(crate) fn at(&self, segments: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.api.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// GitHub's second API: beside the first on github.com, and one folder up from it on GitHub Enterprise.
    pub(crate) fn graphql(&self) -> Url {
        let mut url = self.at(&["graphql"], &[]);
        if let Some(root) = self.api.path().trim_end_matches('/').strip_suffix("/v3") {
            url.set_path(&format!("{root}/graphql"));
        }
        url
    }

    /// Whether the token may be sent there: scheme, host and port are the API's.
    pub(crate) fn owns(&self, url: &Url) -> bool {
        self.api.origin() == url.origin()
    }

    /// The header that proves who we are, marked so that nothing prints it.
    pub(crate) fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        let token = self.token.as_ref()?;
        let (name, text) = (self.kind.host().header)(token);
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    }

    pub(crate) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    pub(crate) fn has_job_token(&self) -> bool {
        self.token.as_ref().is_some_and(|token| token.is_of_job())
    }

    /// Text from outside, fit for a message: without the token and without characters that steer a terminal, on one line,
    /// at most 600 characters.
    pub(crate) fn clean(&self, text: &str) -> String {
        let text = self.token.as_ref().map_or_else(|| text.to_owned(), |token| token.hide(text));
        let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
        let line = words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(600) {
            Some((end, _)) => format!("{}...", &line[..end]),
            None => line,
        }
    }
}

fn is_repository(host: &Host, name: &str) -> bool {
    let is_segment = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    let segments: Vec<&str> = name.split('/').collect();
    segments.iter().all(|segment| is_segment(segment)) && (host.is_repository)(&segments)
}

fn wrong(text: &str) -> ForgeError {
    ForgeError::Refused(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Access, Endpoint};
    use crate::forge::hosts::ForgeKind;
    use crate::forge::token::Token;
    use std::time::Duration;

    fn access(kind: ForgeKind, api: &str, repository: &str) -> Access {
        let token = Token::new("ghp_0123456789secret\n");
        Access { kind, api: api.to_owned(), repository: repository.to_owned(), token, time: Duration::from_secs(60) }
    }

    fn place(kind: ForgeKind, api: &str, repository: &str) -> Endpoint {
        Endpoint::new(&access(kind, api, repository)).unwrap()
    }

    #[test]
    fn an_address_keeps_the_path_of_the_api_and_escapes_what_is_put_into_it() {
        let ghe = place(ForgeKind::GitHub, "https://ghe.example/api/v3/", "o/r");
        assert_eq!(ghe.at(&["repos", "o", "r"], &[]).as_str(), "https://ghe.example/api/v3/repos/o/r");
        assert_eq!(ghe.graphql().as_str(), "https://ghe.example/api/graphql");
        let hub = place(ForgeKind::GitHub, "https://api.github.com", "o/r");
        assert_eq!(hub.graphql().as_str(), "https://api.github.com/graphql");
        assert_eq!(hub.at(&["x"], &[("check_name", "a b&c")]).as_str(), "https://api.github.com/x?check_name=a+b%26c");
        let lab = place(ForgeKind::GitLab, "https://gitlab.example/api/v4", "group/sub/project");
        assert_eq!(
            lab.at(&["projects", &lab.repository], &[]).as_str(),
            "https://gitlab.example/api/v4/projects/group%2Fsub%2Fproject"
        );
    }

    #[test]
    fn the_token_is_shown_nowhere() {
        let access = access(ForgeKind::GitHub, "https://api.github.com", "o/r");
        let place = Endpoint::new(&access).unwrap();
        let shown = format!("{access:?} {place:?} {:?} {}", place.header(), access.token.clone().unwrap());
        assert!(!shown.contains("0123456789"), "{shown}");
        assert_eq!(place.clean("bad token ghp_0123456789secret\u{1b}[31m\r\nhere"), "bad token [token] [31m here");
    }

    #[test]
    fn each_place_has_its_own_header() {
        let header = |kind, repository: &str, token: Option<Token>| {
            let access = Access { token, ..access(kind, "https://x.example", repository) };
            let (name, value) = Endpoint::new(&access).unwrap().header().unwrap();
            format!("{name}: {}", value.to_str().unwrap())
        };
        assert_eq!(header(ForgeKind::GitHub, "o/r", Token::new("t")), "authorization: Bearer t");
        assert_eq!(header(ForgeKind::Gitea, "o/r", Token::new("t")), "authorization: token t");
        assert_eq!(header(ForgeKind::GitLab, "7", Token::new("t")), "private-token: t");
        assert_eq!(header(ForgeKind::GitLab, "7", Token::of_job("t")), "job-token: t");
        assert_eq!(header(ForgeKind::GitLab, "7", Token::new("glcbt-64_t")), "job-token: glcbt-64_t");
    }

    #[test]
    fn what_is_no_address_repository_or_token_is_refused_without_quoting_a_password() {
        let refused = |access: &Access| Endpoint::new(access).unwrap_err().to_string();
        let with_password = access(ForgeKind::GitHub, "https://me:hunter2@ghe.example/api/v3", "o/r");
        assert!(!refused(&with_password).contains("hunter2"));
        for repository in ["", "o", "o/r/s", "o/..", "o/r?x=1", "../../user"] {
            assert!(refused(&access(ForgeKind::GitHub, "https://api.github.com", repository)).contains("owner/name"));
        }
        assert!(refused(&access(ForgeKind::GitHub, "ftp://x.example", "o/r")).contains("http"));
        let mut two_lines = access(ForgeKind::GitHub, "https://api.github.com", "o/r");
        two_lines.token = Token::new("first\nsecond");
        assert!(!refused(&two_lines).contains("second"));
        assert_eq!(Token::new(" \n"), None);
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        for (api, loopback) in [
            ("http://127.0.0.1:80", true),
            ("http://[::1]:8080/api/v1", true),
            ("http://localhost", true),
            ("https://api.github.com", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(place(ForgeKind::Gitea, api, "o/r").is_loopback(), loopback, "{api}");
        }
    }
}
