//! Exports of several repositories: an object for each line of standard input, for programs that spread the work; or one dataset of
//! a list, or of a shard of it. What one repository does concerns no other.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};

use super::arguments::{ExportArgs, RepositoryShard};
use super::collect::{Collected, asked_for, collect};
use super::dataset;
use super::spool::count;
use super::summary::{ending, told};
use crate::commands::merge::{MergePlan, merge};
use crate::context::{Context, Ending};
use crate::environment::Environment;
use crate::export::format::{Format, Layout};
use crate::export::manifest::{Counts, Manifest, RowsOrigin};
use crate::files::ScratchFolder;
use crate::record::json;
use crate::text::digest::sha256;

/// Reads a path of a repository, or `{"repository": PATH}`, from each line, and writes what comes of it.
///
/// # Errors
/// When the input cannot be read or the output not be written. What fails in a repository is in its object.
pub(super) fn from_input(
    arguments: &ExportArgs,
    format: &'static dyn Format,
    input: impl BufRead,
    context: &mut Context,
) -> anyhow::Result<Ending> {
    names_repositories_itself(context.environment)?;
    let mut worst = Ending::Done;
    for line in input.split(b'\n') {
        let line = line.context("standard input cannot be read")?;
        let ended = answer(&String::from_utf8_lossy(&line), arguments, format, context)?;
        context.output.flush()?;
        worst = worse(worst, ended);
    }
    Ok(worst)
}

/// One that failed counts more than one with rows that are not clean.
fn worse(one: Ending, other: Ending) -> Ending {
    if one.code() >= other.code() { one } else { other }
}

fn names_repositories_itself(environment: &Environment) -> anyhow::Result<()> {
    let set = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"].into_iter().find(|name| environment.told(name).is_some());
    set.map_or(Ok(()), |name| bail!("{name} names another repository than the list does; unset it"))
}

/// A line of the input.
#[derive(Deserialize)]
struct InputLine {
    repository: String,
}

fn asked(line: &str) -> anyhow::Result<String> {
    let line = line.trim();
    let path = match line.starts_with('{') {
        true => serde_json::from_str::<InputLine>(line).context("the line is not `{\"repository\": PATH}`")?.repository,
        false => line.to_owned(),
    };
    ensure!(!path.is_empty(), "the line names no repository");
    Ok(path)
}

/// Why there are no rows of a repository.
#[derive(Serialize)]
struct FailedAnswer<'a> {
    repository: &'a str,
    ok: bool,
    error: String,
}

fn answer(
    line: &str,
    arguments: &ExportArgs,
    format: &'static dyn Format,
    context: &mut Context,
) -> anyhow::Result<Ending> {
    let (name, collected) = match asked(line) {
        Ok(path) => {
            let environment = within(&path, context.environment);
            let mut context = Context { environment: &environment, output: context.output };
            let collected = collect(arguments, &[format], &mut context);
            (path, collected)
        }
        Err(error) => (line.trim().to_owned(), Err(error)),
    };
    match collected {
        Ok(collected) => write_answer(&name, collected, arguments, format, context),
        Err(error) => {
            let failure = FailedAnswer { repository: &name, ok: false, error: format!("{error:#}") };
            context.output.exact(&(json::line(&failure)? + "\n"))?;
            Ok(Ending::Failed)
        }
    }
}

/// What is known of the rows of a repository, beside them.
#[derive(Serialize)]
struct RowsAbout<'a> {
    counts: &'a Counts,
    origin: &'a RowsOrigin,
}

/// The rows pass through one by one: they may be many.
fn write_answer(
    name: &str,
    collected: Collected,
    arguments: &ExportArgs,
    format: &dyn Format,
    context: &mut Context,
) -> anyhow::Result<Ending> {
    let Collected { mut manifest, mut rows } = collected;
    let (Some(rows), [origin]) = (rows.first_mut(), &manifest.repositories[..]) else {
        bail!("no format was asked for")
    };
    let mut counts = manifest.counts.remove(format.name()).unwrap_or_default();
    (counts.exact_duplicates, counts.near_duplicates) = rows.duplicates();
    context.output.exact(&format!("{{\"repository\":{},\"ok\":true,\"rows\":[", json::line(&name)?))?;
    let mut comma = "";
    rows.each(arguments.limit, |row| {
        count(&mut counts.rows, &row.split);
        count(&mut counts.tiers, &row.tier);
        context.output.exact(std::mem::replace(&mut comma, ","))?;
        context.output.exact(&row.line)
    })?;
    if format.layout() == Layout::LinesAndSidecar {
        context.output.exact("],\"metadata\":[")?;
        comma = "";
        rows.each(arguments.limit, |row| {
            context.output.exact(std::mem::replace(&mut comma, ","))?;
            context.output.exact(&row.meta)
        })?;
    }
    // By these, whoever joins the rows of several repositories finds those that are nearly the same.
    context.output.exact("],\"signatures\":[")?;
    comma = "";
    rows.signatures(arguments.limit, |signature| {
        context.output.exact(&format!("{}\"{}\"", std::mem::replace(&mut comma, ","), signature.hex()))
    })?;
    let about = json::line(&RowsAbout { counts: &counts, origin })?;
    context.output.exact(&format!("],{}\n", about.trim_start_matches('{')))?;
    Ok(ending(std::iter::once(&counts)))
}

/// The environment of a run in one repository and in none around it.
fn within(path: &str, environment: &Environment) -> Environment {
    let cwd = environment.cwd.join(path);
    let own = cwd.join(".git");
    let git_dir = if own.is_dir() { own } else { cwd.clone() };
    let mut variables = environment.variables.clone();
    variables.insert("GIT_DIR".to_owned(), OsString::from(git_dir));
    Environment { cwd, variables, ..environment.clone() }
}

/// Exports the repositories of a list that fall into the shard, each by itself, and makes one dataset of them.
///
/// # Errors
/// When the list cannot be read or the dataset not be written. A repository that fails is told of and left out.
pub(super) fn of_list(
    arguments: &ExportArgs,
    formats: &[&'static dyn Format],
    (list, out): (&Path, &Path),
    context: &mut Context,
) -> anyhow::Result<Ending> {
    names_repositories_itself(context.environment)?;
    let all = read_list(list, context.environment)?;
    let own: Vec<&String> = all.iter().filter(|path| arguments.shard.is_none_or(|shard| is_in(path, shard))).collect();
    let before = dataset::prepare(out)?;
    let scratch = ScratchFolder::within(out).with_context(|| dataset::cannot_write(out))?;
    let (mut parts, mut failed) = (Vec::new(), 0);
    for (number, path) in own.iter().enumerate() {
        let environment = within(path, context.environment);
        let mut context = Context { environment: &environment, output: context.output };
        let folder = scratch.path().join(number.to_string());
        let made = collect(arguments, formats, &mut context)
            .and_then(|Collected { manifest, rows }| dataset::write(&folder, formats, (manifest, rows), None));
        match made {
            Ok(manifest) => parts.push((folder, manifest)),
            Err(error) => {
                failed += 1;
                context.output.message(&format!("left out: {path}: {error:#}"));
            }
        }
    }
    let names: Vec<&str> = formats.iter().map(|format| format.name()).collect();
    let nothing = Manifest::new(&names, asked_for(&arguments.selection), &arguments.content);
    let plan = MergePlan { out, before, by_repository: all.len() > 1, limit: arguments.limit, nothing };
    let manifest = merge(parts, plan, context)?;
    drop(scratch);
    let ended = told(&manifest, arguments.stats, Some(out), context)?;
    if failed > 0 {
        context.output.message(&format!("{failed} of {} repositories failed", own.len()));
        return Ok(Ending::Failed);
    }
    Ok(ended)
}

/// The paths of a list, each once, in order: a line each, without comments.
fn read_list(list: &Path, environment: &Environment) -> anyhow::Result<Vec<String>> {
    let cannot = || format!("{} cannot be read", list.display());
    let text = match list.as_os_str() == "-" {
        true => io::read_to_string(BufReader::new(io::stdin().lock())),
        false => fs::read_to_string(environment.cwd.join(list)),
    };
    let text = text.with_context(cannot)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let paths: BTreeMap<&str, ()> = lines.map(|line| (line, ())).collect();
    Ok(paths.into_keys().map(str::to_owned).collect())
}

/// By a digest of the path as it stands in the list: the same on every machine.
fn is_in(path: &str, shard: RepositoryShard) -> bool {
    let number = u64::from_str_radix(&sha256(path.as_bytes())[..15], 16).unwrap_or(0);
    number % shard.of + 1 == shard.number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_repository_in_one_of_two_ways() {
        for (line, expected) in [
            ("/srv/shop", Some("/srv/shop")),
            (" /srv/a shop\r", Some("/srv/a shop")),
            (r#"{"repository": "/srv/shop", "more": 1}"#, Some("/srv/shop")),
            (r#"{"path": "/srv/shop"}"#, None),
            ("{", None),
            ("", None),
            (r#"{"repository": ""}"#, None),
        ] {
            assert_eq!(asked(line).ok().as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn each_repository_falls_into_one_shard_and_always_the_same() {
        let paths: Vec<String> = (0..200).map(|number| format!("/srv/repository-{number}")).collect();
        let mut sizes = Vec::new();
        for number in 1..=4 {
            sizes.push(paths.iter().filter(|path| is_in(path, RepositoryShard { number, of: 4 })).count());
        }
        assert!(sizes.iter().sum::<usize>() == 200 && sizes.iter().all(|size| (30..70).contains(size)), "{sizes:?}");
        assert!(is_in("/srv/shop", RepositoryShard { number: 1, of: 1 }));
        let shard = (1..=8).find(|number| is_in("/srv/shop", RepositoryShard { number: *number, of: 8 }));
        assert_eq!(shard, Some(4));
    }
}
