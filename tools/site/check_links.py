#!/usr/bin/env python3
"""Checks that each link of the built site leads to a page, and to a place in it: `check_links.py target/site`.

What leads out of the site is not asked for. Ends with 1 and names each link that leads nowhere.
"""

import html.parser
import pathlib
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    """The links of a page, and the anchors that it offers."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors.update(value for name in ("id", "name") if (value := given.get(name)))
        self.links += [value for name in ("href", "src") if (value := given.get(name))]


def main():
    site = pathlib.Path(sys.argv[1]).resolve()
    # All pages in one, and the page for addresses that are not there: their links are written from elsewhere.
    skipped = {"print.html", "404.html"}
    found = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html")) if path.name not in skipped}
    wrong = []
    for path, page in found.items():
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            anchors = found[target].anchors if target in found else None
            is_there = target.is_file() and target.is_relative_to(site)
            if not is_there or (parts.fragment and anchors is not None and urllib.parse.unquote(parts.fragment) not in anchors):
                wrong.append(f"{path.relative_to(site)}: {link}")
    print("\n".join(wrong) or f"{len(found)} pages, {sum(len(page.links) for page in found.values())} links")
    return 1 if wrong or not found else 0


if __name__ == "__main__":
    sys.exit(main())
