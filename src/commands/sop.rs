//! `backstory sop`: documents of processes, from the first note to the published text. One file a subcommand; what they do is in
//! `process_store::sops`.

mod approve;
mod capture;
mod check;
mod documents;
mod draft;
mod llm;
mod publish;
mod questions;
mod reject;
mod resume;
mod retire;
mod review;
mod run;
mod status;
mod verify;
mod walk;

use crate::context::{Context, Ending};

/// Write, approve and publish process documents
#[derive(Debug, clap::Args)]
pub struct SopArgs {
    #[command(subcommand)]
    command: SopCommand,
}

/// One line a subcommand here and one in [`run`], in the order of an SOP's life.
#[derive(Debug, clap::Subcommand)]
enum SopCommand {
    /// Start a process document, or add what people tell about it
    Capture(Box<capture::SopCaptureArgs>),
    /// List its open questions, or answer one
    Questions(questions::SopQuestionsArgs),
    /// Write the draft from the log and what was told
    Draft(draft::SopDraftArgs),
    /// Check a document for gaps and assumptions
    Check(check::SopCheckArgs),
    /// Walk through a draft step by step and answer the checklist
    Walk(walk::SopWalkArgs),
    /// Return it to draft with a reason
    Reject(reject::SopRejectArgs),
    /// Approve it, as a person
    Approve(approve::SopApproveArgs),
    /// Publish the approved text to a place
    Publish(publish::SopPublishArgs),
    /// Follow a published document one step at a time
    Run(run::SopRunArgs),
    /// Confirm a published document, or say that it needs a review
    Review(review::SopReviewArgs),
    /// Take a document out of use
    Retire(retire::SopRetireArgs),
    /// List process documents with their state and next step
    Status(status::SopStatusArgs),
    /// Show where a document stands and what to do next
    Resume(resume::SopResumeArgs),
    /// Check ledger, front matter, approval and evidence
    Verify(verify::SopVerifyArgs),
}

pub(crate) fn run(sop: &SopArgs, context: &mut Context<'_>) -> anyhow::Result<Ending> {
    match &sop.command {
        SopCommand::Capture(arguments) => capture::run(arguments, context),
        SopCommand::Questions(arguments) => questions::run(arguments, context),
        SopCommand::Draft(arguments) => draft::run(arguments, context),
        SopCommand::Check(arguments) => check::run(arguments, context),
        SopCommand::Walk(arguments) => walk::run(arguments, context),
        SopCommand::Reject(arguments) => reject::run(arguments, context),
        SopCommand::Approve(arguments) => approve::run(arguments, context),
        SopCommand::Publish(arguments) => publish::run(arguments, context),
        SopCommand::Run(arguments) => run::run(arguments, context),
        SopCommand::Review(arguments) => review::run(arguments, context),
        SopCommand::Retire(arguments) => retire::run(arguments, context),
        SopCommand::Status(arguments) => status::run(arguments, context),
        SopCommand::Resume(arguments) => resume::run(arguments, context),
        SopCommand::Verify(arguments) => verify::run(arguments, context),
    }
}
