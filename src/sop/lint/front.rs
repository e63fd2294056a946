//! The front matter is there and says what the document is and who answers for it.

use super::finding::{Finding, Known, finding};
use crate::sop::front_matter::{FrontMatterError, read};
use crate::sop::outline::Outline;

pub(crate) const NAME: &str = "front";

pub(crate) fn check(outline: &Outline, _: Known) -> Vec<Finding> {
    let front = match read(outline.text) {
        Ok(front) => front,
        Err(FrontMatterError::Missing) => {
            return vec![finding(
                NAME,
                1,
                "there is no front matter",
                "begin with `---`, its fields and another `---`",
            )];
        }
        Err(FrontMatterError::Wrong { line, problem }) => {
            let line = usize::try_from(line).unwrap_or(1);
            return vec![finding(NAME, line, problem, "write the field as YAML; quote text with \"\"")];
        }
    };
    // Who approved it answers for it, where nobody else is named.
    let answers = front.approval.as_ref().map_or(&front.owner, |approval| &approval.by);
    let owner = if front.owner.trim().is_empty() { answers } else { &front.owner };
    let fields = [("id", &front.id), ("title", &front.title), ("status", &front.status), ("owner", owner)];
    let missing = fields.into_iter().filter(|(_, value)| value.trim().is_empty());
    missing.map(|(name, _)| finding(NAME, 1, format!("`{name}` is missing"), format!("add `{name}: ...`"))).collect()
}
