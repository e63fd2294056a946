//! Files as editors name them: `file:///home/a/my%20shop`.

/// The path of a URI, where it names a file of this machine or of one that an editor works on (`vscode-remote://wsl+Ubuntu/home/a`).
pub(super) fn path_of(uri: &str) -> Option<String> {
    let rest = ["file://", "vscode-remote://"].iter().find_map(|scheme| uri.strip_prefix(scheme))?;
    let (_, path) = rest.split_once('/')?;
    let path = decoded(path);
    // `file:///c%3A/shop`: a path of Windows begins with its drive.
    let has_drive = matches!(path.as_bytes(), [drive, b':', ..] if drive.is_ascii_alphabetic());
    Some(if has_drive { path } else { format!("/{path}") })
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match after {
            [high, low, behind @ ..] if *first == b'%' && hex(*high).is_some() && hex(*low).is_some() => {
                bytes.push(hex(*high).unwrap_or(0) * 16 + hex(*low).unwrap_or(0));
                rest = behind;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_of_a_file_is_a_path() {
        for (uri, path) in [
            ("file:///home/a/my%20shop", Some("/home/a/my shop")),
            ("file:///c%3A/shop/x.py", Some("c:/shop/x.py")),
            ("vscode-remote://wsl%2Bubuntu/home/a/shop", Some("/home/a/shop")),
            ("file:///home/a/100%", Some("/home/a/100%")),
            ("untitled:Untitled-1", None),
            ("https://example.org/x", None),
        ] {
            assert_eq!(path_of(uri).as_deref(), path, "{uri}");
        }
    }
}
