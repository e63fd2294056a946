//! Sends requests through octocrab and gives back answers: within the time, with the waits that `retry` decides on, over
//! moves and pages, and never to another host. octocrab's own retries are off: it repeats a POST at once.

use std::sync::OnceLock;
use std::time::Duration;

use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use reqwest::Url;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;

use super::access::Endpoint;
use super::clock::Clock;
use super::links::{moved_to, next_page};
use super::questions::ForgeError;
use super::refusal::refusal;
use super::retry::{Retry, Try, TryOutcome, judge};
use crate::forge::ask::{Ask, Failure, Repeat, Response, Verb};

/// One request, however much time there is.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// A page of a hundred comments of 262,144 bytes each fits.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;

const MOST_MOVES: usize = 5;

const MOST_PAGES: usize = 100;

impl From<Failure> for ForgeError {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

/// Why one try brought no answer.
enum Missing {
    NotSent(String),
    Cut(String),
    TooLarge,
}

#[derive(Debug)]
pub(crate) struct Transport {
    pub(crate) place: Endpoint,
    clock: Clock,
    time: Duration,
    client: reqwest::Client,
    /// Made with the first request, since it starts a task of the runtime.
    octocrab: OnceLock<Octocrab>,
}

impl Transport {
    /// # Errors
    /// When TLS cannot be set up.
    pub(crate) fn new(place: Endpoint, time: Duration, clock: Clock) -> Result<Self, ForgeError> {
        // It is an error only that another part of the process was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let accepted = HeaderValue::from_static(place.kind.host().accepts);
        let mut headers = HeaderMap::from_iter([(ACCEPT, accepted)]);
        headers.extend(place.header());
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("backstory/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10));
        if place.is_loopback() {
            client = client.no_proxy();
        }
        let client = client.build().map_err(|error| {
            ForgeError::Unreachable(format!("no connection can be set up: {}", place.clean(&root_cause(&error))))
        })?;
        Ok(Self { place, clock, time, client, octocrab: OnceLock::new() })
    }

    /// One answer, read as the shape that the caller expects.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, ask: &Ask) -> Result<T, Failure> {
        let answer = self.send(ask).await?;
        Ok(self.read(ask, &answer)?)
    }

    /// The items of all pages of a list.
    pub(crate) async fn pages<T: DeserializeOwned>(&self, ask: Ask) -> Result<Vec<T>, Failure> {
        let (mut ask, mut seen, mut items) = (ask, Vec::new(), Vec::new());
        loop {
            let answer = self.send(&ask).await?;
            items.extend(self.read::<Vec<T>>(&ask, &answer)?);
            let Some(next) = next_page(&self.place, &answer.url, &answer.headers) else { return Ok(items) };
            seen.push(std::mem::replace(&mut ask.url, next));
            if seen.len() >= MOST_PAGES || seen.contains(&ask.url) {
                return Err(self.unreachable(&ask, "the pages of the list have no end").into());
            }
        }
    }

    /// Sends it until there is an answer that says what is or what is wrong.
    async fn send(&self, ask: &Ask) -> Result<Response, Failure> {
        let (mut url, mut moves, mut number) = (ask.url.clone(), 0, 1);
        loop {
            let sent = self.send_once(ask, &url).await;
            let (outcome, why) = match &sent {
                Ok(answer) => {
                    let Response { status, headers, body, .. } = answer;
                    (TryOutcome::Answer { status: *status, headers, body }, String::new())
                }
                Err(Missing::NotSent(why)) => (TryOutcome::NotSent, why.clone()),
                Err(Missing::Cut(why)) => (TryOutcome::Cut, why.clone()),
                Err(Missing::TooLarge) => return Err(self.unreachable(ask, "the answer is too large").into()),
            };
            let tried = Try { number, repeatable: ask.repeat == Repeat::Harmless, left: self.left(), random: random() };
            match judge(tried, outcome) {
                Retry::Again(wait) if ask.repeat != Repeat::OnlyNow => {
                    self.clock.wait(wait).await;
                    number += 1;
                    continue;
                }
                Retry::Limited(wait, until) => return Err(self.limited(ask, wait, until).into()),
                Retry::Again(wait) | Retry::Doubt(wait) => {
                    self.clock.wait(wait.min(self.left())).await;
                    let error = self.not_answered(ask, sent.ok().as_ref(), &why);
                    let error = ForgeError::Unreachable(format!("{error}; it may have been done all the same"));
                    return Err(Failure { error, in_doubt: true });
                }
                Retry::GiveUp => return Err(self.not_answered(ask, sent.ok().as_ref(), &why).into()),
                Retry::Use => {}
            }
            let Ok(answer) = sent else { return Err(self.not_answered(ask, None, &why).into()) };
            match moved_to(&self.place, ask.verb, &url, answer.status, &answer.headers) {
                Some(Ok(next)) if moves < MOST_MOVES => {
                    url = next;
                    moves += 1;
                }
                Some(Ok(_)) => return Err(self.unreachable(ask, "it was sent from one address to the next").into()),
                Some(Err(elsewhere)) => {
                    let why = format!("it was sent on to {elsewhere}, which does not get the token");
                    return Err(self.unreachable(ask, &why).into());
                }
                None if (200..300).contains(&answer.status) && !answer.is_page() => return Ok(answer),
                None => return Err(refusal(&self.place, ask, &answer).into()),
            }
        }
    }

    /// One try, within its time.
    async fn send_once(&self, ask: &Ask, url: &Url) -> Result<Response, Missing> {
        let time = self.left().min(LONGEST_REQUEST);
        if time.is_zero() {
            return Err(Missing::NotSent("no time is left".to_owned()));
        }
        match tokio::time::timeout(time, self.exchange(ask, url)).await {
            Ok(ended) => ended,
            Err(_) => Err(Missing::Cut(format!("no answer came within {}", seconds(time)))),
        }
    }

    async fn exchange(&self, ask: &Ask, url: &Url) -> Result<Response, Missing> {
        let octocrab = self.octocrab.get_or_init(|| {
            let sender = OctocrabBuilder::new_empty().with_service(ReqwestConnector::new(self.client.clone()));
            let Ok(octocrab) = sender.with_auth(AuthState::None).build();
            octocrab
        });
        let (address, body) = (url.as_str(), ask.body.as_ref());
        let response = match ask.verb {
            Verb::Get => octocrab._get(address).await,
            Verb::Post => octocrab._post(address, body).await,
            Verb::Patch => octocrab._patch(address, body).await,
            Verb::Put => octocrab._put(address, body).await,
        };
        let response = response.map_err(|error| missing(&error))?;
        let mut response = reqwest::Response::from(response.map(reqwest::Body::wrap));
        if response.content_length().is_some_and(|length| length > LARGEST_ANSWER as u64) {
            return Err(Missing::TooLarge);
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| Missing::Cut(root_cause(&error)))? {
            body.extend_from_slice(&part);
            if body.len() > LARGEST_ANSWER {
                return Err(Missing::TooLarge);
            }
        }
        Ok(Response { status: response.status().as_u16(), headers: response.headers().clone(), body, url: url.clone() })
    }

    fn read<T: DeserializeOwned>(&self, ask: &Ask, answer: &Response) -> Result<T, ForgeError> {
        serde_json::from_slice(&answer.body).map_err(|error| {
            let why = format!("the answer has not the shape of this API ({})", self.place.clean(&error.to_string()));
            self.unreachable(ask, &why)
        })
    }

    fn left(&self) -> Duration {
        self.time.saturating_sub(self.clock.passed())
    }

    fn not_answered(&self, ask: &Ask, answer: Option<&Response>, why: &str) -> ForgeError {
        match answer {
            Some(answer) => refusal(&self.place, ask, answer),
            None => self.unreachable(ask, why),
        }
    }

    /// An error for what has no usable answer.
    pub(crate) fn unreachable(&self, ask: &Ask, why: &str) -> ForgeError {
        let (host, repository) = (self.place.host(), &self.place.repository);
        ForgeError::Unreachable(format!("{host} did not {} in {repository}: {}", ask.what, self.place.clean(why)))
    }

    fn limited(&self, ask: &Ask, wait: Duration, until: Option<jiff::Timestamp>) -> ForgeError {
        let (host, repository) = (self.place.host(), &self.place.repository);
        let until = match until {
            Some(until) => format!("until {until}"),
            None => format!("for {} more", seconds(wait)),
        };
        ForgeError::Limited(format!(
            "{host} takes no more requests {until}, longer than the {} there are for all: it did not {} in {repository}; \
             run it again then",
            seconds(self.time),
            ask.what
        ))
    }
}

/// Sorts octocrab's error by whether the request can have reached the place.
fn missing(error: &octocrab::Error) -> Missing {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(this) = cause {
        if this.downcast_ref::<reqwest::Error>().is_some_and(|error| error.is_connect() || error.is_builder()) {
            return Missing::NotSent(root_cause(error));
        }
        cause = this.source();
    }
    Missing::Cut(root_cause(error))
}

/// The innermost cause says what happened; those around it repeat the address.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(1) { format!("{} ms", time.as_millis()) } else { format!("{} s", time.as_secs()) }
}

/// Without a source of randomness the waits are the longest ones.
fn random() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX)
}
