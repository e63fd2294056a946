//! `why FILE:LINE`: who wrote a line, what was asked for it, and what was tried and corrected in its file.

use anyhow::bail;

use crate::context::{Context, Ending};
use crate::document::terminal;
use crate::recorder::workplace::Workplace;
use crate::recorder::{line_why, page};

#[derive(Debug, clap::Args)]
pub struct WhyArgs {
    /// A file and a line of it, as it is in the working tree: `src/price.py:15`
    #[arg(value_name = "FILE:LINE")]
    pub place: String,
    /// Write JSON (docs/schema/why.v1.json)
    #[arg(long)]
    pub json: bool,
}

pub(crate) fn run(arguments: &WhyArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let split = arguments.place.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse::<u32>().ok()?)));
    let Some((file, line)) = split.filter(|(file, line)| !file.is_empty() && *line > 0) else {
        bail!(
            "expected FILE:LINE, for example `src/price.py:15`, with lines counted from 1; `{}` is something else",
            arguments.place
        );
    };
    let workplace = Workplace::for_telling(context.environment)?;
    let (why, remark) = line_why::why(&workplace, &context.environment.cwd, file, line)?;
    if let Some(remark) = remark {
        context.output.message(&remark);
    }
    if arguments.json {
        page::write_json(context.output, &why)?;
    } else {
        page::write(context.output, &terminal::why(&why))?;
    }
    Ok(Ending::Done)
}
