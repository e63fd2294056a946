"""The agents that are run, one row each. `{url}` is the model's address, `{shop}` the repository, `{prompt}` what is asked."""

from dataclasses import dataclass, field


@dataclass
class Agent:
    slug: str  # as records name it
    package: str  # in npm's registry
    program: str  # below node_modules
    first: list  # the arguments of the first prompt, and of those that go on with its session
    again: list
    files: dict = field(default_factory=dict)  # settings, by their places in the home
    environment: dict = field(default_factory=dict)
    model: str = "scripted-1"  # what it is told to ask, and what records are to name
    node: int = 0  # the version of node that it asks for
    lacks: frozenset = frozenset()  # columns that its sessions cannot fill (docs/agents.md)


ANSWERS_ONLY_LOCALLY = '"models": {"scripted-1": {"name": "Scripted 1", "limit": {"context": 100000, "output": 8000}}}'

AGENTS = [
    Agent(
        slug="claude-code",
        package="@anthropic-ai/claude-code",
        program=".bin/claude",
        first=["-p", "{prompt}", "--model", "claude-opus-4-6", "--permission-mode", "acceptEdits", "--allowedTools", "Bash", "Task", "Agent"],
        again=["-c", "-p", "{prompt}", "--model", "claude-opus-4-6", "--permission-mode", "acceptEdits", "--allowedTools", "Bash", "Task", "Agent"],
        environment={
            "ANTHROPIC_BASE_URL": "{url}",
            "ANTHROPIC_API_KEY": "none",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_TELEMETRY": "1",
        },
        model="claude-opus-4-6",
    ),
    Agent(
        slug="codex",
        package="@openai/codex",
        program=".bin/codex",
        first=["exec", "{prompt}"],
        again=["exec", "resume", "--last", "{prompt}"],
        files={
            ".codex/config.toml": 'model = "gpt-5.5"\nmodel_provider = "local"\napproval_policy = "never"\nsandbox_mode = "danger-full-access"\n'
            'check_for_update_on_startup = false\n[analytics]\nenabled = false\n[model_providers.local]\nname = "local"\nbase_url = "{url}/v1"\n'
            'wire_api = "responses"\nenv_key = "LOCAL_KEY"\n[projects."{shop}"]\ntrust_level = "trusted"\n'
        },
        environment={"LOCAL_KEY": "none"},
        model="gpt-5.5",
    ),
    Agent(
        slug="opencode",
        package="opencode-ai",
        program=".bin/opencode",
        first=["run", "-m", "local/scripted-1", "{prompt}"],
        again=["run", "-m", "local/scripted-1", "--continue", "{prompt}"],
        files={
            ".config/opencode/opencode.json": '{"autoupdate": false, "share": "disabled", "permission": {"*": "allow"}, "provider": {"local": {"npm": '
            '"@ai-sdk/openai-compatible", "options": {"baseURL": "{url}/v1", "apiKey": "none"}, ' + ANSWERS_ONLY_LOCALLY + "}}}"
        },
        environment={"OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_LSP_DOWNLOAD": "1"},
    ),
    Agent(
        slug="pi",
        package="@earendil-works/pi-coding-agent",
        program=".bin/pi",
        first=["--provider", "local", "--model", "scripted-1", "--approve", "-p", "{prompt}"],
        again=["--provider", "local", "--model", "scripted-1", "--approve", "--continue", "-p", "{prompt}"],
        files={
            ".pi/agent/models.json": '{"providers": {"local": {"baseUrl": "{url}/v1", "api": "openai-completions", "apiKey": "none", '
            '"models": [{"id": "scripted-1", "name": "Scripted 1", "contextWindow": 100000, "maxTokens": 8000}]}}}'
        },
        environment={"PI_OFFLINE": "1", "PI_TELEMETRY": "0", "PI_SKIP_VERSION_CHECK": "1"},
        node=22,
        lacks=frozenset({"version"}),
    ),
    Agent(
        slug="qwen",
        package="@qwen-code/qwen-code",
        program=".bin/qwen",
        first=["--auth-type", "openai", "--approval-mode", "yolo", "-p", "{prompt}"],
        again=["--auth-type", "openai", "--approval-mode", "yolo", "--continue", "-p", "{prompt}"],
        files={
            ".qwen/settings.json": '{"privacy": {"usageStatisticsEnabled": false}, "telemetry": {"enabled": false}, "general": '
            '{"enableAutoUpdate": false}, "security": {"auth": {"selectedType": "openai"}}, "model": {"name": "scripted-1"}}'
        },
        environment={"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": "{url}/v1", "OPENAI_MODEL": "scripted-1", "SUBAGENT": "general-purpose"},
        node=22,
    ),
    Agent(
        slug="copilot",
        package="@github/copilot",
        program=".bin/copilot",
        first=["-p", "{prompt}", "--allow-all-tools", "--no-auto-update", "--disable-builtin-mcps", "--no-color"],
        again=["--continue", "-p", "{prompt}", "--allow-all-tools", "--no-auto-update", "--disable-builtin-mcps", "--no-color"],
        environment={
            "COPILOT_PROVIDER_TYPE": "openai",
            "COPILOT_PROVIDER_WIRE_API": "responses",
            "COPILOT_PROVIDER_BASE_URL": "{url}/v1",
            "COPILOT_PROVIDER_API_KEY": "none",
            "COPILOT_MODEL": "gpt-5.4",
            "COPILOT_OFFLINE": "true",
        },
        model="gpt-5.4",
        node=22,
    ),
]
