//! A corpus that is made when it is read: templates in `secrets.txt` and `look_alikes.txt`, values drawn from a seed.
//! `⟦...⟧` is a secret, `⟨kind:length⟩` a drawn value; `⟦x|fold 20 \n⟧` breaks the secret after each 20 characters with
//! what follows, `⟦x|col 40 \n⟧` wherever a line of the text is 40 characters long.

use sha2::{Digest, Sha256};

/// A text, and what must be gone from it; nothing where it must stay as it is.
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) text: String,
    /// The characters of each secret, without what breaks it, and what breaks it.
    pub(crate) secrets: Vec<(String, String)>,
}

impl Case {
    pub(crate) fn group(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    /// A third of the kinds was not looked at while the rules were written.
    pub(crate) fn is_held_out(&self) -> bool {
        Sha256::digest(format!("kinds{}", self.id))[0].is_multiple_of(3)
    }

    /// A secret is gone when at most a quarter of it, and at most 8 of its characters in a row, are left.
    pub(crate) fn is_gone_from(&self, clean: &str) -> bool {
        let clean = without_placeholders(clean);
        self.secrets.iter().all(|(secret, between)| {
            let letters: Vec<char> = secret.chars().collect();
            let run = (letters.len() / 4).min(8) + 1;
            let joined = if between.is_empty() { clean.clone() } else { clean.replace(between.as_str(), "") };
            !letters.windows(run).any(|window| {
                let window: String = window.iter().collect();
                clean.contains(&window) || joined.contains(&window)
            })
        })
    }
}

/// The words of placeholders are nobody's secret.
fn without_placeholders(clean: &str) -> String {
    let mut out = String::new();
    let mut rest = clean;
    while let Some((before, placeholder)) = rest.split_once("[REDACTED:") {
        out.push_str(before);
        out.push('\u{0}');
        rest = placeholder.split_once(']').map_or("", |(_, after)| after);
    }
    out + rest
}

/// Every case of a file of templates, with values drawn from `seed`.
pub(crate) fn cases(templates: &str, seed: u64) -> Vec<Case> {
    let mut cases = Vec::new();
    for part in format!("\n{templates}").split("\n=== ").skip(1) {
        let (id, body) = part.split_once('\n').expect("an id, then the text");
        let digest = Sha256::digest(format!("{id}{seed}"));
        let mut draw = Draw { state: u64::from_le_bytes(digest[..8].try_into().expect("8 bytes")), style: seed };
        cases.push(draw.case(id, body.trim_end_matches('\n')));
    }
    cases
}

struct Draw {
    state: u64,
    style: u64,
}

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";
const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

impl Draw {
    fn case(&mut self, id: &str, template: &str) -> Case {
        let mut text = String::new();
        let mut secrets = Vec::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('⟦') {
            text.push_str(&self.filled(before));
            let (inner, after) = after.split_once('⟧').expect("a secret is closed");
            let (spec, fold) = match inner.split_once("|fold ").or_else(|| inner.split_once("|col ")) {
                Some((spec, fold)) => (spec, Some(fold)),
                None => (inner, None),
            };
            let secret = self.filled(spec);
            let mut between = String::new();
            match fold.and_then(|fold| fold.split_once(' ')) {
                Some((width, breaks)) => {
                    let width: usize = width.parse().expect("a number of characters");
                    between = unescaped(breaks);
                    let column = text.chars().rev().take_while(|c| *c != '\n').count();
                    let mut left = if inner.contains("|col ") { width.saturating_sub(column).max(1) } else { width };
                    let next = width.saturating_sub(between.chars().rev().take_while(|c| *c != '\n').count());
                    for letter in secret.chars() {
                        if left == 0 {
                            text.push_str(&between);
                            left = if inner.contains("|col ") { next } else { width };
                        }
                        text.push(letter);
                        left -= 1;
                    }
                }
                None => text.push_str(&secret),
            }
            secrets.push((secret, between));
            rest = after;
        }
        text.push_str(&self.filled(rest));
        Case { id: id.to_owned(), text, secrets }
    }

    fn filled(&mut self, template: &str) -> String {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('⟨') {
            out.push_str(before);
            let (spec, after) = after.split_once('⟩').expect("a drawn value is closed");
            let (kind, length) = spec.split_once(':').unwrap_or((spec, ""));
            let (length, how) = length.split_once(' ').unwrap_or((length, ""));
            out.push_str(&self.value(kind, length.parse().unwrap_or(0), how));
            rest = after;
        }
        out.push_str(rest);
        out.replace('␛', "\u{1b}")
    }

    fn below(&mut self, most: usize) -> usize {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % most
    }

    fn of(&mut self, letters: &str, length: usize) -> String {
        let letters: Vec<char> = letters.chars().collect();
        (0..length).map(|_| letters[self.below(letters.len())]).collect()
    }

    fn words(&mut self, count: usize) -> Vec<&'static str> {
        (0..count).map(|_| WORDS[self.below(WORDS.len())]).collect()
    }

    fn value(&mut self, kind: &str, length: usize, how: &str) -> String {
        let alnum = [LOWER, UPPER, DIGITS].concat();
        let letters = match kind {
            "an" => alnum,
            "lo" => [LOWER, DIGITS].concat(),
            "up" => [UPPER, DIGITS].concat(),
            "hex" => "0123456789abcdef".to_owned(),
            "HEX" => "0123456789ABCDEF".to_owned(),
            "b64" => alnum + "+/",
            "url" => alnum + "-_",
            "dig" => DIGITS.to_owned(),
            "b32" | "B32" => UPPER.to_owned() + "234567",
            "b32l" | "b32x" => LOWER.to_owned() + "234567",
            "b36" => [DIGITS, LOWER].concat(),
            "nix" => "0123456789abcdfghijklmnpqrsvwxyz".to_owned(),
            "crock" => "0123456789ABCDEFGHJKMNPQRSTVWXYZ".to_owned(),
            "b58" => BASE58.to_owned(),
            "bech" => BECH32.to_owned(),
            "BECH" => BECH32.to_uppercase(),
            "dj" => LOWER.to_owned() + DIGITS + "!@#$%^&*(-_=+)",
            _ => return self.composed(kind, length, how),
        };
        self.of(&letters, length)
    }

    fn composed(&mut self, kind: &str, length: usize, how: &str) -> String {
        let base64 = [LOWER, UPPER, DIGITS, "+/"].concat();
        match kind {
            "pw" => self.password("!@#%^*?=+"),
            "pw1" => self.password("!_*-"),
            "uuid" => [8, 4, 4, 4, 12].map(|part| self.value("hex", part, "")).join("-"),
            "HEXUUID" => self.composed("uuid", 0, "").to_uppercase(),
            "pem" => {
                let lines: Vec<String> =
                    (0..length).map(|line| self.of(&base64, if line + 1 == length { 44 } else { 64 })).collect();
                lines.join("\n")
            }
            "bytes" => (0..length).map(|_| self.below(256).to_string()).collect::<Vec<_>>().join(","),
            "hexpairs" => (0..length).map(|_| self.value("HEX", 2, "")).collect::<Vec<_>>().join(":"),
            "words" | "dice" => self.words(length).join(" "),
            "cwords" => self.words(length).join(", "),
            "jwords" => self.words(length).join("\",\""),
            "lwords" => self.words(length).join("\n"),
            "nwords" => {
                let numbered = |(index, word): (usize, &str)| format!("{}{how} {word}", index + 1);
                self.words(length).into_iter().enumerate().map(numbered).collect::<Vec<_>>().join("\n")
            }
            "nrow" => {
                let numbered = |(index, word): (usize, &str)| format!("{}. {word}", index + 1);
                self.words(length).into_iter().enumerate().map(numbered).collect::<Vec<_>>().join("  ")
            }
            "lo4" => (0..length).map(|_| self.of(LOWER, 4)).collect::<Vec<_>>().join(" "),
            "b32g" => (0..length).map(|_| self.of(&(LOWER.to_owned() + "234567"), 4)).collect::<Vec<_>>().join(" "),
            _ => panic!("`{kind}` is not a kind of value"),
        }
    }

    /// As people choose them and as programs draw them; each seed takes another style.
    fn password(&mut self, symbols: &str) -> String {
        let alnum = [LOWER, UPPER, DIGITS].concat();
        let symbol = |draw: &mut Self| draw.of(symbols, 1);
        match self.style % 5 {
            0 => {
                let (first, second) = (self.words(1)[0], self.words(1)[0]);
                format!("{first}{}{second}{}", self.below(90) + 10, self.below(10))
            }
            1 => {
                let word = self.words(1)[0];
                let (head, tail) = word.split_at(1);
                format!("{}{tail}{}{}", head.to_uppercase(), 1980 + self.below(60), symbol(self))
            }
            2 => format!("{}7{}K{}q", self.of(&alnum, 5), self.of(&alnum, 4), self.of(&alnum, 3)),
            3 => {
                format!(
                    "{}{}8{}{}R{}",
                    self.of(&alnum, 4),
                    symbol(self),
                    self.of(&alnum, 4),
                    symbol(self),
                    self.of(&alnum, 4)
                )
            }
            _ => format!("{}-{}-{}", self.words(2).join("-"), self.below(900) + 100, self.words(1)[0]),
        }
    }
}

fn unescaped(text: &str) -> String {
    text.replace('␛', "\u{1b}")
        .replace("\\\\\\n", "\\\u{0}")
        .replace("\\\\n", "\\n\u{1}")
        .replace("\\n", "\n")
        .replace('\u{0}', "\n")
        .replace("\n\u{1}", "\\n")
}

/// Words of the English list of BIP 39.
const WORDS: [&str; 64] = [
    "basket", "beef", "blind", "board", "bonus", "buffalo", "bundle", "burden", "cabbage", "cage", "cat", "celery",
    "century", "chicken", "clarify", "clown", "common", "coral", "cradle", "crumble", "detail", "detect", "disorder",
    "during", "endorse", "essay", "evidence", "federal", "foster", "frame", "gasp", "harvest", "hospital", "illness",
    "inch", "kite", "language", "left", "nature", "nephew", "offer", "often", "over", "patch", "place", "quality",
    "quit", "rice", "river", "salt", "sketch", "slam", "stock", "story", "subject", "sun", "sustain", "task", "total",
    "trend", "unveil", "whale", "where", "wreck",
];
