#!/bin/sh
# issue-parser (semantic-release's reader of "fixes #12") takes HTML's numeric character references for issue numbers.
#
# Guess: escaping a backtick or a bar as `&#96;` and `&#124;` makes text of others inert in Markdown, at no price.
# Seen (issue-parser 7.0.2, preset github): each "&#96;" is a reference to issue 96, each "&#124;" one to issue 124. A
# closing word before it ("Fixes &#96;x&#96;") makes no closing action of it, since the `&` stands between.
# Why the guess is wrong: it reads the source text and not the rendered one, and `&` is no character of a word, so that
# the `#` behind it begins a reference. Escapes without a number (`\|`, a longer run of backticks as the fence of a code
# span, `&lt;`) are not affected.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
export HOME="$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" issue-parser@7.0.2 >/dev/null
node -e '
const parse = require("issue-parser")("github");
const numbers = (text) => { const found = parse(text); return { refs: found.refs.map((r) => r.issue), closes: found.actions.close.map((r) => r.issue) }; };
const seen = [numbers("it ran &#96;git push&#96; &#124; twice"), numbers("Fixes &#96;x&#96;"), numbers("it ran `git push` \\| &lt;twice&gt;")];
console.log(JSON.stringify(seen));
const expected = [{ refs: ["96", "96", "124"], closes: [] }, { refs: ["96", "96"], closes: [] }, { refs: [], closes: [] }];
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
'
