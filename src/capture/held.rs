//! What a reader says of its format: which facts of a session it holds, and how much of them is read.

/// What one may want to know of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionFact {
    /// What a person typed, and nothing else.
    Prompts,
    /// The lines of each edit.
    Edits,
    /// What commands printed and how they ended.
    Results,
    /// That a person refused a call.
    Rejections,
    /// The words with which a person refused it.
    Reasons,
    /// That a person stopped the agent.
    Interrupts,
    Models,
    /// The version of the agent.
    Version,
    Tokens,
    Cost,
    /// The work of agents that the agent started.
    Subagents,
    /// Sessions that go on from a place in another one, prompts that were taken back.
    Forks,
}

/// How much of it there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeldFact {
    Read,
    /// With what is missing or only there at times, in a few words.
    InPart(&'static str),
    /// In the format, and not read yet.
    NotRead,
    /// The format does not hold it.
    Absent,
}
