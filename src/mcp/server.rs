//! The server: the protocol in both eras (handshake until 2025-11-25, stateless from 2026-07-28) around the table of tools.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, CustomRequest, CustomResult, ErrorCode,
    GetPromptRequestParams, GetPromptResponse, Implementation, ListPromptsResult, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ProgressNotificationParam, ProtocolVersion,
    ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, ResourceContents, ServerCapabilities,
    ServerConfig, ServerRequest, ToolAnnotations,
};
use rmcp::service::{RequestContext, ServerInitializeError};
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt as _};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::asking::{Choice, Decision, Question, Waiting, shows_forms};
use super::caller::Caller;
use super::fault::Fault;
use super::shortened::shortened;
use super::tool::{Call, Outcome, Reach, Tool};
use super::tools::TOOLS;
use super::worker::Worker;
use super::{prompts, resources};
use crate::environment::Environment;

/// What this server knows, beside what it needs no parameters for.
const METHODS: [&str; 7] = [
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/read",
    "resources/templates/list",
    "tools/call",
    "tools/list",
];

/// One client gives up after 60 s without a sign (measured, November 2026).
const PROGRESS_EVERY: Duration = Duration::from_secs(5);
/// How long clients may keep lists, which change with the program only.
const LISTS_LIVE_MS: u64 = 3_600_000;

const INSTRUCTIONS: &str = "Ask what is recorded of this repository before you change it: handoff to go on with work that \
    was begun, brief for the files you are about to edit, tried for an error or an idea, why for a line, search for words, \
    outcomes for whether something held. For process documents: write down how a process is really done here, have a person \
    approve it, publish it, follow it. Begin with sop_status. Every answer has `next`: the one thing to do now. Do that, \
    and nothing else, one step at a time; where `next` has `ask`, ask the person first. Never invent an answer. Only a \
    person can approve.";

/// Serves standard input and output until the input ends.
///
/// # Errors
/// When the first message is none of the protocol.
pub(crate) fn serve() -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("the server cannot be started")?;
    runtime.block_on(async {
        let server = Server { worker: Arc::new(Worker::start()?), waiting: Arc::default() };
        match server.serve(rmcp::transport::stdio()).await {
            Ok(running) => running.waiting().await.map(|_| ()).context("the server stopped"),
            Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
            Err(error) => Err(error).context("no client of the Model Context Protocol is at the other end"),
        }
    })
}

#[derive(Clone)]
struct Server {
    worker: Arc<Worker>,
    waiting: Arc<Waiting>,
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        // No listChanged: the lists never change, and a client would try to subscribe to it.
        let capabilities = ServerCapabilities::builder().enable_tools().enable_prompts().enable_resources().build();
        let name = Implementation::new("backstory", env!("CARGO_PKG_VERSION")).with_title("backstory");
        ServerConfig::new(capabilities).with_server_info(name).with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = TOOLS.iter().map(|tool| listed(tool)).collect();
        Ok(ListToolsResult::with_all_items(tools).with_ttl_ms(LISTS_LIVE_MS))
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(prompts::list()).with_ttl_ms(LISTS_LIVE_MS))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        prompts::get(&request).map(GetPromptResponse::from)
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let found = self.worker.run(|_| resources::list(&Environment::from_process())).await;
        // Documents come and go: nobody may keep the list.
        found.map(|all| ListResourcesResult::with_all_items(all).with_ttl_ms(0)).map_err(|error| internal(&error))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(resources::templates()).with_ttl_ms(LISTS_LIVE_MS))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let address = request.uri.clone();
        let read = self.worker.run(move |kept| {
            let environment = Environment::from_process();
            resources::read(&address, &environment, &mut kept.borrow_mut())
        });
        let (text, kind) = read.await.map_err(|error| internal(&error))?.map_err(|unread| unread.told(&request.uri))?;
        let contents = ResourceContents::text(text, request.uri).with_mime_type(kind);
        Ok(ReadResourceResult::new(vec![contents]).with_ttl_ms(0).into())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = TOOLS.iter().find(|tool| tool.name == request.name) else {
            return Err(ErrorData::invalid_params(format!("no tool `{}`", request.name), None));
        };
        match self.answered(tool, request, &context).await {
            Ok(response) => Ok(response),
            Err(Fault::Arguments(what)) if models_see_wrong_arguments(&context) => {
                // Where it says what to do already, that is the hint.
                let hint =
                    if what.contains("\nhint: ") { String::new() } else { format!("\nhint: {}", arguments_of(tool)) };
                Ok(failed(&anyhow::anyhow!("{}: {what}{hint}", tool.name)).into())
            }
            Err(Fault::Arguments(what) | Fault::Request(what)) => {
                Err(ErrorData::invalid_params(format!("{}: {what}", tool.name), None))
            }
            Err(Fault::Failed(error)) => Ok(failed(&error).into()),
        }
    }

    /// What is no request of the protocol comes here, also one of a known name whose parameters cannot be read.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        if METHODS.contains(&request.method.as_str()) {
            return Err(ErrorData::invalid_params(
                format!("the parameters of {} cannot be read", request.method),
                None,
            ));
        }
        Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, request.method, None))
    }
}

impl Server {
    /// Runs the tool, and asks the person in between where it wants that.
    async fn answered(
        &self,
        tool: &'static Tool,
        request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, Fault> {
        let mut decision = match (&request.request_state, &request.input_responses) {
            (Some(state), responses) => Some(self.waiting.answered(state, responses.as_ref())?),
            (None, Some(_)) => return Err(Fault::Request("inputResponses without requestState".to_owned())),
            (None, None) => None,
        };
        let arguments = request.arguments.unwrap_or_default();
        loop {
            match self.run(tool, arguments.clone(), decision.take(), context).await? {
                Outcome::Answer(answer) => return Ok(succeeded(&answer)?.into()),
                Outcome::Ask(question) if is_stateless(context) => return Ok(self.waiting.ask(question)?.into()),
                Outcome::Ask(question) => decision = Some(asked(question, context).await?),
            }
        }
    }

    /// Runs it where it may take its time, and says so while it does.
    async fn run(
        &self,
        tool: &'static Tool,
        arguments: Map<String, Value>,
        decision: Option<Decision>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Outcome, Fault> {
        let caller = caller(context);
        let cancelled = context.ct.clone();
        let can_ask = shows_forms(as_map(context.client_capabilities()).as_ref());
        let work = self.worker.run(move |kept| {
            // Nobody waits for it any more: what was not begun is not done.
            if cancelled.is_cancelled() {
                return Err(was_cancelled());
            }
            let environment = Environment::from_process();
            (tool.run)(&Call { kept, environment: &environment, caller: &caller, arguments, decision, can_ask })
        });
        let ended = with_progress(work, &format!("{} is at work", tool.name), context).await;
        ended.with_context(|| format!("{} stopped", tool.name))?
    }
}

/// Waits, and tells the client every few seconds that it is worth waiting.
async fn with_progress<F: Future>(work: F, what: &str, context: &RequestContext<RoleServer>) -> F::Output {
    let mut work = std::pin::pin!(work);
    let mut so_far = 0.0;
    loop {
        if let Ok(ended) = tokio::time::timeout(PROGRESS_EVERY, work.as_mut()).await {
            return ended;
        }
        so_far += 1.0;
        if let Some(token) = context.meta.get_progress_token() {
            let progress = ProgressNotificationParam::new(token, so_far).with_message(what);
            // Who does not listen does not stop the work.
            let _ = context.peer.notify_progress(progress).await;
        }
    }
}

/// Asks in the way of the older era: the call stays open until somebody answers, or the client cancels it. An answer that comes after
/// that is to no question.
async fn asked(question: Question, context: &RequestContext<RoleServer>) -> Result<Decision, Fault> {
    let request = ServerRequest::ElicitRequest(question.form()?);
    let answer = with_progress(context.peer.send_request(request), "a question waits for the person", context);
    let Some(answer) = context.ct.run_until_cancelled(answer).await else { return Err(was_cancelled()) };
    match answer {
        Ok(result) => {
            let result = serde_json::to_value(&result).map_err(|error| Fault::Failed(error.into()))?;
            Ok(question.decided(&result))
        }
        // The client cannot, though it said so: nobody was asked.
        Err(_) => Ok(Decision { slug: question.slug, digest: question.digest, choice: Choice::Declined }),
    }
}

fn internal(error: &anyhow::Error) -> ErrorData {
    ErrorData::internal_error(format!("{error:#}"), None)
}

fn was_cancelled() -> Fault {
    Fault::Failed(anyhow::anyhow!("the call was cancelled"))
}

/// From 2025-11-25 on, wrong arguments are an error of the tool, which the model reads; before, one of the protocol (SEP-1303).
fn models_see_wrong_arguments(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_none_or(|version| version >= ProtocolVersion::V_2025_11_25)
}

fn is_stateless(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}

fn caller(context: &RequestContext<RoleServer>) -> Caller {
    let client = context.client_info();
    let protocol = context.protocol_version();
    let named = client.as_ref().map(|client| (client.name.as_str(), client.version.as_str()));
    Caller::new(named, protocol.as_ref().map(ProtocolVersion::as_str), &context.meta.0.0)
}

fn as_map(value: impl serde::Serialize) -> Option<Map<String, Value>> {
    serde_json::to_value(value).ok()?.as_object().cloned()
}

fn listed(tool: &Tool) -> rmcp::model::Tool {
    let goes_far = tool.reach == Reach::Readers;
    let hints = ToolAnnotations::with_title(tool.title);
    let hints = hints.read_only(tool.only_reads).destructive(goes_far).open_world(goes_far);
    let schema = (tool.schema)().as_object().cloned().unwrap_or_default();
    rmcp::model::Tool::new(tool.name, tool.description, schema).with_title(tool.title).with_annotations(hints)
}

/// The arguments of a tool in a sentence, for a model that has them wrong.
fn arguments_of(tool: &Tool) -> String {
    let schema = (tool.schema)();
    let is_needed =
        |name: &str| schema["required"].as_array().is_some_and(|needed| needed.iter().any(|one| one == name));
    let named = |name: &String| if is_needed(name) { format!("{name} (required)") } else { name.clone() };
    let names: Vec<String> =
        schema["properties"].as_object().into_iter().flatten().map(|(name, _)| named(name)).collect();
    format!("the arguments of {} are: {}", tool.name, names.join(", "))
}

/// The whole in both halves.
fn succeeded(answer: &Answer) -> Result<CallToolResult, Fault> {
    let failed = |error: serde_json::Error| Fault::Failed(error.into());
    let text = serde_json::to_string(answer).map_err(failed)?;
    let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
    result.structured_content = Some(serde_json::to_value(answer).map_err(failed)?);
    Ok(result)
}

/// What could not be done, with its hint, for the model to read.
fn failed(error: &anyhow::Error) -> CallToolResult {
    let whole = format!("{error:#}");
    let (error, hint) = whole.split_once("\nhint: ").unwrap_or((&whole, ""));
    let value = json!({ "backstory": 1, "error": shortened(error), "hint": shortened(hint) });
    let mut result = CallToolResult::error(vec![ContentBlock::text(value.to_string())]);
    result.structured_content = Some(value);
    result
}
