// Asks `backstory why` about a line, and puts the answer into words. Knows nothing of the editor, so that it can be tested alone.
//
// The format of the answer: docs/schema/why.v1.json. Text in it comes from people, agents and commits: it is cut, freed of invisible
// characters, and escaped for Markdown here, in `plain` and `markdown`, and nowhere else.
"use strict";

const { execFile } = require("node:child_process");
const os = require("node:os");
const path = require("node:path");

/** A line that takes longer is not explained, in milliseconds. */
const TIME = 5000;
/** Bytes of an answer. */
const SIZE = 4 * 1024 * 1024;
/** Rows of each kind that are shown, and characters of each text. */
const ROWS = 5;
const CHARACTERS = 300;
/** Of a line on the page: it is beside the code, where lines are not wrapped. */
const WIDTH = 80;

/** The program to start; `undefined` for a path that depends on the folder that one is in. */
function program(setting) {
  const name = (setting || "").trim() || "backstory";
  const own = name.startsWith("~/") ? path.join(os.homedir(), name.slice(2)) : name;
  const isBare = !/[\\/]/.test(own);
  return isBare || path.isAbsolute(own) ? own : undefined;
}

/** What the program is given for a line (from 1) of a file. */
function args(file, line) {
  return ["-C", path.dirname(file), "why", "--json", "--", `${path.basename(file)}:${line}`];
}

/** The answer as an object; throws where it is not one of version 1. */
function parse(text) {
  const answer = JSON.parse(text);
  if (answer === null || typeof answer !== "object" || answer.backstory !== 1 || typeof answer.line !== "number") {
    throw new Error("this is not an answer of `backstory why` that this extension can read");
  }
  return answer;
}

/**
 * Asks the program. Resolves with `{ answer }`, or with `{ missing: true }` where there is no such program, or with `{ reason }`, text of
 * the program. `signal` stops it.
 */
function ask(setting, file, line, signal) {
  const name = program(setting);
  if (name === undefined) {
    return Promise.resolve({ reason: "backstory.path has to be a name or an absolute path" });
  }
  // Not in the folder that is asked about: Windows looks for programs there first.
  const options = { cwd: os.homedir(), timeout: TIME, maxBuffer: SIZE, windowsHide: true, shell: false, signal };
  return new Promise((resolve) => {
    execFile(name, args(file, line), options, (error, out, err) => {
      if (error && error.code === "ENOENT") {
        return resolve({ missing: true });
      }
      if (error) {
        const late = error.killed && !(signal && signal.aborted);
        return resolve({ reason: late ? `no answer within ${TIME / 1000} seconds` : plain(err || error.message, 2000) });
      }
      try {
        resolve({ answer: parse(out) });
      } catch (wrong) {
        resolve({ reason: plain(wrong.message, 2000) });
      }
    });
  });
}

/** One line of text, without characters that hide or reorder others, and not longer than `most`. */
function plain(text, most = CHARACTERS) {
  const visible = String(text ?? "")
    .replace(/\s+/gu, " ")
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, "\uFFFD")
    .trim();
  const characters = [...visible];
  return characters.length > most ? `${characters.slice(0, most).join("")} …` : visible;
}

/** The same for Markdown: every mark of ASCII is escaped, so that nothing in it is a link, a tag, an image or a heading. */
function markdown(text, most) {
  return plain(text, most).replace(/[!-/:-@[-`{-~]/g, "\\$&");
}

const AUTHORS = {
  agent: "Written by an agent",
  corrected: "Written by an agent, then changed by a person",
  person: "Written by a person",
  formatter: "Changed by a formatter or written by a generator",
  unknown: "Who wrote the line is not known",
};
const ROLES = { request: "", refinement: "Refined: ", redirection: "Redirected: ", approval: "Approved: " };
const ATTEMPTS = { rejected: "rejected by a person", interrupted: "stopped by a person", reverted: "taken back", told: "written down by a person" };
const FAILURES = { tests: "tests failed", build: "the build failed", lint: "the linter failed", timeout: "ran out of time", command: "failed" };
const WHOSE = { agent: "the agent: ", check: "", person: "" };
const FORMS = { directed: "in words", manual: "by hand", told: "written down" };
const ENDS = { "still-failed": "not seen to pass", "passed-after-change": "then passed", "passed-unchanged": "passed later without a change" };

const list = (value) => (Array.isArray(value) ? value.filter((row) => row !== null && typeof row === "object") : []);
const word = (table, key, otherwise) => (Object.hasOwn(table, key) ? table[key] : otherwise);

/**
 * The answer as lines: `{ head, text }`, and `{ rows, more }` below a head. All texts are of the answer, not escaped; a `head` is ours.
 * What is not known has no line.
 */
function lines(answer) {
  if (!answer.commit) {
    return [{ head: "Not committed yet" }];
  }
  const found = [{ head: "Last changed by", text: `${String(answer.commit).slice(0, 7)} ${answer.subject ?? ""}` }];
  if (!answer.recorded) {
    found.push({ head: "Nothing is recorded for this commit" });
    return found;
  }
  const session = answer.session;
  const models = session && Array.isArray(session.models) ? session.models.join(", ") : "";
  const who = session ? [session.agent, session.agent_version, models && `(${models})`].filter(Boolean).join(" ") : "";
  found.push({ head: word(AUTHORS, answer.author, AUTHORS.unknown), text: who });

  const asked = list(answer.prompts).map((row) => `${word(ROLES, row.role, "")}${row.text}`);
  const failed = list(answer.attempts)
    .filter((row) => !row.aside)
    .map((row) => {
      const kind = row.kind ?? {};
      const how = kind.type === "failed" ? word(FAILURES, kind.failure, "failed") : word(ATTEMPTS, kind.type, "failed");
      const isSaid = !row.why || String(row.error ?? "").includes(row.why);
      const why = !isSaid ? `“${word(WHOSE, row.why_from, "")}${row.why}”` : "";
      const said = [how + (row.tries > 1 ? `, ${row.tries} times` : ""), row.error, why].filter(Boolean).join(": ");
      const next = [row.change && `changed: ${row.change}`, word(ENDS, row.ended, "")].filter(Boolean).join("; ");
      return `${row.tried} – ${said}${next ? ` – ${next}` : ""}`;
    });
  const corrected = list(answer.corrections).map((row) => {
    const place = row.path ? `${row.path}${row.line ? `:${row.line}` : ""}` : "";
    const change = [row.before, row.after].filter(Boolean).join(" → ");
    const parts = [word(FORMS, row.form, ""), row.words && `“${row.words}”`, place, change, row.reason && row.reason !== row.words && `because: ${row.reason}`];
    return parts.filter(Boolean).join(" – ");
  });
  for (const [head, rows] of [["Asked", asked], ["Did not work", failed], ["Corrected by people", corrected]]) {
    if (rows.length > 0) {
      found.push({ head, rows: rows.slice(0, ROWS), more: Math.max(0, rows.length - ROWS) });
    }
  }
  return found;
}

/** Markdown for a hover. */
function asMarkdown(answer) {
  return lines(answer)
    .map(({ head, text, rows, more }) => {
      const below = (rows ?? []).map((row) => `\n- ${markdown(row)}`).join("");
      return `**${head}**${text ? ` ${markdown(text)}` : ""}${below ? `\n${below}` : ""}${more ? `\n- and ${more} more` : ""}`;
    })
    .join("\n\n");
}

/** `text` in lines, the first after `start`, the others after `indent`. */
function wrapped(text, start, indent) {
  const told = [start];
  for (const one of text.split(" ")) {
    const line = told[told.length - 1];
    if (line !== start && line.length + one.length >= WIDTH) {
      told.push(indent + one);
    } else {
      told[told.length - 1] = line.endsWith(" ") ? line + one : `${line} ${one}`;
    }
  }
  return told.join("\n");
}

/** Plain text for a page. */
function asText(answer) {
  const told = lines(answer).map(({ head, text, rows, more }) => {
    const below = (rows ?? []).map((row) => `\n${wrapped(plain(row, 2000), "- ", "  ")}`).join("");
    return `${text ? wrapped(plain(text, 2000), `${head}:`, "  ") : head}${below}${more ? `\n- and ${more} more` : ""}\n`;
  });
  return `${plain(answer.path)}:${answer.line}\n\n${told.join("\n")}`;
}

module.exports = { TIME, WORDS: { AUTHORS, ROLES, ATTEMPTS, FAILURES, WHOSE, FORMS, ENDS }, args, asMarkdown, asText, ask, lines, markdown, parse, plain, program };
