//! What one run of a workflow works with.

use super::inputs::Inputs;
use crate::forge::connect::AnyForge;
use crate::git::installed::GitCredentials;

/// The inputs, the forge, and how git reaches it.
pub(crate) struct Job<'a> {
    pub(super) inputs: &'a Inputs,
    pub(super) forge: &'a AnyForge,
    pub(super) git: Option<GitCredentials>,
}
