//! Sheets of participants: compared, decided, taken over once, and nothing lost or doubled.

use cleansheet_records::{
    activities::{Activities, Relation},
    imports::{
        self, Adult, Alike, Batch, Child, Choice, Choices, ImportError, Imports, Outcome, Preview, Remark,
        Row, Session, Sheet, Totals,
    },
    sealing::Sealer,
};
use cleansheet_terms::{Clock as _, Date, ImportId};

use crate::world::{World, day, worlds};

fn sealer() -> Sealer {
    Sealer::new([7; 32])
}

fn born(text: &str) -> Option<Date> {
    Some(day(text))
}

fn row(line: u32, name: &str, born: Option<Date>, guardians: &[(&str, &str)]) -> Row {
    let adult = |(name, mail): &(&str, &str)| Adult {
        name: (*name).to_owned(),
        mail: (*mail).to_owned(),
        ..Adult::default()
    };
    Row {
        line,
        child: Child { name: name.to_owned(), born, ..Child::default() },
        guardians: guardians.iter().map(adult).collect(),
        activity: None,
        faults: Vec::new(),
        notes: Vec::new(),
    }
}

fn session(name: &str, day: Option<Date>) -> Option<Session> {
    Some(Session { name: name.to_owned(), day, place: String::new() })
}

impl World {
    async fn keep_sheet(&mut self, rows: Vec<Row>, roster: bool) -> ImportId {
        let (by, activity) = (self.person("manager"), roster.then(|| self.activity.clone()));
        let sheet = Sheet { unused: Vec::new(), rows };
        self.act(async |tx, clock, chance| {
            Imports(tx).keep(&sheet, activity.as_ref(), &by, &sealer(), clock, chance).await.unwrap()
        })
        .await
    }

    async fn batch(&self, id: &ImportId) -> Result<Batch, ImportError> {
        let mut tx = self.records.read().await.unwrap();
        Imports(&mut tx).batch(id, &sealer(), self.clock.now()).await
    }

    async fn preview(&self, id: &ImportId) -> Preview {
        let batch = self.batch(id).await.unwrap();
        Imports(&mut self.records.read().await.unwrap()).preview(&batch).await.unwrap()
    }

    async fn choose(&mut self, id: &ImportId, choices: &[(u32, Choice)]) {
        let choices: Choices = choices.iter().cloned().collect();
        self.act(async |tx, _, _| Imports(tx).choose(id, &choices).await.unwrap()).await;
    }

    async fn accept(&mut self, id: &ImportId, seen: &str) -> Result<Totals, ImportError> {
        let by = self.person("manager");
        self.act(async |tx, clock, chance| imports::accept(tx, id, seen, &by, &sealer(), clock, chance).await)
            .await
    }

    /// Keeps, looks and takes over.
    async fn import(&mut self, rows: Vec<Row>) -> Totals {
        let id = self.keep_sheet(rows, false).await;
        let seen = self.preview(&id).await.hash.to_string();
        self.accept(&id, &seen).await.unwrap()
    }

    async fn names(&self) -> Vec<String> {
        let mut tx = self.records.read().await.unwrap();
        Activities(&mut tx).participants().await.unwrap().into_iter().map(|one| one.name).collect()
    }

    async fn outcomes(&self, id: &ImportId) -> Vec<String> {
        let word = |outcome: &Outcome| match outcome {
            Outcome::New => "new",
            Outcome::Known(_) => "known",
            Outcome::Changed(_) => "changed",
            Outcome::Faulty(_) => "faulty",
            Outcome::Open(_) => "open",
            Outcome::LeftOut => "left out",
        };
        self.preview(id).await.lines.iter().map(|line| word(&line.outcome).to_owned()).collect()
    }
}

/// A sheet about people who are not on record, two of them of one family.
fn newcomers() -> Vec<Row> {
    let mut rows = vec![
        row(2, "Zofia Wrona", born("2016-02-03"), &[("Ewa Wrona", "ewa@example.org")]),
        row(3, "Kuba Wrona", born("2018-05-06"), &[("Ewa Wrona", "ewa@example.org"), ("Jan Wrona", "")]),
        row(4, "Mia Kowal", None, &[]),
    ];
    rows[0].guardians[0].phone = "07700 900123".to_owned();
    rows[0].guardians[0].language = Some("pl".to_owned());
    rows[0].guardians[0].relation = Some(Relation::FosterCarer);
    for row in &mut rows {
        row.activity = session("U11 Reds", born("2026-11-28"));
    }
    rows
}

#[tokio::test]
async fn a_sheet_is_taken_over_as_its_preview_said_and_only_once() {
    for mut world in worlds().await {
        let before = world.names().await.len();
        let id = world.keep_sheet(newcomers(), false).await;
        let preview = world.preview(&id).await;
        assert_eq!(world.names().await.len(), before, "a preview writes nothing");
        assert_eq!((preview.totals.new, preview.totals.guardians, preview.totals.activities), (3, 2, 1));
        let notes: Vec<usize> = preview.lines.iter().map(|line| line.notes.len()).collect();
        assert_eq!(notes, [0, 1, 1], "no address, no birthday: {:?}", preview.lines);
        let seen = preview.hash.to_string();
        assert_eq!(world.accept(&id, &seen).await.unwrap(), preview.totals);
        assert_eq!(world.accept(&id, &seen).await.unwrap(), preview.totals, "a second press says the same");
        assert_eq!(world.names().await.len(), before + 3, "{:?}", world.db.engine());
        let mut tx = world.records.read().await.unwrap();
        let all = Activities(&mut tx).participants().await.unwrap();
        let id_of = |name: &str| all.iter().find(|one| one.name == name).unwrap().id.clone();
        let zofias = Activities(&mut tx).guardianships_of(&id_of("Zofia Wrona")).await.unwrap();
        let kubas = Activities(&mut tx).guardianships_of(&id_of("Kuba Wrona")).await.unwrap();
        let ewa = &zofias[0];
        assert_eq!((ewa.relation, ewa.guardian.language.as_str()), (Relation::FosterCarer, "pl"));
        assert_eq!(ewa.guardian.phone, "07700 900123");
        assert!(kubas.iter().any(|one| one.guardian.id == ewa.guardian.id), "one record for one parent");
        let reds = Activities(&mut tx).activities().await.unwrap().remove(0);
        assert_eq!(Activities(&mut tx).roster(&reds.id).await.unwrap().len(), 3);
    }
}

#[tokio::test]
async fn the_same_sheet_again_changes_nothing() {
    for mut world in worlds().await {
        world.import(newcomers()).await;
        let id = world.keep_sheet(newcomers(), false).await;
        let preview = world.preview(&id).await;
        assert_eq!(world.outcomes(&id).await, ["known", "known", "known"], "{:?}", preview.lines);
        assert_eq!(preview.totals, Totals { known: 3, ..Totals::default() });
        let before = world.names().await;
        world.accept(&id, &preview.hash.to_string()).await.unwrap();
        assert_eq!(world.names().await, before);
    }
}

#[tokio::test]
async fn a_sheet_changes_what_it_says_and_leaves_what_it_does_not() {
    for mut world in worlds().await {
        world.import(newcomers()).await;
        let mut again = newcomers();
        again.truncate(1);
        let ewa = &mut again[0].guardians[0];
        (ewa.mail, ewa.phone, ewa.language, ewa.relation) =
            ("ewa.new@example.org".to_owned(), String::new(), None, None);
        again[0].child.reference = "F-17".to_owned();
        let id = world.keep_sheet(again.clone(), false).await;
        let preview = world.preview(&id).await;
        let says = preview.lines[0].says.join("; ");
        assert!(says.contains("ewa.new@example.org (it was ewa@example.org)"), "{says}");
        assert!(says.contains("reference becomes F-17"), "{says}");
        world.accept(&id, &preview.hash.to_string()).await.unwrap();
        // By the trust's own number a new name is the same child.
        again[0].child.name = "Zofia Wrona-Nowak".to_owned();
        let id = world.keep_sheet(again, false).await;
        let preview = world.preview(&id).await;
        assert!(preview.lines[0].says[0].contains("the name becomes Zofia Wrona-Nowak (it was Zofia Wrona)"));
        world.accept(&id, &preview.hash.to_string()).await.unwrap();
        let mut tx = world.records.read().await.unwrap();
        let all = Activities(&mut tx).participants().await.unwrap();
        let zofia = all.iter().find(|one| one.reference == "F-17").unwrap();
        let theirs = Activities(&mut tx).guardianships_of(&zofia.id).await.unwrap();
        assert_eq!(theirs.len(), 1);
        assert_eq!(theirs[0].guardian.phone, "07700 900123", "an empty cell takes nothing away");
        assert_eq!(
            (theirs[0].relation, theirs[0].guardian.mail.as_str()),
            (Relation::FosterCarer, "ewa.new@example.org")
        );
    }
}

#[tokio::test]
async fn a_reference_given_twice_makes_two_children_until_somebody_says_that_they_are_one() {
    for mut world in worlds().await {
        let numbered = |line, name, born| {
            let mut one = row(line, name, born, &[]);
            one.child.reference = "F-1".to_owned();
            one
        };
        // Nobody knows the birthdays, or they are twins.
        for born in [None, born("2016-07-07")] {
            let sheet = vec![numbered(2, "Noor Haddad", born), numbered(3, "Sami Haddad", born)];
            let id = world.keep_sheet(sheet, false).await;
            assert_eq!(world.outcomes(&id).await, ["new", "open"], "{born:?}");
        }
        world.import(vec![numbered(2, "Noor Haddad", None)]).await;
        world.import(vec![row(2, "Mia Kaya", born("2016-07-07"), &[])]).await;
        world.tamper("UPDATE participant SET reference = 'F-2' WHERE name = 'Mia Kaya'").await.unwrap();
        let mut twin = numbered(2, "Lia Kaya", born("2016-07-07"));
        twin.child.reference = "F-2".to_owned();
        for row in [numbered(2, "Sami Haddad", None), twin] {
            let name = row.child.name.clone();
            let id = world.keep_sheet(vec![row], false).await;
            assert_eq!(world.outcomes(&id).await, ["open"], "{name}");
        }
        // Once they are said to be two, each is known by the number and their own name.
        let id = world.keep_sheet(vec![numbered(2, "Sami Haddad", None)], false).await;
        world.choose(&id, &[(2, Choice::Another)]).await;
        let seen = world.preview(&id).await.hash.to_string();
        world.accept(&id, &seen).await.unwrap();
        let sheet = vec![numbered(2, "Noor Haddad", None), numbered(3, "Sami Haddad", None)];
        let id = world.keep_sheet(sheet, false).await;
        assert_eq!(world.outcomes(&id).await, ["known", "known"], "{:?}", world.db.engine());
    }
}

#[tokio::test]
async fn who_looks_like_somebody_is_never_merged_without_a_word() {
    for mut world in worlds().await {
        // On record: Asha Verma, born 2016-02-03, with the guardians `asha 1` and `asha 2`.
        let cases = [
            (row(2, "ASHA VERMA", born("2016-02-03"), &[]), "known"),
            (row(2, "Verma Asha", born("2016-02-03"), &[("asha 1", "asha.1@example.org")]), "known"),
            (row(2, "Asha Verma", born("2016-02-03"), &[("Somebody Else", "else@example.org")]), "open"),
            (row(2, "Asha Vema", born("2016-02-03"), &[]), "open"),
            (row(2, "Asha Verma", None, &[]), "open"),
            (row(2, "Asha Verma", None, &[("asha 1", "asha.1@example.org")]), "known"),
            (row(2, "Asha Verma", born("2016-02-04"), &[]), "new"),
            (row(2, "Asha Vema", born("2016-02-04"), &[]), "new"),
        ];
        for (row, wanted) in cases {
            let name = row.child.name.clone();
            let id = world.keep_sheet(vec![row], false).await;
            assert_eq!(world.outcomes(&id).await, [wanted], "{name}");
        }
    }
}

#[tokio::test]
async fn a_person_decides_who_it_is_and_is_not_asked_twice() {
    for mut world in worlds().await {
        let sheet = || vec![row(2, "Asha Vema", born("2016-02-03"), &[])];
        let id = world.keep_sheet(sheet(), false).await;
        let preview = world.preview(&id).await;
        let seen = preview.hash.to_string();
        assert!(matches!(world.accept(&id, &seen).await, Err(ImportError::NotReady(1))));
        let Outcome::Open(alike) = &preview.lines[0].outcome else { panic!("{:?}", preview.lines) };
        let Alike::Known(asha) = &alike[0] else { panic!("{alike:?}") };
        let asha = asha.id.clone();
        // Somebody who was not offered is no answer.
        let leo = world.child("leo");
        world.choose(&id, &[(2, Choice::Same(leo))]).await;
        assert_eq!(world.outcomes(&id).await, ["open"]);
        world.choose(&id, &[(2, Choice::LeaveOut)]).await;
        assert_eq!(world.outcomes(&id).await, ["left out"]);
        world.choose(&id, &[(2, Choice::Same(asha.clone()))]).await;
        assert_eq!(world.outcomes(&id).await, ["changed"]);
        assert!(
            matches!(world.accept(&id, &seen).await, Err(ImportError::Changed)),
            "another preview was seen"
        );
        world.choose(&id, &[(2, Choice::Another)]).await;
        assert_eq!(world.outcomes(&id).await, ["new"]);
        let seen = world.preview(&id).await.hash.to_string();
        world.accept(&id, &seen).await.unwrap();
        // The same sheet again: now she is on record, and known not to be Asha Verma.
        let id = world.keep_sheet(sheet(), false).await;
        assert_eq!(world.outcomes(&id).await, ["known"], "{:?}", world.db.engine());
        let pairs = Activities(&mut world.records.read().await.unwrap()).duplicates().await.unwrap();
        assert_eq!(pairs, [], "said to be two");
    }
}

#[tokio::test]
async fn rows_of_one_sheet_meet() {
    for mut world in worlds().await {
        let day = born("2016-07-07");
        let mut rows = vec![
            row(2, "Noor Haddad", day, &[("Layla Haddad", "layla@example.org")]),
            row(3, "Noor Haddad", day, &[("Karim Haddad", "karim@example.org")]),
            row(4, "Nor Haddad", day, &[]),
        ];
        rows[2].child.left = Some(crate::world::day("2026-06-30"));
        let id = world.keep_sheet(rows, false).await;
        assert_eq!(world.outcomes(&id).await, ["new", "open", "open"], "two families, so somebody is asked");
        world.choose(&id, &[(3, Choice::SameRow(2)), (4, Choice::SameRow(2))]).await;
        let preview = world.preview(&id).await;
        assert_eq!(world.outcomes(&id).await, ["new", "changed", "changed"], "{:?}", preview.lines);
        world.accept(&id, &preview.hash.to_string()).await.unwrap();
        let mut tx = world.records.read().await.unwrap();
        let all = Activities(&mut tx).participants().await.unwrap();
        let found: Vec<_> = all.iter().filter(|one| one.name.ends_with("Haddad")).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].left, born("2026-06-30"));
        assert_eq!(Activities(&mut tx).guardians_of(&found[0].id).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn rosters_are_filled_by_name_by_day_or_for_one_activity() {
    for mut world in worlds().await {
        let mut rows = vec![
            row(2, "Leo Hartwell", born("2017-05-04"), &[]),
            row(3, "Jo New", born("2017-05-05"), &[]),
            row(4, "Al New", born("2017-05-06"), &[]),
        ];
        // The newest activity of the name is meant when there is no day.
        rows[0].activity = session("saturday SKILLS", None);
        rows[1].activity = session("Saturday skills", born("2026-11-28"));
        rows[2].activity = session("Nowhere known", None);
        let id = world.keep_sheet(rows.clone(), false).await;
        let preview = world.preview(&id).await;
        assert_eq!(world.outcomes(&id).await, ["known", "new", "faulty"], "{:?}", preview.lines);
        let Outcome::Faulty(faults) = &preview.lines[2].outcome else { panic!("{:?}", preview.lines) };
        assert!(faults[0].say.contains("“Nowhere known”"), "{faults:?}");
        rows.iter_mut().for_each(|row| row.activity = None);
        let id = world.keep_sheet(rows, true).await;
        let preview = world.preview(&id).await;
        assert_eq!(preview.totals.new, 2);
        world.accept(&id, &preview.hash.to_string()).await.unwrap();
        let on = Activities(&mut world.records.read().await.unwrap()).roster(&world.activity).await.unwrap();
        assert!(on.iter().any(|one| one.name == "Jo New") && on.iter().any(|one| one.name == "Al New"));
    }
}

#[tokio::test]
async fn somebody_who_no_longer_answers_is_not_brought_back_by_a_sheet() {
    for mut world in worlds().await {
        let (asha, two, by) = (world.child("asha"), world.guardians["asha 2"].clone(), world.person("dsl"));
        world
            .act(async |tx, clock, chance| {
                assert!(Activities(tx).end_guardianship(&asha, &two, &by, clock, chance).await.unwrap());
            })
            .await;
        let sheet = vec![row(2, "Asha Verma", born("2016-02-03"), &[("asha 2", "asha.2@example.org")])];
        let id = world.keep_sheet(sheet, false).await;
        let preview = world.preview(&id).await;
        assert!(preview.lines[0].says[0].contains("no longer answers"), "{:?}", preview.lines);
        world.accept(&id, &preview.hash.to_string()).await.unwrap();
        let theirs = Activities(&mut world.records.read().await.unwrap()).guardians_of(&asha).await.unwrap();
        assert!(theirs.iter().all(|one| one.id != two), "{:?}", world.db.engine());
    }
}

#[tokio::test]
async fn a_faulty_row_is_put_right_or_left_out() {
    for mut world in worlds().await {
        let mut rows = vec![row(2, "Jo New", born("2017-05-05"), &[]), row(3, "", None, &[])];
        rows[1].faults.push(Remark { column: "Name".to_owned(), say: "the name is missing".to_owned() });
        let id = world.keep_sheet(rows, false).await;
        let seen = world.preview(&id).await.hash.to_string();
        assert!(matches!(world.accept(&id, &seen).await, Err(ImportError::NotReady(1))));
        world.choose(&id, &[(3, Choice::LeaveOut)]).await;
        let preview = world.preview(&id).await;
        assert_eq!((preview.totals.new, preview.totals.left_out), (1, 1));
        world.accept(&id, &preview.hash.to_string()).await.unwrap();
        assert!(world.names().await.contains(&"Jo New".to_owned()));
    }
}

#[tokio::test]
async fn a_sheet_is_sealed_and_kept_for_a_day() {
    for mut world in worlds().await {
        let name = "Xanthippe Quillfeather";
        let id = world.keep_sheet(vec![row(2, name, born("2017-05-05"), &[])], false).await;
        if let Some(folder) = world.db.folder() {
            let files = std::fs::read_dir(folder).unwrap().flatten();
            for file in files {
                let bytes = std::fs::read(file.path()).unwrap();
                assert!(!bytes.windows(name.len()).any(|part| part == name.as_bytes()), "{:?}", file.path());
            }
        }
        let other = Sealer::new([8; 32]);
        let mut tx = world.records.read().await.unwrap();
        assert!(Imports(&mut tx).batch(&id, &other, world.clock.now()).await.is_err(), "sealed");
        drop(tx);
        world.clock.advance_ms(23 * 3_600_000);
        assert!(world.batch(&id).await.is_ok());
        world.clock.advance_ms(2 * 3_600_000);
        assert!(matches!(world.batch(&id).await, Err(ImportError::Gone)));
        world.act(async |tx, clock, _| Imports(tx).forget_old(clock.now()).await.unwrap()).await;
        let dropped = world.keep_sheet(newcomers(), false).await;
        world.act(async |tx, _, _| Imports(tx).drop(&dropped).await.unwrap()).await;
        assert!(matches!(world.batch(&dropped).await, Err(ImportError::Gone)));
    }
}

#[tokio::test]
async fn a_birthday_that_a_sheet_puts_right_takes_down_what_it_no_longer_allows() {
    for mut world in worlds().await {
        let (_, order) = world.published().await;
        // Asha, of all people, turns out to be grown up: her parents' yes no longer counts.
        let mut grown = row(2, "Asha Verma", born("2001-02-03"), &[("asha 1", "asha.1@example.org")]);
        grown.child.reference = "A-1".to_owned();
        let asha = world.child("asha");
        let by = world.person("manager");
        world
            .act(async |tx, clock, chance| {
                let new = cleansheet_records::activities::ParticipantDetails {
                    name: "Asha Verma",
                    born: born("2016-02-03"),
                    adult: false,
                    reference: "A-1",
                    mail: "",
                };
                Activities(tx).change_participant(&asha, &new, &by, clock, chance).await.unwrap();
            })
            .await;
        world.import(vec![grown]).await;
        let state = world.order(&order).await.state;
        assert_eq!(state, cleansheet_records::orders::OrderState::TakingDown, "{:?}", world.db.engine());
    }
}
