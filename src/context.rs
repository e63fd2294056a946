//! What a command is handed, and how it ends.

use crate::environment::Environment;
use crate::output::Output;

/// What a command is handed.
pub struct Context<'a> {
    pub environment: &'a Environment,
    pub output: &'a mut Output,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Done,
    /// It worked, and the answer is no (a check that found something).
    Found,
    /// Bad input or a failed step; the message was printed.
    Failed,
}

impl Ending {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Found => 1,
            Self::Failed => 2,
        }
    }
}
