//! Sessions that made the commit themselves, and trailers that say so.

use backstory::link::library::Library;
use backstory::link::{Hints, link};
use backstory::record::contribution::{Confidence, Evidence};
use backstory::record::session::{FailureKind, Outcome};
use backstory::record::text::Raw;

use crate::stage::{TOTAL, commit, done, edit, linked, minute, session, shell, turn, wrote_total};

#[test]
fn a_session_that_printed_the_commits_id_states_it() {
    let mut calls = wrote_total(6);
    calls.push(shell(9, "git commit -am Discounts", done("[main 1a2b3c4] Discounts\n 1 file changed")));
    let linked = linked(
        vec![session("one", vec![turn(5, "Add a discount", calls)])],
        &commit(10, "Discounts", &[("src/price.py", TOTAL)]),
    );
    assert_eq!(linked.contributions[0].confidence, Confidence::Stated);
}

#[test]
fn who_only_rebased_a_commit_that_was_there_before_is_not_named() {
    let made = |at: i64| shell(at, "git rebase --continue", done("[detached HEAD 1a2b3c4] Discounts"));
    for (name, begun, claims) in [("begun before the commit", 5, 1), ("begun after it", 30, 0)] {
        let one = session("one", vec![turn(begun, "Bring it up to date", vec![made(40)])]);
        let mut commit = commit(10, "Discounts", &[("src/price.py", TOTAL)]);
        commit.committed_at = minute(40);
        assert_eq!(linked(vec![one], &commit).contributions.len(), claims, "{name}");
    }
}

#[test]
fn a_command_that_holds_the_subject_while_the_commit_is_made_states_it_without_an_output() {
    let change = commit(10, "Add the total of a cart", &[("src/price.py", TOTAL)]);
    let how = |at, command: &str, output: &str| {
        let one = session("one", vec![turn(5, "Commit it", vec![shell(at, command, done(output))])]);
        linked(vec![one], &change).contributions.first().map(|one| one.confidence)
    };
    let heredoc = "git commit -q -F - <<'EOF'\nAdd the total of a cart\n\nWith a discount.\nEOF";
    assert_eq!(how(10, heredoc, ""), Some(Confidence::Stated));
    assert_eq!(how(8, "rtk git commit -m 'Add the total of a cart'", "ok"), None, "it had ended two minutes before");
    assert_eq!(how(10, "rtk git commit -m 'Add the total of a cart'", "ok"), Some(Confidence::Stated));
    assert_eq!(how(10, "git commit -qm 'Add the total of a cart and a test'", ""), None);
    assert_eq!(how(40, heredoc, ""), None, "the same words half an hour later");
}

#[test]
fn a_commit_before_a_push_that_fails_is_stated() {
    let failed = Outcome::Failed {
        kind: FailureKind::Command,
        exit_code: Some(1),
        output: Raw::new("[main 1a2b3c4] Discounts\n ! [rejected] main -> main"),
    };
    let one = session("one", vec![turn(5, "Push it", vec![shell(10, "git commit -F note && git push", failed)])]);
    let linked = linked(vec![one], &commit(10, "Discounts", &[("src/price.py", TOTAL)]));
    assert_eq!(linked.contributions[0].evidence[0], Evidence::CommitOutput { printed: "1a2b3c4".into() });
}

fn own_trailer(session: &str) -> Hints {
    Hints { named: vec![("Backstory-Session".to_owned(), session.to_owned())], ..Hints::default() }
}

#[test]
fn our_own_trailer_states_nothing_and_what_it_was_written_for_is_the_evidence() {
    const FORMATTED: &str = "def total(prices, discount=0):;\n  subtotal = sum( prices );\n  return subtotal-discount;";
    const BROKEN: &str = "def total(\n    prices,\n    discount=0,\n):\n    subtotal = sum(\n        prices\n    )\n    return (\n        subtotal - discount\n    )";
    let made = |text: &str| {
        let library = Library::new(vec![session("one", vec![turn(5, "Add a discount", wrote_total(6))])]);
        let change = commit(10, "Discounts", &[("src/price.py", text)]);
        [Hints::default(), own_trailer("one")].map(|hints| {
            let linked = link(&change, &library, &hints);
            let one = |one: &backstory::record::contribution::Contribution<Raw>| (one.confidence, one.lines);
            (linked.contributions.iter().map(one).collect::<Vec<_>>(), linked.lines.agent, linked.lines.formatter)
        })
    };
    let one = |lines| vec![(Confidence::Content, lines)];
    for (name, text, expected) in [
        ("as written", TOTAL, (one(3), 3, 0)),
        ("with other blanks and ends", FORMATTED, (one(3), 3, 0)),
        ("broken into more lines", BROKEN, (one(6), 9, 0)),
    ] {
        assert_eq!(made(text), [expected.clone(), expected], "{name}");
    }
    // A message that was copied (`git commit -C`) names a session that had no part in it.
    let [without, copied] = made("nothing = 'of it'\nand_more = 'of that'");
    assert_eq!(without, copied);
    assert!(!copied.0.iter().any(|(confidence, _)| *confidence != Confidence::Overlap), "{copied:?}");
}

#[test]
fn what_only_takes_lines_away_is_not_stated_by_our_own_trailer_either() {
    let took = edit(6, "src/price.py", TOTAL, "", done(""));
    let library = Library::new(vec![session("one", vec![turn(5, "Drop it", vec![took])])]);
    let mut change = commit(10, "Drop the total", &[("src/price.py", "")]);
    change.files[0].hunks[0].removed = TOTAL.lines().map(Raw::new).collect();
    for hints in [Hints::default(), own_trailer("one")] {
        let linked = link(&change, &library, &hints);
        assert_eq!(linked.contributions[0].confidence, Confidence::Content);
        assert!(matches!(linked.contributions[0].evidence[0], Evidence::Removed { found: 3, of: 3 }), "{linked:?}");
    }
}
