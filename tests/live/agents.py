"""The agents that are run, one row each. `{url}` is the model's address, `{shop}` the repository, `{home}` the home, `{prompt}` what is
asked, `{last}` the session that was written last (`sessions`)."""

import platform
import sys
from dataclasses import dataclass, field


@dataclass
class Agent:
    slug: str  # as records name it
    package: str  # in npm's registry, or PyPI's where `python` is said
    program: str  # below node_modules, or below the virtual environment
    first: list  # the arguments of the first prompt, and of those that go on with its session: none where it starts over
    again: list = None
    files: dict = field(default_factory=dict)  # settings, by their places in the home
    environment: dict = field(default_factory=dict)
    model: str = "scripted-1"  # what it is told to ask, and what records are to name
    node: int = 0  # the version of node that it asks for
    python: tuple = ()  # the versions of Python that it asks for, from and below
    prepare: list = ()  # the arguments of a first call, which sets it up
    after: list = ()  # the arguments of a call after each prompt
    sessions: str = ""  # where its sessions are, as a pattern below the home
    on_terminal: bool = False  # it goes on with a session only at a terminal
    delegates: bool = True  # it starts subagents as it is run here
    daemon: str = ""  # the file in the home that names the process which it leaves behind
    in_text: bool = False  # it has no tools, and runs the tests by itself
    one_by_one: bool = False  # of two edits of a file in one answer it loses the first
    refuses: bool = False  # its settings here do not allow `curl`
    runs_hooks: bool = True  # a commit in its shell starts the repository's hooks
    lacks: frozenset = frozenset()  # columns that its sessions cannot fill (docs/agents.md)


MACHINE = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
# Settings of OpenCode, and of Kilo, which was made from it.
OPENCODE = (
    '{"autoupdate": false, "share": "disabled", "permission": {"*": "allow", "bash": {"*": "allow", "curl *": "deny"}}, "provider": {"local": {"npm": '
    '"@ai-sdk/openai-compatible", "options": {"baseURL": "{url}/v1", "apiKey": "none"}, "models": {"scripted-1": {"name": "Scripted 1", '
    '"limit": {"context": 100000, "output": 8000}}}}}}'
)
AIDER = ["--model", "openai/scripted-1", "--no-show-model-warnings", "--yes-always", "--no-analytics", "--no-check-update", "--no-gitignore"]
AIDER += ["--edit-format", "diff", "--test-cmd", "python3 -m unittest", "--auto-test", "--no-auto-lint", "--no-auto-commits", "--no-pretty", "--no-fancy-input"]

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
        files={".config/opencode/opencode.json": OPENCODE},
        environment={"OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_LSP_DOWNLOAD": "1"},
        refuses=True,
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
    Agent(
        slug="kilo",
        package=f"@kilocode/cli-{sys.platform}-{MACHINE}",  # the package `@kilocode/cli` may be newer than its programs
        program=f"@kilocode/cli-{sys.platform}-{MACHINE}/bin/kilo",
        first=["run", "--auto", "-m", "local/scripted-1", "{prompt}"],
        again=["run", "--auto", "-m", "local/scripted-1", "--continue", "{prompt}"],
        files={".config/kilo/kilo.json": OPENCODE},
        environment={"KILO_DISABLE_MODELS_FETCH": "1", "KILO_DISABLE_AUTOUPDATE": "1", "KILO_DISABLE_LSP_DOWNLOAD": "1", "KILO_TELEMETRY_LEVEL": "off"},
        refuses=True,
    ),
    Agent(
        slug="gemini",
        package="@google/gemini-cli",
        program=".bin/gemini",
        first=["-p", "{prompt}", "--model", "gemini-2.5-pro", "--approval-mode", "yolo", "--skip-trust"],
        again=["--resume", "latest", "-p", "{prompt}", "--model", "gemini-2.5-pro", "--approval-mode", "yolo", "--skip-trust"],
        files={
            ".gemini/settings.json": '{"security": {"auth": {"selectedType": "gemini-api-key"}}, "privacy": {"usageStatisticsEnabled": false}, '
            '"general": {"enableAutoUpdate": false, "enableAutoUpdateNotification": false}, "telemetry": {"enabled": false}}',
            ".gemini/policies/live.toml": '[[rule]]\ntoolName = "run_shell_command"\ncommandPrefix = "curl"\ndecision = "deny"\npriority = 900\n',
        },
        environment={"GEMINI_API_KEY": "none", "GOOGLE_GEMINI_BASE_URL": "{url}"},
        model="gemini-2.5-pro",
        refuses=True,
        runs_hooks=False,
        lacks=frozenset({"version"}),
    ),
    Agent(
        slug="cline",
        package="cline",
        program=".bin/cline",
        prepare=["auth", "-p", "openai", "-k", "none", "-m", "scripted-1", "-b", "{url}/v1"],
        first=["-P", "openai", "-m", "scripted-1", "{prompt}"],
        again=["-P", "openai", "-m", "scripted-1", "--id", "{last}"],
        environment={"CLINE_TELEMETRY_DISABLED": "1", "CLINE_NO_AUTO_UPDATE": "1"},
        node=22,
        sessions=".cline/data/sessions/*",
        on_terminal=True,
        delegates=False,  # at a terminal `spawn_agent` does not end
        daemon=".cline/data/locks/hub/production.json",
    ),
    Agent(
        slug="continue",
        package="@continuedev/cli",
        program=".bin/cn",
        first=["--config", "{home}/.continue/config.yaml", "--auto", "-p", "{prompt}"],
        again=["--config", "{home}/.continue/config.yaml", "--auto", "--resume", "-p", "{prompt}"],
        files={
            ".continue/config.yaml": "name: local\nversion: 1.0.0\nschema: v1\nmodels:\n  - {name: Scripted, provider: openai, model: scripted-1, "
            'apiBase: "{url}/v1", apiKey: none, useResponsesApi: false, roles: [chat, edit, apply], capabilities: [tool_use]}\n'
        },
        environment={"CONTINUE_TELEMETRY_ENABLED": "0", "CONTINUE_CLI_AUTO_UPDATED": "1", "CONTINUE_METRICS_ENABLED": "0"},
        node=22,
        one_by_one=True,
        lacks=frozenset({"version"}),
    ),
    Agent(
        slug="droid",
        package="droid",
        program=".bin/droid",
        first=["exec", "--auto", "high", "-m", "custom:scripted-1", "{prompt}"],  # it goes on with a session only with an account
        files={
            ".factory/settings.json": '{"customModels": [{"displayName": "Scripted", "model": "scripted-1", "baseUrl": "{url}/v1", '
            '"apiKey": "none", "provider": "generic-chat-completion-api", "maxOutputTokens": 8000}]}'
        },
        environment={"FACTORY_DISABLE_TELEMETRY": "1", "FACTORY_DROID_AUTO_UPDATE_ENABLED": "false", "SUBAGENT": "worker"},
        model="custom:Scripted-0",  # its sessions name the entry of the settings
        lacks=frozenset({"version", "correction"}),
    ),
    Agent(
        slug="mini-swe-agent",
        package="mini-swe-agent",
        program="bin/mini",
        python=((3, 10), (3, 14)),
        # Without the setting no folder stands in its sessions, and they belong to no repository.
        first=["-c", "mini.yaml", "-c", "environment.cwd={shop}", "-m", "openai/scripted-1", "-y", "--exit-immediately", "-t", "{prompt}"],
        environment={"OPENAI_API_KEY": "none", "OPENAI_API_BASE": "{url}/v1", "MSWEA_CONFIGURED": "true", "MSWEA_COST_TRACKING": "ignore_errors", "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        model="openai/scripted-1",
        lacks=frozenset({"failed edit", "correction"}),
    ),
    Agent(
        slug="aider",
        package="aider-chat",
        program="bin/aider",
        python=((3, 10), (3, 13)),
        first=[*AIDER, "--message", "{prompt}"],
        again=[*AIDER, "--restore-chat-history", "--message", "{prompt}"],
        after=[*AIDER, "--commit"],
        environment={"OPENAI_API_KEY": "none", "OPENAI_API_BASE": "{url}/v1", "AIDER_ANALYTICS_DISABLE": "true", "AIDER_CHECK_UPDATE": "false"},
        model="openai/scripted-1",
        in_text=True,
        lacks=frozenset({"hidden failure", "correction", "checks", "tokens"}),  # a run is a session; tokens are rounded
    ),
    Agent(
        slug="openhands",
        package="openhands",
        program="bin/openhands",
        python=((3, 12), (3, 13)),
        first=["--override-with-envs", "--headless", "-t", "{prompt}"],
        again=["--override-with-envs", "--headless", "--resume", "--last", "-t", "{prompt}"],
        environment={"LLM_API_KEY": "none", "LLM_BASE_URL": "{url}/v1", "LLM_MODEL": "openai/scripted-1", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "OPENHANDS_SUPPRESS_BANNER": "1"},
        model="openai/scripted-1",
        lacks=frozenset({"version"}),
    ),
]
