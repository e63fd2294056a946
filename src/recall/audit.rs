//! What can be proved of commits: per commit what is recorded and where that is kept, what is only claimed and what was seen, what is
//! lacking, whether its record is signed; and of each version of an agent when it was last used.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::answers::NOTE;
use super::coverage::{RecordGap, lacking};
use super::page::quoted;
use crate::record::agent::Agent;
use crate::record::contribution::{Check, CheckResult, CheckedBy, Confidence, Contribution, Evidence};
use crate::record::entry::CommitEntry;
use crate::record::note::{LineCounts, Statement};
use crate::record::text::Clean;
use crate::text::visible::visible_line;

/// Characters of a subject.
const SUBJECT: usize = 80;
/// Characters of a text that is claimed.
const TEXT: usize = 200;

/// What `audit --json` writes; its JSON Schema is `docs/schema/audit.v1.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AuditAnswer {
    /// Version of this format: 1.
    pub backstory: u32,
    /// The newest first.
    pub commits: Vec<AuditedCommit>,
    /// How many of them have a record.
    pub recorded: u32,
    /// How many lack what.
    pub gaps: BTreeMap<RecordGap, u32>,
    /// How many records have which state of signature; absent without `--verify`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signatures: Option<BTreeMap<SignatureState, u32>>,
    /// Of the records of the range, by agent, the version that was used last at the end.
    pub versions: Vec<VersionUse>,
    /// After so many days `backstory prune` takes the text out of records here; absent where `.backstory.yml` sets none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_days: Option<u32>,
    pub note: &'static str,
}

/// A commit. No record names the machine that it was made on, so none is named here: a signature says whose key it has.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AuditedCommit {
    pub commit: String,
    pub subject: Clean,
    pub author: Clean,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authored_at: Option<Timestamp>,
    /// Whether there is a record that can be read.
    pub recorded: bool,
    /// The references that hold a note of it.
    pub kept_in: Vec<String>,
    /// The program that wrote the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator: Option<String>,
    /// The commits that its record was carried over from.
    pub carried_from: BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<LineCounts>,
    pub sessions: Vec<AuditedSession>,
    /// What the message of the commit states; nothing else speaks for it.
    pub stated: Vec<AuditFact>,
    pub gaps: Vec<RecordGap>,
    /// Absent without `--verify`, and without a record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<RecordSignature>,
}

/// What is known of one session, and what that rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AuditedSession {
    pub agent: Agent,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_version: Option<String>,
    pub models: Vec<String>,
    pub session: String,
    pub confidence: Confidence,
    /// Taken from what somebody or something says.
    pub claimed: Vec<AuditFact>,
    /// Found by comparing the transcript with the commit, or by the hook.
    pub seen: Vec<AuditFact>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct AuditFact {
    pub kind: AuditFactKind,
    pub what: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AuditFactKind {
    /// Added lines of the commit are in the session's edits, commands or texts, or it removed what the commit removes.
    Content,
    /// The session edited files of the commit.
    Files,
    /// The session printed the id or subject of the commit when it made it.
    CommitOutput,
    /// A check ran in the session or in a hook of the commit.
    Check,
    /// The hook ran in a shell of the agent, which named the session.
    Environment,
    /// A trailer of the message.
    Trailer,
    /// The message, its author or other words in it.
    Message,
    /// A journal that a person wrote.
    Journal,
    /// What another recorder noted beside the commit.
    Imported,
    /// What a subagent reported.
    Report,
    /// A plan that another session carried out.
    Plan,
    /// A person says that a check was run.
    PersonCheck,
}

/// What `--verify` found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct RecordSignature {
    pub state: SignatureState,
    /// As git's own verification names the key's owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<Clean>,
    /// The fingerprint or id of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Clean>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SignatureState {
    Good,
    /// The signature does not fit what it is of, or its key was not valid.
    Bad,
    UnknownKey,
    Expired,
    Revoked,
    Unsigned,
    /// It is of this commit, and the note was changed since.
    OtherBytes,
    /// It is of the note of another commit.
    OtherCommit,
    /// git could not look: a setting or a program is missing, or it verifies only without `gpg.ssh.revocationFile`.
    Unchecked,
}

/// A version of an agent in the range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct VersionUse {
    pub agent: Agent,
    pub version: String,
    /// Commits whose record names it.
    pub commits: u32,
    /// The newest of them.
    pub last_commit: String,
    /// When that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
    /// Newer commits of the range whose records name another version of the agent and not this one.
    pub newer_without: u32,
}

/// `kept_in`: the references that hold a note of the commit.
pub(crate) fn of_commit(entry: &CommitEntry, kept_in: &[String]) -> AuditedCommit {
    let record = entry.record.as_ref();
    let sessions = || record.iter().flat_map(|record| &record.contributions);
    let carried = |evidence: &Evidence| match evidence {
        Evidence::Carried { from } => Some(from.clone()),
        _ => None,
    };
    AuditedCommit {
        commit: entry.id.clone(),
        subject: entry.subject.shortened(SUBJECT).0,
        author: entry.author.clone(),
        authored_at: entry.header.as_ref().and_then(|header| Timestamp::from_second(header.authored_at.seconds).ok()),
        recorded: record.is_some(),
        kept_in: kept_in.to_vec(),
        generator: record.map(|record| record.generator.clone()),
        carried_from: sessions().flat_map(|one| &one.evidence).filter_map(carried).collect(),
        lines: record.map(|record| record.lines),
        sessions: sessions().map(session).collect(),
        stated: entry.stated().iter().map(stated).collect(),
        gaps: lacking(entry, !kept_in.is_empty()),
        signature: None,
    }
}

fn session(one: &Contribution<Clean>) -> AuditedSession {
    let (mut claimed, mut seen) = (Vec::new(), Vec::new());
    for evidence in &one.evidence {
        // A session of which nothing but its name is known: only the shell says that it was there.
        let is_claim = !matches!(evidence, Evidence::Environment { .. }) || !one.was_read();
        match rests_on(evidence) {
            Some((fact, false)) if is_claim => claimed.push(fact),
            Some((fact, _)) => seen.push(fact),
            None => {}
        }
    }
    for check in &one.checks {
        match check.by {
            CheckedBy::Person => claimed.push(checked(check, AuditFactKind::PersonCheck)),
            CheckedBy::Agent | CheckedBy::CommitHook => seen.push(checked(check, AuditFactKind::Check)),
        }
    }
    AuditedSession {
        agent: one.agent.clone(),
        agent_version: one.agent_version.clone(),
        models: one.models.clone(),
        session: one.session.clone(),
        confidence: one.confidence,
        claimed,
        seen,
    }
}

/// A piece of evidence, and whether it was seen in what the session did; `None` for what only says where the record came from.
fn rests_on(evidence: &Evidence) -> Option<(AuditFact, bool)> {
    let fact = |kind, what: String, is_seen| Some((AuditFact { kind, what }, is_seen));
    match evidence {
        Evidence::Lines { found, of } => {
            fact(AuditFactKind::Content, format!("{found} of {of} added lines are in its edits"), true)
        }
        Evidence::Removed { found, of } => {
            fact(AuditFactKind::Content, format!("it removed {found} of {of} removed lines"), true)
        }
        Evidence::Shell { found } => fact(AuditFactKind::Content, format!("{found} lines are in its commands"), true),
        Evidence::Text { found } => {
            fact(AuditFactKind::Content, format!("{found} lines are in its plans and texts"), true)
        }
        Evidence::Files { found, of } => fact(AuditFactKind::Files, format!("it edited {found} of {of} files"), true),
        Evidence::CommitOutput { printed } => fact(
            AuditFactKind::CommitOutput,
            format!("it ran `git commit` and printed {}", quoted(printed, TEXT)),
            true,
        ),
        Evidence::Environment { variable } => {
            let what = format!("{} named it where the hook ran", visible_line(variable));
            fact(AuditFactKind::Environment, what, false)
        }
        Evidence::Trailer { key } if key == "journal" => {
            fact(AuditFactKind::Journal, "a person's journal tells of it".to_owned(), false)
        }
        Evidence::Trailer { key } => {
            fact(AuditFactKind::Trailer, format!("the trailer {} names it", visible_line(key)), false)
        }
        Evidence::Report { named } => {
            fact(AuditFactKind::Report, format!("a subagent reported {}", visible_line(named)), false)
        }
        Evidence::Plan { carried_out_by } => {
            fact(AuditFactKind::Plan, format!("session {} carried out its plan", visible_line(carried_out_by)), true)
        }
        Evidence::Noted { by } => fact(AuditFactKind::Imported, format!("{} noted it", visible_line(by)), false),
        Evidence::Carried { .. } => None,
    }
}

fn checked(check: &Check<Clean>, kind: AuditFactKind) -> AuditFact {
    let result = match check.result {
        CheckResult::Passed => "passed",
        CheckResult::Failed => "failed",
        CheckResult::NotSeen => "ran; how it ended was not seen",
    };
    let state = check.state.map_or(String::new(), |state| format!(" (on the state: {})", state.name()));
    AuditFact { kind, what: format!("{} {result}{state}", quoted(check.command.as_str(), TEXT)) }
}

fn stated(statement: &Statement<Clean>) -> AuditFact {
    let said = |what: &str, text: &Clean| (AuditFactKind::Trailer, format!("{what}: {}", quoted(text.as_str(), TEXT)));
    let (kind, what) = match statement {
        Statement::Agent { agent, place, strict, .. } => {
            let kind = if *strict { AuditFactKind::Trailer } else { AuditFactKind::Message };
            (kind, format!("{} ({})", agent.title(), visible_line(place)))
        }
        Statement::Prompt { text } => said("asked", text),
        Statement::FailedAttempt { text } => said("did not work", text),
        Statement::Correction { text } => said("corrected", text),
        Statement::Context { text } => said("context", text),
        Statement::Verified { text } => said("checked", text),
    };
    AuditFact { kind, what }
}

/// `commits` are the newest first.
pub(crate) fn audit(commits: Vec<AuditedCommit>, is_verified: bool, retention_days: Option<u32>) -> AuditAnswer {
    let mut gaps: BTreeMap<RecordGap, u32> = BTreeMap::new();
    let mut states: BTreeMap<SignatureState, u32> = BTreeMap::new();
    for one in &commits {
        one.gaps.iter().for_each(|gap| *gaps.entry(*gap).or_default() += 1);
        one.signature.iter().for_each(|signature| *states.entry(signature.state).or_default() += 1);
    }
    let recorded = commits.iter().filter(|one| one.recorded).count() as u32;
    let versions = versions(&commits);
    let signatures = is_verified.then_some(states);
    AuditAnswer { backstory: 1, commits, recorded, gaps, signatures, versions, retention_days, note: NOTE }
}

fn versions(commits: &[AuditedCommit]) -> Vec<VersionUse> {
    let mut found: Vec<VersionUse> = Vec::new();
    let mut seen: BTreeMap<&Agent, u32> = BTreeMap::new();
    for one in commits {
        let worked = one.sessions.iter().filter(|session| session.confidence != Confidence::Overlap);
        let used: BTreeSet<(&Agent, &String)> =
            worked.filter_map(|session| Some((&session.agent, session.agent_version.as_ref()?))).collect();
        for (agent, version) in &used {
            match found.iter_mut().find(|known| known.agent == **agent && known.version == **version) {
                Some(known) => known.commits += 1,
                None => found.push(VersionUse {
                    agent: (*agent).clone(),
                    version: (*version).clone(),
                    commits: 1,
                    last_commit: one.commit.clone(),
                    last_at: one.authored_at,
                    newer_without: seen.get(*agent).copied().unwrap_or_default(),
                }),
            }
        }
        let agents: BTreeSet<&Agent> = used.into_iter().map(|(agent, _)| agent).collect();
        agents.into_iter().for_each(|agent| *seen.entry(agent).or_default() += 1);
    }
    // The newest were found first.
    found.reverse();
    found.sort_by(|a, b| a.agent.cmp(&b.agent));
    found
}

impl AuditAnswer {
    /// Whether a strict reader would object: something is lacking, or a record is not surely its signer's.
    pub(crate) fn is_lacking(&self) -> bool {
        let unsure =
            |one: &AuditedCommit| one.signature.as_ref().is_some_and(|found| found.state != SignatureState::Good);
        self.commits.iter().any(|one| !one.gaps.is_empty() || unsure(one))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::audit_page::page;
    use super::*;
    use crate::record::samples;
    use crate::testing::schema;

    const OWN: &str = "refs/notes/backstory";

    fn with_evidence(evidence: serde_json::Value, change: impl Fn(&mut Contribution<Clean>)) -> AuditedSession {
        let mut entry = samples::discounts();
        let one = &mut entry.record.as_mut().unwrap().contributions[0];
        one.evidence = serde_json::from_value(evidence).unwrap();
        one.checks.clear();
        change(one);
        of_commit(&entry, &[OWN.to_owned()]).sessions.remove(0)
    }

    #[test]
    fn what_is_claimed_is_apart_from_what_was_seen() {
        for (evidence, claimed, seen) in [
            (json!({"kind": "lines", "found": 3, "of": 4}), 0, 1),
            (json!({"kind": "commit-output", "printed": "abc1234"}), 0, 1),
            (json!({"kind": "environment", "variable": "CODEX_THREAD_ID"}), 0, 1),
            (json!({"kind": "trailer", "key": "Backstory-Session"}), 1, 0),
            (json!({"kind": "trailer", "key": "journal"}), 1, 0),
            (json!({"kind": "noted", "by": "git-ai"}), 1, 0),
            (json!({"kind": "report", "named": "abc1234"}), 1, 0),
            (json!({"kind": "carried", "from": "abc1234"}), 0, 0),
        ] {
            let told = with_evidence(json!([evidence]), |_| {});
            assert_eq!((told.claimed.len(), told.seen.len()), (claimed, seen), "{evidence}");
        }
        let unread =
            with_evidence(json!([{"kind": "environment", "variable": "CODEX_THREAD_ID"}]), |one| one.unread = true);
        assert_eq!((unread.claimed.len(), unread.seen.len()), (1, 0), "only the shell says so");
        let by = |by: &str| {
            let check =
                json!({"kind": "test", "command": "pytest", "result": "passed", "after_last_edit": true, "by": by});
            let told =
                with_evidence(json!([]), |one| one.checks = vec![serde_json::from_value(check.clone()).unwrap()]);
            (told.claimed.len(), told.seen.len())
        };
        assert_eq!([by("agent"), by("commit-hook"), by("person")], [(0, 1), (0, 1), (1, 0)]);
    }

    #[test]
    fn a_version_is_told_with_the_commit_that_it_was_last_used_in() {
        let with = |id: &str, version: &str| {
            let mut entry = samples::discounts();
            entry.id = id.repeat(40);
            entry.record.as_mut().unwrap().contributions[0].agent_version = Some(version.to_owned());
            of_commit(&entry, &[])
        };
        let answer = audit(vec![with("d", "2.0"), with("c", "2.0"), with("b", "1.9"), with("a", "1.9")], false, None);
        let told: Vec<(&str, u32, &str, u32)> = answer
            .versions
            .iter()
            .map(|one| (one.version.as_str(), one.commits, &one.last_commit[..1], one.newer_without))
            .collect();
        assert_eq!(told, [("1.9", 2, "b", 2), ("2.0", 2, "d", 0)]);
        assert!(answer.versions.iter().all(|one| one.last_at.is_none()), "no time is made up");
        let page = page(&answer);
        assert!(page.contains("Claude Code 1.9: 2 commits, last in bbbbbbb; 2 newer with other versions"), "{page}");
    }

    #[test]
    fn audit_has_its_stored_schema() {
        let mut commits: Vec<AuditedCommit> = [
            samples::discounts(),
            samples::by_a_person(),
            samples::only_overlapping(),
            samples::signed("d4", "Docs", "copilot", true),
        ]
        .iter()
        .map(|entry| of_commit(entry, &entry.record.iter().map(|_| OWN.to_owned()).collect::<Vec<_>>()))
        .collect();
        let clean = |text: &str| serde_json::from_value(json!(text)).ok();
        let (signer, key) = (clean("ann@example.org"), clean("SHA256:x"));
        commits[0].signature = Some(RecordSignature { state: SignatureState::Good, signer, key });
        commits[1].signature = Some(RecordSignature { state: SignatureState::Unsigned, signer: None, key: None });
        let answer = audit(commits, true, Some(365));
        assert!(answer.is_lacking());
        let text = page(&answer);
        assert!(
            text.contains("signature: good signature ann@example.org SHA256:x") && text.contains("older than 365 days"),
            "{text}"
        );
        assert!(text.contains("lacks: no record") && text.contains("claimed in the message: GitHub Copilot"), "{text}");
        let value = serde_json::to_value(&answer).unwrap();
        assert_eq!(schema::mistakes("audit.v1", &schemars::schema_for!(AuditAnswer), &[value]), Vec::<String>::new());
    }
}
