//! Codes that a name announces: recovery codes in a list, and keys for an authenticator in groups.

use std::ops::Range;

use super::finding::{Detection, RANK_ASSIGNED};
use super::randomness::Make;
use super::{stand_in, work};

/// How far behind the words the codes may stand.
const NEAR: usize = 1500;
const MOST: usize = 40;

/// What announces codes. Singular and plural; in code with `_`.
#[rustfmt::skip]
pub(crate) const KEYWORDS: &[&str] = &[
    "recovery code", "recovery_code", "recoverycode", "recovery-code", "backup code", "backup_code", "backupcode", "backup-code", "scratch code", "emergency code", "one-time code", "2fa code",
    "wiederherstellungscode", "ersatzcode", "backup-codes", "notfallcode", "codes de secours", "codes de récupération", "códigos de recuperación", "códigos de respaldo", "codici di backup", "codici di recupero", "códigos de backup", "códigos de recuperação",
    "herstelcodes", "kody zapasowe", "резервные коды", "коды восстановления", "备用码", "恢复代码", "恢复码", "バックアップコード", "リカバリーコード", "백업 코드", "복구 코드",
];

/// Codes after the words at `mark`: one to a line, in columns, or in a list. `until` is how far was looked already.
pub(super) fn find(text: &[u8], mark: Range<usize>, until: &mut usize, findings: &mut Vec<Detection>) {
    if mark.start < *until {
        return;
    }
    let stop = text.len().min(mark.end + NEAR);
    let mut at =
        mark.end + text[mark.end..stop].iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte >= 0x80).count();
    let mut codes: Vec<Range<usize>> = Vec::new();
    let mut words = 0;
    while at < stop && codes.len() < MOST {
        let byte = text[at];
        if !byte.is_ascii_alphanumeric() {
            // A sentence goes on, or another field begins.
            if matches!(byte, b'{' | b'}' | b'=' | b'<' | b'?') && !codes.is_empty() {
                break;
            }
            at += 1;
            continue;
        }
        let len = text[at..stop].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
        let mut code = at..at + len;
        // Two groups of digits with a blank between them.
        if is_digits(&text[code.clone()], 3, 5) && text.get(code.end) == Some(&b' ') {
            let next = text[(code.end + 1).min(stop)..stop].iter().take_while(|byte| byte.is_ascii_digit()).count();
            if next == len {
                code.end += 1 + next;
            }
        }
        at = code.end;
        if is_code(&text[code.clone()]) {
            codes.push(code);
            words = 0;
        } else if !is_digits(&text[code.clone()], 1, 2) {
            words += 1;
            if words > if codes.is_empty() { 24 } else { 1 } {
                break;
            }
        }
    }
    *until = codes.last().map_or(mark.end, |last| last.end);
    work::looks_at(at - mark.start);
    if codes.len() >= 2 {
        let shape = shape_of(&text[codes[0].clone()]);
        let same = codes.iter().filter(|code| shape_of(&text[(*code).clone()]) == shape).count();
        if same >= 2 {
            findings.extend(
                codes
                    .into_iter()
                    .filter(|code| shape_of(&text[code.clone()]) == shape)
                    .map(|code| Detection::ranked(code, "recovery-code", text, RANK_ASSIGNED)),
            );
        }
    }
}

fn is_digits(code: &[u8], least: usize, most: usize) -> bool {
    (least..=most).contains(&code.len()) && code.iter().all(u8::is_ascii_digit)
}

/// Digits, or letters and digits in one case, in one group or in several.
fn is_code(code: &[u8]) -> bool {
    let make = Make::of(code);
    let date = code.len() == 10 && code[4] == b'-' && code[7] == b'-' && make.digits == 8;
    (6..=40).contains(&code.len())
        && make.digits >= 1
        && make.distinct >= 3
        && !date
        && !stand_in::is_stand_in(code)
        && (make.digits + make.symbols == code.len() || make.lower == 0 || make.upper == 0)
}

/// Lengths of groups: codes of one list have the same.
fn shape_of(code: &[u8]) -> (usize, usize) {
    (code.len(), code.iter().filter(|byte| !byte.is_ascii_alphanumeric()).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut findings = Vec::new();
        let at = text.find("ecovery code").unwrap() - 1;
        find(text.as_bytes(), at..at + 13, &mut 0, &mut findings);
        findings.into_iter().map(|finding| &text[finding.range]).collect()
    }

    #[test]
    fn codes_in_a_list_are_found() {
        assert_eq!(found("Recovery codes:\n1. 4821 9034\n2. 1177 5640\n"), ["4821 9034", "1177 5640"]);
        assert_eq!(
            found("recovery codes (save them)\n- k3f9a-x81bd\n- 9dk2l-q0p4z\nThen go on."),
            ["k3f9a-x81bd", "9dk2l-q0p4z"]
        );
        assert_eq!(found("\"recovery codes\": [\"48219034\", \"11775640\"], \"id\": 12345678").len(), 2);
    }

    #[test]
    fn a_sentence_about_codes_stays() {
        for text in [
            "Recovery codes are shown once. Each of the ten codes can be used one time.",
            "recovery code 404 means not found, and 500 means error",
            "see recovery code RFC6238 for details",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }
}
