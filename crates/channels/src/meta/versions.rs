//! Until when each version of Meta's API answers.

use jiff::civil::Date;

/// The last versions, and the day on which each ends, as Meta's own table had it in November 2026. Those that are newer
/// have no day yet: Meta names it when the version after the next one comes, and promises two years.
///
/// Source: <https://developers.facebook.com/docs/graph-api/changelog/versions/>.
const ENDS: [(&str, (i16, i8, i8)); 8] = [
    ("v18.0", (2026, 1, 26)),
    ("v19.0", (2026, 5, 21)),
    ("v20.0", (2026, 9, 24)),
    ("v21.0", (2027, 1, 21)),
    ("v22.0", (2027, 5, 20)),
    ("v23.0", (2027, 10, 8)),
    ("v24.0", (2028, 2, 18)),
    ("v25.0", (2028, 7, 29)),
];

/// The day on which a version of Meta's API ends; `None` when Meta has named none, or when it is not known here.
///
/// - `version`: as in an address, for example `v25.0`.
pub fn ends(version: &str) -> Option<Date> {
    let (_, (year, month, day)) = ENDS.iter().find(|(name, _)| *name == version)?;
    Date::new(*year, *month, *day).ok()
}

#[cfg(test)]
mod tests {
    use super::{ENDS, ends};
    use crate::Addresses;

    #[test]
    fn the_version_that_is_used_has_an_end_that_is_known() {
        let version = Addresses::default().meta_version;
        assert_eq!(ends(&version).unwrap().to_string(), "2028-07-29");
        assert_eq!(ends("v99.0"), None);
    }

    #[test]
    fn a_later_version_ends_later() {
        assert!(ENDS.iter().all(|(name, _)| ends(name).is_some()));
        assert!(ENDS.windows(2).all(|two| ends(two[0].0) < ends(two[1].0)));
    }
}
