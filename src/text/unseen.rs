//! Characters that a person does not see, in one list. Words can be hidden in them, and a comparison may pass over them.

/// Characters that change the direction of the text around them (Trojan Source, CVE-2021-42574).
pub fn is_bidirectional(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters that join the parts of one emoji and the letters of some scripts, or choose the form of the one before.
pub(crate) fn is_joining(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// Characters without a shape of their own: soft hyphen, joiners, fillers, directions, variation selectors, tags, byte
/// order mark.
pub(crate) fn is_invisible(c: char) -> bool {
    is_bidirectional(c)
        || is_joining(c)
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_shape_is_visible() {
        for c in ['a', '\u{e9}', '\u{df}', '\u{4f60}', '\u{1f469}', ' ', '\n', '\u{301}'] {
            assert!(!is_invisible(c), "{c:?}");
        }
        for c in ['\u{ad}', '\u{200b}', '\u{200d}', '\u{202e}', '\u{2060}', '\u{fe0f}', '\u{feff}', '\u{e0041}'] {
            assert!(is_invisible(c), "{c:?}");
        }
    }
}
