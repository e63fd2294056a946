//! The agents whose sessions are read: each in a file or folder of its own, which nothing but the table names.

pub(super) mod claude_code;
pub(super) mod codex;
pub(super) mod copilot;
pub(super) mod gemini;
pub(super) mod opencode;
