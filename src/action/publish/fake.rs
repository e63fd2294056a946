//! A place in memory where something can happen just before any question, and futures that take turns as a test says.

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::forge::questions::{CheckRun, Comment, Forge, ForgeError, Pull, PullState};

pub(crate) const HEAD: &str = "1111111111111111111111111111111111111111";
pub(crate) const LATER: &str = "2222222222222222222222222222222222222222";

/// What a test does to the place at some moment.
pub(crate) type ForgeEvent<'a> = Box<dyn Fn(&mut State) + 'a>;

#[derive(Default)]
pub(crate) struct State {
    pub(crate) head: String,
    /// The description after each edit, oldest first.
    pub(crate) bodies: Vec<String>,
    pub(crate) comments: Vec<Comment>,
    pub(crate) checks: Vec<CheckRun>,
    pub(crate) questions: Vec<&'static str>,
}

impl State {
    pub(crate) fn body(&self) -> &str {
        self.bodies.last().map_or("", String::as_str)
    }
}

pub(crate) struct Fake<'a> {
    pub(crate) state: RefCell<State>,
    /// Whether it tells of former descriptions.
    pub(crate) remembers: bool,
    pub(crate) viewer: Option<&'static str>,
    /// Before which question, counted from 0, what happens.
    pub(crate) events: Vec<(usize, ForgeEvent<'a>)>,
    /// Writes are refused.
    pub(crate) refuses: Option<fn(String) -> ForgeError>,
}

impl<'a> Fake<'a> {
    pub(crate) fn new(body: &str) -> Self {
        let state = State { head: HEAD.to_owned(), bodies: vec![body.to_owned()], ..State::default() };
        Self { state: RefCell::new(state), remembers: true, viewer: Some("bot"), events: Vec::new(), refuses: None }
    }

    pub(crate) fn at(mut self, question: usize, event: impl Fn(&mut State) + 'a) -> Self {
        self.events.push((question, Box::new(event)));
        self
    }

    pub(crate) fn body(&self) -> String {
        self.state.borrow().body().to_owned()
    }

    /// What was asked since the last time.
    pub(crate) fn asked(&self) -> String {
        std::mem::take(&mut self.state.borrow_mut().questions).join(" ")
    }

    /// Others may have their turn; then what happens at this moment happens.
    async fn question(&self, name: &'static str) {
        YieldOnce(false).await;
        let mut state = self.state.borrow_mut();
        let number = state.questions.len();
        for (_, event) in self.events.iter().filter(|(at, _)| *at == number) {
            event(&mut state);
        }
        state.questions.push(name);
    }

    fn writable(&self) -> Result<(), ForgeError> {
        self.refuses.map_or(Ok(()), |refusal| Err(refusal("Resource not accessible by integration".to_owned())))
    }

    fn now(&self) -> Pull {
        let state = self.state.borrow();
        Pull {
            number: 7,
            body: state.body().to_owned(),
            head: state.head.clone(),
            base: "0".repeat(40),
            base_branch: "main".to_owned(),
            state: PullState::Open,
            landed: None,
            commits: Some(1),
            fork: false,
            fork_url: None,
            url: "https://place.example/7".to_owned(),
        }
    }
}

impl Forge for Fake<'_> {
    async fn pull(&self, _: u64) -> Result<Pull, ForgeError> {
        self.question("pull").await;
        Ok(self.now())
    }

    async fn pulls_with(&self, _: &str) -> Result<Vec<Pull>, ForgeError> {
        Ok(vec![self.now()])
    }

    async fn commits(&self, _: u64) -> Result<(Vec<String>, bool), ForgeError> {
        Ok((vec![self.now().head], false))
    }

    async fn set_body(&self, _: u64, body: &str) -> Result<Pull, ForgeError> {
        self.question("set").await;
        self.writable()?;
        self.state.borrow_mut().bodies.push(body.to_owned());
        Ok(self.now())
    }

    async fn former_bodies(&self, _: u64) -> Result<Vec<String>, ForgeError> {
        self.question("former").await;
        Ok(if self.remembers { self.state.borrow().bodies.iter().rev().cloned().collect() } else { Vec::new() })
    }

    async fn viewer(&self) -> Result<Option<String>, ForgeError> {
        self.question("viewer").await;
        Ok(self.viewer.map(str::to_owned))
    }

    async fn comments(&self, _: u64) -> Result<Vec<Comment>, ForgeError> {
        self.question("comments").await;
        Ok(self.state.borrow().comments.clone())
    }

    async fn add_comment(&self, _: u64, body: &str) -> Result<Comment, ForgeError> {
        self.question("add").await;
        self.writable()?;
        let mut state = self.state.borrow_mut();
        let id = state.comments.len() as u64 + 1;
        let author = self.viewer.unwrap_or("bot").to_owned();
        state.comments.push(Comment { id, author, body: body.to_owned() });
        Ok(state.comments[id as usize - 1].clone())
    }

    async fn edit_comment(&self, id: u64, _: u64, body: &str) -> Result<Comment, ForgeError> {
        self.question("edit").await;
        self.writable()?;
        let mut state = self.state.borrow_mut();
        let comment = state.comments.iter_mut().find(|comment| comment.id == id).unwrap();
        comment.body = body.to_owned();
        Ok(comment.clone())
    }

    async fn write_check(&self, check: &CheckRun) -> Result<Option<String>, ForgeError> {
        self.question("check").await;
        self.writable()?;
        self.state.borrow_mut().checks.push(check.clone());
        Ok(Some("https://place.example/checks/1".to_owned()))
    }
}

/// Ready when it is asked for the second time.
struct YieldOnce(bool);

impl Future for YieldOnce {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

/// Runs both, each step by the one that `turns` names (`true` is the second), then by turns.
pub(crate) fn race<T>(first: impl Future<Output = T>, second: impl Future<Output = T>, turns: &[bool]) -> (T, T) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut a, mut b) = (None, None);
    let mut turns = turns.iter().copied();
    let mut next = false;
    while a.is_none() || b.is_none() {
        let seconds = turns.next().unwrap_or_else(|| {
            next = !next;
            next
        });
        let mut context = Context::from_waker(Waker::noop());
        if seconds && b.is_none() {
            b = match second.as_mut().poll(&mut context) {
                Poll::Ready(value) => Some(value),
                Poll::Pending => None,
            };
        } else if !seconds && a.is_none() {
            a = match first.as_mut().poll(&mut context) {
                Poll::Ready(value) => Some(value),
                Poll::Pending => None,
            };
        }
    }
    (a.unwrap(), b.unwrap())
}
