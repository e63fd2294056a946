//! Linters and formatters whose findings stand in blocks: below the path of a file, or above a place.

use super::lines::{ToldLines, behind, indent, next_line};

/// A path alone in a line, and findings below it: `  2:7  error  'x' is never used  no-unused-vars` (eslint, stylelint, yamllint),
/// `  1:8 F401 'os' imported but unused` (ruff). An error before a warning.
pub(super) fn below_a_path<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let finding = |line: &&'a str| {
        let place = line.trim_start().split([' ', '\t']).next().unwrap_or_default();
        let is_place = place.split(':').count() == 2
            && place.split(':').all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        is_place && indent(line) > 0
    };
    let is_warning = |line: &str| {
        let rest = line.trim_start().split_once(' ').map_or("", |(_, rest)| rest.trim_start());
        rest.starts_with("warn") || rest.starts_with('⚠')
    };
    let places = || lines.iter().enumerate().filter(|(_, line)| finding(line));
    // Warnings fail where a limit says so.
    let is_limited = || lines.iter().any(|line| line.contains("too many warnings"));
    let warning = || places().next().filter(|_| is_limited());
    let Some((place, line)) = places().find(|(_, line)| !is_warning(line)).or_else(warning) else { return Vec::new() };
    let is_path = |line: &&&str| line.contains(['/', '\\', '.']) && !line.contains([' ', '\'', '"', '`']);
    let mut heads = lines[..place].iter().rev().filter(|line| indent(line) == 0 && !line.is_empty());
    // A narrow terminal broke the lines between the two.
    let is_broken = line.trim_start().split_once(' ').is_some_and(|(_, rest)| rest.trim_start().starts_with("error "));
    let path = if is_broken { heads.find(is_path) } else { heads.next().filter(is_path) };
    path.map(|path| vec![path.trim_end_matches(':'), line.trim()]).unwrap_or_default()
}

/// `F401 [*] 'os' imported but unused` with ` --> cart.py:1:8` below it.
pub(super) fn before_a_place<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let is_finding = |line: &str| {
        let is_head = ["warning", "note", "===", "---"].iter().any(|start| line.starts_with(start));
        !is_head && indent(line) == 0 && !line.is_empty()
    };
    let found = lines.iter().enumerate().find_map(|(line, text)| {
        let place = behind(text.trim_start(), "--> ").filter(|place| place.contains(':'))?;
        let above = line.checked_sub(1).map(|above| lines[above]).filter(|above| is_finding(above))?;
        Some(vec![above, place])
    });
    found.unwrap_or_default()
}

/// `In run.sh line 3:` of shellcheck: an error before a warning, and that before what it only notes.
pub(super) fn shellcheck<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let is_head = |line: &str| line.starts_with("In ") && line.ends_with(':') && line.contains(" line ");
    // `^-- SC2086 (info): …` of one place, `^-----^ SC2155 (warning): …` of a word.
    let rule = |line: &&'a str| {
        let (marks, _) = line.split_once(" SC")?;
        marks.trim().starts_with('^').then(|| &line[marks.len() + 1..])
    };
    let told = |(line, head): (usize, &&'a str)| {
        let below = lines[line + 1..].iter().take_while(|line| !is_head(line));
        [*head].into_iter().chain(below.into_iter().find_map(rule)).collect::<ToldLines<'a>>()
    };
    let weight = |told: &ToldLines| {
        let says = |word: &str| told.get(1).is_some_and(|rule| rule.contains(word));
        [" (error):", " (warning):"].iter().position(|word| says(word)).unwrap_or(2)
    };
    let heads = lines.iter().enumerate().filter(|(_, line)| is_head(line));
    heads.map(told).min_by_key(weight).unwrap_or_default()
}

/// `src/cart.ts:3:14 lint/suspicious/noDoubleEquals  FIXABLE  ━━━━`, with `× …` below it.
pub(super) fn biome<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let head = |line: &'a str| {
        let head = line.split_once(" ━━").map(|(head, _)| head.trim_end())?;
        // Some versions write ` at src/cart.ts format ━━━`.
        let head = head.trim_start().strip_prefix("at ").unwrap_or(head);
        (!head.is_empty() && indent(head) == 0).then_some(head)
    };
    let heads = || lines.iter().enumerate().filter_map(|(line, text)| Some((line, head(text)?)));
    let said = |line: usize, sign: char| {
        let below = lines[line + 1..].iter().take_while(|line| head(line).is_none());
        below
            .map(|line| line.trim())
            .find(|line| line.starts_with(sign) && !line.contains("were emitted while running checks"))
    };
    let found = heads().find_map(|(line, head)| Some((head, said(line, '×').or_else(|| said(line, '✖'))?)));
    let found = found.or_else(|| heads().find_map(|(line, head)| Some((head, said(line, '!')?))));
    found
        .filter(|(head, _)| head.contains(' '))
        .map(|(head, said)| vec![head.trim_end_matches("FIXABLE").trim_end(), said])
        .unwrap_or_default()
}

/// What is not formatted: the first files.
pub(super) fn formatters<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    if let Some(error) = lines.iter().find(|line| line.starts_with("[error] ")) {
        return vec![error];
    }
    let starts = ["[warn] ", "would reformat ", "Would reformat: ", "Diff in "];
    let named = lines.iter().filter(|line| starts.iter().any(|start| line.starts_with(start))).copied();
    let named: ToldLines = named.take(MOST_FILES).collect();
    if named.is_empty() { too_many(lines) } else { named }
}

const MOST_FILES: usize = 3;

/// A limit on warnings that was passed.
fn too_many<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let place = lines.iter().position(|line| line.starts_with("ESLint found too many warnings"));
    place.and_then(|place| next_line(lines, place)).into_iter().collect()
}
