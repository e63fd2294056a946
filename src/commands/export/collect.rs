//! Makes the rows of an export: reads the commits in groups, asks each format for its rows, and leaves out what may not or is not to be
//! there.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, bail};

use super::arguments::{ExportArgs, SelectionArgs};
use super::checkout::{Checkout, ExportOrigin};
use super::history::{History, walked};
use super::outline::{OutlinedCommit, commits, groups, outlined, without_session};
use super::people::ExcludedPeople;
use super::spool::{FinishedRow, LAST_SCAN, RowPrint, RowSpool, SpooledRows, count};
use crate::config;
use crate::context::Context;
use crate::export::conversation::{admitted, conversations};
use crate::export::format::{Format, Row, Unit};
use crate::export::manifest::{Counts, Manifest, RowsOrigin};
use crate::export::metadata::{Metadata, split};
use crate::export::selection::Selection;
use crate::export::source::Consent;
use crate::git::contents::without_keeping;
use crate::git::promised;
use crate::record::entry::CommitEntry;
use crate::record::json;
use crate::record::path_pattern::{PathPattern, PathPatterns};
use crate::recorder::range::{LoadDetail, RangeQuery};
use crate::recorder::workplace::Workplace;
use crate::recorder::{groups as reading, listing};
use crate::redact::Redactor;
use crate::text::digest::sha256;

/// # Errors
/// Where a person or the team does not want anything exported, and where that cannot be told.
fn refuse(workplace: &Workplace) -> anyhow::Result<()> {
    let settings = workplace.repository.settings()?;
    for key in ["backstory.enabled", "backstory.training"] {
        if settings.string(key).is_some_and(|value| !config::is_on(&value)) {
            bail!("`git config {key}` is off in this repository, so nothing is exported from it");
        }
    }
    if workplace.config.training.allow == Some(false) {
        bail!(
            "{} says `allow: false` under `training`, so nothing is exported from this repository",
            config::FILE_NAME
        );
    }
    Ok(())
}

/// The rows of each format, and what is known of them so far.
pub(super) struct Collected {
    pub(super) manifest: Manifest,
    pub(super) rows: Vec<SpooledRows>,
}

/// What becomes of a row.
type RowOutcome = (usize, Result<(FinishedRow, RowPrint, String), &'static str>);

pub(super) fn collect(
    arguments: &ExportArgs,
    formats: &[&'static dyn Format],
    context: &mut Context,
) -> anyhow::Result<Collected> {
    let mut workplace = Workplace::open(context.environment)?;
    refuse(&workplace)?;
    if !workplace.confirm(context.environment)? {
        bail!("BACKSTORY is off here, so nothing is exported");
    }
    // What a team's files in other places say counts, too.
    refuse(&workplace)?;
    let redactor = workplace.redactor()?;
    let selection = asked_for(&arguments.selection);
    let patterns = patterns(&selection.paths)?;
    let people = ExcludedPeople::new(&workplace.config.training.exclude_people);
    let span = match arguments.all {
        true => RangeQuery::All,
        false => RangeQuery::History(arguments.range.as_deref()),
    };
    let names: Vec<&str> = formats.iter().map(|format| format.name()).collect();
    let mut manifest = Manifest::new(&names, selection.clone(), &arguments.content);
    let has = |unit: Unit| formats.iter().any(|format| format.unit() == unit);
    // Which commits are looked at together; where each is looked at alone, nobody needs to know.
    let ExportOutline { commits: mut outline, redactions, unrecorded, head } = match has(Unit::Conversation) {
        true => outline(&mut workplace, &redactor, span, context)?,
        false => ExportOutline::default(),
    };
    let is_outlined = has(Unit::Conversation);
    // Only few formats ask what was taken back, and the messages of a whole history take their time.
    let reads_messages = ["unpaired", "preference", "openai-dpo"].iter().any(|name| names.contains(name));
    let (mut ids, history) = without_keeping(|| match is_outlined {
        true => Ok((commits(&mut outline), History::of(workplace.repository.handle(), &head, reads_messages)?)),
        false => walked(&workplace.repository, span, reads_messages),
    })?;
    let head = history.head.clone();
    let mut redactions = redactions;
    if !is_outlined && let Some(empty) = span.why_empty(&workplace.repository).filter(|_| ids.is_empty()) {
        context.output.message(&empty);
    }
    let origin = origin(&workplace, history);
    for format in formats {
        let mut counts = Counts::default();
        if unrecorded > 0 {
            counts.left_out.insert("no record".to_owned(), unrecorded);
        }
        if format.unit() == Unit::Conversation {
            without_session(&outline).for_each(|why| count(&mut counts.left_out, why));
        }
        manifest.counts.insert(format.name().to_owned(), counts);
    }
    if is_outlined {
        // What patches are made from; a row whose files are not here has none.
        promised::bring_changes(&workplace.repository, &ids)?;
    }
    let mut spools: Vec<RowSpool> = formats.iter().map(|_| RowSpool::new()).collect();
    let mut licenses: BTreeMap<String, ()> = BTreeMap::new();
    let mut take = |(outcomes, counts): (Vec<RowOutcome>, BTreeMap<String, u32>)| -> anyhow::Result<()> {
        add_counts(&mut redactions, counts);
        for (place, outcome) in outcomes {
            match outcome {
                Ok((row, print, license)) => {
                    licenses.insert(license, ());
                    spools[place].add(&row, &print).context("the rows cannot be kept on the disk")?;
                }
                Err(why) => {
                    let counts = manifest.counts.entry(formats[place].name().to_owned()).or_default();
                    count(&mut counts.left_out, why);
                }
            }
        }
        Ok(())
    };
    let rules = RowRules {
        selection: &selection,
        patterns: patterns.as_ref(),
        people: &people,
        content: &arguments.content,
        by_repository: arguments.stdin,
    };
    for unit in [Unit::Commit, Unit::Conversation] {
        let wanted: Vec<(usize, &'static dyn Format)> =
            formats.iter().copied().enumerate().filter(|(_, format)| format.unit() == unit).collect();
        if wanted.is_empty() {
            continue;
        }
        let (mut alone, mut together) = (Vec::new(), Vec::new());
        match unit {
            Unit::Commit => alone = std::mem::take(&mut ids).into_iter().map(|id| [id]).collect(),
            Unit::Conversation => together = groups(std::mem::take(&mut outline)),
        }
        let (sessions, together): (Vec<String>, Vec<Vec<String>>) =
            together.into_iter().map(|group| (group.session, group.commits)).unzip();
        let session = |number: usize| sessions.get(number).map_or("", String::as_str);
        let render = |workplace: &Workplace, number: usize, entries: &[CommitEntry]| {
            let checkout = Checkout::new(workplace, &redactor, &origin);
            let outcomes = rows_of(session(number), entries, &wanted, &checkout, (&rules, workplace, &redactor))?;
            let records = entries.iter().filter(|_| !is_outlined).filter_map(|entry| entry.record.as_ref());
            Ok((outcomes, records.flat_map(|record| record.redactions.clone()).collect()))
        };
        let (mut done, all) = (0, alone.len().max(together.len()));
        let mut counted = |one| {
            done += 1;
            context.output.progress("rows are made", done, Some(all));
            take(one)
        };
        let unreadable = match unit {
            Unit::Commit => reading::in_order(&mut workplace, &redactor, &alone, (render, &mut counted))?,
            Unit::Conversation => reading::in_order(&mut workplace, &redactor, &together, (render, &mut counted))?,
        };
        if unreadable > 0 && !is_outlined {
            context
                .output
                .message(&format!("left out: {unreadable} notes cannot be read; `backstory show COMMIT` says why"));
        }
    }
    manifest.repositories.push(RowsOrigin {
        repository: origin.history.first,
        head,
        redaction_policy: origin.redaction_policy,
        consent: origin.consent.basis,
        redactions,
        licenses: licenses.into_keys().collect(),
    });
    let rows = spools.into_iter().map(RowSpool::finish).collect::<std::io::Result<_>>();
    Ok(Collected { manifest, rows: rows.context("the rows cannot be compared on the disk")? })
}

/// What is known of all commits before rows are made of them.
#[derive(Default)]
struct ExportOutline {
    /// Those with a record.
    commits: Vec<OutlinedCommit>,
    /// How often what was taken out of their records, by kind.
    redactions: BTreeMap<String, u64>,
    /// How many have no record.
    unrecorded: u64,
    /// The last of all.
    head: String,
}

fn outline(
    workplace: &mut Workplace,
    redactor: &Redactor,
    span: RangeQuery<'_>,
    context: &mut Context,
) -> anyhow::Result<ExportOutline> {
    let mut outline = ExportOutline::default();
    let render = |entry: &CommitEntry| {
        let counts = entry.record.as_ref().map(|record| record.redactions.clone()).unwrap_or_default();
        Ok((entry.id.clone(), outlined(entry), counts))
    };
    let mut read = 0;
    let take = |(id, one, counts): (String, Option<OutlinedCommit>, BTreeMap<String, u32>)| {
        read += 1;
        context.output.progress("commits are read", read, None);
        if outline.head.is_empty() {
            outline.head = id;
        }
        add_counts(&mut outline.redactions, counts);
        outline.unrecorded += u64::from(one.is_none());
        outline.commits.extend(one);
        Ok(())
    };
    let listing = listing::newest_first(workplace, redactor, (span, LoadDetail::Brief), (render, take))?;
    listing.warn(context.output);
    Ok(outline)
}

fn add_counts(sums: &mut BTreeMap<String, u64>, counts: BTreeMap<String, u32>) {
    for (kind, count) in counts {
        *sums.entry(kind).or_default() += u64::from(count);
    }
}

/// What is the same for all rows of an export.
struct RowRules<'a> {
    selection: &'a Selection,
    patterns: Option<&'a PathPatterns>,
    people: &'a ExcludedPeople,
    content: &'a str,
    /// Whether splits go by repositories, of which this is one of several, and not by its sessions.
    by_repository: bool,
}

/// The rows of one group in each of the formats.
fn rows_of(
    session: &str,
    entries: &[CommitEntry],
    formats: &[(usize, &'static dyn Format)],
    checkout: &Checkout<'_>,
    (rules, workplace, redactor): (&RowRules<'_>, &Workplace, &Redactor),
) -> anyhow::Result<Vec<RowOutcome>> {
    let mut outcomes: Vec<RowOutcome> = Vec::new();
    let mut refused: HashMap<String, &'static str> = HashMap::new();
    for entry in entries {
        if let Some(why) = why_refused(entry, rules, workplace)? {
            refused.insert(entry.id.clone(), why);
        }
    }
    let (conversations, left_out) = match session {
        "" => (Vec::new(), Vec::new()),
        session => conversations(session, entries, &refused, checkout),
    };
    for (place, format) in formats {
        outcomes.extend(left_out.iter().map(|why| (*place, Err(*why))));
        let mut rows: Vec<Row> = Vec::new();
        match format.unit() {
            Unit::Commit => {
                for entry in entries {
                    match refused.get(&entry.id).map_or_else(|| admitted(entry), |why| Err(why)) {
                        Ok(record) => rows.extend(format.of_commit(entry, record, checkout)?),
                        Err(why) => rows.push(Row::LeftOut(why)),
                    }
                }
            }
            Unit::Conversation => {
                for conversation in &conversations {
                    rows.extend(format.of_conversation(conversation)?);
                }
            }
        }
        for row in rows {
            outcomes.push((*place, finished(row, *format, rules, redactor)?));
        }
    }
    Ok(outcomes)
}

/// Why a commit is not wanted.
fn why_refused(
    entry: &CommitEntry,
    rules: &RowRules<'_>,
    workplace: &Workplace,
) -> anyhow::Result<Option<&'static str>> {
    let Some(record) = &entry.record else { return Ok(None) };
    if rules.people.made(workplace.repository.handle(), &entry.id)? {
        return Ok(Some("a person of the commit wants no training records"));
    }
    let paths = record.files.iter().map(|file| file.path.as_str());
    Ok(rules.selection.refuses_commit(record.committed_at, paths, rules.patterns))
}

/// A row as it is written, or why it is not.
fn finished(
    row: Row,
    format: &dyn Format,
    rules: &RowRules<'_>,
    redactor: &Redactor,
) -> anyhow::Result<Result<(FinishedRow, RowPrint, String), &'static str>> {
    let draft = match row {
        Row::Draft(draft) => *draft,
        Row::LeftOut(why) => return Ok(Err(why)),
    };
    if let Some(why) = rules.selection.refuses(&draft.metadata) {
        return Ok(Err(why));
    }
    let print = RowPrint::of(&draft.content, &draft.metadata.content_sha256, &draft.metadata.session_id);
    let (content, mut metadata) = match rules.content {
        "none" => without_text(&draft.content, draft.metadata),
        _ => (draft.content, draft.metadata),
    };
    if rules.by_repository {
        metadata.split = split(&metadata.repo, "");
    }
    let meta = json::line(&metadata)?;
    if [&content, &meta].iter().any(|text| !redactor.scan_final(text.as_bytes()).is_empty()) {
        return Ok(Err(LAST_SCAN));
    }
    let (line, meta) = format.layout().placed(content, meta);
    let row = FinishedRow {
        line,
        meta,
        row_id: metadata.row_id,
        split: metadata.split.to_owned(),
        tier: metadata.evidence_tier.to_owned(),
    };
    Ok(Ok((row, print, metadata.license_spdx)))
}

/// The figures of a row: what was said and written is left out, and so is its digest, by which it could be found out.
fn without_text(content: &str, metadata: Metadata) -> (String, Metadata) {
    let words = content.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).count();
    let figures = format!("{{\"characters\":{},\"words\":{words}}}", content.chars().count());
    let mut metadata = Metadata { content_sha256: String::new(), ..metadata };
    metadata.outcome.command = String::new();
    metadata.correction.reason = String::new();
    metadata.correction.path = String::new();
    (figures, metadata)
}

/// Which rows are wanted, by what a person typed.
pub(super) fn asked_for(arguments: &SelectionArgs) -> Selection {
    Selection {
        exclude_providers: arguments.exclude_provider.clone(),
        agents: arguments.agent.clone(),
        models: arguments.model.clone(),
        licenses: arguments.license.clone(),
        paths: arguments.path.clone(),
        since: arguments.since,
        until: arguments.until,
        min_share: arguments.min_share,
        only_verified: arguments.only_verified,
        human_target_only: arguments.human_target_only,
    }
}

fn patterns(paths: &[String]) -> anyhow::Result<Option<PathPatterns>> {
    if paths.is_empty() {
        return Ok(None);
    }
    let parsed = paths.iter().map(|path| {
        PathPattern::parse(path).map_err(|problem| anyhow::anyhow!("`--path {path}` cannot be used: {problem}"))
    });
    Ok(Some(PathPatterns::new(&parsed.collect::<anyhow::Result<Vec<_>>>()?)?))
}

fn origin(workplace: &Workplace, history: History) -> ExportOrigin {
    let training = &workplace.config.training;
    let consent = Consent {
        basis: if training.allow == Some(true) { "settings" } else { "not-refused" }.to_owned(),
        scope: "training".to_owned(),
        by: training.by.clone().unwrap_or_default(),
        at: training.at.clone().unwrap_or_default(),
    };
    let rules = format!("{} {:?}", env!("CARGO_PKG_VERSION"), workplace.config.redaction);
    ExportOrigin::new(history, sha256(rules.as_bytes())[..16].to_owned(), consent)
}
