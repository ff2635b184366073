//! The questions asked of the words of every post, one file each.
//!
//! To add one: a file here, a line in [`all`], texts in `fixtures/<name>/{flag,pass}/`. The listing test says what is
//! missing.

mod bank;
mod birth_date;
mod confidential;
mod dbs_certificate;
mod derogatory;
mod email;
mod foul_language;
mod length;
mod links;
mod location;
mod national_insurance;
mod nhs_number;
mod off_purpose;
mod phone;
mod postcode;
mod private_life;
mod pupil_number;
mod roster_names;
mod secrets;
mod sexual;
mod shared;
mod signs_of_abuse;
mod threats;
mod tone;
mod travel_document;
mod vehicle_plate;

pub use roster_names::is_word;

use crate::{finding::Finding, reading::Reading};

/// A check that could not run. The post is held back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the check `{check}` could not run: {why}")]
pub struct CheckFailed {
    /// The check's name.
    pub check: &'static str,
    /// What is the matter with it.
    pub why: String,
}

/// One question asked of every post. An `Err` holds the post back: a check that cannot run has not passed.
pub trait Check: Send + Sync {
    /// Stable name, used in reports, in the ledger and as the fixtures' folder.
    fn name(&self) -> &'static str;
    /// Clauses of the policy that its findings may cite.
    fn clauses(&self) -> &'static [u8];
    /// Looks at every text. Pure, and in time proportional to the text.
    fn look(&self, reading: &Reading<'_>) -> Result<Vec<Finding>, CheckFailed>;
}

/// Every check, in the order of the report.
pub fn all() -> &'static [&'static dyn Check] {
    &[
        &length::Length,
        &foul_language::FoulLanguage,
        &derogatory::Derogatory,
        &threats::Threats,
        &sexual::Sexual,
        &signs_of_abuse::SignsOfAbuse,
        &off_purpose::OffPurpose,
        &roster_names::RosterNames,
        &private_life::PrivateLife,
        &nhs_number::NhsNumber,
        &pupil_number::PupilNumber,
        &national_insurance::NationalInsurance,
        &phone::Phone,
        &email::Email,
        &postcode::Postcode,
        &location::Location,
        &bank::Bank,
        &birth_date::BirthDate,
        &dbs_certificate::DbsCertificate,
        &travel_document::TravelDocument,
        &vehicle_plate::VehiclePlate,
        &secrets::Secrets,
        &confidential::Confidential,
        &links::Links,
        &tone::Tone,
    ]
}
