//! What to type to improve the documentation, least effort first: the suggestions of the rules, by how the messages of their
//! commits can be changed.

use super::remedy::{Remedy, RemedyCommand, RemedyTrailers};
use super::rule::{JudgedRange, PolicyRule};
use super::rules::{self, RULES};
use super::score::points;
use super::work::CommitWork;
use crate::record::policy::Rule;
use crate::record::verdict::{Finding, Hint, Step};
use crate::text::ids::short;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Of the last commit.
    Amend,
    /// A rebase that amends each commit up to the last, because all get the same.
    Rebase,
    /// A rebase in which a person marks the commits.
    ByHand,
}

pub(super) fn steps(range: &JudgedRange, findings: &[Finding]) -> Vec<Step> {
    let mut by_effort: Vec<&dyn PolicyRule> = RULES.to_vec();
    by_effort.sort_by_key(|rule| rule.effort());
    let (mut steps, mut trailers) = (Vec::new(), Vec::new());
    for rule in by_effort {
        for remedy in rule.remedies(range) {
            match remedy {
                Remedy::Command(command) => steps.push(typed(range, rule.rule(), command)),
                Remedy::Trailers(lines) => trailers.push(lines),
            }
        }
    }
    trailers.retain(|lines| !lines.places.is_empty());
    let trailers = in_one_rebase(range.works, trailers);
    steps.extend(trailers.into_iter().map(|lines| message(range, lines)));
    steps.extend(findings.iter().filter_map(|finding| edited(range.works, finding)));
    let mut seen: Vec<Vec<String>> = Vec::new();
    steps.retain(|step| {
        let is_new = !seen.contains(&step.commands);
        seen.push(step.commands.clone());
        is_new
    });
    steps.sort_by_key(effort);
    steps
}

/// What can be copied as it stands comes before what a person must think about, and one commit before many.
fn effort(step: &Step) -> (u8, bool) {
    let of_rules = step.rules.iter().filter_map(|rule| rules::of(*rule)).map(PolicyRule::effort);
    (of_rules.max().unwrap_or_default(), step.commands.len() > 1)
}

fn typed(range: &JudgedRange, rule: Rule, command: RemedyCommand) -> Step {
    Step {
        rules: vec![rule],
        gain: gain(range, rule, command.gives),
        commits: command.commits,
        commands: vec![command.command],
        hint: command.hint,
    }
}

/// Where a person must mark commits, all trailers for the same commits are written at once.
fn in_one_rebase(works: &[CommitWork], lines: Vec<RemedyTrailers>) -> Vec<RemedyTrailers> {
    let mut groups: Vec<RemedyTrailers> = Vec::new();
    for one in lines {
        let by_hand = way(&one, works) == Way::ByHand;
        let same =
            |group: &&mut RemedyTrailers| by_hand && group.places == one.places && way(group, works) == Way::ByHand;
        match groups.iter_mut().find(same) {
            Some(group) => {
                group.gives.extend(one.gives);
                group.lines.extend(one.lines);
            }
            None => groups.push(one),
        }
    }
    groups
}

/// How the messages can be changed.
fn way(trailers: &RemedyTrailers, works: &[CommitWork]) -> Way {
    let last = works.len().saturating_sub(1);
    let first = trailers.places.first().copied().unwrap_or(last);
    let needs_a_person = trailers.lines.iter().any(|line| line.contains('<'));
    if trailers.places == [last] {
        Way::Amend
    } else if trailers.places.iter().copied().eq(first..=last) && !needs_a_person {
        Way::Rebase
    } else {
        Way::ByHand
    }
}

fn message(range: &JudgedRange, what: RemedyTrailers) -> Step {
    let works = range.works;
    let trailers: Vec<String> = what.lines.iter().map(|line| format!(" --trailer '{line}'")).collect();
    let amend = format!("git commit --amend --no-edit{}", trailers.concat());
    let base = what.places.first().and_then(|first| works.get(*first)).map_or("", |work| work.entry.short_id());
    let (mut commands, hint) = match way(&what, works) {
        Way::Amend => (vec![amend], None),
        Way::Rebase => (vec![format!("git rebase -r {base}~ --exec \"{amend}\"")], None),
        Way::ByHand => {
            let commands = vec![format!("git rebase -r -i {base}~"), amend, "git rebase --continue".to_owned()];
            (commands, Some(Hint::MarkEdit))
        }
    };
    if let (Some(before), Some(first)) = (&what.after, commands.first_mut()) {
        *first = format!("{before} && {first}");
    }
    Step {
        gain: what.gives.iter().map(|(rule, more)| gain(range, *rule, *more)).sum(),
        rules: what.gives.into_iter().map(|(rule, _)| rule).collect(),
        commits: what.places.iter().filter_map(|place| Some(works.get(*place)?.entry.id.clone())).collect(),
        commands,
        hint,
    }
}

/// Lines that only an editor can take out or write.
fn edited(works: &[CommitWork], finding: &Finding) -> Option<Step> {
    let hint = rules::of(finding.rule)?.in_an_editor(&finding.what)?;
    let tip = works.last()?.entry;
    let commands = match finding.commits.as_slice() {
        [one] if *one == tip.id => vec!["git commit --amend".to_owned()],
        commits => {
            let first = commits.first().map(|id| short(id)).unwrap_or_default();
            vec![format!("git rebase -r -i {first}~")]
        }
    };
    Some(Step { rules: vec![finding.rule], gain: 0, commits: finding.commits.clone(), commands, hint: Some(hint) })
}

fn gain(range: &JudgedRange, rule: Rule, more: u64) -> u32 {
    rules::of(rule).map_or(0, |rule| points(range.facts, rule, more).saturating_sub(points(range.facts, rule, 0)))
}
