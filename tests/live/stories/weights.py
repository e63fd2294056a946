"""Another story, of four commits: JavaScript, two commits of one prompt, a file that gets another name, one that goes, a command that
the settings of some agents do not allow, and words that say what is wrong with what was committed."""

WEIGHT = """const GRAMS = { oz: 28, lb: 454 };

export function grams(amount, unit) {
  return amount * GRAMS[unit];
}
"""
TEST = """import assert from "node:assert";
import { test } from "node:test";
import { grams } from "./weight.mjs";

test("pounds are converted", () => {
  assert.strictEqual(grams(2, "lb"), 908);
});

test("unknown units are refused", () => {
  assert.throws(() => grams(1, "stone"));
});
"""
CHECK = "node --test"

NEEDS_TOOLS = True  # files are renamed, and a prompt has two commits: nothing for an agent that only edits

FILES = {
    "README.md": "# Kitchen\n\nWeights for recipes.\n",
    "notes.txt": "ounces\npounds\nask about stones\n",
    ".gitignore": "node_modules/\n",
}

TURNS = [
    {
        "prompt": "Convert ounces and pounds into grams. Commit the tests apart from the function.",
        "steps": [
            ("read", "notes.txt"),
            ("write", "weight.mjs", WEIGHT),
            ("write", "weight.test.mjs", TEST),
            ("run", CHECK),  # fails: nothing is thrown
            ("read", "weight.mjs"),
            ("edit", "weight.mjs", "  return amount * GRAMS[unit];\n", "  if (!(unit in GRAMS)) throw new RangeError(unit);\n  return amount * GRAMS[unit];\n"),
            ("run", CHECK),
            ("run", "git add weight.mjs && git commit -q -m 'Convert weights into grams'"),
            ("run", "git add weight.test.mjs && git commit -q -m 'Test the conversion'"),
            ("say", "Both are committed."),
        ],
    },
    {
        "prompt": "Call the module mass.mjs and throw the notes away",
        "steps": [
            ("run", "curl -s http://127.0.0.1:9/units"),
            ("run", "git mv weight.mjs mass.mjs && git mv weight.test.mjs mass.test.mjs && git rm -q notes.txt"),
            ("run", f"{CHECK} 2>&1 | tail -30"),  # fails: the tests ask for the old name
            ("read", "mass.test.mjs"),
            ("edit", "mass.test.mjs", 'import { grams } from "./weight.mjs";\n', 'import { grams } from "./mass.mjs";\n'),
            ("run", f"{CHECK} && git add -A && git commit -m 'Call the module mass'"),
            ("say", "It has its new name."),
        ],
    },
    {
        "prompt": "That's wrong: an ounce has 28.35 grams in GRAMS, and a pound 453.6",
        "steps": [
            ("read", "mass.mjs"),
            ("edit", "mass.mjs", "const GRAMS = { oz: 28, lb: 454 };\n", "const GRAMS = { oz: 28.35, lb: 453.6 };\n"),
            ("read", "mass.test.mjs"),
            ("edit", "mass.test.mjs", '  assert.strictEqual(grams(2, "lb"), 908);\n', '  assert.strictEqual(grams(2, "lb"), 907.2);\n'),
            ("run", f"{CHECK} && git commit -a -m 'Weigh ounces more exactly'"),
            ("say", "They are exact now."),
        ],
    },
]

COMMITS = [
    {"subject": "Convert weights into grams", "prompt": TURNS[0]["prompt"], "added": 6, "failed": ["visible"], "checks": ["passed"]},
    {"subject": "Test the conversion", "prompt": TURNS[0]["prompt"], "added": 11, "failed": [], "checks": ["passed"]},
    {"subject": "Call the module mass", "prompt": TURNS[1]["prompt"], "added": 1, "failed": ["hidden", "refused"], "checks": ["passed"]},
    {"subject": "Weigh ounces more exactly", "prompt": TURNS[2]["prompt"], "added": 2, "failed": [], "checks": ["passed"], "corrects": True},
]
