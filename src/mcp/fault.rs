//! Why a call of a tool failed: who is to be told.

/// Why a call failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The arguments are not those of the tool: the model reads why and can do better.
    Arguments(String),
    /// The rest of the request is wrong, which only the client can mend.
    Request(String),
    /// It could not be done; the model reads why.
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for Fault {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}
