#!/usr/bin/env python3
"""Two real agents and a person make, approve, publish and follow a process document, over `backstory mcp`; and the agents ask it for what
is recorded (the scene `recall`).

    run.py FOLDER --backstory PROGRAM --live FOLDER --claude PROGRAM --codex PROGRAM [--model NAME] [SCENE ...]

The folder of --live has model.py and tui.py. The model of both agents is follow.py: what is called, and in which order,
comes from the answers of the server alone. FOLDER gets, for each scene, a home, a repository, the requests to the model
and `order.txt`, which names every call. Each scene says at its end what must have come of it; the exit code is the number
of scenes for which it did not. The default scene is `story`; `all` plays every one. Nothing leaves 127.0.0.1.
"""
import argparse, json, os, pty, re, select, shutil, signal, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))


class Scene:
    def __init__(self, folder, options, turns):
        self.home, self.options, self.out = folder, options, []
        shutil.rmtree(folder, ignore_errors=True)
        self.repository, programs = f"{folder}/shop", f"{folder}/bin"
        os.makedirs(self.repository), os.makedirs(programs)
        for name, program in (("backstory", options.backstory), ("claude", options.claude), ("codex", options.codex)):
            if program:
                os.symlink(os.path.realpath(program), f"{programs}/{name}")
        self.environment = {"HOME": folder, "PATH": f"{programs}:{os.environ['PATH']}", "LANG": "C.UTF-8", "TERM": "xterm", "USER": "dev", "LOGNAME": "dev", "SHELL": "/bin/bash",
                            "GIT_CONFIG_NOSYSTEM": "1", "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"} | {n: "http://127.0.0.1:9" for n in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")}
        with open(f"{folder}/.gitconfig", "w") as file:
            file.write("[user]\n\tname = Dev One\n\temail = dev@example.org\n[init]\n\tdefaultBranch = main\n")
        with open(f"{self.repository}/README.md", "w") as file:
            file.write("# Shop\n")
        self.sh("git init -q . && git add -A && git commit -qm Begin")
        self.sh("backstory init")
        self.sh("git add -A && git commit -qm 'Use backstory'")
        story = json.load(open(f"{HERE}/story.json"))
        for n, more in turns.items():
            story["turns"][n].update(more)
        with open(f"{folder}/story.json", "w") as file:
            json.dump(story, file)
        self.model = subprocess.Popen([sys.executable, f"{HERE}/follow.py", f"{folder}/story.json", "--root", self.repository, "--log", f"{folder}/model.log", "--dump", f"{folder}/requests"],
                                      stdout=subprocess.PIPE, text=True, env=os.environ | {"LIVE_MODEL": options.live})
        self.url = f"http://127.0.0.1:{self.model.stdout.readline().strip()}"
        self.environment |= {"ANTHROPIC_BASE_URL": self.url, "ANTHROPIC_API_KEY": "sk-scripted", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1", "DISABLE_TELEMETRY": "1",
                             "DISABLE_ERROR_REPORTING": "1", "SCRIPTED_KEY": "sk-scripted"}
        os.makedirs(f"{folder}/.codex")
        with open(f"{folder}/.codex/config.toml", "w") as file:
            file.write(f'model = "{options.model}"\nmodel_provider = "scripted"\napproval_policy = "never"\nsandbox_mode = "danger-full-access"\ncheck_for_update_on_startup = false\n'
                       f'[analytics]\nenabled = false\n[model_providers.scripted]\nname = "scripted"\nbase_url = "{self.url}/v1"\nwire_api = "responses"\nenv_key = "SCRIPTED_KEY"\n'
                       f'[projects."{self.repository}"]\ntrust_level = "trusted"\n')
        self.sh("claude mcp add --scope user backstory -- backstory mcp", "codex mcp add backstory -- backstory mcp")

    def sh(self, *commands):
        for command in commands:
            done = subprocess.run(command, shell=True, cwd=self.repository, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
            self.say(f"$ {command}  [{done.returncode}]", (done.stdout + done.stderr).strip())
        return done

    def say(self, *lines):
        self.out += lines
        print(*lines, sep="\n", flush=True)

    def claude(self, prompt, **more):
        self.agent("claude", ["-p", prompt, "--model", "claude-opus-4-6", "--permission-mode", "acceptEdits", "--allowedTools", "mcp__backstory", "ToolSearch", "--output-format", "stream-json", "--verbose"], **more)

    def codex(self, prompt, **more):
        self.agent("codex", ["exec", "--json", prompt], **more)

    def terminal(self, prompt, *steps):
        """Claude Code in a terminal, with a person who answers its dialogs: steps of tui.py."""
        settings = json.load(open(f"{self.home}/.claude.json"))
        settings |= {"hasCompletedOnboarding": True, "theme": "dark", "customApiKeyResponses": {"approved": ["sk-scripted"], "rejected": []}}
        settings.setdefault("projects", {}).setdefault(self.repository, {})["hasTrustDialogAccepted"] = True
        with open(f"{self.home}/.claude.json", "w") as file:
            json.dump(settings, file)
        asked = self.requests()
        lines = [(15, "for shortcuts|>", "<wait>"), (5, ".", prompt), (2, ".", "<enter>"), *steps]
        play = subprocess.Popen([sys.executable, f"{self.options.live}/tui.py", f"{self.home}/screen.txt", "claude", "--model", "claude-opus-4-6", "--allowedTools", "mcp__backstory", "ToolSearch"],
                                cwd=self.repository, env=self.environment, stdin=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL)
        play.communicate("".join("\t".join(map(str, line)) + "\n" for line in lines), timeout=200)
        self.say("== claude, in a terminal")
        self.calls(asked)

    def agent(self, program, arguments, kill_after=None):
        """One headless run. `kill_after`: SIGKILL to the agent alone, after so many requests to the model."""
        begin, asked = time.time(), self.requests()
        with open(f"{self.home}/{program}-{time.time_ns()}.txt", "w") as file:
            run = subprocess.Popen([program] + arguments, cwd=self.repository, env=self.environment, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, start_new_session=True)
            while run.poll() is None and time.time() - begin < 300:
                time.sleep(0.2)
                if kill_after and len(os.listdir(f"{self.home}/requests")) - asked >= kill_after:
                    run.kill()
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        self.say(f"== {program}: ended with {run.returncode} after {time.time() - begin:.1f} s")
        self.calls(asked if not kill_after else 0)

    def calls(self, since):
        for entry in self.log()[since:]:
            if "call" in entry:
                self.say(f"   {entry['call']} {json.dumps(entry['arguments'], ensure_ascii=False)}   <- {entry['because']}")
            elif "search" in entry:
                self.say(f"   (ToolSearch {entry['search']})")
            elif "say" in entry and entry.get("turn") is not None:
                self.say(f"   says: {entry['say']}")

    def log(self):
        return [json.loads(line) for line in open(f"{self.home}/model.log")] if os.path.exists(f"{self.home}/model.log") else []

    def requests(self):
        return len(self.log())

    def person(self, command, *answers):
        """A person types at a terminal that belongs to no agent: a process of its own, adopted by the first one."""
        read, write = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                code = self.type(command, answers, write)
                os._exit(code)
            os._exit(0)
        os.close(write)
        os.wait()
        self.say(f"$ {command}   (at a terminal)", os.fdopen(read).read())

    def type(self, command, answers, write):
        time.sleep(0.2)  # until the parent has ended
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.repository)
            clean = {n: v for n, v in self.environment.items() if not re.match("ANTHROPIC|CLAUDE|SCRIPTED|DISABLE", n)}
            os.execvpe("sh", ["sh", "-c", command], clean)
        seen, rest = "", list(answers)
        while True:
            try:
                ready, _, _ = select.select([terminal], [], [], 20)
                piece = os.read(terminal, 4096).decode(errors="replace") if ready else ""
            except OSError:
                break
            if not piece:
                break
            seen += piece
            if rest and re.search(r" it: *$", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen)):
                answer = rest.pop(0)
                os.write(terminal, ((answer(seen) if callable(answer) else answer) + "\r").encode())
        os.write(write, seen.encode())
        os.close(write)
        return 0

    def end(self):
        self.sh("backstory sop status", "backstory sop verify", "git status --short --untracked-files=all", "cat docs/processes/*/ledger.jsonl")
        self.model.kill()
        self.model.wait()
        with open(f"{self.home}/order.txt", "w") as file:
            file.write("\n".join(self.out) + "\n")


DOCUMENT, GO_ON, FOLLOW = "document our release process as an SOP", "go on with our process documents", "follow our release process step by step"
digits = lambda seen: (re.findall(r"sha256:([0-9a-f]{8,})", seen) or re.findall(r"\b([0-9a-f]{8,64})\b", seen) or ["?"])[-1][:8]


def story(scene):
    scene.claude(DOCUMENT)
    scene.person("backstory sop approve release-process", digits)
    scene.codex(GO_ON)
    scene.codex(FOLLOW)


def kill(scene):
    """The first agent is killed in the middle of its interview, and the other one takes over to the pending approval."""
    scene.claude(DOCUMENT, kill_after=18)
    scene.codex(DOCUMENT + ", which I began with another agent")


def kill_early(scene):
    """Killed after the first of three steps was told: the other one has to ask for the next step, not to draft."""
    scene.claude(DOCUMENT, kill_after=11)
    scene.codex(DOCUMENT + ", which I began with another agent")


RIGHT, FORM, END = "\x1b[C", (60, "Approve it for the", "<wait>"), (15, "Please *type|have *to *ask|round *in *circles|says *no", "<wait>")


def form_accepted(scene):
    scene.terminal(DOCUMENT, FORM, (1, ".", RIGHT + "<wait>"), (1, ".", "<enter><wait>"), (1, ".", "<down><wait><enter>"), END)


def form_declined(scene):
    scene.terminal(DOCUMENT, FORM, (1, ".", RIGHT + "<wait>"), (1, ".", "<enter><wait>"), (1, ".", "<down><wait>"), (1, ".", "<down><wait><enter>"), END)


def form_rejected(scene):
    scene.terminal(DOCUMENT, FORM, (1, ".", RIGHT + "<wait>"), (1, ".", "<down><wait><enter><wait>"), (1, ".", "the tag must be signed<wait>"), (1, ".", "<down><wait><enter>"), END)


def step_fails(scene):
    """In the walkthrough a step does not hold; the person says what has to change."""
    scene.claude(DOCUMENT)
    scene.codex(GO_ON)


def person_rejects(scene):
    """At the pending approval the person rejects, at a terminal; the next agent takes the reason up."""
    scene.claude(DOCUMENT)
    scene.person("backstory sop reject release-process --reason 'The change notes come before the tests'")
    scene.codex(DOCUMENT + " (I rejected the last draft)")
    scene.person("backstory sop approve release-process", digits)


def second(scene):
    """One document is published; then somebody wants another process written down."""
    story(scene)
    scene.claude("please " + DOCUMENT.replace("release", "onboarding"))


RECALL = "see what is known of price.py before you change it"


def recall(scene):
    """What is recorded is asked for through the settings that `init --mcp` writes into the repository."""
    scene.sh("claude mcp remove --scope user backstory", "codex mcp remove backstory")
    scene.sh("backstory init --mcp claude-code codex --write")
    os.makedirs(f"{scene.home}/.claude", exist_ok=True)
    with open(f"{scene.home}/.claude/settings.json", "w") as file:
        json.dump({"enableAllProjectMcpServers": True}, file)
    with open(f"{scene.repository}/price.py", "w") as file:
        file.write("total = cents(total)\n")
    scene.sh("git add -A && git commit -qm 'Add a discount'")
    commit = scene.sh("git rev-parse HEAD").stdout.strip()
    attempt = {"kind": {"type": "failed", "failure": "tests"}, "tried": "pytest -q", "tries": 1, "error": "E AssertionError: the ledger drifts", "change": "round once, at the end",
               "ended": "passed-after-change", "files": ["price.py"]}
    one = {"agent": "pi", "session": "earlier", "confidence": "content", "evidence": [{"kind": "lines", "found": 1, "of": 1}], "lines": 1, "attempts": [attempt],
           "prompts": [{"role": "request", "source": "typed", "text": "Add a discount"}]}
    record = {"backstory": 1, "generator": "backstory 0.1.0", "commit": commit, "committed_at": "2026-03-02T11:05:00Z", "contributions": [one],
              "lines": {"added": 1, "agent": 1, "corrected": 0, "person": 0, "formatter": 0, "unknown": 0},
              "files": [{"path": "price.py", "spans": [{"start": 1, "lines": 1, "author": "agent", "contribution": 0}]}]}
    with open(f"{scene.home}/note.json", "w") as file:
        json.dump(record, file)
    scene.sh(f"git notes --ref=backstory add -f -F {scene.home}/note.json {commit}")
    scene.claude(RECALL)
    scene.codex(RECALL)


PENDING, RUN = r"sop status.*\(walkthrough\).*sop approve", r"the run is at its end.*\(published\)"
SCENES = {  # what happens, how the story is changed for it, what has to be in `order.txt`
    "story": (story, {}, RUN),
    "recall": (recall, {}, r"== claude.*brief \{.*tried \{.*says: [^\n]*round once.*== codex.*brief \{.*tried \{.*says: [^\n]*round once"),
    "kill": (kill, {}, PENDING),
    "kill-early": (kill_early, {}, r"ended with -9.*== codex.*sop_note_add.*tag-the-version.*" + PENDING),
    "step-fails": (step_fails, {0: {"fails": {"tag-the-version": "the tag is not signed"}}}, r"sop_reject \{"),
    "person-rejects": (person_rejects, {}, r"== codex.*sop_draft.*sop_walkthrough.*\(approved\)"),
    "second": (second, {}, r'sop_start \{[^\n]*"Onboarding"'),
    "form-accepted": (form_accepted, {}, PENDING + '.*"kind":"relayed"},"event":"walked"'),
    "form-declined": (form_declined, {0: {"refuses": "go to the walkthrough"}}, r"sop status.*\(draft\)"),
    "form-rejected": (form_rejected, {}, r'== claude.*sop_note_add[^\n]*It was rejected.*\n   sop_draft \{.*"kind":"relayed"},"event":"rejected"'),
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("scenes", nargs="*", default=["story"])
    for name in ("backstory", "live", "claude", "codex"):
        parser.add_argument(f"--{name}", required=name in ("backstory", "live"))
    parser.add_argument("--model", default="gpt-5.4", help="what Codex believes to talk to")
    options = parser.parse_intermixed_args()
    options.live = os.path.abspath(options.live)
    failed = 0
    for name in SCENES if options.scenes == ["all"] else options.scenes:
        play, turns, expected = SCENES[name]
        scene = Scene(os.path.join(os.path.abspath(options.folder), name), options, turns)
        try:
            play(scene)
        finally:
            scene.end()
        held = re.search(expected, "\n".join(scene.out), re.S)
        print(f"#### {name}: {'as expected' if held else 'NOT as expected: ' + expected}")
        failed += not held
    sys.exit(failed)
