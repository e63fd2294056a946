// The pure half: what is asked, what is understood of an answer, and what text from outside becomes.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { test } = require("node:test");

const why = require("../why.js");

const SAMPLE = {
  backstory: 1,
  path: "src/price.py",
  line: 4,
  commit: "01661b4447fe2f72688e86288d3beac0be018b2b",
  subject: "Add a percentage discount",
  recorded: true,
  author: "corrected",
  session: { agent: "claude-code", agent_version: "2.1.42", id: "7d0c", models: ["claude-opus-4-6"], confidence: "content" },
  prompts: [
    { role: "request", source: "typed", text: "Add a discount" },
    { role: "redirection", source: "typed", text: "No, two decimals" },
  ],
  attempts: [
    { kind: { type: "rejected" }, tried: "DISCOUNT = 10", why: "it must be a parameter", why_from: "person", tries: 1 },
    { kind: { type: "failed", failure: "tests" }, tried: "pytest -q", error: "test_ten_percent - assert 899 == 899.1", why: "assert 899 == 899.1", why_from: "check", tries: 2, ended: "passed-after-change" },
    { kind: { type: "failed", failure: "other" }, tried: "kept aside", tries: 1, aside: true },
  ],
  corrections: [
    { form: "directed", words: "two decimals", reason: "two decimals" },
    { form: "manual", path: "src/price.py", line: 4, before: "a", after: "b", reason: "never negative" },
  ],
};

test("the words are those of the schema", () => {
  const schema = JSON.parse(fs.readFileSync(path.join(__dirname, "../../../docs/schema/why.v1.json"), "utf8"));
  const words = (value) =>
    Array.isArray(value) ? value.flatMap(words)
    : value !== null && typeof value === "object" ? [...(value.enum ?? []), ...("const" in value ? [value.const] : []), ...Object.values(value).flatMap(words)]
    : [];
  const known = (name) => words(schema.$defs[name]);
  const all = { AUTHORS: "LineAuthor", ROLES: "PromptRole", WHOSE: "WhySource", FORMS: "CorrectionForm" };
  for (const [table, name] of Object.entries(all)) {
    assert.deepEqual(Object.keys(why.WORDS[table]).sort(), [...new Set(known(name))].sort(), name);
  }
  for (const [table, name] of Object.entries({ ATTEMPTS: "AttemptKind", FAILURES: "FailureKind", ENDS: "AttemptEnd" })) {
    assert.deepEqual(Object.keys(why.WORDS[table]).filter((word) => !known(name).includes(word)), [], name);
  }
  const parts = { prompts: "RecordedPrompt", attempts: "FailedAttempt", corrections: "Correction" };
  for (const key of Object.keys(SAMPLE)) {
    assert.ok(Object.hasOwn(schema.properties, key), key);
  }
  for (const [list, name] of Object.entries(parts)) {
    for (const key of SAMPLE[list].flatMap(Object.keys)) {
      assert.ok(Object.hasOwn(schema.$defs[name].properties, key), `${name}.${key}`);
    }
  }
});

test("a program is a name or an absolute path", () => {
  assert.equal(why.program(""), "backstory");
  assert.equal(why.program(" backstory "), "backstory");
  assert.equal(why.program("/opt/backstory"), "/opt/backstory");
  assert.equal(why.program("~/bin/backstory"), path.join(os.homedir(), "bin/backstory"));
  for (const name of ["./backstory", "bin/backstory", "..\\backstory"]) {
    assert.equal(why.program(name), undefined, name);
  }
});

test("a file that looks like an option or holds a colon is still a file", () => {
  assert.deepEqual(why.args("/w/shop/-odd:name.py", 12), ["-C", "/w/shop", "why", "--json", "--", "-odd:name.py:12"]);
});

test("only an answer of version 1 is read", () => {
  assert.equal(why.parse(JSON.stringify(SAMPLE)).line, 4);
  for (const text of ["", "null", "[]", "{}", '{"backstory":2,"line":1}', '{"backstory":1}']) {
    assert.throws(() => why.parse(text), undefined, text);
  }
});

test("an answer is told with who, what was asked, what failed and what was corrected", () => {
  assert.equal(
    why.asText(SAMPLE),
    `src/price.py:4

Last changed by: 01661b4 Add a percentage discount

Written by an agent, then changed by a person: claude-code 2.1.42
  (claude-opus-4-6)

Asked
- Add a discount
- Redirected: No, two decimals

Did not work
- DISCOUNT = 10 – rejected by a person: “it must be a parameter”
- pytest -q – tests failed, 2 times: test_ten_percent - assert 899 == 899.1 –
  then passed

Corrected by people
- in words – “two decimals”
- by hand – src/price.py:4 – a → b – because: never negative
`,
  );
});

test("what is not known is not told", () => {
  const heads = (answer) => why.lines(answer).map((line) => line.head);
  assert.deepEqual(heads({ backstory: 1, line: 1 }), ["Not committed yet"]);
  assert.deepEqual(heads({ ...SAMPLE, recorded: false }), ["Last changed by", "Nothing is recorded for this commit"]);
  assert.deepEqual(heads({ backstory: 1, line: 1, commit: "ab", recorded: true }), ["Last changed by", "Who wrote the line is not known"]);
  assert.deepEqual(heads({ ...SAMPLE, author: "constructor", prompts: 7, attempts: [null], corrections: "x" }), ["Last changed by", "Who wrote the line is not known"]);
});

test("long lists and long texts are cut, and that is said", () => {
  const prompts = Array.from({ length: 9 }, (_, index) => ({ role: "request", text: `${index} ${"x".repeat(1000)}` }));
  const text = why.asMarkdown({ ...SAMPLE, prompts });
  assert.match(text, /- and 4 more/);
  assert.ok(text.length < 4000, `${text.length}`);
});

test("text from outside is text: no mark of Markdown or HTML is left bare, and nothing is hidden", () => {
  const hostile = [
    "[run](command:workbench.action.terminal.new)",
    "![x](https://example.org/x.png)",
    "<a href='command:x'>y</a> &lt;b&gt;",
    "https://example.org www.example.org a@example.org",
    "$(trash) **b** _i_ `c` ~~s~~ | t |",
    "# head\n\n---\n\n1. list\n```\ncode\n```\n    indented",
    "a\u202Eb\u200Bc\u0000d\u001b[31me\u2066f",
  ];
  for (const text of hostile) {
    const written = why.markdown(text, 1000);
    assert.doesNotMatch(written.replace(/\\[!-/:-@[-`{-~]/g, ""), /[!-/:-@[-`{-~]/, written);
    assert.doesNotMatch(written, /[\n\r\u0000-\u001f\u200b\u202e\u2066]/, written);
    const row = why.asMarkdown({ ...SAMPLE, subject: text, prompts: [{ role: "request", text }], session: { agent: text, models: [text] } });
    assert.equal(row.split("\n").length, why.asMarkdown({ ...SAMPLE, prompts: [SAMPLE.prompts[0]] }).split("\n").length, row);
  }
});

/** A program of that name whose text is a shell script. */
function script(text) {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "backstory-why-")), "backstory");
  fs.writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return file;
}

test("the program is asked, and what it says or does is told", { skip: process.platform === "win32" }, async () => {
  const said = script(`test "$1 $3 $4 $5 $6" = "-C why --json -- price.py:4" && test "$PWD" = "$HOME" && cat <<'END'\n${JSON.stringify(SAMPLE)}\nEND`);
  assert.equal((await why.ask(said, "/w/src/price.py", 4)).answer.subject, SAMPLE.subject);
  assert.deepEqual(await why.ask("/none/backstory", "/w/a", 1), { missing: true });
  assert.deepEqual(await why.ask("./backstory", "/w/a", 1), { reason: "backstory.path has to be a name or an absolute path" });
  const refused = script('echo "backstory: no git repository" >&2; exit 2');
  assert.deepEqual(await why.ask(refused, "/w/a", 1), { reason: "backstory: no git repository" });
  assert.match((await why.ask(script("echo nonsense"), "/w/a", 1)).reason, /JSON/);
});

test("a question that nobody waits for any more is given up", { skip: process.platform === "win32" }, async () => {
  const stop = new AbortController();
  const asked = why.ask(script("exec sleep 30"), "/w/a", 1, stop.signal);
  stop.abort();
  assert.match((await asked).reason, /abort/i);
});
