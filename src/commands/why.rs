//! `why FILE[:LINES]`: who wrote a line, what was asked for it, and what was tried and corrected in its file; for several lines, the commits
//! behind them.

use std::path::Path;

use anyhow::bail;

use crate::context::{Context, Ending};
use crate::document::terminal;
use crate::document::terminal_range::why_range;
use crate::recorder::workplace::Workplace;
use crate::recorder::{line_why, lines_why, page};

#[derive(Debug, clap::Args)]
pub struct WhyArgs {
    /// A file as it is in the working tree, and of it a line (`src/price.py:15`, also with a column), lines (`src/price.py:15-20`) or all
    #[arg(value_name = "FILE[:LINE|:A-B]")]
    pub place: String,
    /// Write JSON: for a line docs/schema/why.v1.json, else docs/schema/why-range.v1.json
    #[arg(long)]
    pub json: bool,
}

pub(crate) fn run(arguments: &WhyArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let cwd = context.environment.cwd.clone();
    let (file, lines) = asked(&arguments.place, &|file| cwd.join(file).is_file())?;
    let mut workplace = Workplace::for_telling(context.environment)?;
    if let AskedLines::One(line) = lines {
        let (why, remark) = line_why::why(&workplace, &cwd, file, line)?;
        remark.into_iter().for_each(|remark| context.output.message(&remark));
        match arguments.json {
            true => page::write_json(context.output, &why)?,
            false => page::write(context.output, &terminal::why(&why))?,
        }
        return Ok(Ending::Done);
    }
    let range = if let AskedLines::Range(first, last) = lines { Some((first, last)) } else { None };
    let answer = lines_why::why_lines(&mut workplace, &cwd, file, range)?;
    answer.remarks.iter().for_each(|remark| context.output.message(remark));
    answer.listing.warn(context.output);
    match arguments.json {
        true => page::write_json(context.output, &answer.why)?,
        false => page::write(context.output, &why_range(&answer.why))?,
    }
    Ok(Ending::Done)
}

/// Which lines of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AskedLines {
    One(u32),
    Range(u32, u32),
    All,
}

/// What is meant by `file`, `file:15`, `file:15-20` and `file:15:3`; a file that `is_file` knows by the longer name goes before the shorter.
///
/// # Errors
/// For line numbers that there cannot be.
fn asked<'a>(place: &'a str, is_file: &dyn Fn(&Path) -> bool) -> anyhow::Result<(&'a str, AskedLines)> {
    // As compilers write it before their message.
    let place = if is_file(Path::new(place)) { place } else { place.trim_end_matches(':') };
    let mut meant = (place, AskedLines::All);
    if let Some((file, lines)) = split(place) {
        meant = (file, lines);
        if let (AskedLines::One(_), Some((shorter, line @ AskedLines::One(_)))) = (lines, split(file)) {
            // What is behind the line is a column.
            meant = if is_file(Path::new(file)) { meant } else { (shorter, line) };
        }
    }
    if meant.1 != AskedLines::All && is_file(Path::new(place)) {
        meant = (place, AskedLines::All);
    }
    match meant {
        ("", _) => {
            bail!("expected FILE, FILE:LINE or FILE:A-B, for example `src/price.py:15`; `{place}` names no file")
        }
        (_, AskedLines::One(0) | AskedLines::Range(0, _)) => {
            bail!("lines are counted from 1; `{place}` asks for line 0")
        }
        (_, AskedLines::Range(first, last)) if last < first => {
            bail!("expected FILE:A-B with A before B; `{place}` ends before it begins")
        }
        (file, AskedLines::Range(first, last)) if first == last => Ok((file, AskedLines::One(first))),
        meant => Ok(meant),
    }
}

/// The file and the lines, where the end of `place` is made of numbers.
fn split(place: &str) -> Option<(&str, AskedLines)> {
    let (file, end) = place.rsplit_once(':')?;
    let number = |text: &str| text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some((first, last)) = end.split_once('-') {
        return Some((file, AskedLines::Range(number(first)?, number(last)?)));
    }
    Some((file, AskedLines::One(number(end)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_with_a_line_lines_a_column_or_nothing() {
        let is_file = |path: &Path| path == Path::new("odd:7") || path == Path::new("odd:7-9");
        for (place, file, lines) in [
            ("src/a.py:15", "src/a.py", AskedLines::One(15)),
            ("src/a.py:15:3", "src/a.py", AskedLines::One(15)),
            ("src/a.py:15:3:", "src/a.py", AskedLines::One(15)),
            ("src/a.py:15:", "src/a.py", AskedLines::One(15)),
            ("src/a.py:15-20", "src/a.py", AskedLines::Range(15, 20)),
            ("src/a.py:15-15", "src/a.py", AskedLines::One(15)),
            ("src/a.py", "src/a.py", AskedLines::All),
            ("C:\\a.py:3", "C:\\a.py", AskedLines::One(3)),
            ("C:\\a.py", "C:\\a.py", AskedLines::All),
            ("a:b", "a:b", AskedLines::All),
            ("a:+5", "a:+5", AskedLines::All),
            ("a:5-", "a:5-", AskedLines::All),
            ("odd:7", "odd:7", AskedLines::All),
            ("odd:7-9", "odd:7-9", AskedLines::All),
            ("odd:7:3", "odd:7", AskedLines::One(3)),
            ("odd:8:3", "odd", AskedLines::One(8)),
        ] {
            assert_eq!(asked(place, &is_file).unwrap(), (file, lines), "{place}");
        }
        for (place, error) in [
            (":15", "expected FILE, FILE:LINE or FILE:A-B, for example `src/price.py:15`; `:15` names no file"),
            ("", "expected FILE, FILE:LINE or FILE:A-B, for example `src/price.py:15`; `` names no file"),
            ("a:0", "lines are counted from 1; `a:0` asks for line 0"),
            ("a:0-3", "lines are counted from 1; `a:0-3` asks for line 0"),
            ("a:9-3", "expected FILE:A-B with A before B; `a:9-3` ends before it begins"),
        ] {
            assert_eq!(asked(place, &is_file).unwrap_err().to_string(), error);
        }
    }
}
