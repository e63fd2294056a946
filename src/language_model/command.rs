//! Asks a program: an agent's command line, or whatever reads a prompt on its standard input and writes the answer.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};

/// A model that writes slowly needs minutes.
const TIME: Duration = Duration::from_secs(300);
/// A longer answer is none.
const LONGEST: u64 = 4 * 1024 * 1024;

/// # Errors
/// When it cannot be started, does not end in time, or fails.
pub(super) fn ask(line: &str, prompt: &str) -> anyhow::Result<String> {
    let mut child = start(line)?;
    let (mut input, output) =
        (child.stdin.take().context("its input is piped")?, child.stdout.take().context("its output is piped")?);
    let prompt = prompt.to_owned();
    // A program may end without reading everything.
    thread::spawn(move || drop(input.write_all(prompt.as_bytes())));
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.take(LONGEST).read_to_end(&mut bytes);
        drop(sender.send(read.map(|_| bytes)));
    });
    let Ok(read) = receiver.recv_timeout(TIME) else {
        drop(child.kill());
        drop(child.wait());
        bail!("`{line}` did not answer within {} s", TIME.as_secs());
    };
    let bytes = read.with_context(|| format!("cannot read what `{line}` writes"))?;
    let status = child.wait()?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    String::from_utf8(bytes).with_context(|| format!("`{line}` wrote something that is not text"))
}

/// Through the shell, as git runs the programs that users name.
fn start(line: &str) -> anyhow::Result<Child> {
    let mut command = Command::new("sh");
    command.args(["-c", line]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    command.spawn().with_context(|| format!("cannot start `{line}`"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_goes_in_and_the_answer_comes_out() {
        assert_eq!(ask("tr a-z A-Z", "a prompt").unwrap(), "A PROMPT");
        // One that reads nothing, and more than a pipe holds.
        assert_eq!(ask("echo done", &"x".repeat(1 << 20)).unwrap(), "done\n");
        assert!(ask("cat > /dev/null; exit 3", "x").unwrap_err().to_string().contains("failed"));
        assert!(ask("printf '\\377'", "x").unwrap_err().to_string().contains("not text"));
    }
}
