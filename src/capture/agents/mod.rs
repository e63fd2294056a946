//! The agents whose sessions are read: each in a file or folder of its own, which nothing but the table names.

pub(super) mod aider;
pub(super) mod amp;
pub(super) mod atif;
pub(super) mod claude_code;
pub(super) mod cline;
pub(super) mod codex;
pub(super) mod continue_cli;
pub(super) mod copilot;
pub(super) mod copilot_chat;
pub(super) mod crush;
pub(super) mod cursor;
pub(super) mod droid;
mod editors;
#[cfg(test)]
mod example;
pub(super) mod gemini;
pub(super) mod goose;
pub(super) mod kiro;
pub(super) mod mapped;
pub(super) mod mini_swe_agent;
pub(super) mod opencode;
pub(super) mod openhands;
pub(super) mod pi;
pub(super) mod qwen;
pub(super) mod roo;
pub(super) mod specstory;
pub(super) mod swe_agent;
mod task_folders;
pub(super) mod windsurf;
pub(super) mod zed;
