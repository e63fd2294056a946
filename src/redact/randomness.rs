//! Tells random strings from words: how surprising each character is after the one before it. Words, identifiers and
//! paths cost about 3.5 bits a character, random letters and digits 5 and more.

/// Cost in bits of the second letter (column) after the first (row), a to z, at most 9: counted over identifiers and
/// prose of open-source code.
const PAIRS: [&[u8; 26]; 26] = [
    b"84449759596353949343668869",
    b"37573779369269399446389969",
    b"38573893594579279563589979",
    b"47751778299597489547478869",
    b"48435568798553857234868589",
    b"37663369299477399555499969",
    b"47792854399563499347499989",
    b"28992999399768389464599969",
    b"56455559998442369543959795",
    b"39692999394969359939496999",
    b"46861768399595689635676989",
    b"38852799299388379955579949",
    b"25862999399757439957599989",
    b"49433639486786479833569979",
    b"76458669686442549345464899",
    b"39783885498399349354599969",
    b"99898999999398978559095999",
    b"38662769396756389544578959",
    b"58482894397667447842488969",
    b"39672794299679489345598859",
    b"45464669599442749333999899",
    b"29691779399979599967998799",
    b"37873984389694399346996999",
    b"47463596399977529962679669",
    b"65584786499443439534985985",
    b"39951999398767499969896966",
];

/// What a string is made of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Make {
    pub(crate) len: usize,
    pub(crate) lower: usize,
    pub(crate) upper: usize,
    pub(crate) digits: usize,
    pub(crate) symbols: usize,
    /// Characters that are not hex digits.
    pub(crate) not_hex: usize,
    /// Different characters.
    pub(crate) distinct: usize,
}

impl Make {
    pub(crate) fn of(value: &[u8]) -> Self {
        let mut make = Self { len: value.len(), ..Self::default() };
        let mut seen = [false; 256];
        for &byte in value {
            match byte {
                b'a'..=b'z' => make.lower += 1,
                b'A'..=b'Z' => make.upper += 1,
                b'0'..=b'9' => make.digits += 1,
                _ => make.symbols += 1,
            }
            make.not_hex += usize::from(!byte.is_ascii_hexdigit());
            if !std::mem::replace(&mut seen[usize::from(byte)], true) {
                make.distinct += 1;
            }
        }
        make
    }

    pub(crate) fn is_hex(&self) -> bool {
        self.not_hex == 0 && self.len >= 8
    }

    /// How many of lower case, upper case, digits and symbols occur.
    pub(crate) fn classes(&self) -> usize {
        [self.lower, self.upper, self.digits, self.symbols].iter().filter(|count| **count > 0).count()
    }
}

/// Mean cost in bits of a character of `value` after the one before it.
pub(crate) fn surprise(value: &[u8]) -> f32 {
    if value.len() < 2 {
        return 0.0;
    }
    let total: f32 = value.windows(2).map(|pair| step(pair[0], pair[1])).sum();
    total / (value.len() - 1) as f32
}

fn step(before: u8, after: u8) -> f32 {
    let letter = |byte: u8| usize::from(byte.to_ascii_lowercase() - b'a');
    match (class(before), class(after)) {
        (Class::Lower, Class::Lower) | (Class::Upper, Class::Upper) | (Class::Upper, Class::Lower) => {
            f32::from(PAIRS[letter(before)][letter(after)] - b'0')
        }
        // A new word of camelCase.
        (Class::Lower, Class::Upper) => 5.5,
        (Class::Digit, Class::Digit) => 3.3,
        (Class::Digit, Class::Lower | Class::Upper) => 6.0,
        (Class::Lower | Class::Upper, Class::Digit) => 5.5,
        (Class::Other, _) => 2.5,
        (_, Class::Other) => 3.0,
    }
}

#[derive(Clone, Copy)]
enum Class {
    Lower,
    Upper,
    Digit,
    Other,
}

fn class(byte: u8) -> Class {
    match byte {
        b'a'..=b'z' => Class::Lower,
        b'A'..=b'Z' => Class::Upper,
        b'0'..=b'9' => Class::Digit,
        _ => Class::Other,
    }
}

/// Whether `value` looks drawn at random and not composed of words. Needs 12 characters to say so.
pub(crate) fn is_random(value: &[u8]) -> bool {
    let make = Make::of(value);
    if make.len < 12 || make.distinct * 3 < make.len.min(24) {
        return false;
    }
    if make.is_hex() {
        return make.digits > 0 && make.digits < make.len && make.distinct >= 6;
    }
    let need = match make.len {
        12..16 => 5.1,
        16..24 => 4.8,
        _ => 4.55,
    };
    surprise(value) >= need
}

#[cfg(test)]
mod tests {
    use super::is_random;

    #[test]
    fn words_identifiers_and_paths_are_not_random() {
        for words in [
            "authentication-token-refresh-middleware",
            "TransactionAwareConfigurationMethodCachedProvider",
            "crates/collector/src/redaction/rules/high_entropy",
            "supercalifragilisticexpialidocious",
            "MAX_OUTPUT_TOKENS_PER_MINUTE",
        ] {
            assert!(!is_random(words.as_bytes()), "{words}");
        }
    }

    #[test]
    fn keys_are_random() {
        for key in ["q7Xw2Lp9ZrT4vKd8BnM3", "kf93ldk20sla93jf02kdl3", "QxZvWkJqPfGhTzRbNmLs"] {
            assert!(is_random(key.as_bytes()), "{key}");
        }
    }
}
