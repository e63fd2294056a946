"""What the scripted model does, and what must be in the records of the three commits that come of it: two files, a test that fails
behind a pipe, an edit that does not fit, words that turn away what was committed, a subagent.

A step is a kind, and what it takes: read PATH, write PATH TEXT, edit PATH OLD NEW, run COMMAND, task PROMPT, say TEXT.
A list of steps is one answer with several calls. A step that an agent has no tool for is left out. Edits are of whole lines: some agents
only know patches."""

FILES = {"README.md": "# Shop\n\nA shop.\n", ".gitignore": "__pycache__/\n"}  # committed before
SLUG = '''def slug(title):
    """A file name for a title."""
    words = title.split()
    return "_".join(words)
'''
TEST = '''import unittest

from slug import slug


class Slugs(unittest.TestCase):
    def test_words(self):
        self.assertEqual(slug("Two Words"), "two-words")
'''
CHECK = "python3 -m unittest"
TASK = "Count the files of this folder and say the number."

TURNS = [
    {
        "prompt": "Write slug(title), which makes a file name of a title, and a test of it.",
        "steps": [
            ("read", "README.md"),
            ("write", "slug.py", SLUG),
            ("write", "test_slug.py", TEST),
            ("run", f"{CHECK} 2>&1 | tail -12"),  # fails, and the pipe hides it
            ("read", "slug.py"),  # some agents edit only what they have read since they were started
            ("edit", "slug.py", '    return "_".join(words)\n', '    return "-".join(words).lower()\n'),
            ("run", f"{CHECK} 2>&1 | tail -12"),
            ("run", "git add -A && git commit -q -m 'Make slugs of titles' && git log -1 --format=%s"),
            ("say", "slug() is there, with a test."),
        ],
    },
    {
        "prompt": "no, use a hyphen only between letters, and keep nothing else",
        "steps": [
            ("read", "slug.py"),
            ("edit", "slug.py", "    no line is like this\n", "    nothing\n"),  # not in the file
            ("edit", "slug.py", "    words = title.split()\n", '    words = re.findall("[a-z]+", title)\n'),
            ("run", CHECK),  # fails: no `re`, and no capitals
            [
                ("edit", "slug.py", "def slug(title):\n", "import re\n\n\ndef slug(title):\n"),
                ("edit", "slug.py", '    words = re.findall("[a-z]+", title)\n', '    words = re.findall("[A-Za-z]+", title)\n'),
            ],
            ("run", CHECK),
            ("run", "git add -A && git commit -m 'Keep only letters in slugs'"),
            ("say", "Only letters are kept."),
        ],
    },
    {
        "prompt": "Say in the README what slugs are for",
        "steps": [
            ("task", TASK),
            ("read", "README.md"),
            ("edit", "README.md", "A shop.\n", "A shop. Its files are named by slugs.\n"),
            ("run", f"{CHECK} && git add -A && git commit -m 'Say what slugs are for'"),
            ("say", "The README says it."),
        ],
    },
    {"prompt": TASK, "inner": True, "steps": [("run", "ls | wc -l"), ("say", "There are three files.")]},
]

# Of each commit: its subject, its prompt, the lines that it adds, what failed on the way to it, how its checks ended; whether the prompt
# turns away what the commit before did.
COMMITS = [
    {"subject": "Make slugs of titles", "prompt": TURNS[0]["prompt"], "added": 12, "failed": ["hidden"], "checks": ["passed"]},
    {"subject": "Keep only letters in slugs", "prompt": TURNS[1]["prompt"], "added": 4, "failed": ["edit", "visible"], "checks": ["passed"], "corrects": True},
    {"subject": "Say what slugs are for", "prompt": TURNS[2]["prompt"], "added": 1, "failed": [], "checks": ["passed"]},
]
