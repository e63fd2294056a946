// Cuts GitHub's description of its API (13 MB, which a proxy reads for half a minute) down to what a tool for pull requests
// can ask, word for word, with what those parts refer to.
const fs = require("node:fs");
const [from, to] = process.argv.slice(2);
const whole = JSON.parse(fs.readFileSync(from, "utf8"));
const wanted =
  /^\/(user|rate_limit|repos\/\{owner\}\/\{repo\}(\/(pulls|issues|commits|compare|check-runs|check-suites|collaborators)(\/.*)?)?)$/;
const paths = Object.fromEntries(Object.entries(whole.paths).filter(([path]) => wanted.test(path)));

const components = {};
function keep(value) {
  if (Array.isArray(value)) return value.forEach(keep);
  if (value === null || typeof value !== "object") return;
  for (const [key, inner] of Object.entries(value)) {
    if (key !== "$ref" || typeof inner !== "string") {
      keep(inner);
      continue;
    }
    const [, , kind, name] = inner.split("/");
    components[kind] ??= {};
    if (name in components[kind]) continue;
    components[kind][name] = whole.components[kind][name];
    keep(components[kind][name]);
  }
}
keep(paths);
fs.writeFileSync(to, JSON.stringify({ openapi: whole.openapi, info: whole.info, paths, components }));
