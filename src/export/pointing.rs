//! Requests that only point at what is wanted.

/// Whether a request says only where it stands what is wanted: a command of the agent without arguments, "fix the comments on the PR".
/// A row of it would teach to make something up.
pub(super) fn points_elsewhere(request: &str) -> bool {
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

/// Words that say something, less than which no request says what is wanted.
const LEAST_TELLING: usize = 2;

/// Whether a word says nothing of what the work is on.
pub(super) fn is_pointing(word: &str) -> bool {
    POINTING.split_whitespace().any(|known| known == word)
}

/// Words that ask for work on something that stands elsewhere.
const POINTING: &str = "a about again all also an and another any are at be can check checks ci comment comments could critical do does execute fail \
    failed failing fails failure failures feedback few findings first fix fixed fixes for from full get go got github have high highs \
    i implement in is issue issues it items just last let let's lets lint look low lows make me medium mediums more my new next now of \
    ok okay on one ones other phase plan please points pr prs pull push request requests remaining review reviews run see should so \
    some start step steps still task tasks test tests that the them then there these they this those to todo todos too up us want \
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
        ] {
            assert!(!points_elsewhere(request), "{request}");
        }
    }
}
