//! The telling words of a text, by their beginnings, so that they are known again in other forms and within names of code.

use std::collections::HashSet;

use super::pointing::is_pointing;

/// The beginnings of the telling words of a text, also within names.
pub(super) fn words(text: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    for chunk in text.split(|c: char| !c.is_alphanumeric()) {
        let mut word = String::new();
        let mut before = ' ';
        for c in chunk.chars() {
            if c.is_uppercase() && before.is_lowercase() {
                take(&mut word, &mut found);
            }
            word.extend(c.to_lowercase());
            before = c;
        }
        take(&mut word, &mut found);
    }
    found
}

fn take(word: &mut String, found: &mut HashSet<String>) {
    let is_common = || is_pointing(word) || COMMON.split_whitespace().any(|common| common == word);
    if word.chars().count() >= 4 && !is_common() {
        found.insert(word.trim_end_matches('s').chars().take(5).collect());
    }
    word.clear();
}

const COMMON: &str = "after again already also and anything around back because been before being both down each even following from \
    good have here implement into just know like look looking looks made make many maybe more most much need needs nothing only other \
    over really right same seem seems show some something still such sure take tell than that then there thing things think this under \
    used using very want wants well were what when where which while will with would your";
