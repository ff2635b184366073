//! Ids are newtypes, time-ordered, prefixed and kept as text (`post_0198…`), so that a log line explains itself.

use crate::{Entropy, Timestamp};

/// A text that is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a {kind} id")]
pub struct IdError {
    /// The prefix that was wanted, for example `post`.
    pub kind: &'static str,
    /// What was given instead.
    pub given: String,
}

/// The text of a new id: prefix, `_`, 12 hex digits of milliseconds, 20 hex digits of chance.
pub fn timed_id(prefix: &str, now: Timestamp, entropy: &mut dyn Entropy) -> String {
    let mut chance = [0_u8; 10];
    entropy.fill(&mut chance);
    let mut text = format!("{prefix}_{:012x}", now.as_millisecond().max(0));
    for byte in chance {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// Declares an id newtype with its prefix.
#[macro_export]
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// A fresh id; later ids sort after earlier ones.
            pub fn new(clock: &dyn $crate::Clock, entropy: &mut dyn $crate::Entropy) -> Self {
                Self($crate::timed_id($prefix, clock.now(), entropy))
            }

            /// Reads an id back; refuses another kind's prefix and anything but `0-9 a-z` behind it.
            pub fn parse(text: &str) -> Result<Self, $crate::IdError> {
                let tail = text.strip_prefix(concat!($prefix, "_"));
                match tail {
                    Some(tail)
                        if (1..=40).contains(&tail.len())
                            && tail.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()) =>
                    {
                        Ok(Self(text.to_owned()))
                    }
                    _ => Err($crate::IdError { kind: $prefix, given: text.chars().take(60).collect() }),
                }
            }

            /// The id as it is stored and shown.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::IdError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(from)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use crate::{FixedClock, PersonId, PostId, SeededEntropy};

    #[test]
    fn an_id_reads_back_and_refuses_another_kind() {
        let clock = FixedClock::at("2026-11-24T10:00:00Z");
        let mut entropy = SeededEntropy::new(1);
        let id = PostId::new(&clock, &mut entropy);
        assert_eq!(PostId::parse(id.as_str()), Ok(id.clone()));
        assert_eq!(PersonId::parse(id.as_str()).unwrap_err().kind, "person");
        assert!(PostId::parse("post_").is_err());
        assert!(PostId::parse("post_../../etc").is_err());
    }

    #[test]
    fn ids_sort_by_time() {
        let clock = FixedClock::at("2026-11-24T10:00:00Z");
        let mut entropy = SeededEntropy::new(1);
        let earlier = PostId::new(&clock, &mut entropy);
        clock.advance_ms(1);
        assert!(earlier < PostId::new(&clock, &mut entropy));
    }
}
