//! The licence of a repository as an SPDX expression, from what its manifests declare and from the texts of licences.

/// The expression that a manifest declares: `Cargo.toml`, `package.json`, `pyproject.toml` or `composer.json`. `None` where it declares
/// none, or says it in other words.
pub(crate) fn declared(name: &str, text: &str) -> Option<String> {
    let value = match name {
        "package.json" | "composer.json" => {
            let manifest: serde_json::Value = serde_json::from_str(text).ok()?;
            manifest["license"].as_str()?.to_owned()
        }
        "Cargo.toml" => of_table(text, &[&["package"], &["workspace", "package"]])?,
        "pyproject.toml" => of_table(text, &[&["project"], &["tool", "poetry"]])?,
        _ => return None,
    };
    is_expression(&value).then(|| value.replace('/', " OR "))
}

fn of_table(text: &str, tables: &[&[&str]]) -> Option<String> {
    let manifest: toml::Table = toml::from_str(text).ok()?;
    tables.iter().find_map(|path| {
        let mut table = &manifest;
        for name in *path {
            table = table.get(*name)?.as_table()?;
        }
        match table.get("license")? {
            toml::Value::String(license) => Some(license.clone()),
            toml::Value::Table(license) => license.get("text")?.as_str().map(str::to_owned),
            _ => None,
        }
    })
}

/// Whether each word is a known identifier, an exception or an operator.
fn is_expression(text: &str) -> bool {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '/')).filter(|word| !word.is_empty());
    let is_known = |word: &str| {
        let id = word.trim_end_matches('+').trim_end_matches("-only").trim_end_matches("-or-later");
        matches!(word, "AND" | "OR" | "WITH" | "LLVM-exception" | "Classpath-exception-2.0")
            || KNOWN.contains(&id)
            || TEXTS.iter().any(|(known, _)| known.trim_end_matches("-only") == id)
    };
    let mut words = words.peekable();
    words.peek().is_some() && text.len() < 100 && words.all(is_known)
}

/// Identifiers that are declared, and whose texts are not told apart here.
const KNOWN: &[&str] = &[
    "0BSD",
    "AGPL-3.0",
    "BSL-1.0",
    "BUSL-1.1",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "EUPL-1.2",
    "GPL-2.0",
    "GPL-3.0",
    "LGPL-2.1",
    "LGPL-3.0",
    "MIT-0",
    "UPL-1.0",
    "WTFPL",
    "Zlib",
];

/// The licence that a text is, by words that only it has; `None` for one that is not known, or of several at once.
pub(crate) fn of_text(text: &str) -> Option<&'static str> {
    let bare = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let text = bare(text);
    // A licence that names others, as the GNU ones do, begins with its own name.
    let head: String = text.chars().take(HEAD).collect();
    let found = |(_, signs): &&(&str, &[&str])| {
        signs.iter().all(|sign| head.contains(sign) || (sign.len() > 40 && text.contains(sign)))
    };
    TEXTS.iter().find(found).map(|(name, _)| *name)
}

/// Where the name of a licence stands.
const HEAD: usize = 600;

/// What tells a licence, lower case: short words at its beginning, long ones anywhere. The first that fits counts.
const TEXTS: &[(&str, &[&str])] = &[
    ("Apache-2.0", &["apache license", "version 2.0"]),
    ("AGPL-3.0-only", &["gnu affero general public license", "version 3"]),
    ("LGPL-3.0-only", &["gnu lesser general public license", "version 3"]),
    ("LGPL-2.1-only", &["gnu lesser general public license", "version 2.1"]),
    ("GPL-3.0-only", &["gnu general public license", "version 3"]),
    ("GPL-2.0-only", &["gnu general public license", "version 2"]),
    ("MPL-2.0", &["mozilla public license", "2.0"]),
    ("EPL-2.0", &["eclipse public license", "2.0"]),
    ("BUSL-1.1", &["business source license 1.1"]),
    ("Unlicense", &["this is free and unencumbered software released into the public domain"]),
    ("CC0-1.0", &["cc0 1.0 universal"]),
    ("BSL-1.0", &["boost software license - version 1.0"]),
    (
        "ISC",
        &[
            "permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the above",
        ],
    ),
    (
        "BSD-3-Clause",
        &[
            "redistribution and use in source and binary forms, with or without modification",
            "used to endorse or promote products derived from this software without",
        ],
    ),
    ("BSD-2-Clause", &["redistribution and use in source and binary forms, with or without modification"]),
    (
        "MIT",
        &[
            "permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files",
            "the above copyright notice and this permission notice",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_declares_an_expression_or_nothing() {
        for (name, text, expected) in [
            ("Cargo.toml", "[package]\nlicense = \"MIT OR Apache-2.0\"\n", Some("MIT OR Apache-2.0")),
            ("Cargo.toml", "[package]\nlicense = \"MIT/Apache-2.0\"\n", Some("MIT OR Apache-2.0")),
            ("Cargo.toml", "[workspace.package]\nlicense = \"MPL-2.0\"\n", Some("MPL-2.0")),
            ("Cargo.toml", "[package]\nlicense.workspace = true\n", None),
            ("package.json", r#"{"license": "GPL-3.0-or-later"}"#, Some("GPL-3.0-or-later")),
            ("package.json", r#"{"license": "SEE LICENSE IN LICENSE.md"}"#, None),
            ("package.json", r#"{"license": "UNLICENSED"}"#, None),
            ("package.json", "no json", None),
            ("pyproject.toml", "[project]\nlicense = {text = \"BSD-3-Clause\"}\n", Some("BSD-3-Clause")),
            ("pyproject.toml", "[project]\nlicense = {file = \"LICENSE\"}\n", None),
            ("setup.py", "license='MIT'", None),
        ] {
            assert_eq!(declared(name, text).as_deref(), expected, "{name}: {text}");
        }
    }

    #[test]
    fn a_text_is_known_by_what_only_it_says() {
        let root = env!("CARGO_MANIFEST_DIR");
        let read = |name: &str| std::fs::read_to_string(format!("{root}/{name}")).unwrap();
        assert_eq!(of_text(&read("LICENSE-MIT")), Some("MIT"));
        assert_eq!(of_text(&read("LICENSE-APACHE")), Some("Apache-2.0"));
        for (text, expected) in [
            ("GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007", Some("GPL-3.0-only")),
            (
                "GNU LESSER GENERAL PUBLIC LICENSE Version 3, based on version 3 of the GNU General Public License",
                Some("LGPL-3.0-only"),
            ),
            ("All rights reserved. Nobody may use this.", None),
            ("", None),
        ] {
            assert_eq!(of_text(text), expected, "{text}");
        }
    }
}
