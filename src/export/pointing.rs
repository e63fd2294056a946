//! Requests that only point at what is wanted.

/// Whether a request says only where it stands what is wanted: a command of the agent without arguments, "fix the comments on the PR".
/// A row of it would teach to make something up.
pub(super) fn points_elsewhere(request: &str) -> bool {
    if is_in_a_review(request) {
        return true;
    }
    let request = &without_addresses(request);
    let words: Vec<String> = request
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '/').to_lowercase())
        .filter(|word| !word.is_empty())
        .collect();
    let is_command = |word: &String| word.starts_with('/') && !word[1..].contains('/');
    let is_number = |word: &String| word.chars().all(|c| c.is_ascii_digit());
    let tells = |word: &&String| !is_command(word) && !is_number(word) && !is_pointing(word);
    let is_named = request.contains(['`', '"'])
        || words.iter().any(|word| word.contains(['_', '.']) || word.matches('/').count() > 1);
    !is_named && words.iter().filter(tells).count() < LEAST_TELLING
}

/// Whether what is to be done stands in a file of notes that was written for it: "new feedback in @REVIEW.md".
fn is_in_a_review(request: &str) -> bool {
    let words: Vec<String> = request.split_whitespace().map(str::to_lowercase).collect();
    words.windows(3).any(|three| {
        let notes = ["feedback", "review", "comments", "findings", "notes"].contains(&three[0].as_str());
        // Of code one may say so, too.
        let faults = ["issue", "issues", "problems", "suggestions"].contains(&three[0].as_str());
        let is_text = three[2].trim_end_matches(['.', ',']).ends_with(".md");
        (notes || (faults && is_text))
            && ["in", "at", "from", "of"].contains(&three[1].as_str())
            && three[2].starts_with('@')
    })
}

/// A request without addresses of pages, which no row shows: links, and `owner/name#12`.
fn without_addresses(request: &str) -> String {
    let spaced = request.replace(['(', ')', '[', ']', '<', '>'], " ");
    let is_address = |word: &str| {
        word.contains("://") || word.split_once('#').is_some_and(|(of, number)| of.contains('/') && !number.is_empty())
    };
    spaced.split_whitespace().filter(|word| !is_address(word)).collect::<Vec<_>>().join(" ")
}

/// Whether words only send the agent to what others said of its work, after whatever was talked about before.
pub(super) fn sends_to_a_review(words: &str) -> bool {
    let lower = words.to_lowercase();
    let is_of_others = ["feedback", "comments", "review", "failing check", "failing pr", "discussion"];
    is_of_others.iter().any(|word| lower.contains(word)) && points_elsewhere(words)
}

/// Words that say something, less than which no request says what is wanted.
const LEAST_TELLING: usize = 2;

/// Whether a word says nothing of what the work is on.
pub(super) fn is_pointing(word: &str) -> bool {
    POINTING.split_whitespace().any(|known| known == word)
}

/// Words that ask for work on something that stands elsewhere.
const POINTING: &str = "a about address addressing again all also an and another any are at be can check checks ci comment comments could critical discussion discussions do does execute fail \
    failed failing fails failure failures feedback few findings first fix fixed fixes for from full get go got github have high highs \
    i implement in investigate is issue issues it items just last let let's lets lint look low lows make me medium mediums monitor more my new next now of \
    ok okay on one ones other phase plan please points pr prs pull push request requests relevant remaining repo reply resolve review reviews run see should so \
    some start step steps still task tasks test tests that the them then thoughts there these they this those to todo todos too up us want \
    warnings was we were with work yes you your";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_only_points_elsewhere_is_told_from_one_that_says_what_is_wanted() {
        for request in [
            "look at the comments on the PR and fix them",
            "few more PR comments",
            "/github-pr-review",
            "/superpowers:write-plan",
            "ok let's do the mediums first",
            "fix the failing tests please",
            "do 1 and 3",
            "thoughts on [https://example.org/a/b/discussions/1](https://example.org/a/b/discussions/1)\n\njust make a pr to fix it",
            "address pr feedback on [a/b#12](https://example.org/a/b/pull/12)",
            "There's new feedback in @.notes/REVIEW.md, see whether it is valid before you change anything in the parser.",
            "monitor for pr feedback and failing checks",
            "fix every issue in @code-review.md",
        ] {
            assert!(points_elsewhere(request), "{request}");
        }
        for request in [
            "let's make the start command hidden",
            "fix `total()`",
            "fix src/price.py",
            "add a percentage discount",
            "Rename the shelf to rack everywhere",
            "/review the rounding of prices in the cart",
            "round prices to cents",
            "round prices as https://example.org/a/b/issues/1 says",
            "implement @docs/rounding.md",
            "fix the issues in @src/price.py",
        ] {
            assert!(!points_elsewhere(request), "{request}");
        }
    }
}
