//! The little HTTP that the tests need: one request a connection, bodies whole in memory, loopback only.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A request or an answer: its first line, its headers with names in small letters, and its body without chunks.
#[derive(Clone, Debug, Default)]
pub struct Message {
    pub first_line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Message {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Of an answer.
    pub fn status(&self) -> u16 {
        self.first_line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    /// Of a request: method and target.
    pub fn method_and_target(&self) -> (&str, &str) {
        let mut words = self.first_line.split(' ');
        (words.next().unwrap_or_default(), words.next().unwrap_or_default())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn answer(status: u16, body: &serde_json::Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
        Self { first_line: format!("HTTP/1.1 {status} Status"), headers, body: body.to_string().into_bytes() }
    }

    pub fn read(stream: &TcpStream) -> io::Result<Self> {
        let mut reader = BufReader::new(stream);
        let mut message = Self { first_line: line(&mut reader)?, ..Self::default() };
        if message.first_line.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        loop {
            let header = line(&mut reader)?;
            let Some((name, value)) = header.split_once(':') else { break };
            message.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if message.header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
            loop {
                let size = usize::from_str_radix(&line(&mut reader)?, 16).map_err(io::Error::other)?;
                let start = message.body.len();
                message.body.resize(start + size, 0);
                reader.read_exact(&mut message.body[start..])?;
                line(&mut reader)?;
                if size == 0 {
                    break;
                }
            }
        } else if let Some(length) = message.header("content-length") {
            message.body.resize(length.parse().map_err(io::Error::other)?, 0);
            reader.read_exact(&mut message.body)?;
        } else if message.first_line.starts_with("HTTP/") && message.status() != 204 {
            reader.read_to_end(&mut message.body)?;
        }
        Ok(message)
    }

    pub fn write(&self, mut stream: &TcpStream) -> io::Result<()> {
        let mut text = format!("{}\r\n", self.first_line);
        for (name, value) in &self.headers {
            if !["connection", "content-length", "keep-alive", "transfer-encoding"].contains(&name.as_str()) {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        text.push_str(&format!("connection: close\r\ncontent-length: {}\r\n\r\n", self.body.len()));
        stream.write_all(text.as_bytes())?;
        stream.write_all(&self.body)?;
        stream.flush()
    }
}

/// Sends a request to a port on loopback and reads its answer.
pub fn send(port: u16, request: &Message) -> io::Result<Message> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    request.write(&stream)?;
    Message::read(&stream)
}

fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
