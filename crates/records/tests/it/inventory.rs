//! Where is Asha shown, and on what grounds?

use cleansheet_records::inventory::{self, Line, Wanted};

use crate::world::{World, worlds};

/// A world in which other children are shown, in two posts each.
async fn elsewhere() -> Vec<World> {
    let mut all = worlds().await;
    for world in &mut all {
        for (name, was) in [("Łukasz Nowak", "Asha Verma"), ("Élodie Martin", "Leo Hartwell")] {
            let rename = format!("UPDATE participant SET name = '{name}' WHERE name = '{was}'");
            world.tamper(&rename).await.unwrap();
        }
        world.published().await;
        world.published().await;
    }
    all
}

/// The lines that words find, page by page.
async fn found(world: &World, words: &str, most: u32) -> Vec<Vec<Line>> {
    let (mut pages, mut after) = (Vec::new(), None);
    let mut tx = world.records.read().await.unwrap();
    loop {
        let wanted = Wanted { words, after: after.as_ref(), ..Wanted::default() };
        let (lines, next) = inventory::list(&mut tx, &wanted, most).await.unwrap();
        pages.push(lines);
        if next.is_none() {
            return pages;
        }
        after = next;
    }
}

#[tokio::test]
async fn a_name_is_found_in_whatever_case_and_alphabet_and_no_other() {
    for world in elsewhere().await {
        for (words, name) in [
            ("Łukasz", Some("Łukasz Nowak")),
            (" łukasz now", Some("Łukasz Nowak")),
            ("ŁUKASZ", Some("Łukasz Nowak")),
            ("élodie", Some("Élodie Martin")),
            ("ÉLODIE MARTIN", Some("Élodie Martin")),
            // What the engines are asked for fits these as well.
            ("śukasz", None),
            ("%", None),
            ("_ukasz", None),
        ] {
            let lines = found(&world, words, 50).await.concat();
            let names: Vec<_> = lines.iter().map(|line| line.name.as_str()).collect();
            assert_eq!(names, vec![name; 2].into_iter().flatten().collect::<Vec<_>>(), "{words}");
        }
    }
}

#[tokio::test]
async fn a_page_is_full_although_the_engine_finds_too_many() {
    for world in elsewhere().await {
        let rename = "UPDATE participant SET name = 'Śukasz Nowak' WHERE name = 'Élodie Martin'";
        world.tamper(rename).await.unwrap();
        let pages = found(&world, "łukasz", 1).await;
        let names: Vec<Vec<&str>> =
            pages.iter().map(|page| page.iter().map(|line| line.name.as_str()).collect()).collect();
        assert_eq!(names, [["Łukasz Nowak"], ["Łukasz Nowak"]]);
        assert_ne!(pages[0][0].order, pages[1][0].order);
        assert_eq!(pages[0][0].grounds.len(), 2, "both parents said yes");
        assert_eq!(found(&world, "", 3).await.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
    }
}
