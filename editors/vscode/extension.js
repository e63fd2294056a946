// The command and the hover: joins the editor and why.js. Nothing runs in a workspace that is not trusted.
"use strict";

const why = require("./why.js");

const SCHEME = "backstory-why";
/** A line that was explained is not asked about again for so long, in milliseconds. */
const FRESH = 10_000;

function activate(context) {
  return start(require("vscode"), why.ask, context);
}

/** What `activate` does, with the editor and the program as values. */
function start(vscode, ask, context) {
  const pages = new Map();
  let last = { key: "", at: 0, found: undefined };

  /** The answer for a line (from 0), or why there is none. A line of text that was not saved is another one on the disk. */
  async function explain(document, line, token) {
    if (!vscode.workspace.isTrusted || document.uri.scheme !== "file" || !vscode.workspace.getWorkspaceFolder(document.uri)) {
      return { reason: "only files in a folder of a trusted workspace are looked at" };
    }
    if (document.isDirty) {
      return { reason: "save the file first: lines are counted as they are on the disk" };
    }
    const key = `${document.uri.toString()} ${document.version} ${line}`;
    if (last.key === key && Date.now() - last.at < FRESH) {
      return last.found;
    }
    const stop = new AbortController();
    const listening = token && token.onCancellationRequested(() => stop.abort());
    const setting = vscode.workspace.getConfiguration("backstory").get("path");
    const found = await ask(setting, document.uri.fsPath, line + 1, stop.signal);
    if (listening) {
      listening.dispose();
    }
    if (found.answer) {
      last = { key, at: Date.now(), found };
    }
    return found;
  }

  async function command() {
    const editor = vscode.window.activeTextEditor;
    if (!editor) {
      return;
    }
    const line = editor.selection.active.line;
    const found = await explain(editor.document, line);
    if (found.missing) {
      const settings = "Open settings";
      const chosen = await vscode.window.showErrorMessage("The program backstory was not found: install it, or set backstory.path.", settings);
      if (chosen === settings) {
        await vscode.commands.executeCommand("workbench.action.openSettings", "backstory.path");
      }
      return;
    }
    // On a page, and never in a message: links in messages can be commands.
    const uri = vscode.Uri.from({ scheme: SCHEME, path: "/why.txt", query: String(line + 1) });
    pages.set(uri.toString(), found.answer ? why.asText(found.answer) : `No answer: ${found.reason}\n`);
    changed.fire(uri);
    const page = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(page, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true });
  }

  const hover = {
    async provideHover(document, position, token) {
      if (!vscode.workspace.getConfiguration("backstory").get("hover")) {
        return undefined;
      }
      const { answer } = await explain(document, position.line, token);
      // Nothing to say is said by the command alone.
      if (!answer || !answer.recorded || token.isCancellationRequested) {
        return undefined;
      }
      const text = new vscode.MarkdownString(why.asMarkdown(answer), false);
      text.isTrusted = false;
      text.supportHtml = false;
      return new vscode.Hover(text);
    },
  };

  const changed = new vscode.EventEmitter();
  const provider = {
    onDidChange: changed.event,
    provideTextDocumentContent: (uri) => pages.get(uri.toString()) ?? "",
  };
  context.subscriptions.push(
    changed,
    vscode.commands.registerCommand("backstory.why", command),
    vscode.languages.registerHoverProvider({ scheme: "file" }, hover),
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, provider),
    vscode.workspace.onDidCloseTextDocument((document) => pages.delete(document.uri.toString())),
  );
}

module.exports = { activate, start };
