//! The hooks, as git and the shims call them.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::refused_trailers;

#[derive(Debug, Args)]
pub struct HookArgs {
    #[command(subcommand)]
    pub hook: HookCall,
}

#[derive(Clone, Debug, Subcommand)]
pub enum HookCall {
    /// Adds the trailers to the message in FILE
    CommitMsg { file: PathBuf },
    /// Takes the trailers out of the message in FILE, which another commit-msg hook refused, for it to be asked again
    Refused { step: refused_trailers::RefusalStep, file: PathBuf },
    /// Keeps the record of the commit that was just made
    PostCommit,
    /// Carries records over an amend or rebase; reads pairs of ids from standard input
    PostRewrite { kind: Option<String> },
    /// Shares the records with the remote
    PrePush { remote: Option<String>, url: Option<String> },
}

impl HookCall {
    /// The hooks that every commit waits for, read from the arguments as the shims write them.
    pub(crate) fn in_every_commit(arguments: &[OsString]) -> Option<Self> {
        match arguments {
            [hook, name, file] if hook == "hook" && name == "commit-msg" && !is_option(file) => {
                Some(Self::CommitMsg { file: file.into() })
            }
            [hook, name] if hook == "hook" && name == "post-commit" => Some(Self::PostCommit),
            _ => None,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::CommitMsg { .. } => "commit-msg",
            Self::Refused { .. } => "commit-msg",
            Self::PostCommit => "post-commit",
            Self::PostRewrite { .. } => "post-rewrite",
            Self::PrePush { .. } => "pre-push",
        }
    }
}

pub(crate) fn is_option(argument: &OsStr) -> bool {
    argument.as_encoded_bytes().starts_with(b"-")
}

pub(crate) fn noun(hook: &HookCall) -> &'static str {
    if matches!(hook, HookCall::PrePush { .. }) { "push" } else { "commit" }
}
