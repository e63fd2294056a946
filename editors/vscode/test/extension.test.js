// The other half, with an editor of our own making: what is asked for which file, and where the answer goes.
"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");

const { start } = require("../extension.js");

const ANSWER = { backstory: 1, path: "a.py", line: 3, commit: "0123456789", subject: "[x](command:y)", recorded: true, author: "agent" };

/** An editor with one open file; `found` is what the program answers. */
function editor(found, { trusted = true, settings = { path: "backstory", hover: true }, chosen } = {}) {
  const seen = { asked: [], shown: [], messages: [], ran: [] };
  const uri = (text, scheme = "file") => ({ scheme, fsPath: text, toString: () => `${scheme}:${text}` });
  const document = { uri: uri("/w/a.py"), version: 1, isDirty: false };
  let command, hover, provider;
  const vscode = {
    workspace: {
      isTrusted: trusted,
      getWorkspaceFolder: (of) => (of.fsPath.startsWith("/w/") ? {} : undefined),
      getConfiguration: () => ({ get: (name) => settings[name] }),
      registerTextDocumentContentProvider: (_, given) => ((provider = given), {}),
      onDidCloseTextDocument: () => ({}),
      openTextDocument: async (of) => provider.provideTextDocumentContent(of),
    },
    window: {
      activeTextEditor: { document, selection: { active: { line: 2 } } },
      showTextDocument: async (text) => seen.shown.push(text),
      showErrorMessage: async (text) => (seen.messages.push(text), chosen),
    },
    commands: { registerCommand: (_, run) => ((command = run), {}), executeCommand: async (...given) => seen.ran.push(given) },
    languages: { registerHoverProvider: (_, given) => ((hover = given), {}) },
    Uri: { from: ({ scheme, path, query }) => uri(`${path}?${query}`, scheme) },
    EventEmitter: class {
      event() {}
      fire() {}
    },
    MarkdownString: class {
      constructor(value, icons) {
        Object.assign(this, { value, supportThemeIcons: icons });
      }
    },
    Hover: class {
      constructor(contents) {
        this.contents = contents;
      }
    },
    ViewColumn: { Beside: -2 },
  };
  const ask = async (...given) => (seen.asked.push(given.slice(0, 3)), found);
  start(vscode, ask, { subscriptions: [] });
  const token = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose() {} }) };
  return { seen, document, command, over: (line) => hover.provideHover(document, { line }, token), settings };
}

test("the command shows the answer as text, for the line of the cursor counted from 1", async () => {
  const { seen, command } = editor({ answer: ANSWER });
  await command();
  assert.deepEqual(seen.asked, [["backstory", "/w/a.py", 3]]);
  assert.match(seen.shown[0], /^a\.py:3\n\nLast changed by: 0123456 \[x\]\(command:y\)\n/);
});

test("a hover is not trusted, has no HTML and no icons, and its text is escaped", async () => {
  const { contents } = await editor({ answer: ANSWER }).over(2);
  assert.deepEqual([contents.isTrusted, contents.supportHtml, contents.supportThemeIcons], [false, false, false]);
  assert.ok(contents.value.includes("\\[x\\]\\(command\\:y\\)"), contents.value);
});

test("a line is asked about once while the file stays as it is", async () => {
  const { seen, document, over } = editor({ answer: ANSWER });
  await over(2);
  await over(2);
  document.version = 2;
  await over(2);
  assert.equal(seen.asked.length, 2);
});

test("nothing runs where it must not", async () => {
  for (const [name, options, change] of [
    ["a workspace that is not trusted", { trusted: false }, () => {}],
    ["a file that was not saved", {}, (document) => (document.isDirty = true)],
    ["a file of no folder of the workspace", {}, (document) => (document.uri.fsPath = "/elsewhere/a.py")],
    ["what is not a file", {}, (document) => (document.uri.scheme = "git")],
    ["hovers that are switched off", { settings: { path: "backstory", hover: false } }, () => {}],
  ]) {
    const { seen, document, over } = editor({ answer: ANSWER }, options);
    change(document);
    assert.equal(await over(2), undefined, name);
    assert.deepEqual(seen.asked, [], name);
  }
});

test("a hover is silent where nothing is recorded or the program does not answer", async () => {
  for (const found of [{ answer: { ...ANSWER, recorded: false } }, { missing: true }, { reason: "no git repository" }]) {
    assert.equal(await editor(found).over(2), undefined);
  }
});

test("a message has no text of the program in it", async () => {
  const refused = editor({ reason: "[x](command:y)" });
  await refused.command();
  assert.deepEqual([refused.seen.messages, refused.seen.shown], [[], ["No answer: [x](command:y)\n"]]);
  const missing = editor({ missing: true }, { chosen: "Open settings" });
  await missing.command();
  assert.match(missing.seen.messages[0], /was not found/);
  assert.deepEqual(missing.seen.ran, [["workbench.action.openSettings", "backstory.path"]]);
});
