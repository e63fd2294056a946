//! Rules about text that every floor shares: what a commit id looks like, the last part of a path, which characters show
//! nothing. Functions over values; nothing here knows what the text is for.

pub(crate) mod addresses;
pub(crate) mod borders;
pub(crate) mod digest;
pub(crate) mod html;
pub(crate) mod ids;
pub(crate) mod inert;
pub mod markdown;
pub(crate) mod nearest;
pub(crate) mod paths;
pub(crate) mod reverts;
pub(crate) mod subjects;
pub(crate) mod telling;
pub(crate) mod template;
pub(crate) mod topic;
pub(crate) mod typed;
pub mod unseen;
pub(crate) mod visible;
pub(crate) mod words;
