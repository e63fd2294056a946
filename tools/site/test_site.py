"""What becomes of a page on its way to the site, and which links are found to lead nowhere."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import check_links
from from_the_repository import Site, sections

README = "# Name\n\nIntro.\n\n## One\n\nFirst, see [two](#two).\n\n```sh\n# no heading\n```\n\n### Part\n\nMore.\n\n## Two, `b`\n\nLast.\n"


class Pages(unittest.TestCase):
    def site(self, **pages):
        return Site({name.replace("_", "/") + ".md": text for name, text in pages.items()}, sections(README), "https://host/repo")

    def test_a_section_ends_with_the_next_heading_of_its_level(self):
        found = sections(README)
        self.assertEqual(found["name"], "Intro.")
        self.assertTrue(found["one"].endswith("### Part\n\nMore."))
        self.assertEqual(found["two-b"], "Last.")

    def test_a_line_that_points_at_a_section_becomes_it(self):
        site = self.site(one="# One\n\nSee [One](../README.md#one) in the README.\n\nAfter.\n", two="See [b](../README.md#two-b).")
        page = site.page("one.md")
        self.assertTrue(page.startswith("# One\n\nFirst, see ") and page.endswith("More.\n\nAfter.\n"), page)
        with self.assertRaises(SystemExit):
            self.site(one="See [One](../README.md#none).").page("one.md")

    def test_links_lead_to_pages_or_to_the_repository(self):
        pages = {"README": "", "limits": "", "decisions_README": ""}
        for name, written, on_the_page in [
            ("a page", "[x](limits.md#known)", "[x](limits.md#known)"),
            ("the index of a folder", "[x](decisions/README.md)", "[x](decisions/index.md)"),
            ("the first page", "[x](README.md)", "[x](index.md)"),
            ("a schema", "[x](schema/why.v1.json)", "[x](schema/why.v1.json)"),
            ("a file beside docs", "[x](../SECURITY.md)", "[x](https://host/repo/blob/main/SECURITY.md)"),
            ("a folder", "[x](schema)", "[x](https://host/repo/tree/main/docs/schema)"),
            ("elsewhere", "[x](https://other/y)", "[x](https://other/y)"),
            ("the same page", "[x](#y)", "[x](page.md#y)"),
            ("code", "`[x](none.md)`\n\n```\n[x](none.md)\n```", "`[x](none.md)`\n\n```\n[x](none.md)\n```"),
        ]:
            with self.subTest(name), mock.patch("pathlib.Path.exists", lambda path: path.name != "none.md"):
                self.assertEqual(self.site(page=written, **pages).page("page.md"), on_the_page)
        with self.assertRaises(SystemExit):
            self.site(page="[x](none.md)", **pages).page("page.md")

    def test_a_link_within_the_readme_leads_to_the_page_that_has_its_section(self):
        site = self.site(a="See [One](../README.md#one).", b="See [Two](../README.md#two).")
        self.assertIn("see [two](b.md).", site.page("a.md"))


class Links(unittest.TestCase):
    def test_a_link_or_a_place_that_is_not_there_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            good = '<a href="b.html#here">x</a><a href="https://elsewhere/none">x</a><a href="#top">x</a><p id="top">'
            (root / "b.html").write_text('<p id="here">', encoding="utf-8")
            for text, wrong in [(good, ""), ('<a href="none.html">x</a>', "none.html"), ('<a href="b.html#gone">x</a>', "b.html#gone")]:
                (root / "a.html").write_text(text, encoding="utf-8")
                with contextlib.redirect_stdout(io.StringIO()) as said, mock.patch.object(sys, "argv", ["", folder]):
                    status = check_links.main()
                self.assertEqual((status, wrong in said.getvalue()), (1 if wrong else 0, True), said.getvalue())


if __name__ == "__main__":
    unittest.main()
