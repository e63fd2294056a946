//! Folders of people: paths under a repository become relative, paths under a home `~/...`.

use std::borrow::Cow;
use std::ops::Range;

use super::finding::{Detection, RANK_AGAIN};
use super::options::RedactionOptions;

/// Where systems keep homes.
const PARENTS: [&str; 10] = [
    "/home/",
    "/Users/",
    ":\\Users\\",
    ":\\\\Users\\\\",
    ":/Users/",
    "/export/home/",
    "/var/home/",
    ":\\\\\\\\Users\\\\\\\\",
    "\\Users\\",
    "/c/Users/",
];

/// Accounts that are nobody's name.
const ACCOUNTS: [&str; 40] = [
    "runner",
    "user",
    "users",
    "ubuntu",
    "root",
    "dev",
    "app",
    "node",
    "vscode",
    "codespace",
    "shared",
    "public",
    "default",
    "developer",
    "me",
    "you",
    "username",
    "work",
    "workspace",
    "jenkins",
    "git",
    "circleci",
    "travis",
    "build",
    "builder",
    "ec2-user",
    "admin",
    "docker",
    "agent",
    "sandbox",
    "appuser",
    "coder",
    "gitpod",
    "linuxbrew",
    "runneradmin",
    "containeradministrator",
    "vagrant",
    "pi",
    "test",
    "nixos",
];

pub(crate) fn find(text: &[u8], policy: &RedactionOptions, findings: &mut Vec<Detection>) {
    let is_path = |place: &String| place.trim_end_matches(['/', '\\']).contains(['/', '\\']);
    if policy.roots.iter().chain(&policy.home).all(is_path) && memchr::memchr2(b'/', b'\\', text).is_none() {
        return;
    }
    for root in policy.roots.iter().filter(|root| root.len() > 1) {
        let root = root.trim_end_matches(['/', '\\']);
        for start in memchr::memmem::find_iter(text, root.as_bytes()) {
            let end = start + root.len();
            match text.get(end) {
                Some(b'/' | b'\\') if ends_word(text, start) => push(start..end + 1, text, "", findings),
                next if is_path_end(next) && ends_word(text, start) => push(start..end, text, ".", findings),
                _ => {}
            }
        }
    }
    if let Some(home) =
        policy.home.as_deref().map(|home| home.trim_end_matches(['/', '\\'])).filter(|home| home.len() > 1)
    {
        for start in memchr::memmem::find_iter(text, home.as_bytes()) {
            let end = start + home.len();
            if matches!(text.get(end), Some(b'/' | b'\\')) || is_path_end(text.get(end)) {
                push(start..end, text, "~", findings);
            }
        }
    }
    // What all of them have in them, a few bytes from their start.
    for part in [&b"/home/"[..], b"Users"] {
        for at in memchr::memmem::find_iter(text, part) {
            for parent in PARENTS {
                let start = memchr::memmem::find(parent.as_bytes(), part).and_then(|before| at.checked_sub(before));
                if let Some(start) = start.filter(|start| text[*start..].starts_with(parent.as_bytes()))
                    && let Some(range) = other_home(text, start, parent)
                {
                    push(range, text, "~", findings);
                }
            }
        }
    }
}

/// The home folder of somebody whose parent folder was found at `start`: with the drive, without what follows.
fn other_home(text: &[u8], start: usize, parent: &str) -> Option<Range<usize>> {
    let drive = usize::from(parent.starts_with(':') && start > 0 && text[start - 1].is_ascii_alphabetic());
    if !ends_word(text, start) && drive == 0 && parent.starts_with('/') {
        return None;
    }
    let name_start = start + parent.len();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-') || *byte >= 0x80;
    let len = text[name_start..].iter().take(64).take_while(|byte| is_name(byte)).count();
    let name = &text[name_start..name_start + len];
    let name = name.strip_suffix(b".").unwrap_or(name);
    let account =
        std::str::from_utf8(name).is_ok_and(|name| ACCOUNTS.iter().any(|account| name.eq_ignore_ascii_case(account)));
    (!name.is_empty() && !account).then(|| start - drive..name_start + name.len())
}

/// Whether a path can begin here: `a/home/x` is no home.
fn ends_word(text: &[u8], start: usize) -> bool {
    start == 0 || !(text[start - 1].is_ascii_alphanumeric() || matches!(text[start - 1], b'.' | b'_' | b'-' | b'~'))
}

fn is_path_end(next: Option<&u8>) -> bool {
    next.is_none_or(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'\\')))
}

fn push(range: Range<usize>, text: &[u8], instead: &str, findings: &mut Vec<Detection>) {
    let mut finding = Detection::new(range.clone(), Cow::Borrowed("home-path"), &text[range]);
    finding.rank = RANK_AGAIN;
    finding.instead = Some(instead.to_owned());
    findings.push(finding);
}
