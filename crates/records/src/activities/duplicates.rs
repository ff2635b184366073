//! One child who is on record twice: pairs that look like it, and two who only look alike.

use std::collections::BTreeSet;

use cleansheet_terms::{Clock, Date, Entropy, ParticipantId, PersonId};

use super::{
    Activities, ActivityError, Participant,
    names::{folded, one_slip_apart, same_parts},
};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
};

/// Two who may be the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The one with the smaller id, who was there first.
    pub first: Participant,
    /// The other.
    pub second: Participant,
    /// One of them answered at an event as an adult, and comes onto its roster once it is said that they are two.
    pub waits: bool,
}

/// How two people who are compared look like each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// The same name and birthday, or the same name and no birthday on either side.
    Same,
    /// One slip in the name and the same birthday; or the same name, and only one birthday is known.
    Near,
    /// Neither.
    None,
}

/// Compares two people by their folded names and birthdays.
pub(crate) fn likeness(one: (&str, Option<Date>), other: (&str, Option<Date>)) -> Likeness {
    let same_name = same_parts(one.0, other.0);
    match (one.1, other.1) {
        (a, b) if a == b && same_name => Likeness::Same,
        (Some(a), Some(b)) if a == b && one_slip_apart(one.0, other.0) => Likeness::Near,
        (Some(_), None) | (None, Some(_)) if same_name => Likeness::Near,
        _ => Likeness::None,
    }
}

/// Numbers of a person: two of whom [`likeness`] says anything have one in common, and few others do. They stand for the parts
/// of the name, and for the birthday with the name, and with the name without each of its letters.
pub(crate) fn marks(name: &str, born: Option<Date>) -> impl Iterator<Item = u64> {
    let mut parts: Vec<&str> = name.split(' ').collect();
    parts.sort_unstable();
    let slips = born.into_iter().flat_map(move |born| {
        let day = [i32::from(born.year()), i32::from(born.day_of_year())].map(i32::to_le_bytes).concat();
        let without = move |at: usize, letter: usize| {
            let (before, after) = (name.get(..at), name.get(at + letter..));
            hash([
                day.as_slice(),
                before.unwrap_or_default().as_bytes(),
                after.unwrap_or_default().as_bytes(),
            ])
        };
        let letters = name.char_indices().map(|(at, letter)| (at, letter.len_utf8()));
        std::iter::once((name.len(), 0)).chain(letters).map(move |(at, letter)| without(at, letter))
    });
    let named = hash(parts.into_iter().flat_map(|part| [part.as_bytes(), b" "]));
    std::iter::once(named).chain(slips)
}

/// FNV-1a of bytes that come in pieces: quick, and the same wherever they are cut.
fn hash<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> u64 {
    let bytes = pieces.into_iter().flatten();
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Places of those who have a number in common, pair by pair; everybody else is not worth comparing.
fn worth_comparing<'n>(people: impl Iterator<Item = (&'n str, Option<Date>)>) -> BTreeSet<(usize, usize)> {
    let marked =
        people.enumerate().flat_map(|(at, (name, born))| marks(name, born).map(move |mark| (mark, at)));
    let mut marked: Vec<(u64, usize)> = marked.collect();
    marked.sort_unstable();
    marked.dedup();
    let mut pairs = BTreeSet::new();
    for group in marked.chunk_by(|one, other| one.0 == other.0) {
        for (n, (_, one)) in group.iter().enumerate() {
            pairs.extend(group.iter().skip(n + 1).map(|(_, other)| (*one, *other)));
        }
    }
    pairs
}

/// A pair, as it is kept.
fn in_order<T: Ord>((one, other): (T, T)) -> (T, T) {
    if one < other { (one, other) } else { (other, one) }
}

impl Activities<'_> {
    /// Everybody who looks like somebody else, pair by pair, and whoever waits until it is told whether they are somebody
    /// else; not those of whom a person said that they are two.
    pub async fn duplicates(&mut self) -> Result<Vec<Pair>, StoreError> {
        let all = self.participants().await?;
        let apart = self.apart().await?;
        let waiting: BTreeSet<_> = self.waiting().await?.into_iter().map(in_order).collect();
        let names: Vec<String> = all.iter().map(|one| folded(&one.name)).collect();
        let people = || names.iter().map(String::as_str).zip(all.iter().map(|one| one.born));
        let mut found = Vec::new();
        let place = |id: &ParticipantId| all.iter().position(|one| one.id == *id);
        let places = waiting.iter().filter_map(|(one, other)| Some((place(one)?, place(other)?)));
        let mut pairs = worth_comparing(people());
        pairs.extend(places.map(|(a, b)| (a.min(b), a.max(b))));
        for (a, b) in pairs {
            let (Some(one), Some(other), Some(name), Some(name_too)) =
                (all.get(a), all.get(b), names.get(a), names.get(b))
            else {
                continue;
            };
            let (first, second) = if one.id < other.id { (one, other) } else { (other, one) };
            let pair = (first.id.clone(), second.id.clone());
            let alike = likeness((name, one.born), (name_too, other.born)) != Likeness::None;
            let waits = waiting.contains(&pair);
            if (alike || waits) && !apart.contains(&pair) {
                found.push(Pair { first: first.clone(), second: second.clone(), waits });
            }
        }
        found.sort_by(|a, b| {
            (&a.first.name, &a.first.id, &a.second.id).cmp(&(&b.first.name, &b.first.id, &b.second.id))
        });
        Ok(found)
    }

    /// A person says that two who look alike are two.
    pub async fn say_apart(
        &mut self,
        one: &ParticipantId,
        other: &ParticipantId,
        by: &PersonId,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), ActivityError> {
        self.known_participant(one).await?;
        self.known_participant(other).await?;
        let (first, second) = in_order((one, other));
        if first == second {
            return Err(ActivityError::NoParticipant(other.clone()));
        }
        let insert = sql("INSERT INTO participant_apart (first_id, second_id, said_by, said_ms)
             VALUES ($1, $2, $3, $4) ON CONFLICT (first_id, second_id) DO NOTHING")
        .bind(first.as_str().to_owned())
        .bind(second.as_str().to_owned())
        .bind(by.as_str().to_owned())
        .bind(clock.now().as_millisecond());
        if self.0.run(insert).await? == 1 {
            let (kind, payload) = ("participant.apart", (second, by));
            Ledger(self.0).append(kind, first.as_str(), &payload, clock.now(), entropy).await?;
        }
        self.no_longer_waits(first, second).await
    }

    /// The pairs of whom a person said that they are two.
    pub(crate) async fn apart(&mut self) -> Result<BTreeSet<(ParticipantId, ParticipantId)>, StoreError> {
        let rows = self.0.rows(sql("SELECT first_id, second_id FROM participant_apart")).await?;
        let pair = |row: &sqlx::any::AnyRow| {
            Ok((row.read("first_id", ParticipantId::parse)?, row.read("second_id", ParticipantId::parse)?))
        };
        rows.iter().map(pair).collect()
    }
}

#[cfg(test)]
mod tests {
    use cleansheet_terms::Date;

    use super::{Likeness, likeness, marks, worth_comparing};

    #[test]
    fn who_looks_like_whom() {
        let (third, fourth) = (Some(Date::constant(2016, 2, 3)), Some(Date::constant(2016, 2, 4)));
        for (one, other, wanted) in [
            (("asha verma", third), ("asha verma", third), Likeness::Same),
            (("asha verma", third), ("verma asha", third), Likeness::Same),
            (("asha verma", None), ("asha verma", None), Likeness::Same),
            (("asha verma", third), ("asha vema", third), Likeness::Near),
            (("asha verma", third), ("asha verma", None), Likeness::Near),
            (("asha verma", third), ("asha verma", fourth), Likeness::None),
            (("asha verma", third), ("asha vema", fourth), Likeness::None),
            (("asha verma", None), ("asha vema", None), Likeness::None),
            (("asha verma", third), ("leo hartwell", third), Likeness::None),
        ] {
            assert_eq!(likeness(one, other), wanted, "{one:?} {other:?}");
            assert_eq!(likeness(other, one), wanted, "{other:?} {one:?}");
        }
    }

    #[test]
    fn three_thousand_with_one_birthday_are_not_compared_each_with_each() {
        let day = Some(Date::constant(2016, 2, 3));
        let sounds =
            ["ba", "de", "fi", "go", "hu", "ja", "ke", "li", "mo", "nu", "ra", "se", "ti", "wo", "zu"];
        let mut names = Vec::new();
        for first in sounds {
            for second in sounds {
                names.extend(sounds.iter().map(|third| format!("{first}{second} {second}{third}{first}")));
            }
        }
        names.truncate(3_000);
        names.push("bade dedeba".to_owned());
        let pairs = worth_comparing(names.iter().map(|name| (name.as_str(), day)));
        assert!(pairs.len() < 10 * names.len(), "{} comparisons", pairs.len());
        assert!(
            pairs.iter().any(|(_, other)| *other == names.len() - 1),
            "and the one who is there twice is found"
        );
    }

    proptest::proptest! {
        #[test]
        fn whoever_is_alike_has_a_number_in_common(
            one in "[abc ]{0,6}", other in "[abc ]{0,6}", known in proptest::prelude::any::<[bool; 2]>(),
        ) {
            let day = |known: bool| known.then_some(Date::constant(2016, 2, 3));
            let (born, born_too) = (day(known[0]), day(known[1]));
            if likeness((&one, born), (&other, born_too)) != Likeness::None {
                let marks_too: Vec<u64> = marks(&other, born_too).collect();
                assert!(marks(&one, born).any(|mark| marks_too.contains(&mark)), "{one:?} {other:?}");
            }
        }
    }
}
