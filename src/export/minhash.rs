//! Near duplicates by MinHash (Broder 1997): of two texts the part of their runs of five words that both have (Jaccard), estimated from
//! 126 numbers each. Bands of these numbers (locality-sensitive hashing) tell which texts are worth comparing. The numbers are the
//! least of 126 bins of one hash (Li, Owen and Zhang 2012), where 126 hashes of each run would take most of the time of an export.

/// Numbers of a signature.
const NUMBERS: usize = BANDS * ROWS;
/// With 21 bands of 6 rows two texts that share four fifths are compared in 998 cases of 1,000, two that share half in 282.
pub(crate) const BANDS: usize = 21;
const ROWS: usize = 6;
/// Words of a run.
const RUN: usize = 5;
/// From this part on, two texts are near duplicates. The usual range is 0.7 to 0.85.
const SAME: f64 = 0.8;

/// What a text is known again by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextSignature([u32; NUMBERS]);

impl TextSignature {
    /// Bytes of a signature.
    pub(crate) const BYTES: usize = 4 * NUMBERS;

    pub(crate) fn of(text: &str) -> Self {
        let mut least: [Option<u32>; NUMBERS] = [None; NUMBERS];
        let words = words(text);
        let mut take = |run: &[u64]| {
            let run = mixed(run.iter().fold(0, |sum: u64, word| sum.rotate_left(23).wrapping_mul(PRIME) ^ word));
            // The upper half says which bin, the lower half what is compared in it.
            let bin = &mut least[(((run >> 32) * NUMBERS as u64) >> 32) as usize];
            let value = run as u32;
            *bin = Some(bin.map_or(value, |known| known.min(value)));
        };
        if words.len() < RUN {
            take(&words);
        }
        words.windows(RUN).for_each(take);
        Self(without_gaps(&least))
    }

    /// For each band a number that two texts share which are alike in it.
    pub(crate) fn bands(&self) -> [u64; BANDS] {
        let band = |number: usize| {
            let rows = &self.0[number * ROWS..(number + 1) * ROWS];
            rows.iter().fold(number as u64 + 1, |sum, row| mixed(sum.wrapping_mul(PRIME) ^ u64::from(*row)))
        };
        std::array::from_fn(band)
    }

    pub(crate) fn is_near(&self, other: &Self) -> bool {
        let same = self.0.iter().zip(&other.0).filter(|(one, other)| one == other).count();
        same as f64 >= SAME * NUMBERS as f64
    }

    /// Eight hex digits for each number.
    pub(crate) fn hex(&self) -> String {
        let digit = |number: &u32, place: u32| char::from_digit(number >> (28 - 4 * place) & 15, 16).unwrap_or('0');
        self.0.iter().flat_map(|number| (0..8).map(move |place| digit(number, place))).collect()
    }

    pub(crate) fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        for (place, number) in bytes.chunks_exact_mut(4).zip(&self.0) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let number = |place: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| bytes[4 * place + byte]));
        Self(std::array::from_fn(number))
    }
}

const PRIME: u64 = 0x0000_0100_0000_01b3;

/// The words of a text by FNV-1a: the same on every machine and in every version, which the hash of the standard library is not.
fn words(text: &str) -> Vec<u64> {
    const NOTHING: u64 = 0xcbf2_9ce4_8422_2325;
    let bytes = text.as_bytes();
    let mut words = Vec::with_capacity(text.len() / 6);
    let (mut at, mut hash) = (0, NOTHING);
    while let Some(&byte) = bytes.get(at) {
        let (is_word, len) = match byte.is_ascii() {
            true => (byte.is_ascii_alphanumeric() || byte == b'_', 1),
            false => {
                let c = text[at..].chars().next().unwrap_or_default();
                (c.is_alphanumeric(), c.len_utf8())
            }
        };
        if is_word {
            hash = bytes[at..at + len].iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME));
        } else if hash != NOTHING {
            words.push(hash);
            hash = NOTHING;
        }
        at += len;
    }
    if hash != NOTHING {
        words.push(hash);
    }
    words
}

/// The last step of SplitMix64.
const fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// An empty bin takes the number of one that is not, found by the same steps in all texts, so that two of them still have as many
/// in common as they share (optimal densification, Shrivastava 2017). At least one is not empty.
fn without_gaps(bins: &[Option<u32>; NUMBERS]) -> [u32; NUMBERS] {
    std::array::from_fn(|place| {
        let step = |number: u64| (mixed((place as u64) << 32 | number) % NUMBERS as u64) as usize;
        bins[place].or_else(|| (1..).find_map(|number| bins[step(number)])).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two texts of words of which each has `own` runs of its own and both have `shared`.
    fn texts(shared: usize, own: usize) -> [String; 2] {
        let common: String = (0..shared + RUN - 1).map(|word| format!("w{word} ")).collect();
        ["a", "b"].map(|name| common.clone() + &(0..own).map(|word| format!("{name}{word} ")).collect::<String>())
    }

    #[test]
    fn the_estimate_is_near_what_two_texts_share() {
        for (shared, own) in [(900, 0), (900, 50), (900, 100), (600, 200), (300, 600), (0, 500)] {
            let [one, other] = texts(shared, own).map(|text| TextSignature::of(&text));
            let same = one.0.iter().zip(&other.0).filter(|(one, other)| one == other).count();
            let estimate = same as f64 / NUMBERS as f64;
            let jaccard = shared as f64 / (shared + 2 * own) as f64;
            // Three standard deviations of 126 draws.
            let spread = 3.0 * (jaccard * (1.0 - jaccard) / NUMBERS as f64).sqrt() + 0.02;
            assert!((estimate - jaccard).abs() <= spread, "{shared} {own}: {estimate} {jaccard}");
            assert_eq!(one.is_near(&other), estimate >= SAME, "{shared} {own}");
        }
    }

    #[test]
    fn texts_that_are_alike_share_a_band_and_a_signature_survives_its_bytes() {
        let [one, other] = texts(900, 40).map(|text| TextSignature::of(&text));
        assert!(one.bands().iter().zip(other.bands()).any(|(one, other)| *one == other));
        assert_eq!(TextSignature::from_bytes(&one.to_bytes()), one);
        let second = u32::from_str_radix(&one.hex()[8..16], 16).unwrap();
        assert_eq!((one.hex().len(), second), (2 * TextSignature::BYTES, one.0[1]));
        assert_ne!(one, other);
        for short in ["", "one", "one two three four"] {
            assert!(TextSignature::of(short).is_near(&TextSignature::of(&format!("{short}, "))), "{short}");
        }
        assert!(!TextSignature::of("one two").is_near(&TextSignature::of("two one")));
    }

    #[test]
    fn words_are_runs_of_letters_digits_and_underscores() {
        let fnv = |word: &str| {
            word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
        };
        for text in [
            "",
            " ",
            "a",
            "a b_c,d",
            "\u{e9}t\u{e9} \u{2014} na\u{ef}ve\u{2026}",
            "\u{4f60}\u{597d} x",
            "..a",
            "a..",
            "\u{1f469}\u{200d}b",
        ] {
            let split = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
            assert_eq!(words(text), split.map(fnv).collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn a_signature_is_the_same_on_every_machine() {
        let bands = TextSignature::of("the quick brown fox jumps over the lazy dog").bands();
        assert_eq!(bands[..3], [2_460_393_660_311_179_577, 10_935_159_673_793_816_178, 7_685_917_718_159_350_912]);
    }
}
