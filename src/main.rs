//! Parses the arguments, runs the command, prints one error, chooses the exit code.

use std::io::{ErrorKind, IsTerminal};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use backstory::cli::Cli;
use backstory::context::{Context, Ending};
use backstory::environment::Environment;
use backstory::failpoint;
use backstory::output::Output;

/// A hook makes and drops a hundred thousand small texts, and musl's own allocator takes several times as long for each.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Where the last panic happened. Only the place is shown: a panic's message may quote text that was not redacted.
static PANICKED_AT: Mutex<Option<String>> = Mutex::new(None);

fn main() -> ExitCode {
    let environment = Environment::from_process();
    let mut output = Output::standard(environment.variable("NO_COLOR").is_some());
    let cli = match Cli::from_arguments(std::env::args_os()) {
        Ok(cli) => cli,
        // Help, and a mistake that a person sees at a terminal, as clap writes them.
        Err(mistake) if !mistake.use_stderr() || std::io::stderr().is_terminal() => mistake.exit(),
        Err(mistake) => {
            // It quotes the arguments, and a workflow may have them from anybody.
            output.foreign_message(&mistake.render().to_string());
            return ExitCode::from(Ending::Failed.code());
        }
    };
    failpoint::arm(environment.variable("BACKSTORY_FAILPOINT"));
    ExitCode::from(match run(cli, environment, &mut output) {
        Ok(ending) => ending.code(),
        // Whoever read our output has seen enough of it: `backstory log | head`.
        Err(error) if is_broken_pipe(&error) => Ending::Done.code(),
        Err(error) => {
            output.message(&format!("{error:#}"));
            Ending::Failed.code()
        }
    })
}

/// Runs the command and flushes what it wrote; a panic becomes an error of one line.
fn run(cli: Cli, mut environment: Environment, output: &mut Output) -> anyhow::Result<Ending> {
    if let Some(directory) = &cli.directory {
        environment.enter(directory)?;
    }
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        *PANICKED_AT.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }));
    let result =
        panic::catch_unwind(AssertUnwindSafe(|| cli.command.run(&mut Context { environment: &environment, output })));
    // What was written before an error is part of the answer.
    let flushed = output.flush();
    let ending = result.unwrap_or_else(|_| {
        let place = PANICKED_AT.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
        Err(anyhow::anyhow!("stopped by a mistake in the program at {place}; please report it"))
    })?;
    flushed?;
    Ok(ending)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == ErrorKind::BrokenPipe))
}
