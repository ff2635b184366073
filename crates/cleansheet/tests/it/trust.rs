//! The ledger's public files, and opening a trust again.

use std::sync::Arc;

use cleansheet::{
    app::{App, OpenError, Places, Settings},
    ledger_files::{Folder, LedgerError},
    profile::Profile,
};
use cleansheet_ledger::{VerifierKey, verify};
use cleansheet_records::settings;
use cleansheet_terms::{FixedClock, PersonId, SeededEntropy};

use crate::site::ORIGIN;

async fn open(places: &Places) -> Result<App, OpenError> {
    open_at(places, "2026-11-21T12:46:00Z").await
}

async fn open_at(places: &Places, now: &str) -> Result<App, OpenError> {
    let profile = Profile::demo().unwrap();
    let settings = Settings { public_url: ORIGIN.into(), demo: true, profile, mail: None, oidc: None };
    let clock = Arc::new(FixedClock::at(now));
    App::open(places, settings, None, clock, SeededEntropy::new(7)).await
}

/// Two ledger entries each time.
async fn acts(app: &App, times: usize) {
    let by = PersonId::parse("person_01").unwrap();
    let mut tx = app.records.begin().await.unwrap();
    for _ in 0..times {
        settings::Settings(&mut tx).start_pause(&by, &*app.clock, &mut &app.entropy).await.unwrap();
        settings::Settings(&mut tx).end_pause(&by, &*app.clock, &mut &app.entropy).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_ledgers_files_verify_at_every_size_and_go_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let places = Places::of(&folder.path().join("trust"));
    let files = Folder::new(&places.ledger());
    let mut kept = None;
    for round in 0..6 {
        let app = open(&places).await.unwrap();
        acts(&app, 30 + round).await;
        let size = app.ledger.bring_up_to_date(&app.records).await.unwrap();
        acts(&app, 1).await;
        assert_eq!(app.ledger.bring_up_to_date(&app.records).await.unwrap(), size + 2);
        let key = std::fs::read_to_string(files.key_path()).unwrap();
        let key = VerifierKey::parse(key.trim()).unwrap();
        assert_eq!(verify(&files, &key, kept.as_deref()).unwrap().size, size + 2);
        kept = app.ledger.checkpoint_text();
        app.records.close().await;
    }
    assert!(
        !places.ledger().join("tile/entries/000.p").exists(),
        "partial copies of a full bundle are not kept"
    );
}

#[tokio::test]
async fn an_older_database_under_newer_files_is_never_signed() {
    let folder = tempfile::tempdir().unwrap();
    let places = Places::of(&folder.path().join("trust"));
    open(&places).await.unwrap().records.close().await;
    let (records, older) = (places.data.join("trust.db"), folder.path().join("older.db"));
    std::fs::copy(&records, &older).unwrap();
    let app = open(&places).await.unwrap();
    acts(&app, 5).await;
    app.ledger.bring_up_to_date(&app.records).await.unwrap();
    let signed = app.ledger.checkpoint_text();
    app.records.close().await;
    for file in ["trust.db-wal", "trust.db-shm"] {
        let _absent_is_fine = std::fs::remove_file(places.data.join(file));
    }
    std::fs::copy(&older, &records).unwrap();
    for times in [1, 20] {
        let app = open_at(&places, "2026-11-22T09:00:00Z").await.unwrap();
        acts(&app, times).await;
        let refused = app.ledger.bring_up_to_date(&app.records).await;
        assert!(matches!(refused, Err(LedgerError::Forked { .. })), "{refused:?}");
        assert_eq!(app.ledger.checkpoint_text(), signed);
        app.records.close().await;
    }
}

#[tokio::test]
async fn a_trust_without_its_keys_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let places = Places::of(&folder.path().join("trust"));
    open(&places).await.unwrap().records.close().await;
    std::fs::remove_file(&places.keys).unwrap();
    assert!(matches!(open(&places).await, Err(OpenError::Keys(_))));
}

#[tokio::test]
async fn a_trust_is_opened_with_its_own_records_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut places = Places::of(&folder.path().join("trust"));
    open(&places).await.unwrap().records.close().await;
    places.database = Some("postgres://nobody@127.0.0.1:1/none".into());
    let error = open(&places).await.err().unwrap().to_string();
    assert!(error.contains("leave out --database"), "{error}");
    places.database = None;
    std::fs::remove_file(places.data.join("trust.db")).unwrap();
    let error = open(&places).await.err().unwrap().to_string();
    assert!(error.contains("give its address with --database"), "{error}");
}
