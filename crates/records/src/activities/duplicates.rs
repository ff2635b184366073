//! One child who is on record twice: pairs that look like it, and two who only look alike.

use std::collections::{BTreeSet, HashMap};

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

impl Activities<'_> {
    /// Everybody who looks like somebody else, pair by pair; not those of whom a person said that they are two.
    pub async fn duplicates(&mut self) -> Result<Vec<Pair>, StoreError> {
        let all = self.participants().await?;
        let apart = self.apart().await?;
        let names: Vec<String> = all.iter().map(|one| folded(&one.name)).collect();
        // Only people with the same birthday, or with the same letters in their name, are worth comparing.
        let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, (one, name)) in all.iter().zip(&names).enumerate() {
            let mut parts: Vec<&str> = name.split(' ').collect();
            parts.sort_unstable();
            groups.entry(parts.join(" ")).or_default().push(at);
            if let Some(born) = one.born {
                groups.entry(born.to_string()).or_default().push(at);
            }
        }
        let mut pairs = BTreeSet::new();
        for group in groups.values() {
            for (n, a) in group.iter().enumerate() {
                pairs.extend(group.iter().skip(n + 1).map(|b| (*a, *b)));
            }
        }
        let mut found = Vec::new();
        for (a, b) in pairs {
            let (Some(one), Some(other), Some(name), Some(name_too)) =
                (all.get(a), all.get(b), names.get(a), names.get(b))
            else {
                continue;
            };
            let (first, second) = if one.id < other.id { (one, other) } else { (other, one) };
            let alike = likeness((name, one.born), (name_too, other.born)) != Likeness::None;
            if alike && !apart.contains(&(first.id.clone(), second.id.clone())) {
                found.push(Pair { first: first.clone(), second: second.clone() });
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
        let (first, second) = if one < other { (one, other) } else { (other, one) };
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
        Ok(())
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

    use super::{Likeness, likeness};

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
}
