//! Where the program is behind one that only starts it.

/// How many options of `xargs` are before the program: `-0 -n 1 -P4`.
pub(super) fn behind_xargs(words: &[String]) -> usize {
    behind(words, &["-n", "-P", "-I", "-L", "-s", "-d", "-a", "-E"])
}

/// How many words of `conda run` are before the program: `-n science --no-capture-output`.
pub(super) fn behind_environment(words: &[String]) -> usize {
    behind(words, &["-n", "--name", "-p", "--prefix", "--cwd", "-e", "--environment", "--manifest-path"])
}

/// The options that words begin with, those of `valued` each with the word behind it.
fn behind(words: &[String], valued: &[&str]) -> usize {
    let mut place = 0;
    while let Some(word) = words.get(place).filter(|word| word.starts_with('-')) {
        place += 1 + usize::from(valued.contains(&word.as_str()));
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
