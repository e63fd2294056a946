#!/usr/bin/env python3
"""Makes pages of the repository fit for the site, as a preprocessor of mdBook (book.toml).

The documents are written to be read in the repository: they link to files beside docs/, and where the README says something
already, they say `See [Section](../README.md#section) in the README.` On the site
- such a line is replaced by the section, and
- a link to what is not on the site leads to the repository (`output.html.git-repository-url`).
A section or a file that is not there is an error, and so is a page that docs/SUMMARY.md does not list.
"""

import json
import pathlib
import posixpath
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECTION = re.compile(r"^See \[[^]]*\]\(\.\./README\.md#([\w-]+)\)(?: in the README)?\.$", re.M)
LINK = re.compile(r"(\]\()([^)\s]+)(\))")
CODE = re.compile(r"^(```+).*?^\1|`[^`\n]+`", re.M | re.S)


def slug(heading):
    """The anchor that GitHub and mdBook give a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")


def sections(text):
    """What is below each heading, up to the next one of its level or above; of the title, up to the first heading below it."""
    found, fenced, lines = {}, False, text.splitlines()
    heads = []
    for number, line in enumerate(lines):
        fenced ^= line.startswith("```")
        head = re.match(r"(#+) (.*)", line)
        if head and not fenced:
            heads.append((number, len(head[1]), head[2]))
    for index, (start, level, heading) in enumerate(heads):
        ends = (at for at, other, _ in heads[index + 1 :] if level == 1 or other <= level)
        found[slug(heading)] = "\n".join(lines[start + 1 : next(ends, len(lines))]).strip()
    return found


def outside_code(text, change):
    """`text` with `change` applied to all that is not code."""
    out, at = [], 0
    for code in CODE.finditer(text):
        out += [change(text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*out, change(text[at:])])


class Site:
    """What is on the site: `pages` by their paths below docs/, and the page that has a section of the README in it."""

    def __init__(self, pages, readme, repository):
        self.pages, self.readme, self.repository = pages, readme, repository
        self.homes = {part[1]: path for path, text in pages.items() for part in SECTION.finditer(text)}

    def target(self, link, file):
        """Where `link`, written in `file` of the repository, leads: below docs/ on the site, or an address."""
        path, mark, anchor = link.partition("#")
        if re.match(r"[a-z]+:", path):
            return link
        full = posixpath.normpath(posixpath.join(posixpath.dirname(file), path)) if path else file
        if not (ROOT / full).exists():
            raise SystemExit(f"{file}: the link {link} leads nowhere")
        if full == "README.md" and anchor in self.homes:
            return self.homes[anchor]
        inside = posixpath.relpath(full, "docs")
        if inside in self.pages:
            # mdBook calls a folder's README its index.
            return re.sub(r"(^|/)README\.md$", r"\1index.md", inside) + mark + anchor
        if inside.startswith("schema/"):
            return inside
        kind = "tree" if (ROOT / full).is_dir() else "blob"
        return f"{self.repository}/{kind}/main/{full}{mark}{anchor}"

    def relink(self, text, file, here):
        """`text` of `file` as it is to be on a page in the folder `here`."""

        def leads(link):
            found = self.target(link[2], file)
            return link[1] + (found if re.match(r"[a-z]+:", found) else posixpath.relpath(found, here or ".")) + link[3]

        return outside_code(text, lambda part: LINK.sub(leads, part))

    def page(self, path):
        """The page at `path` (below docs/) as the site has it."""

        def section(found):
            if found[1] not in self.readme:
                raise SystemExit(f"docs/{path}: the README has no section #{found[1]}")
            return f"\0{found[1]}\0"

        here = posixpath.dirname(path)
        parts = SECTION.sub(section, self.pages[path]).split("\0")
        texts = ((self.readme[part], "README.md") if index % 2 else (part, f"docs/{path}") for index, part in enumerate(parts))
        return "".join(self.relink(text, file, here) for text, file in texts)


def chapters(items):
    for item in items:
        if isinstance(item, dict) and "Chapter" in item:
            yield item["Chapter"]
            yield from chapters(item["Chapter"]["sub_items"])


def main():
    context, book = json.load(sys.stdin)
    repository = context["config"]["output"]["html"]["git-repository-url"].rstrip("/")
    readme = sections((ROOT / "README.md").read_text(encoding="utf-8"))
    found = [chapter for chapter in chapters(book.get("items", book.get("sections"))) if chapter.get("source_path")]
    written = {str(path.relative_to(ROOT / "docs")) for folder in ("docs", "docs/internals") for path in (ROOT / folder).glob("*.md")}
    missing = sorted(written - {"SUMMARY.md"} - {chapter["source_path"] for chapter in found})
    if missing:
        raise SystemExit(f"docs/SUMMARY.md does not list {', '.join(missing)}")
    site = Site({chapter["source_path"]: chapter["content"] for chapter in found}, readme, repository)
    for chapter in found:
        chapter["content"] = site.page(chapter["source_path"])
    json.dump(book, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1:2] == ["supports"]:
        sys.exit(0)
    main()
