//! The run of a workflow, from the event to what is published.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::job::Job;
use super::{history, landed, notes, processes, result, settings};
use crate::action::history::{RangeEnds, Wanted};
use crate::action::inputs::{Inputs, PublishMode};
use crate::action::remarked::{annotations, settings_changed};
use crate::action::report::RangeReport;
use crate::action::reporting::is_published;
use crate::action::result::RunResult;
use crate::action::settings::Judge;
use crate::action::wish::{Wish, own_base, wish_of, wish_of_pull};
use crate::config::Sharing;
use crate::context::{Context, Ending};
use crate::forge::connect::connect;
use crate::forge::event::{PushEvent, WorkflowEvent};
use crate::forge::questions::{AnnotationLevel, Forge, ForgeError, Pull, PullState};
use crate::git::committed;
use crate::git::repository::Repository;
use crate::git::transfer::Remote;
use crate::recorder::judge::{self, FailOn};
use crate::recorder::page;
use crate::recorder::range::{self, RangeQuery};
use crate::recorder::workplace::Workplace;

/// One transfer by git.
const TRANSFER: std::time::Duration = std::time::Duration::from_secs(120);

#[derive(Debug, clap::Args)]
pub struct ActionArgs {}

pub(crate) fn run(_: &ActionArgs, context: &mut Context) -> anyhow::Result<Ending> {
    let inputs = Inputs::read(context.environment)?;
    let forge = connect(inputs.access()?)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the part of the program that talks to servers cannot be started")?;
    runtime.block_on(Job { inputs: &inputs, forge: &forge, git: inputs.git_access() }.act(context))
}

/// A range, and where it is published.
struct ReportedRange {
    pub(super) ends: RangeEnds,
    /// The commit whose settings count, for what is to be merged; `None` for those of the checkout.
    pub(super) judge: Option<String>,
    pub(super) pull: Option<u64>,
    /// Its commits as the place lists them, where the history between the ends is not here.
    pub(super) only: Option<Vec<String>>,
}

impl ReportedRange {
    fn of(ends: RangeEnds) -> Self {
        Self { ends, judge: None, pull: None, only: None }
    }
}

impl Job<'_> {
    async fn act(&self, context: &mut Context<'_>) -> anyhow::Result<Ending> {
        match &self.inputs.event {
            WorkflowEvent::Pull(pull) if pull.action == "closed" => match &pull.landed {
                Some(landed) => self.landed(pull.number, landed, pull.fork.as_deref(), context).await,
                None => self.nothing(&format!("#{} was closed without being merged", pull.number), context),
            },
            WorkflowEvent::Pull(pull) => self.pull(wish_of(pull), context).await,
            WorkflowEvent::Run { head, pulls } => match self.pull_of_run(head, pulls).await? {
                Some(pull) => self.pull(wish_of_pull(pull), context).await,
                None => self.nothing(&format!("no open pull request has {head} as its newest commit"), context),
            },
            WorkflowEvent::Push(push) => self.pushed_and_asked(push, context).await,
            WorkflowEvent::Queue { base, head } => {
                let base = Wanted { id: base.clone(), reference: None };
                let head = Wanted { id: head.clone(), reference: None };
                let own = self.own_base(context)?;
                let ends = self.bring(own.as_ref().unwrap_or(&base), &head, None, None, context)?;
                let judge = Some(own.map_or_else(|| ends.base.clone(), |_| self.base_of(&base, context)));
                self.tell(ReportedRange { judge, ..ReportedRange::of(ends) }, context).await
            }
            WorkflowEvent::ByHand { pull: Some(number) } => {
                let pull = self.forge.pull(*number).await?;
                match (pull.state, &pull.landed) {
                    (PullState::Merged, Some(landed)) => {
                        self.landed(*number, landed, pull.fork_url.as_deref(), context).await
                    }
                    _ => self.pull(wish_of_pull(pull), context).await,
                }
            }
            WorkflowEvent::ByHand { pull: None } if self.inputs.range.is_some() => {
                let ends = self.given(context)?;
                self.tell(ReportedRange::of(ends), context).await
            }
            WorkflowEvent::ByHand { pull: None } => self.only_asked(context).await,
            WorkflowEvent::Other(name) => {
                self.nothing(&format!("the event `{name}` says nothing of how a change was made"), context)
            }
        }
    }

    /// The open pull request that a finished workflow ran for. What the event says of it may come from a fork, so the place
    /// itself is asked, and the newest commit must be the one of the run.
    async fn pull_of_run(&self, head: &str, pulls: &[u64]) -> Result<Option<Pull>, ForgeError> {
        let is_it = |pull: &Pull| pull.state == PullState::Open && pull.head == head;
        for number in pulls {
            let pull = self.forge.pull(*number).await?;
            if is_it(&pull) {
                return Ok(Some(pull));
            }
        }
        Ok(self.forge.pulls_with(head).await?.into_iter().find(is_it))
    }

    /// Describes a pull request where it lives.
    async fn pull(&self, wish: Wish, context: &mut Context<'_>) -> anyhow::Result<Ending> {
        let head = self.head_of(wish.number, &wish.head);
        let branch = Some(wish.base_branch).filter(|branch| !branch.is_empty());
        let own = self.own_base(context)?;
        let count = wish.commits.filter(|_| own.is_none());
        let base = Wanted { id: wish.base, reference: branch.map(|branch| format!("refs/heads/{branch}")) };
        let number = wish.number;
        let wanted = own.as_ref().unwrap_or(&base);
        let brought = self.bring(wanted, &head, count, wish.fork.as_deref(), context);
        let mut change = match brought {
            Ok(ends) => ReportedRange::of(ends),
            Err(error) => {
                self.listed(number, RangeEnds { base: wanted.id.clone(), head: head.id }, error, context).await?
            }
        };
        // Not that of an input: it may be one of the pull request's own commits.
        let is_tip = own.is_none() && change.only.is_none();
        change.judge = Some(if is_tip { change.ends.base.clone() } else { self.base_of(&base, context) });
        change.pull = Some(number);
        if self.inputs.range.is_some() {
            (change.ends.base, change.only) = (self.given(context)?.base, None);
        }
        self.tell(change, context).await
    }

    /// Without the history the place still says which commits they are; those that are here can be told of.
    async fn listed(
        &self,
        number: u64,
        ends: RangeEnds,
        error: anyhow::Error,
        context: &mut Context<'_>,
    ) -> anyhow::Result<ReportedRange> {
        let repository = Repository::discover(&context.environment.cwd, None)?;
        let Ok((ids, is_cut)) = self.forge.commits(number).await else { return Err(error) };
        let all = ids.len();
        let here: Vec<String> = ids.into_iter().filter(|id| repository.has_commit(id)).collect();
        if here.is_empty() || !repository.has_commit(&ends.head) {
            return Err(error);
        }
        let more = if is_cut { " or more" } else { "" };
        context.output.message(&format!("{error:#}; told of {} of {all}{more} commits", here.len()));
        Ok(ReportedRange { only: Some(here), ..ReportedRange::of(ends) })
    }

    /// The range that the workflow asked for, from what is here. In a pull request its end is the newest commit.
    fn given(&self, context: &Context<'_>) -> anyhow::Result<RangeEnds> {
        let repository = Repository::discover(&context.environment.cwd, None)?;
        let range = self.inputs.range.as_deref().unwrap_or_default();
        let (base, head) = range
            .split_once("..")
            .filter(|(base, head)| !base.is_empty() && !head.starts_with('.'))
            .with_context(|| format!("the input `range` is `{range}`; write it as in `main..HEAD`"))?;
        let head = if head.is_empty() { "HEAD" } else { head };
        Ok(RangeEnds { base: repository.resolve(base)?, head: repository.resolve(head)? })
    }

    /// Brings the records, then the commits of a range.
    fn bring(
        &self,
        base: &Wanted,
        head: &Wanted,
        count: Option<u64>,
        fork: Option<&str>,
        context: &mut Context<'_>,
    ) -> anyhow::Result<RangeEnds> {
        let folder = context.environment.cwd.clone();
        let remote = self.remote(&folder);
        self.bring_records(&remote, fork, context)?;
        history::bring(&folder, &remote, base, head, count)
    }

    pub(super) fn bring_records(
        &self,
        remote: &Remote<'_>,
        fork: Option<&str>,
        context: &mut Context<'_>,
    ) -> anyhow::Result<()> {
        for problem in notes::bring(remote, fork, &self.inputs.server, context.environment.now)? {
            context.output.message(&problem);
        }
        Ok(())
    }

    /// The newest commit of a pull request, where the place keeps it.
    fn head_of(&self, number: u64, id: &str) -> Wanted {
        let requests = self.inputs.forge.pull_references;
        Wanted { id: id.to_owned(), reference: Some(format!("refs/{requests}/{number}/head")) }
    }

    /// The base that the workflow asked for, if it did.
    fn own_base(&self, context: &Context<'_>) -> anyhow::Result<Option<Wanted>> {
        let folder = &context.environment.cwd;
        self.inputs.base.as_ref().map(|base| own_base(folder, &self.remote(folder), base)).transpose()
    }

    /// The target branch, by whose settings a pull request is judged.
    fn base_of(&self, base: &Wanted, context: &mut Context<'_>) -> String {
        let folder = context.environment.cwd.clone();
        history::bring_base(&folder, &self.remote(&folder), base).unwrap_or_else(|error| {
            context.output.message(&format!("{error:#}"));
            base.id.clone()
        })
    }

    /// The checkout, with what the default branch keeps in; a partial one gets what it lacks with the workflow's own token.
    fn workplace(&self, context: &mut Context<'_>) -> anyhow::Result<Workplace> {
        let mut workplace = Workplace::open(context.environment)?;
        workplace.repository.bring_promised(TRANSFER, self.git.clone());
        for problem in settings::heed_default(&mut workplace, self.default_branch(context)) {
            context.output.message(&problem);
        }
        Ok(workplace)
    }

    /// The newest commit of the default branch.
    fn default_branch(&self, context: &Context<'_>) -> anyhow::Result<String> {
        let folder = &context.environment.cwd;
        history::bring_default(folder, &self.remote(folder)).context("the default branch cannot be read")
    }

    pub(super) fn remote<'b>(&'b self, folder: &'b Path) -> Remote<'b> {
        Remote { folder, name: "origin", access: self.git.as_ref(), within: TRANSFER }
    }

    /// Commits that came to a branch: a summary, and the records of a pull request that they are.
    pub(super) async fn pushed(&self, push: &PushEvent, context: &mut Context<'_>) -> anyhow::Result<Ending> {
        let pulls = if push.is_default_branch { self.forge.pulls_with(&push.after).await } else { Ok(Vec::new()) };
        let pulls = pulls.unwrap_or_else(|error| {
            context.output.message(&format!("{error}; records of a merged pull request are not carried over"));
            Vec::new()
        });
        match (pulls.into_iter().find(|pull| pull.landed.as_ref() == Some(&push.after)), &push.before) {
            (Some(pull), _) => self.landed(pull.number, &push.after, pull.fork_url.as_deref(), context).await,
            (_, Some(before)) => {
                let [base, head] = [before, &push.after].map(|id| Wanted { id: id.clone(), reference: None });
                let base = self.own_base(context)?.unwrap_or(base);
                let ends = self.bring(&base, &head, None, None, context)?;
                self.tell(ReportedRange::of(ends), context).await
            }
            _ => self.nothing("the branch is new, and no pull request says where it began", context),
        }
    }

    /// After a merge: the commits that landed get the records of the pull request's commits.
    async fn landed(
        &self,
        number: u64,
        tip: &str,
        fork: Option<&str>,
        context: &mut Context<'_>,
    ) -> anyhow::Result<Ending> {
        let (pull, is_cut) = self.forge.commits(number).await?;
        if is_cut {
            context.output.message(&format!(
                "#{number} has more than the {} commits that the place names; the records of the others are not carried over",
                pull.len()
            ));
        }
        let Some(last) = pull.last() else { return self.nothing(&format!("#{number} has no commits"), context) };
        let folder = context.environment.cwd.clone();
        let remote = self.remote(&folder);
        self.bring_records(&remote, fork, context)?;
        let head = self.head_of(number, last);
        history::bring_commits(&folder, &remote, &pull, &head, tip)?;
        let mut workplace = self.workplace(context)?;
        // The branch that it landed in may keep in more than the checkout and the default branch.
        if let Some(problem) = settings::heed_commit(&mut workplace, tip) {
            context.output.message(&problem);
        }
        let (adopted, problems) = notes::adopt(&workplace, &pull, context.environment.now)?;
        for problem in problems {
            context.output.message(&problem);
        }
        let landed = landed::reattach(&workplace, context.environment, &pull, tip)?;
        for problem in &landed.problems {
            context.output.message(problem);
        }
        let mut result = RunResult::new("landed");
        result.figure("records", landed.records);
        if landed.records + adopted > 0 {
            if let Err(error) = notes::share(&workplace, &remote, context.environment.now) {
                // The token may only read. The next push of anybody who fetched them shares them as well.
                context.output.message(&format!("{error:#}; give the job `permissions: contents: write`"));
            }
            let text =
                format!("The records of #{number} were given to the commits that landed ({}).\n", landed.records);
            self.inputs.runner.add_summary(&text)?;
        }
        result.write(self.inputs, &workplace.repository)?;
        Ok(Ending::Done)
    }

    /// Nothing to describe is no failure.
    pub(super) fn nothing(&self, why: &str, context: &mut Context<'_>) -> anyhow::Result<Ending> {
        context.output.message(&format!("nothing to do: {why}"));
        let repository = Repository::discover(&context.environment.cwd, None)?;
        RunResult::new("none").write(self.inputs, &repository)?;
        Ok(Ending::Done)
    }

    /// Everything that is told of a range whose commits and records are here.
    async fn tell(&self, change: ReportedRange, context: &mut Context<'_>) -> anyhow::Result<Ending> {
        let ReportedRange { ends, judge, pull, only } = change;
        let default = self.default_branch(context);
        let base = judge;
        let judge = match &base {
            Some(base) => {
                let repository = Repository::discover(&context.environment.cwd, None)?;
                repository.bring_promised(TRANSFER, self.git.clone());
                // Where it cannot be brought, the branch that this goes into is known all the same.
                Judge::of_base(repository, [base, &ends.head], default.ok(), self.inputs, context.environment)?
            }
            None => Judge::of_checkout(&ends.head, default, self.inputs, context.environment)?,
        };
        let workplace = &judge.workplace;
        workplace.repository.bring_promised(TRANSFER, self.git.clone());
        for problem in &judge.problems {
            context.output.message(problem);
        }
        let span = format!("{}..{}", ends.base, ends.head);
        let span = only.as_deref().map_or(RangeQuery::Given(&span), RangeQuery::These);
        let (mut loaded, lacking) = self.load(&judge, span, context)?;
        range::warn(context.output, &loaded);
        for entry in &mut loaded.entries {
            let changed = committed::changed(&workplace.repository, &entry.id, judge.template_path.as_slice());
            entry.settings.extend(changed);
        }
        let verdict = judge::verdict(workplace, &loaded.entries);
        let mut problems = Vec::new();
        let base = base.as_deref();
        let rows = base.map(|base| processes::rows(&judge, base, &loaded.entries, &mut problems));
        for problem in &problems {
            context.output.message(problem);
        }
        let report = RangeReport::new(loaded.entries, &verdict, self.inputs, (&judge, rows.unwrap_or_default()))?;
        let mut notes =
            pull.map(|_| settings_changed(&workplace.repository, &ends, report.entries())).unwrap_or_default();
        if pull.is_some() {
            notes.extend(self.promises(&judge, &ends, context).await?);
        }
        let is_broken = notes.iter().any(|note| note.level == AnnotationLevel::Failure);
        notes.extend(annotations(&workplace.repository, &ends, report.entries()));
        for note in &notes {
            page::ensure_clean(&judge.redactor, &note.message, "a remark on a line")?;
        }
        let answer = match pull {
            Some(number) => self.publish(number, &ends.head, &report, &notes, &verdict).await,
            None => Ok(None),
        };
        // Whatever became of it there, the summary and the files have it.
        let (published, failure) = match answer {
            Ok(published) => (published, None),
            Err(error) => (None, Some(error)),
        };
        let mut result = RunResult::of(&report, published.as_ref(), self.inputs.mode, &verdict);
        if failure.is_some() {
            result.failed();
        }
        result.keep(&report, self.inputs, &workplace.repository)?;
        self.summarise(&report, published.as_ref(), lacking.as_deref())?;
        if !notes::are_shared(&workplace.repository) && workplace.config.sharing != Some(Sharing::Local) {
            self.inputs.runner.add_summary(&format!("\n{}\n", notes::NOT_SHARED))?;
        }
        if self.inputs.forge.has_commands {
            let is_shown = self.inputs.mode == PublishMode::Check && is_published(published.as_ref());
            result::annotate(if is_shown { &[] } else { &notes }, &verdict, context.output)?;
        }
        result.write(self.inputs, &workplace.repository)?;
        if let Some(published) = &published {
            result::tell(published, self.inputs.forge.has_commands, context.output)?;
        }
        if let Some(failure) = failure {
            return Err(failure.context("the description was not written; the summary has it"));
        }
        if !judge.knows_policy && self.inputs.fail_on != FailOn::Never {
            bail!("the policy is not known, so these commits cannot be judged; the report was made without it");
        }
        let is_stopped = judge::is_stopped(&verdict, self.inputs.fail_on);
        let counts = is_broken && self.inputs.fail_on != FailOn::Never;
        Ok(if is_stopped || counts { Ending::Found } else { Ending::Done })
    }
}
