//! Where the program stands behind one that only starts it.

/// How many options of `xargs` stand before the program: `-0 -n 1 -P4`.
pub(super) fn behind_xargs(words: &[String]) -> usize {
    let takes_a_value = |word: &str| matches!(word, "-n" | "-P" | "-I" | "-L" | "-s" | "-d" | "-a" | "-E");
    let mut place = 0;
    while let Some(word) = words.get(place).filter(|word| word.starts_with('-')) {
        place += 1 + usize::from(takes_a_value(word));
    }
    place
}

/// How many words of `conda run` stand before the program: `-n science --no-capture-output`.
pub(super) fn behind_environment(words: &[String]) -> usize {
    let takes_a_value = |word: &str| {
        matches!(word, "-n" | "--name" | "-p" | "--prefix" | "--cwd" | "-e" | "--environment" | "--manifest-path")
    };
    let mut place = 0;
    while let Some(word) = words.get(place).filter(|word| word.starts_with('-')) {
        place += 1 + usize::from(takes_a_value(word));
    }
    place
}

/// The place of the subcommand where only options with their values stand before it: `pnpm --filter web exec tsc`.
pub(super) fn behind_options(words: &[String], subcommand: &str) -> Option<usize> {
    let place = words.iter().position(|word| word == subcommand)?;
    let is_option = |index: usize| words[index].starts_with('-');
    let is_value = |index: usize| index > 0 && is_option(index - 1) && !words[index - 1].contains('=');
    (0..place).all(|index| is_option(index) || is_value(index)).then_some(place)
}
