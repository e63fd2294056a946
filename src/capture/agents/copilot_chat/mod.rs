//! GitHub Copilot Chat in VS Code, in its forks and in Visual Studio. VS Code keeps a chat as one JSON document, as a log of changes to
//! one (`{kind, k, v}` a line), and the extension as the events of Copilot's CLI; Visual Studio writes traces. Fields as seen in 0.31
//! to 0.47 of the extension and in 18.6 of Visual Studio.

mod document;
mod places;
mod reader;
mod requests;
mod traces;

pub(in crate::capture) use reader::CopilotChat;
