//! A line of code with the lines without which it says nothing: the call that an argument belongs to, the condition of a `return`,
//! the first of a body.

use crate::text::telling::is_telling;

/// So many lines are told at most.
const MOST_LINES: usize = 4;
/// An opening bracket, or a condition, stands at most so many lines above.
const MOST_ABOVE: usize = 3;
/// Together they have at most so many characters; the line itself is always among them.
const MOST_CHARACTERS: usize = 240;

/// The lines of `text` that tell `line`, which is one of them: itself, in their order, as slices without the blanks around them. A
/// line that stands alone is alone.
pub(super) fn statement<'t>(text: &'t str, line: &str) -> Vec<&'t str> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let offset = (line.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
    // Of several lines that read the same the very one, where it is a slice of the text.
    let place = if offset < text.len() { text[..offset].matches('\n').count() } else { lines.len() };
    let is_it = |one: &str| one == line.trim();
    let at = Some(place).filter(|place| lines.get(*place).is_some_and(|one| is_it(one)));
    let Some(at) = at.or_else(|| lines.iter().position(|one| is_it(one))) else { return Vec::new() };
    let begin = beginning(&lines, at);
    let mut told = vec![lines[at]];
    let mut length = lines[at].chars().count();
    let mut fits = |one: &str| {
        length += one.chars().count();
        length <= MOST_CHARACTERS
    };
    for one in lines[begin..at].iter().rev().filter(|one| !one.is_empty()) {
        if told.len() >= MOST_LINES || !fits(one) {
            break;
        }
        told.insert(0, one);
    }
    let mut depth = balance(lines[at]);
    let mut last = lines[at];
    for one in lines[at + 1..].iter().filter(|one| !one.is_empty() && !is_remark(one)) {
        let goes_on = depth > 0 || opens(last) || last.starts_with('@') || one.starts_with('.');
        if !goes_on || told.len() >= MOST_LINES || !fits(one) {
            break;
        }
        told.push(one);
        depth += balance(one);
        last = one;
    }
    // A bracket at the end says nothing.
    while told.len() > 1 && told.last().is_some_and(|one| !is_telling(one) && *one != lines[at]) {
        told.pop();
    }
    told
}

/// The line with which the statement of the line `at` begins.
fn beginning(lines: &[&str], at: usize) -> usize {
    let line = lines[at];
    let above = || (at.saturating_sub(MOST_ABOVE)..at).rev();
    let word = line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    // What is returned or raised says little without the condition.
    if matches!(word, "return" | "break" | "raise" | "throw" | "pass" | "panic" | "exit" | "else" | "yield") {
        return above().find(|one| !lines[*one].is_empty()).filter(|one| opens(lines[*one])).unwrap_or(at);
    }
    let is_member = line.ends_with(',') || line.starts_with([')', ']', '}']);
    let mut depth = 0;
    for one in above() {
        depth += balance(lines[one]);
        let opener = lines[one].trim_end().chars().next_back();
        let is_call =
            opener.is_some_and(|c| matches!(c, '(' | '[') || (c == '{' && is_member)) || lines[one].ends_with(',');
        if depth > 0 {
            return if is_call { one } else { at };
        }
    }
    // A call that is chained: `.map(…)`.
    if line.starts_with('.') { above().find(|one| !lines[*one].starts_with('.')).unwrap_or(at) } else { at }
}

/// Whether what a line begins is in the next: a block, a list, the other side of an operator.
fn opens(line: &str) -> bool {
    let code = line.trim_end();
    code.ends_with(['{', '(', '[', ':', '=', '\\', '|', '&', '+']) || code.ends_with("=>") || code.ends_with("->")
}

fn balance(line: &str) -> i32 {
    line.chars()
        .map(|c| match c {
            '(' | '[' | '{' => 1,
            ')' | ']' | '}' => -1,
            _ => 0,
        })
        .sum()
}

/// A comment or an import.
pub(super) fn is_aside(line: &str) -> bool {
    const STARTS: &[&str] = &[
        "//", "#", "/*", "*", "--", "<!--", "\"\"\"", "import ", "from ", "use ", "package ", "require(", "\"", "_ \"",
    ];
    STARTS.iter().any(|start| line.starts_with(start))
}

/// A line of strings tells something, a document of one does not.
fn is_remark(line: &str) -> bool {
    let is_document = line.starts_with("\"\"\"") || line.starts_with("'''");
    is_document || line.starts_with("# ") || (is_aside(line) && !line.starts_with(['#', '"']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_told_with_its_call_and_a_return_with_its_condition() {
        let route = "@router.post(\n    \"/orders\",\n    status_code=201,\n)\nasync def order():\n    return 1\n";
        assert_eq!(statement(route, "status_code=201,"), ["@router.post(", "\"/orders\",", "status_code=201,"]);
        let guard = "total := sum(prices)\nif total < 0 {\n    return false\n}\nreturn true";
        assert_eq!(statement(guard, "return false"), ["if total < 0 {", "return false"]);
        assert_eq!(statement(guard, "total := sum(prices)"), ["total := sum(prices)"]);
    }

    #[test]
    fn what_begins_a_block_is_told_with_its_first_lines() {
        let channel = "select {\ncase <-queue:\ndefault:\n}\nqueue <- frame";
        assert_eq!(statement(channel, "select {"), ["select {", "case <-queue:", "default:"]);
        let function =
            "def total(prices):\n    # All of them.\n    return sum(prices)\n\ndef mean(prices):\n    return 0";
        assert_eq!(statement(function, "def total(prices):"), ["def total(prices):", "return sum(prices)"]);
        assert_eq!(statement("a\n\nb", "c"), [""; 0]);
    }

    #[test]
    fn it_stays_short() {
        let long = format!("build(\n    \"{}\",\n    two,\n)", "x".repeat(300));
        assert_eq!(statement(&long, "build("), ["build("]);
        let many = "call(\n  one_argument,\n  two_argument,\n  three_argument,\n  four_argument,\n)";
        assert_eq!(statement(many, "call("), ["call(", "one_argument,", "two_argument,", "three_argument,"]);
    }
}
