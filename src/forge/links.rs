//! Where an answer leads: the next page (`Link`), and the new address of what has moved (`Location`). Neither leads to
//! another host, which would be sent the token.

use reqwest::Url;
use reqwest::header::HeaderMap;

use super::access::Endpoint;
use super::ask::Verb;

/// Address of the next page. Where the place names itself by another host than we know it by (Gitea behind a proxy), only
/// the query is taken from the link.
pub(crate) fn next_page(place: &Endpoint, here: &Url, headers: &HeaderMap) -> Option<Url> {
    let lines = headers.get_all("link").iter().filter_map(|line| line.to_str().ok());
    let target = lines.flat_map(links).find(|(_, kinds)| kinds.contains(&"next")).map(|(target, _)| target)?;
    let next = here.join(target).ok()?;
    if place.owns(&next) {
        return Some(next);
    }
    let mut same_host = here.clone();
    same_host.set_query(next.query());
    Some(same_host)
}

/// `<address>; rel="next", <address>; rel="last"`
fn links(line: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    line.split('<').skip(1).filter_map(|part| {
        let (target, parameters) = part.split_once('>')?;
        let kinds = parameters.split([';', ',']).filter_map(|parameter| parameter.trim().strip_prefix("rel="));
        Some((target, kinds.flat_map(|kinds| kinds.trim_matches('"').split(' ')).collect()))
    })
}

/// Where a moved thing is asked for next; an error says where it led to.
///
/// 307 and 308 keep method and body: GitHub answers so for a renamed repository. 301 and 302 are followed only when
/// reading, since a client may turn a write into a read there.
pub(crate) fn moved_to(
    place: &Endpoint,
    verb: Verb,
    here: &Url,
    status: u16,
    headers: &HeaderMap,
) -> Option<Result<Url, String>> {
    let may_follow = match status {
        307 | 308 => true,
        301 | 302 => verb == Verb::Get,
        _ => false,
    };
    let target = headers.get("location").filter(|_| may_follow)?.to_str().ok()?;
    let Ok(next) = here.join(target) else { return Some(Err("an address that is none".to_owned())) };
    if place.owns(&next) {
        return Some(Ok(next));
    }
    let port = next.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(Err(format!("{}://{}{port}", next.scheme(), place.clean(next.host_str().unwrap_or_default()))))
}

#[cfg(test)]
mod tests {
    use super::{moved_to, next_page};
    use crate::forge::access::{Access, Endpoint};
    use crate::forge::ask::Verb;
    use crate::forge::hosts::ForgeKind;
    use reqwest::Url;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
    use std::time::Duration;

    fn place() -> Endpoint {
        let (api, repository) = ("https://forge.example/api/v1".to_owned(), "o/r".to_owned());
        Endpoint::new(&Access { kind: ForgeKind::Gitea, api, repository, token: None, time: Duration::from_secs(1) })
            .unwrap()
    }

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))])
    }

    fn next(link: &'static str) -> Option<String> {
        let here = Url::parse("https://forge.example/api/v1/x?page=1").unwrap();
        next_page(&place(), &here, &headers("link", link)).map(String::from)
    }

    #[test]
    fn the_next_page_is_the_link_called_next() {
        let both = r#"<https://forge.example/y,z?page=9>; rel="last", <https://forge.example/y,z?page=2>; rel="next""#;
        assert_eq!(next(both).as_deref(), Some("https://forge.example/y,z?page=2"));
        assert_eq!(next("</api/v1/x?page=3>; rel=next").as_deref(), Some("https://forge.example/api/v1/x?page=3"));
        assert_eq!(next(r#"<https://forge.example/x?page=1>; rel="prev""#), None);
    }

    #[test]
    fn a_page_at_another_host_is_asked_for_at_ours() {
        let inner = r#"<http://gitea:3000/api/v1/x?page=2&limit=50>; rel="next""#;
        assert_eq!(next(inner).as_deref(), Some("https://forge.example/api/v1/x?page=2&limit=50"));
    }

    #[test]
    fn what_has_moved_is_followed_at_the_same_host_only() {
        let here = Url::parse("https://forge.example/api/v1/x").unwrap();
        let moved = |verb, status, to| moved_to(&place(), verb, &here, status, &headers("location", to));
        let there = Some(Ok(Url::parse("https://forge.example/y").unwrap()));
        assert_eq!(moved(Verb::Patch, 307, "/y"), there);
        assert_eq!(moved(Verb::Post, 308, "https://forge.example/y"), there);
        assert_eq!(moved(Verb::Get, 301, "/y"), there);
        assert_eq!(moved(Verb::Patch, 301, "/y"), None);
        assert_eq!(moved(Verb::Get, 304, "/y"), None);
        for other in ["https://evil.example/y", "http://forge.example/y", "https://forge.example:8443/y"] {
            assert!(moved(Verb::Get, 307, other).unwrap().is_err(), "{other}");
        }
    }
}
