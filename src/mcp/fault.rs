//! Why a call of a tool failed: whether the client or the world is to be told.

/// Why a call failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The arguments are not those of the tool.
    Arguments(String),
    /// It could not be done; the model reads why.
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for Fault {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}
