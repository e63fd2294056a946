//! Reads the Markdown that SpecStory makes of other agents' sessions, `.specstory/history/*.md` in a repository. Read from files of version
//! 2.1.0 of the form (February 2026) and from the source of August 2026. It keeps the ids of the sessions; of edits it shows what each
//! agent's own tools say, which for some are only the paths, and of commands how they ended only where they print it.

mod messages;
mod reader;
mod tools;

pub(in crate::capture) use reader::SpecStory;
