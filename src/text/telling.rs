//! Which lines of code say something by themselves.

/// Whether a line can say where it comes from: brackets, blank lines and single short words cannot.
pub(crate) fn is_telling(line: &str) -> bool {
    let letters = line.chars().filter(|c| c.is_alphanumeric()).take(TELLING_LETTERS).count();
    letters >= TELLING_LETTERS
}

/// Fewer letters and digits than this stand by chance in many files (`else {`, `return`, `end`).
const TELLING_LETTERS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_tells_nothing() {
        let telling: Vec<bool> = ["}", "", "  return", "} else {", "price * 100"].map(is_telling).into();
        assert_eq!(telling, [false, false, true, false, true]);
    }
}
