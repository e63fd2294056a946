//! What to type to improve the documentation, least effort first. Outside text stands in a command only where no shell
//! can read it as anything but itself; what only a person knows stands as `<...>`.

use super::facts::{AgentFacts, Declared, Facts, name};
use super::rules::missing_trailers;
use super::score::points;
use super::work::Work;
use crate::checks::classify::classify_command;
use crate::record::agent::Agent;
use crate::record::contribution::{CheckKind, CheckResult};
use crate::record::policy::{Policy, Rule, TrailerForm};
use crate::record::verdict::{Finding, Hint, Step, What};
use crate::text::ids::short;

/// Trailers that one command adds at most.
const TRAILERS: usize = 5;

/// Trailers for the messages of some commits.
struct Lines {
    /// Rules, each with how much of what it misses these lines give.
    gives: Vec<(Rule, u64)>,
    lines: Vec<String>,
    /// Positions in the range.
    places: Vec<usize>,
}

impl Lines {
    /// One line, which gives each of the commits what it lacks.
    fn each(rule: Rule, line: &str, places: Vec<usize>) -> Self {
        Self { gives: vec![(rule, places.len() as u64)], lines: vec![line.to_owned()], places }
    }

    /// How the messages can be changed.
    fn way(&self, works: &[Work]) -> Way {
        let last = works.len().saturating_sub(1);
        let first = self.places.first().copied().unwrap_or(last);
        let needs_a_person = self.lines.iter().any(|line| line.contains('<'));
        if self.places == [last] {
            Way::Amend
        } else if self.places.iter().copied().eq(first..=last) && !needs_a_person {
            Way::Rebase
        } else {
            Way::ByHand
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Of the last commit.
    Amend,
    /// A rebase that amends each commit up to the last, because all get the same.
    Rebase,
    /// A rebase in which a person marks the commits.
    ByHand,
}

pub(super) fn steps(works: &[Work], facts: &[Facts], findings: &[Finding], policy: &Policy) -> Vec<Step> {
    let places_of = |is_missing: fn(&Facts) -> bool| -> Vec<usize> {
        facts.iter().filter(|facts| is_missing(facts)).map(|facts| place(works, facts)).collect()
    };
    let mut lines = undeclared(works, facts, policy);
    lines.extend(versions(works, facts));
    lines.extend(corrections(works, facts));
    lines.push(Lines::each(
        Rule::FailuresExplained,
        "AI-Failed-Attempt: <what failed, why, and what was done instead>",
        places_of(|facts| facts.unexplained.as_ref().is_none_or(|attempts| !attempts.is_empty())),
    ));
    lines.push(Lines::each(
        Rule::PromptKept,
        "AI-Prompt: <what the agent was asked>",
        places_of(|facts| !facts.has_prompt),
    ));
    lines.retain(|lines| !lines.places.is_empty());
    let lines = in_one_rebase(works, lines);
    let mut steps: Vec<Step> = backfill(facts).into_iter().collect();
    steps.extend(lines.into_iter().map(|lines| message(works, facts, lines)));
    steps.extend(findings.iter().filter_map(|finding| edited(works, finding)));
    steps.extend(verified(works, facts));
    let mut seen: Vec<Vec<String>> = Vec::new();
    steps.retain(|step| {
        let is_new = !seen.contains(&step.commands);
        seen.push(step.commands.clone());
        is_new
    });
    steps.sort_by_key(effort);
    steps
}

/// Where a person must mark commits, all trailers for the same commits are written at once.
fn in_one_rebase(works: &[Work], lines: Vec<Lines>) -> Vec<Lines> {
    let mut groups: Vec<Lines> = Vec::new();
    for one in lines {
        let by_hand = one.way(works) == Way::ByHand;
        let same = |group: &&mut Lines| by_hand && group.places == one.places && group.way(works) == Way::ByHand;
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

/// What can be copied as it stands comes before what a person must think about, and one commit before many.
fn effort(step: &Step) -> (u8, bool) {
    let of_rule = |rule: &Rule| match rule {
        Rule::SessionFound => 0,
        Rule::AgentDeclared | Rule::RequiredTrailers => 1,
        Rule::ForbiddenTrailers => 2,
        Rule::Verified => 3,
        Rule::VersionNamed => 4,
        Rule::CorrectionsExplained => 5,
        Rule::FailuresExplained => 6,
        Rule::PromptKept => 7,
        Rule::ForbiddenAgents | Rule::ProtectedPaths | Rule::UnknownLines => 8,
    };
    (step.rules.iter().map(of_rule).max().unwrap_or_default(), step.commands.len() > 1)
}

fn place(works: &[Work], facts: &Facts) -> usize {
    works.iter().position(|work| std::ptr::eq(work, facts.work)).unwrap_or_default()
}

/// Nothing needs to be written where the sessions still lie on some disk.
fn backfill(facts: &[Facts]) -> Option<Step> {
    // Of the other agents nothing can be read on any machine.
    let is_missing = |agent: &&AgentFacts| !agent.has_session && agent.agent.has_reader();
    let missing: Vec<&Facts> =
        facts.iter().filter(|facts| facts.agents.iter().any(|agent| is_missing(&agent))).collect();
    let ids: Vec<String> = missing.iter().map(|facts| facts.work.entry.id.clone()).collect();
    let (first, last) = (missing.first()?.work.entry.short_id(), missing.last()?.work.entry.short_id());
    let range = if ids.len() == 1 { first.to_owned() } else { format!("{first}~..{last}") };
    let more = missing.iter().flat_map(|facts| &facts.agents).filter(is_missing).count() as u64;
    Some(Step {
        rules: vec![Rule::SessionFound],
        gain: gain(facts, Rule::SessionFound, more),
        commits: ids,
        commands: vec![format!("backstory backfill {range}")],
        hint: Some(Hint::WhereTheSessionsAre),
    })
}

/// Trailers that name an agent, each with the commits that need it; and those that the policy asks for beside them.
fn undeclared(works: &[Work], facts: &[Facts], policy: &Policy) -> Vec<Lines> {
    let mut groups: Vec<Lines> = Vec::new();
    let mut add = |rule: Rule, line: String, place: usize| match groups.iter_mut().find(|group| group.lines[0] == line)
    {
        Some(group) if group.places.contains(&place) => {}
        Some(group) => {
            group.places.push(place);
            group.gives[0].1 += 1;
        }
        None => groups.push(Lines::each(rule, &line, vec![place])),
    };
    let required = &policy.required_trailers.trailers;
    for facts in facts {
        for agent in facts.agents.iter().filter(|agent| agent.declared != Declared::Yes) {
            let form = required.iter().find(|form| is_for_tools(&form.key));
            add(Rule::AgentDeclared, declaration(agent, form), place(works, facts));
        }
        for form in missing_trailers(facts.work, policy).filter(|form| is_for_tools(&form.key)) {
            for agent in facts.agents.iter().filter(|agent| agent.declared == Declared::Yes).take(1) {
                add(Rule::RequiredTrailers, declaration(agent, Some(form)), place(works, facts));
            }
        }
    }
    groups
}

/// Keys whose value is the name of a tool.
fn is_for_tools(key: &str) -> bool {
    ["assisted-by", "generated-by"].iter().any(|known| key.eq_ignore_ascii_case(known))
}

/// `Assisted-by: Claude Code (claude-opus-4-6)`, or the form that the policy asks for, such as `AGENT:MODEL`.
fn declaration(agent: &AgentFacts, form: Option<&TrailerForm>) -> String {
    let key = form.map_or("Assisted-by", |form| &form.key);
    let (title, slug) = (agent.agent.title(), agent.agent.as_str());
    let model = agent.model.filter(|model| is_plain(model));
    let mut values = Vec::new();
    if let Some(model) = model {
        values.extend([format!("{title} ({model})"), format!("{slug}:{model}"), format!("{title}:{model}")]);
    }
    values.extend([title.to_owned(), slug.to_owned(), format!("{slug}:<model>")]);
    let pattern = form.and_then(|form| form.pattern.as_ref());
    let fitting = values.iter().find(|value| pattern.is_none_or(|pattern| pattern.fits(value)));
    format!("{key}: {}", fitting.unwrap_or(&values[0]))
}

/// Lines that only an editor can take out or write.
fn edited(works: &[Work], finding: &Finding) -> Option<Step> {
    let hint = match &finding.what {
        What::ForbiddenTrailer { .. } => Hint::DeleteTheLine,
        What::MissingTrailer { key, .. } if !is_for_tools(key) => Hint::WriteTheTrailer,
        _ => return None,
    };
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

/// One line on the last commit covers all before it. The tests that the sessions ran are run again first.
fn verified(works: &[Work], facts: &[Facts]) -> Option<Step> {
    let missing = facts.iter().filter(|facts| !facts.is_verified).count() as u64;
    let checks =
        facts.iter().rev().flat_map(|facts| facts.work.contributions()).flat_map(|one| one.checks.iter().rev());
    let known = checks
        .filter(|check| check.kind == CheckKind::Test && check.result != CheckResult::NotSeen)
        .map(|check| check.command.as_str())
        .find(|command| is_plain(command) && classify_command(command) == Some(CheckKind::Test));
    let what =
        known.map_or("<what was run or read, and how it went>".to_owned(), |command| format!("{command}, passed"));
    let last = works.len().checked_sub(1).filter(|_| missing > 0)?;
    let lines = vec![format!("AI-Verified: {what}")];
    let mut step = message(works, facts, Lines { gives: vec![(Rule::Verified, missing)], lines, places: vec![last] });
    if let (Some(command), Some(first)) = (known, step.commands.first_mut()) {
        *first = format!("{command} && {first}");
    }
    Some(step)
}

fn versions(works: &[Work], facts: &[Facts]) -> Vec<Lines> {
    let mut groups: Vec<(&Agent, Vec<usize>)> = Vec::new();
    for facts in facts {
        for agent in facts.agents.iter().filter(|agent| !agent.has_version) {
            match groups.iter_mut().find(|(known, _)| *known == agent.agent) {
                Some((_, places)) => places.push(place(works, facts)),
                None => groups.push((agent.agent, vec![place(works, facts)])),
            }
        }
    }
    let lines = |(agent, places): (&Agent, Vec<usize>)| {
        Lines::each(Rule::VersionNamed, &format!("Assisted-by: {} (<model>)", agent.title()), places)
    };
    groups.into_iter().map(lines).collect()
}

/// The reasons go to the last commit, by the names of the files. Where nothing is known of corrections, a person says
/// so in the commit itself.
fn corrections(works: &[Work], facts: &[Facts]) -> Vec<Lines> {
    let rule = Rule::CorrectionsExplained;
    let (mut lines, mut more, mut unknown) = (Vec::new(), 0, Vec::new());
    for facts in facts {
        let Some(open) = &facts.without_reason else {
            unknown.push(place(works, facts));
            continue;
        };
        let files = open.iter().map(|correction| correction.path.as_deref().map(name).filter(|file| is_word(file)));
        more += u64::from(!open.is_empty() && files.clone().all(|file| file.is_some()));
        for line in files.flatten().map(|file| format!("AI-Correction: {file}: <why, or none>")) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    // With more files than fit in one command, no commit is sure to be explained by it.
    more = if lines.len() > TRAILERS { 0 } else { more };
    lines.truncate(TRAILERS);
    let last: Vec<usize> = works.len().checked_sub(1).filter(|_| !lines.is_empty()).into_iter().collect();
    vec![
        Lines { gives: vec![(rule, more)], lines, places: last },
        Lines::each(rule, "AI-Correction: <what a person changed in it and why, or none>", unknown),
    ]
}

fn message(works: &[Work], facts: &[Facts], what: Lines) -> Step {
    let trailers: Vec<String> = what.lines.iter().map(|line| format!(" --trailer '{line}'")).collect();
    let amend = format!("git commit --amend --no-edit{}", trailers.concat());
    let base = what.places.first().and_then(|first| works.get(*first)).map_or("", |work| work.entry.short_id());
    let (commands, hint) = match what.way(works) {
        Way::Amend => (vec![amend], None),
        Way::Rebase => (vec![format!("git rebase -r {base}~ --exec \"{amend}\"")], None),
        Way::ByHand => {
            let commands = vec![format!("git rebase -r -i {base}~"), amend, "git rebase --continue".to_owned()];
            (commands, Some(Hint::MarkEdit))
        }
    };
    Step {
        gain: what.gives.iter().map(|(rule, more)| gain(facts, *rule, *more)).sum(),
        rules: what.gives.into_iter().map(|(rule, _)| rule).collect(),
        commits: what.places.iter().filter_map(|place| Some(works.get(*place)?.entry.id.clone())).collect(),
        commands,
        hint,
    }
}

fn gain(facts: &[Facts], rule: Rule, more: u64) -> u32 {
    points(facts, rule, more).saturating_sub(points(facts, rule, 0))
}

/// Whether every shell takes the text, in single quotes inside double ones, for nothing but itself.
fn is_plain(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || " ._:/@()+,=-[]".contains(c);
    !text.is_empty() && text.len() <= 100 && text.chars().all(plain) && !text.starts_with(['-', ' '])
}

/// Whether it can stand before the colon of a correction.
fn is_word(file: &str) -> bool {
    is_plain(file) && !file.contains([':', ' '])
}
