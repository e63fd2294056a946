//! Words of a text in whatever language it is.

/// How many words it has. Where no blanks are between them (Chinese, Japanese, Thai and others), three letters count as one.
pub(crate) fn word_count(text: &str) -> usize {
    text.split_whitespace().map(of_token).sum()
}

fn of_token(token: &str) -> usize {
    let (mut words, mut run, mut is_spaced) = (0, 0_usize, false);
    for letter in token.chars().filter(|c| c.is_alphanumeric()) {
        if has_no_blanks(letter) {
            run += 1;
            is_spaced = false;
        } else {
            words += run.div_ceil(LETTERS) + usize::from(!is_spaced);
            (run, is_spaced) = (0, true);
        }
    }
    (words + run.div_ceil(LETTERS)).max(1)
}

/// Of a word, in scripts that have no blanks.
const LETTERS: usize = 3;

fn has_no_blanks(letter: char) -> bool {
    matches!(letter,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{323af}')
}

/// Whether it is in a language whose words nobody here knows: some of its letters are behind the Latin ones.
pub(crate) fn is_of_another_script(text: &str) -> bool {
    let is_behind = |c: &char| c.is_alphabetic() && *c > '\u{24f}' && !('\u{1e00}'..='\u{1eff}').contains(c);
    text.chars().any(has_no_blanks) || text.chars().filter(is_behind).count() >= SOME
}

/// Fewer, of scripts with blanks, may be symbols of a formula.
const SOME: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_also_where_no_blanks_are_between_them() {
        for (text, count) in [
            ("", 0),
            ("go on", 2),
            ("src/a.rs - `round()`", 3),
            ("続けて", 1),
            ("これをCIで確かめて", 4),
            ("修复测试", 2),
            ("합계를 고쳐줘", 2),
            ("เพิ่มส่วนลด", 3),
        ] {
            assert_eq!(word_count(text), count, "{text}");
        }
    }

    #[test]
    fn letters_that_are_not_latin_are_of_another_script() {
        for (text, expected) in [
            ("합계를 고쳐줄래?", true),
            ("цена неверна", true),
            ("これは変", true),
            ("加个测试?", true),
            ("Thêm một phép thử", false),
            ("Prüfe die Größe", false),
            ("\u{3b1} and \u{3b2}", false),
        ] {
            assert_eq!(is_of_another_script(text), expected, "{text}");
        }
    }
}
