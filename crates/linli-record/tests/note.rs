//! Notes and checkpoints against the published example, and against everything malformed.

#![allow(clippy::unwrap_used)]

use linli_record::note::{Checkpoint, CheckpointError, Note, NoteError, Signer, Verifier};

/// The example of C2SP signed-note.
const EXAMPLE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VY\
    RlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
const EXAMPLE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

fn signer() -> Signer {
    Signer::new("linli.example/620802", &[3; 32]).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        origin: "linli.example/620802".into(),
        size: 42,
        root: [9; 32],
        time: Some(1_790_000_000_000_000),
    }
}

#[test]
fn the_published_example_verifies() {
    let key = Verifier::parse(EXAMPLE_KEY).unwrap();
    assert_eq!(key.key_id(), 0x530d_903a);
    assert_eq!(key.to_string(), EXAMPLE_KEY);
    let note = Note::parse(EXAMPLE).unwrap();
    assert_eq!(note.verify(&key), Ok(()));
    assert_eq!(note.to_string(), EXAMPLE);
    let changed = Note { text: "This is another message.\n".into(), ..note };
    assert!(matches!(changed.verify(&key), Err(NoteError::WrongSignature { .. })));
}

#[test]
fn a_checkpoint_survives_the_trip() {
    let note = checkpoint().sign(&signer()).unwrap().to_string();
    assert_eq!(Checkpoint::open(&note, &signer().verifier()), Ok(checkpoint()));
    let plain = Checkpoint { time: None, ..checkpoint() };
    let text = "linli.example/620802\n42\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n";
    assert_eq!(plain.text(), text);
    assert_eq!(Checkpoint::parse(&format!("{text}something new\n")), Ok(plain));
}

#[test]
fn a_witness_adds_a_line_and_disturbs_nobody() {
    let mut note = checkpoint().sign(&signer()).unwrap();
    let witness = Signer::new("street.example", &[4; 32]).unwrap();
    note.add(&witness);
    let read = Note::parse(&note.to_string()).unwrap();
    assert_eq!(read, note);
    assert_eq!(read.verify(&witness.verifier()), Ok(()));
    assert_eq!(read.verify(&signer().verifier()), Ok(()));
    let stranger = Signer::new("street.example", &[5; 32]).unwrap();
    assert!(matches!(read.verify(&stranger.verifier()), Err(NoteError::NotSigned { .. })));
}

#[test]
fn a_key_speaks_for_one_log() {
    let foreign = Checkpoint { origin: "other.example".into(), ..checkpoint() };
    let refused = foreign.sign(&signer()).unwrap_err();
    assert_eq!(refused, CheckpointError::Origin { origin: "other.example".into() });
    let note = Note::sign(&foreign.text(), &signer()).unwrap().to_string();
    assert_eq!(Checkpoint::open(&note, &signer().verifier()), Err(refused));
}

#[test]
fn malformed_notes_are_refused() {
    let good = checkpoint().sign(&signer()).unwrap().to_string();
    let cases = [
        (String::new(), NoteError::NoSignatures),
        ("text\n".into(), NoteError::NoSignatures),
        ("\n\n\u{2014} a b\n".into(), NoteError::Text),
        (good.trim_end().into(), NoteError::NoSignatures),
        (good.replace('\u{2014}', "-"), NoteError::SignatureLine { line: 1 }),
        (good.replace("42", "4\t2"), NoteError::Text),
        ("text\n\n\u{2014} a AAAA\n".into(), NoteError::SignatureLine { line: 1 }),
        ("text\n\n\u{2014} a+b AAAAAAAA\n".into(), NoteError::SignatureLine { line: 1 }),
        (format!("text\n\n{}", "\u{2014} a AAAAAAAA\n".repeat(101)), NoteError::TooManySignatures),
    ];
    for (text, error) in cases {
        assert_eq!(Note::parse(&text).unwrap_err(), error, "{text:?}");
    }
    for text in ["o\n", "o\n-1\nAA==\n", "o\n01\n", "o\n1\nAA==\n", "o\n1\n?\n", "\n1\n"] {
        assert!(matches!(Checkpoint::parse(text), Err(CheckpointError::Line { .. })), "{text:?}");
    }
    let twice = format!("{}\n", checkpoint().text());
    assert_eq!(Checkpoint::parse(&twice), Err(CheckpointError::Line { line: 5 }));
    for key in ["", "a+b", "a+00000000+AA==", "a+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcr"] {
        assert_eq!(Verifier::parse(key), Err(NoteError::Key), "{key}");
    }
    assert!(matches!(Signer::new("two words", &[1; 32]), Err(NoteError::KeyName)));
    assert_eq!(Note::sign("no end of line", &signer()), Err(NoteError::Text));
}
