//! RSpec, minitest, PHPUnit, JUnit under Maven, Gradle and alone, dotnet test, ctest and GoogleTest.

use super::lines::{ToldLines, behind, difference, indent, is_exception, next_line, numbered, values};

/// `  1) Cart takes the discount off`, `Failure/Error: …` below it; and a file that could not be loaded.
pub(super) fn rspec<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    for (line, text) in lines.iter().enumerate() {
        let Some(shown) = behind(text.trim_start(), "Failure/Error:") else { continue };
        let loading =
            lines[line.saturating_sub(6)..line].iter().rfind(|line| line.starts_with("An error occurred while"));
        let title = lines[..line].iter().rev().map(|line| line.trim()).find(|line| !line.is_empty());
        let title = loading.copied().or(title);
        let title = title.map(|title| numbered(title).unwrap_or(title));
        let below = &lines[line + 1..];
        let end =
            below.iter().position(|line| line.trim_start().starts_with("# ") || numbered(line.trim_start()).is_some());
        let block = &below[..end.unwrap_or(below.len())];
        let compared = values(block, &["expected", "got:", "got "]);
        let raised = block.iter().position(|line| {
            let line = line.trim();
            line.ends_with(':') && line.chars().all(|c| c.is_ascii_alphanumeric() || c == ':')
        });
        let said = match raised {
            _ if compared.len() > 1 => compared,
            Some(place) => [block[place].trim()].into_iter().chain(next_line(block, place + 1)).collect(),
            None => vec![next_line(block, 0).unwrap_or(shown)],
        };
        return title.into_iter().chain(said).collect();
    }
    minitest(lines)
}

/// `  1) Failure:`, `CartTest#test_total [test/cart_test.rb:9]:`, the assertion.
fn minitest<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let is_head = |line: &&str| {
        let line = numbered(line.trim_start()).unwrap_or(line.trim());
        line == "Failure:" || line == "Error:"
    };
    let Some(place) = lines.iter().position(is_head) else { return Vec::new() };
    let Some(name) =
        lines.get(place + 1).map(|line| line.trim().trim_end_matches(':')).filter(|name| name.contains('#'))
    else {
        return Vec::new();
    };
    let block = &lines[place + 2..lines.len().min(place + 8)];
    let compared = values(block, &["Expected:", "Actual:"]);
    let said = if compared.len() > 1 { compared } else { next_line(block, 0).into_iter().collect() };
    [vec![name], said].concat()
}

/// `1) CartTest::testDiscount` and what it asserted below; the tree of `--testdox`.
pub(super) fn phpunit<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let named = |(line, text): (usize, &&'a str)| {
        let name = numbered(text)?;
        (name.contains("::") && !name.contains(' ') || name.contains(" with data set ")).then_some((line, name))
    };
    if let Some((line, name)) = lines.iter().enumerate().find_map(named) {
        let block = below_until_blank(lines, line);
        let differs = difference(block);
        return [name].into_iter().chain(next_line(block, 0)).chain(differs).collect();
    }
    let crossed = lines.iter().position(|line| line.trim_start().starts_with("✘ "));
    let drawn = crossed.map_or(&[][..], |place| &lines[place + 1..]);
    let below = drawn.iter().take_while(|line| line.trim_start().starts_with(['│', '┐', '├', '┊', '╵', '|']));
    let said =
        below.map(|line| line.trim_start_matches(['│', '┐', '├', '┊', '╵', '|', ' '])).find(|text| !text.is_empty());
    match (crossed, said) {
        (Some(place), Some(said)) => vec![lines[place].trim(), said],
        _ => Vec::new(),
    }
}

fn below_until_blank<'l, 'a>(lines: &'l [&'a str], line: usize) -> &'l [&'a str] {
    let below = &lines[line + 1..];
    &below[..below.iter().skip(1).position(|line| line.trim().is_empty()).map_or(below.len(), |end| end + 1)]
}

/// `[ERROR]   CartTest.takesTheDiscountOff:14 discount expected:<12> but was:<13>`, from Surefire's summary; else where the test ended.
pub(super) fn surefire<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let bare = |line: &'a str| line.strip_prefix("[ERROR]").unwrap_or(line);
    let is_head =
        |line: &&str| matches!(bare_head(line), "Failures:" | "Errors:" | "Failed tests:" | "Tests in error:");
    if let Some(place) = lines.iter().position(is_head) {
        let listed = next_line(lines, place + 1).map(|line| bare(line).trim());
        if let Some(line) = listed.filter(|line| line.contains(':') && !line.is_empty()) {
            return vec![line];
        }
    }
    let ended = |line: &&str| line.contains("<<< FAILURE!") || line.contains("<<< ERROR!");
    let is_of_a_test = |line: &&str| ended(line) && !line.contains("Tests run:");
    let Some(place) = lines.iter().position(is_of_a_test) else { return Vec::new() };
    let name = bare(lines[place]).trim();
    let name = name.split("  Time elapsed").next().unwrap_or(name).split(" -- Time elapsed").next().unwrap_or(name);
    [name].into_iter().chain(next_line(lines, place + 1)).collect()
}

fn bare_head(line: &str) -> &str {
    line.strip_prefix("[ERROR]").unwrap_or(line).trim()
}

/// `shop.CartTest > takesTheDiscountOff FAILED`
pub(super) fn gradle<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let named = |(line, text): (usize, &&'a str)| {
        let name = text.strip_suffix(" FAILED")?;
        (name.contains(" > ") && !name.starts_with("> Task")).then_some((line, name.trim()))
    };
    let Some((line, name)) = lines.iter().enumerate().find_map(named) else { return Vec::new() };
    [name].into_iter().chain(next_line(lines, line + 1)).collect()
}

/// `  Failed CartTest.Discount [12 ms]`, `Error Message:` below.
pub(super) fn dotnet<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let named = |(line, text): (usize, &&'a str)| {
        let name = behind(text.trim_start(), "Failed ")?;
        (name.ends_with(']') && name.contains('[')).then(|| (line, name.split(" [").next().unwrap_or(name)))
    };
    let Some((line, name)) = lines.iter().enumerate().find_map(named) else { return Vec::new() };
    let below = &lines[line + 1..];
    let end = below.iter().position(|line| line.trim() == "Stack Trace:").unwrap_or(below.len());
    let Some(start) = below[..end].iter().position(|line| line.trim() == "Error Message:") else { return vec![name] };
    let block = &below[start + 1..end];
    let first = next_line(block, 0);
    let compared = values(block, &["Expected:", "Actual:", "But was:"]);
    [name].into_iter().chain(first.filter(|first| !compared.contains(first))).chain(compared).collect()
}

/// `1) takesTheDiscountOff(shop.CartTest)` of JUnit 4 alone; `JUnit Jupiter:CartTest:takes()` with `=> …` of JUnit 5.
pub(super) fn junit<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    let named = |(line, text): (usize, &&'a str)| {
        let name = numbered(text)?;
        (name.ends_with(')') && name.contains('(') && lines.get(line + 1).is_some_and(|next| is_exception(next.trim())))
            .then_some((line, name))
    };
    if let Some((line, name)) = lines.iter().enumerate().find_map(named) {
        return vec![name, lines[line + 1].trim()];
    }
    let Some(place) = lines.iter().position(|line| line.trim_start().starts_with("=> ")) else { return Vec::new() };
    let title = lines[..place]
        .iter()
        .rev()
        .map(|line| line.trim())
        .find(|line| line.contains(':') && !line.starts_with("MethodSource"));
    title.filter(|title| title.starts_with("JUnit ")).map_or_else(Vec::new, |title| vec![title, lines[place].trim()])
}

/// `2/2 Test #2: takes_discount ....***Failed`, with what the program said; a test of GoogleTest.
pub(super) fn ctest<'a>(lines: &[&'a str]) -> ToldLines<'a> {
    if let Some(parts) = google_test(lines) {
        return parts;
    }
    let ended = |(line, text): (usize, &&'a str)| {
        let rest =
            text.trim_start().split_once(" Test ")?.1.trim_start().split_once(": ").filter(|_| text.contains("***"))?.1;
        Some((line, rest.split(" .").next().unwrap_or(rest).trim()))
    };
    if let Some((line, name)) = lines.iter().enumerate().find_map(ended) {
        let below = &lines[line + 1..];
        let end = below
            .iter()
            .position(|line| line.contains("% tests passed") || line.trim_start().starts_with("Start "))
            .unwrap_or(below.len());
        let tells = |line: &&str| {
            let lower = line.to_lowercase();
            ["assert", "fail", "error", "expect"].iter().any(|word| lower.contains(word))
        };
        let block = || below[..end].iter().map(|line| line.trim()).filter(|line| !line.is_empty());
        let ended_how = lines[line].split_once("..").map(|(_, how)| {
            how.trim_start_matches('.').split(':').next().unwrap_or(how).split("  ").next().unwrap_or(how).trim()
        });
        return [name].into_iter().chain(block().find(tells).or(block().next_back()).or(ended_how)).collect();
    }
    let Some(place) = lines.iter().position(|line| line.starts_with("The following tests FAILED:")) else {
        return Vec::new();
    };
    lines[place + 1..].iter().take_while(|line| indent(line) > 0).take(3).map(|line| line.trim()).collect()
}

fn google_test<'a>(lines: &[&'a str]) -> Option<ToldLines<'a>> {
    let name = lines.iter().find_map(|line| behind(line, "[  FAILED  ] ").filter(|name| name.contains('.')))?;
    let name = name.split(" (").next().unwrap_or(name);
    let Some(place) = lines.iter().position(|line| line.ends_with(": Failure")) else { return Some(vec![name]) };
    let said = lines[place + 1..].iter().take_while(|line| !line.starts_with('[') && !line.is_empty()).take(3);
    Some([name, lines[place]].into_iter().chain(said.map(|line| line.trim())).collect())
}
