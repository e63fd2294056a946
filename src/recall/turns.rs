//! Parts of a text that share a limit: each has its turn, so that one does not take the room of the others.

/// The text of `first` and the parts under their headings, of at most `limit` characters, with how many lines of each part are in it: a
/// line that does not fit is passed over, and so are those of a part after `most`. The places of the lines that are told come with it.
pub(crate) fn in_turns<const N: usize>(
    first: &str,
    headings: [&str; N],
    parts: &[Vec<String>; N],
    (limit, most): (usize, usize),
) -> (String, [Vec<usize>; N]) {
    let mut left = limit.saturating_sub(first.chars().count());
    let mut told: [Vec<usize>; N] = std::array::from_fn(|_| Vec::new());
    for place in 0..most {
        for (index, part) in parts.iter().enumerate() {
            let Some(line) = part.get(place) else { continue };
            let heading = if told[index].is_empty() { headings[index].chars().count() + 1 } else { 0 };
            let Some(rest) = left.checked_sub(line.chars().count() + 1 + heading) else { continue };
            left = rest;
            told[index].push(place);
        }
    }
    let mut text = first.to_owned();
    for (index, places) in told.iter().enumerate().filter(|(_, places)| !places.is_empty()) {
        let lines: Vec<&str> = places.iter().map(|place| parts[index][*place].as_str()).collect();
        text.push_str(&format!("{}\n{}\n", headings[index], lines.join("\n")));
    }
    (text, told)
}
