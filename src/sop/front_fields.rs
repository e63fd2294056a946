//! The fields of a document's front matter that say where it is in its life: written after the ledger, which decides, and compared
//! with it. All other fields and the text stay as they are, byte for byte.

use super::front_matter::split;
use super::life::{Life, Standing, State};

/// What the front matter should say. A field without a value is not there.
pub fn fields(life: &Life, standing: Standing) -> Vec<(&'static str, Option<String>)> {
    let is_settled = matches!(standing.state, Some(State::Approved | State::Published)) && !standing.edited;
    let approval = life.approval.as_ref().filter(|_| is_settled);
    let digest = approval.map(|approval| quoted(approval.digest.as_str()));
    let live = life.live.as_ref().filter(|live| is_settled && live.version == life.version);
    let approved = approval.map(|approval| {
        let kind = approval.refs.get("kind").map_or("", String::as_str);
        let mut text = format!(
            "\n  kind: {}\n  by: {}\n  at: {}",
            quoted(kind),
            quoted(&approval.by.to_string()),
            quoted(&approval.at.to_string())
        );
        for (name, key) in [("ref", "review"), ("commit", "commit")] {
            if let Some(value) = approval.refs.get(key) {
                text.push_str(&format!("\n  {name}: {}", quoted(value)));
            }
        }
        text.push_str(&format!("\n  digest: {}", quoted(approval.digest.as_str())));
        text
    });
    let state = standing.state.map(|state| quoted(state.text()));
    vec![
        ("status", state),
        ("effective", live.map(|live| quoted(&live.since.strftime("%Y-%m-%d").to_string()))),
        ("review_by", life.review_by.as_ref().filter(|_| is_settled).map(|day| quoted(day))),
        ("digest", digest),
        ("approval", approved),
    ]
}

/// The document with these fields: those that are there are replaced where they stand, new ones go to the end, and those without
/// a value are removed. A document without front matter gets one.
pub fn with(document: &str, fields: &[(&str, Option<String>)]) -> String {
    let (before, body) = split(document).unwrap_or(("", document));
    let mut lines: Vec<String> = Vec::new();
    let mut written: Vec<&str> = Vec::new();
    let mut is_ours = false;
    for line in before.lines() {
        if !line.starts_with([' ', '\t']) {
            let name = line.split_once(':').map_or("", |(name, _)| name);
            let field = fields.iter().find(|(one, _)| *one == name);
            is_ours = field.is_some();
            if let Some((name, value)) = field.filter(|(name, _)| !written.contains(name)) {
                written.push(name);
                lines.extend(value.iter().map(|value| entry(name, value)));
            }
        }
        if !is_ours {
            lines.push(line.to_owned());
        }
    }
    let new = fields.iter().filter(|(name, _)| !written.contains(name));
    lines.extend(new.filter_map(|(name, value)| Some(entry(name, value.as_ref()?))));
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    format!("---\n{lines}---\n{body}")
}

/// The text of one top-level field on one line, without quotes; `None` where it is not there.
pub fn value(document: &str, name: &str) -> Option<String> {
    let (fields, _) = split(document)?;
    let line = fields.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    Some(line.trim().trim_matches(['"', '\'']).to_owned())
}

fn entry(name: &str, value: &str) -> String {
    if value.starts_with('\n') { format!("{name}:{value}") } else { format!("{name}: {value}") }
}

/// In double quotes, as JSON: YAML reads it as the same text, whatever it looks like.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sop::digest::digest;

    #[test]
    fn fields_are_replaced_where_they_stand_and_all_else_stays() {
        let document = "---\nid: sop/x\nstatus: draft\napproval:\n  kind: old\n  by: x\ntitle: \"A: b\"\n---\n\n# X\n\nstatus: kept\n";
        let fields =
            [("status", Some("published".to_owned())), ("approval", None), ("digest", Some("\"sha256:1\"".to_owned()))];
        let set = with(document, &fields);
        assert_eq!(
            set,
            "---\nid: sop/x\nstatus: published\ntitle: \"A: b\"\ndigest: \"sha256:1\"\n---\n\n# X\n\nstatus: kept\n"
        );
        assert_eq!(with(&set, &fields), set);
        assert_eq!(value(&set, "digest").as_deref(), Some("sha256:1"));
        assert_eq!((value(&set, "approval"), value("no front matter", "status")), (None, None));
        assert_eq!(with("# X\n", &fields), "---\nstatus: published\ndigest: \"sha256:1\"\n---\n# X\n");
        let nested = with(document, &[("approval", Some("\n  kind: \"terminal\"".to_owned()))]);
        assert!(nested.contains("approval:\n  kind: \"terminal\"\ntitle"), "{nested}");
        assert_eq!(digest(&nested, ""), digest(document, ""));
    }
}
