//! What can be proved of commits, as text.

use super::audit::{AuditAnswer, AuditedCommit, SignatureState, VersionUse};
use super::page::{day, quoted};
use crate::text::ids::short;
use crate::text::visible::visible_line;

/// Characters of a subject.
const SUBJECT: usize = 80;

pub(crate) fn page(answer: &AuditAnswer) -> String {
    let all = answer.commits.len();
    let mut text =
        format!("{} of {all} commits recorded; no record names the machine it was made on.\n", answer.recorded);
    for (state, count) in answer.signatures.iter().flatten() {
        text.push_str(&format!("- {count}: {}\n", signature_said(*state)));
    }
    for (gap, count) in &answer.gaps {
        text.push_str(&format!("- {count}: {}\n", gap.said()));
    }
    for one in &answer.commits {
        commit(&mut text, one);
    }
    if !answer.versions.is_empty() {
        text.push_str("\nVersions of agents:\n");
        answer.versions.iter().for_each(|one| version(&mut text, one));
        text.push_str(match answer.retention_days {
            None => "Text stays in records until somebody prunes or forgets it: no `retention` is set.\n",
            Some(_) => "",
        });
    }
    if let Some(days) = answer.retention_days {
        text.push_str(&format!(
            "`backstory prune` takes the text out of records older than {days} days; what must be proved for longer is to be exported before \
             (`backstory export --format record`).\n"
        ));
    }
    text
}

fn commit(text: &mut String, one: &AuditedCommit) {
    let at = one.authored_at.map_or(String::new(), |at| format!(" {}", day(at)));
    let subject = quoted(one.subject.as_str(), SUBJECT);
    text.push_str(&format!("\n{}{at} {subject} ({})\n", short(&one.commit), visible_line(one.author.as_str())));
    let mut line = |lead: &str, said: &str| text.push_str(&format!("  {lead} {said}\n"));
    if let Some(generator) = &one.generator {
        let kept: Vec<String> = one.kept_in.iter().map(|name| visible_line(name)).collect();
        line("record:", &format!("by {}, in {}", visible_line(generator), kept.join(", ")));
    }
    if let Some(found) = &one.signature {
        let named =
            found.signer.iter().chain(&found.key).map(|part| visible_line(part.as_str())).collect::<Vec<_>>().join(" ");
        line("signature:", format!("{} {named}", signature_said(found.state)).trim_end());
    }
    if !one.carried_from.is_empty() {
        line(
            "carried from:",
            &one.carried_from.iter().map(|id| visible_line(short(id))).collect::<Vec<_>>().join(", "),
        );
    }
    for session in &one.sessions {
        let version =
            session.agent_version.iter().chain(&session.models).map(|part| format!(" {}", visible_line(part)));
        let version: String = version.collect();
        line("session:", &format!("{}{version} {}", session.agent.title(), visible_line(&session.session)));
        session.seen.iter().for_each(|fact| line("  seen:", &fact.what));
        session.claimed.iter().for_each(|fact| line("  claimed:", &fact.what));
    }
    one.stated.iter().for_each(|fact| line("claimed in the message:", &fact.what));
    one.gaps.iter().for_each(|gap| line("lacks:", gap.said()));
}

fn version(text: &mut String, one: &VersionUse) {
    let commits = if one.commits == 1 { "1 commit".to_owned() } else { format!("{} commits", one.commits) };
    let at = one.last_at.map_or(String::new(), |at| format!(" of {}", day(at)));
    let last = format!("last in {}{at}", short(&one.last_commit));
    let name = format!("{} {}", one.agent.title(), visible_line(&one.version));
    match one.newer_without {
        0 => text.push_str(&format!("- {name}: {commits}, {last}\n")),
        newer => text.push_str(&format!(
            "- {name}: {commits}, {last}; {newer} newer with other versions: what it did cannot be run again with what is used now, so keep its \
             records and transcripts for as long as it has to be proved\n"
        )),
    }
}

fn signature_said(state: SignatureState) -> &'static str {
    match state {
        SignatureState::Good => "good signature",
        SignatureState::Bad => "bad signature",
        SignatureState::UnknownKey => "signed by an unknown key",
        SignatureState::Expired => "signed, and the signature or its key has expired",
        SignatureState::Revoked => "signed by a revoked key",
        SignatureState::Unsigned => "not signed",
        SignatureState::OtherBytes => "signed for other bytes: the note was changed since",
        SignatureState::OtherCommit => "signed for another commit",
        SignatureState::Unchecked => {
            "signed, and git could not check it (gpg.ssh.allowedSignersFile or the program is missing, or gpg.ssh.revocationFile names the key or \
             cannot be read)"
        }
    }
}
