//! A server on loopback that follows a script: it expects requests in an order, answers each as told, and keeps what it
//! was sent.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What is done with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Status, header lines, body.
    Answer(u16, Vec<(String, String)>, String),
    /// The connection ends without an answer.
    Cut,
    /// It ends in the middle of the body.
    CutInBody,
    /// Nothing, until the client has gone.
    Silence,
    /// A body that goes on until the client has gone.
    Endless,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::Answer(status, vec![("Content-Type".into(), "application/json".into())], body.to_owned())
    }

    pub(crate) fn html(status: u16, body: &str) -> Self {
        Self::Answer(status, vec![("Content-Type".into(), "text/html; charset=utf-8".into())], body.to_owned())
    }

    /// With one more header; `{host}` in it is the server's own address.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer(_, headers, _) = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `GET /repos/o/r`
    pub(crate) line: String,
    /// In lower case, as sent.
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

struct State {
    script: Vec<(String, Reply)>,
    seen: Mutex<Vec<Request>>,
    done: AtomicBool,
}

impl Server {
    /// Expects these requests (`GET /path?query`), in this order.
    pub(crate) fn start(script: Vec<(&str, Reply)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let script = script.into_iter().map(|(line, reply)| (line.to_owned(), reply)).collect();
        let state = Arc::new(State { script, seen: Mutex::default(), done: AtomicBool::default() });
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.done.load(Ordering::SeqCst) {
                    return;
                }
                serve(&mut stream.unwrap(), &shared, address);
            }
        });
        Self { address, state, thread: Some(thread) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What was sent, after it was found to be what the script expects: no more and no less.
    pub(crate) fn finish(mut self) -> Vec<Request> {
        self.stop();
        let seen = self.state.seen.lock().unwrap().clone();
        let lines: Vec<&str> = seen.iter().map(|request| request.line.as_str()).collect();
        let expected: Vec<&str> = self.state.script.iter().map(|(line, _)| line.as_str()).collect();
        assert_eq!(lines, expected, "the requests that came, and those of the script");
        seen
    }

    fn stop(&mut self) {
        self.state.done.store(true, Ordering::SeqCst);
        // Wakes the listener.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn serve(stream: &mut TcpStream, state: &State, address: SocketAddr) {
    let Some(request) = read(stream) else { return };
    let mut seen = state.seen.lock().unwrap();
    let step = state.script.get(seen.len()).filter(|(line, _)| *line == request.line);
    seen.push(request);
    drop(seen);
    let unexpected = Reply::json(418, r#"{"message":"the script does not expect this"}"#);
    // The client may have gone: that is for the test to judge.
    let _ = answer(stream, step.map_or(unexpected, |(_, reply)| reply.clone()), address);
}

fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        match stream.read(&mut buffer).unwrap_or(0) {
            0 => return None,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = bytes[end + 4..].to_vec();
    while body.len() < length {
        match stream.read(&mut buffer).unwrap_or(0) {
            0 => return None,
            count => body.extend_from_slice(&buffer[..count]),
        }
    }
    Some(Request { line, headers, body: String::from_utf8(body).unwrap() })
}

fn answer(stream: &mut TcpStream, reply: Reply, address: SocketAddr) -> std::io::Result<()> {
    match reply {
        Reply::Answer(status, headers, body) => {
            let mut head = format!("HTTP/1.1 {status} Scripted\r\nConnection: close\r\n");
            for (name, value) in headers {
                let value = value.replace("{host}", &format!("http://{address}"));
                write!(head, "{name}: {value}\r\n").unwrap();
            }
            if !head.contains("Content-Length") {
                write!(head, "Content-Length: {}\r\n", body.len()).unwrap();
            }
            stream.write_all(format!("{head}\r\n{body}").as_bytes())
        }
        Reply::Cut => Ok(()),
        Reply::CutInBody => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"number\":"),
        Reply::Silence => stream.read(&mut [0; 1]).map(drop),
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n[")?;
            loop {
                stream.write_all(&[b' '; 65536])?;
            }
        }
    }
}
