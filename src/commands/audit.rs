//! `audit [RANGE]`: what can be proved of commits, and the signatures of their records.

use crate::context::{Context, Ending};
use crate::output::for_terminal;
use crate::recall::audit_page;
use crate::recorder::range::RangeQuery;
use crate::recorder::sealing::{self, SignedRecords};
use crate::recorder::workplace::Workplace;
use crate::recorder::{auditing, page};

const EXAMPLES: &str = "Examples:
  backstory audit v1.2..v1.3
  backstory audit --sign main..HEAD
  backstory audit --verify --strict v1.2..v1.3

docs/audit.md says what each line rests on.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct AuditArgs {
    /// Commit range, such as `v1.2..v1.3`, a branch or one commit [default: all of HEAD]
    pub range: Option<String>,
    /// Check the signatures of records with git's own programs
    #[arg(long)]
    pub verify: bool,
    /// Sign the records of your own commits with the key that git signs commits with
    #[arg(long, conflicts_with_all = ["verify", "strict", "json"])]
    pub sign: bool,
    /// Exit with 1 if a commit lacks something or, with `--verify`, a signature is not good
    #[arg(long)]
    pub strict: bool,
    /// Write JSON (docs/schema/audit.v1.json)
    #[arg(long)]
    pub json: bool,
}

/// # Errors
/// Outside a repository, for a range that is none, and where git cannot sign.
pub(crate) fn run(arguments: &AuditArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let span = RangeQuery::History(arguments.range.as_deref());
    if arguments.sign {
        let workplace = Workplace::open(context.environment)?;
        let counts = sealing::sign(&workplace, span, context.environment.now)?;
        context.output.line(&said(counts))?;
        return Ok(Ending::Done);
    }
    let mut workplace = Workplace::for_telling(context.environment)?;
    let (answer, listing) = auditing::of_range(&mut workplace, span, arguments.verify)?;
    match arguments.json {
        true => page::write_json(context.output, &answer)?,
        false => context.output.write(&for_terminal(&audit_page::page(&answer)))?,
    }
    listing.warn(context.output);
    Ok(if arguments.strict && answer.is_lacking() { Ending::Found } else { Ending::Done })
}

fn said(counts: SignedRecords) -> String {
    let SignedRecords { signed, before, of_others, without, changed } = counts;
    let mut text = format!("{} signed", page::counted(signed, "record"));
    let others = format!("{} by others left alone", page::counted(of_others, "commit"));
    let bare = format!("{} without a record of this clone", page::counted(without, "commit"));
    let newer = format!("{changed} changed meanwhile; run it again");
    let parts = [(before, format!("{before} signed before")), (of_others, others), (without, bare), (changed, newer)];
    for (count, what) in parts {
        if count > 0 {
            text.push_str(&format!(", {what}"));
        }
    }
    text + "."
}
