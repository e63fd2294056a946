//! `SKILL.md` of the Agent Skills format: only the fields that its validator knows (skills-ref 0.1.5), as block YAML.

use super::clean::{body, plain_words};
use crate::sop::digest::Digest;
use crate::sop::front_matter::{FrontMatterError, quoted, read};
use crate::sop::outline::Outline;

/// Bytes of a description, at most.
const DESCRIPTION: usize = 1024;
/// Characters of a name, at most.
const NAME: usize = 64;

/// The skill of a document. Its folder must be called [`skill_name`].
///
/// # Errors
/// When the front matter of the document cannot be read.
pub(crate) fn skill(document: &str, slug: &str, digest: &Digest) -> Result<String, FrontMatterError> {
    let front = read(document)?;
    let outline = Outline::new(document);
    let section = |name: &str| outline.first_words(name).map(plain_words).unwrap_or_default();
    let mut description = format!("{}. {}", plain_words(&front.title).trim_end_matches('.'), section("Purpose"));
    let trigger = section("Trigger");
    if !trigger.is_empty() {
        description.push_str(&format!(" Use it when this happens: {trigger}"));
    }
    let fields = [
        format!("name: {}", skill_name(slug)),
        format!("description: {}", quoted(&shortened(&description.replace(['<', '>'], "")))),
        "metadata:".to_owned(),
        format!("  version: {}", quoted(&front.version.to_string())),
        format!("  digest: {}", quoted(digest.as_str())),
        format!("  owner: {}", quoted(&front.owner)),
    ];
    Ok(format!("---\n{}\n---\n\n{}", fields.join("\n"), body(document)))
}

/// The name of the skill of an SOP, as the format allows it: lower case, digits and single hyphens.
pub(crate) fn skill_name(slug: &str) -> String {
    let mut name = String::new();
    for c in slug.to_ascii_lowercase().chars() {
        let c = if c.is_ascii_alphanumeric() { c } else { '-' };
        if !(c == '-' && (name.is_empty() || name.ends_with('-'))) && name.len() < NAME {
            name.push(c);
        }
    }
    name.trim_end_matches('-').to_owned()
}

fn shortened(text: &str) -> String {
    if text.len() <= DESCRIPTION {
        return text.trim().to_owned();
    }
    let dots = "\u{2026}";
    let end = crate::text::borders::border(text, DESCRIPTION - dots.len());
    format!("{}{dots}", text[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sop::digest::digest;

    #[test]
    fn a_skill_has_the_fields_of_the_format_and_a_description_that_fits() {
        let document = include_str!("../../../tests/golden/process/good.md");
        let digest = digest(document, "");
        let page = skill(document, "change", &digest).unwrap();
        let expected = format!(
            "---\nname: change\ndescription: \"Change code. Users get what they asked for. Use it when this happens: An issue that asks for a change.\"\nmetadata:\n  version: \"1\"\n  digest: \"{digest}\"\n  owner: \"The team\"\n---\n\n# Change code\n"
        );
        assert!(page.starts_with(&expected), "{page}");
        assert!(!page.contains("<!--"));
        let long = document.replace("Users get", &"\u{fc}<b> ".repeat(900));
        let page = skill(&long, "change", &digest).unwrap();
        let description = page.lines().find_map(|line| line.strip_prefix("description: ")).unwrap();
        let description: String = serde_json::from_str(description).unwrap();
        assert!(description.len() <= DESCRIPTION && description.ends_with('\u{2026}') && !description.contains('<'));
    }

    #[test]
    fn a_name_is_made_of_what_the_format_allows() {
        for (slug, name) in [("change", "change"), ("Fix_bugs--now-", "fix-bugs-now"), ("-a", "a")] {
            assert_eq!(skill_name(slug), name);
        }
        assert_eq!(skill_name(&"a".repeat(90)).len(), NAME);
    }
}
