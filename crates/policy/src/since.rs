//! What changed in law, guidance and the world that a review has to look at, and what it means for a trust.

use serde::Serialize;

/// One change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Since {
    /// Stable name.
    pub key: &'static str,
    /// A few words, for lists.
    pub name: &'static str,
    /// From when it counts, `YYYY-MM-DD`; the last day of the year where no source says more. A review whose last one was
    /// later does not ask.
    pub day: &'static str,
    /// What changed, and since when, in words.
    pub what: &'static str,
    /// What it means for the trust, and what this program does about it.
    pub here: &'static str,
}

/// The changes since the policy was last reviewed on paper in March 2022. Sources: `docs/review.md`.
pub const SINCE: [Since; 11] = [
    Since {
        key: "position-of-trust",
        name: "Coaches are in a position of trust",
        day: "2022-06-28",
        what: "Since 28 June 2022 a sports coach is in a position of trust towards 16 and 17-year-olds.",
        here: "Seventeen is still a child here. Look whether clauses 5 and 12 say so plainly enough for coaches of older teams.",
    },
    Since {
        key: "charity-commission",
        name: "What the Charity Commission expects",
        day: "2023-09-18",
        what: "Since 18 September 2023 the Charity Commission expects a charity that uses social media to have a policy and to see that it is followed; the annual return asks for it.",
        here: "This program and its signed PDF are what you can show. Trustees read the ledger and who has acknowledged.",
    },
    Since {
        key: "dbs-fees",
        name: "What a DBS check costs",
        day: "2024-12-02",
        what: "Since 2 December 2024 a basic or standard DBS check costs £21.50, an enhanced one £49.50, the Update Service £16 a year; volunteers pay nothing.",
        here: "Look whether the trust pays for re-checks that clause 1 asks of its staff.",
    },
    Since {
        key: "certificate-two-years",
        name: "Safeguarding certificates last two years",
        day: "2022-07-01",
        what: "An FA Safeguarding Children certificate completed on or after 1 July 2022 is valid for two years; before, it was three.",
        here: "Clause 1 is enforced by this split. Whoever’s certificate is from before July 2022 has none in date.",
    },
    Since {
        key: "report-fraud",
        name: "Report Fraud in place of Action Fraud",
        day: "2025-12-04",
        what: "Since 4 December 2025 Report Fraud stands in the place of Action Fraud, with the same number, 0300 123 2040.",
        here: "Look whether clause 16 and your notices name the old one.",
    },
    Since {
        key: "data-act",
        name: "The Data (Use and Access) Act 2025",
        day: "2026-06-19",
        what: "The main parts of the Data (Use and Access) Act 2025 are in force since 5 February 2026, and since 19 June 2026 everybody who holds data needs a way to complain, acknowledged within 30 days.",
        here: "Families complain on their own page, and the 30 days are counted. Look whether clauses 8 to 10 name the way.",
    },
    Since {
        key: "working-together",
        name: "Working Together 2026",
        day: "2026-12-31",
        what: "Working Together to Safeguard Children 2026 replaced the edition of 2023.",
        here: "Look whether the safeguarding policy that clause 11 leads to names the new edition.",
    },
    Since {
        key: "cyber-essentials",
        name: "Cyber Essentials 3.3",
        day: "2026-04-27",
        what: "Cyber Essentials 3.3, since 27 April 2026: a cloud service without a second factor for everybody fails, and so does an important update older than 14 days.",
        here: "Everybody signs in here with a passkey or a code. Look at the other services that clauses 13 and 14 are about.",
    },
    Since {
        key: "face-on-pictures",
        name: "Face-on pictures of children",
        day: "2026-12-31",
        what: "In 2026 the UK’s Online Harms Early Warning Working Group asked schools to stop publishing face-on pictures of pupils; one was blackmailed with images made from its own pictures.",
        here: "A yes is no longer the same as safe. Look at how children may be shown, under Words for families, and whether clause 9 should say it.",
    },
    Since {
        key: "ask-again",
        name: "Parents are told to look again",
        day: "2026-07-03",
        what: "On 3 July 2026 the National Crime Agency and the Internet Watch Foundation told parents to look again at what they agreed to at schools and clubs.",
        here: "Families can change their mind at any time, and are asked anew when a yes runs out. Look whether once a year is often enough.",
    },
    Since {
        key: "mandatory-reporting",
        name: "A duty to report abuse",
        day: "2026-12-31",
        what: "A bill before Parliament makes the reporting of child sexual abuse a duty, and ends the exemption for supervised volunteers. Whether it is in force yet could not be verified.",
        here: "Find out. If it is, clauses 1 and 11 and the table of roles need to say so.",
    },
];
