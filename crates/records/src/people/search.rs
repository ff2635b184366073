//! Finding people among thousands, a page at a time, while somebody types.

use std::collections::BTreeSet;

use cleansheet_terms::{PersonId, Role};

use super::{
    Person,
    register::{People, person},
};
use crate::{
    activities::folded,
    columns::Columns as _,
    database::{Statement, StoreError, sql},
};

/// How many words the database compares one by one; what is typed behind them has to stand together.
const WORDS: usize = 4;

/// Which people a list has.
#[derive(Debug, Clone, Copy, Default)]
pub struct PeopleWanted<'a> {
    /// Parts of the name or address, whatever the case and the accents; empty is everybody.
    pub words: &'a str,
    /// Those who have left, instead of those who are here.
    pub left: bool,
    /// Those who come after this one in the list: an id, so that no address of a page names anybody.
    pub after: Option<&'a PersonId>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// By name.
    pub people: Vec<Person>,
    /// How many the whole list has.
    pub total: usize,
    /// How many come behind this page.
    pub more: usize,
    /// After whom the next page begins.
    pub next: Option<PersonId>,
}

macro_rules! fits {
    ($who:literal) => {
        concat!(
            " FROM person WHERE ",
            $who,
            " AND folded LIKE $1 AND folded LIKE $2 AND folded LIKE $3 AND folded LIKE $4"
        )
    };
}

/// Those after the person `$5` by name; everybody when it is empty.
macro_rules! behind {
    () => {
        " AND ($5 = '' OR folded > (SELECT q.folded FROM person q WHERE q.id = $5)
             OR (folded = (SELECT q.folded FROM person q WHERE q.id = $5) AND id > $5))"
    };
}

macro_rules! page {
    ($who:literal) => {
        concat!(
            "SELECT g.id, g.name, g.mail, g.joined_ms, g.suspended_ms, g.left_ms, g.acknowledged_policy, g.acknowledged_ms,
                 r.role
             FROM (SELECT *",
            fits!($who),
            behind!(),
            " ORDER BY folded, id LIMIT $6) g
             LEFT JOIN person_role r ON r.person_id = g.id ORDER BY g.folded, g.id, r.role"
        )
    };
}

macro_rules! count {
    ($who:literal) => {
        concat!("SELECT COUNT(*) AS n", fits!($who))
    };
}

macro_rules! count_behind {
    ($who:literal) => {
        concat!("SELECT COUNT(*) AS n", fits!($who), behind!())
    };
}

/// The page, the number of all, the number of those behind a place.
const HERE: [&str; 3] =
    [page!("left_ms IS NULL"), count!("left_ms IS NULL"), count_behind!("left_ms IS NULL")];
const LEFT: [&str; 3] =
    [page!("left_ms IS NOT NULL"), count!("left_ms IS NOT NULL"), count_behind!("left_ms IS NOT NULL")];

impl People<'_> {
    /// A page of the people whose names or addresses fit, by name: four statements however many there are.
    ///
    /// - `most`: people on the page, at least 1.
    pub async fn search(&mut self, wanted: &PeopleWanted<'_>, most: u32) -> Result<Found, StoreError> {
        let [page, count, count_behind] = if wanted.left { LEFT } else { HERE };
        let patterns = patterns(wanted.words);
        let bind = |text: &'static str| patterns.iter().fold(sql(text), |all, one| all.bind(one.clone()));
        let after = |id: Option<&PersonId>| id.map_or_else(String::new, |id| id.as_str().to_owned());
        let rows = bind(page).bind(after(wanted.after)).bind(i64::from(most.max(1)));
        let mut people: Vec<Person> = Vec::new();
        for row in self.0.rows(rows).await? {
            let role = row.maybe_read("role", Role::parse)?;
            let id = row.read("id", PersonId::parse)?;
            if people.last().is_none_or(|one| one.id != id) {
                people.push(person(&row, BTreeSet::new(), Vec::new())?);
            }
            if let Some(one) = people.last_mut() {
                one.roles.extend(role);
            }
        }
        let mut periods = self.periods(None).await?;
        for one in &mut people {
            one.stands_in = periods.remove(one.id.as_str()).unwrap_or_default();
        }
        let (total, last) = (self.counted(bind(count)).await?, people.last().map(|one| one.id.clone()));
        let more = match &last {
            Some(last) => self.counted(bind(count_behind).bind(after(Some(last)))).await?,
            None => 0,
        };
        Ok(Found { people, total, more, next: last.filter(|_| more > 0) })
    }

    /// Fills the searched names of people who were there before names were searched so. Says how many.
    pub async fn fold_names(&mut self) -> Result<usize, StoreError> {
        let rows = self.0.rows(sql("SELECT id, name, mail FROM person WHERE folded = ''")).await?;
        for row in &rows {
            let put = sql("UPDATE person SET folded = $1 WHERE id = $2")
                .bind(searched(&row.text("name")?, &row.text("mail")?))
                .bind(row.text("id")?);
            self.0.run(put).await?;
        }
        Ok(rows.len())
    }

    async fn counted(&mut self, statement: Statement) -> Result<usize, StoreError> {
        let row = self.0.row(statement).await?;
        let number = row.map(|row| row.number("n")).transpose()?.unwrap_or_default();
        usize::try_from(number).map_err(|_| StoreError::damaged("n"))
    }
}

/// What people are found by: folded in the program, because the engines fold letters differently.
pub(super) fn searched(name: &str, mail: &str) -> String {
    format!("{} {}", folded(name), folded(mail))
}

/// For `LIKE`. Folded words hold letters, digits and single spaces only, so nothing in them is a pattern.
fn patterns(words: &str) -> [String; WORDS] {
    let folded = folded(words);
    let mut parts = folded.splitn(WORDS, ' ').filter(|part| !part.is_empty());
    std::array::from_fn(|_| parts.next().map_or_else(|| "%".to_owned(), |part| format!("%{part}%")))
}

#[cfg(test)]
mod tests {
    use super::patterns;

    #[test]
    fn words_are_compared_one_by_one_and_are_no_patterns() {
        assert_eq!(patterns("").join(" "), "% % % %");
        assert_eq!(patterns(" Zoë O’Brien 50%_ ").join(" "), "%zoe% %obrien% %50% %");
        assert_eq!(patterns("a b c d e").join(" "), "%a% %b% %c% %d e%");
    }
}
