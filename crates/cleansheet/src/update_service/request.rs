//! What the Update Service is asked. Pure.
//!
//! Source: DBS, Multiple Status Checking Guide 2.0 (23 November 2024): one GET, the number in the path, six query fields.

use cleansheet_records::people::dbs::Due;
use reqwest::Url;

/// The owner's setting cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Only this machine may be asked without TLS.
    #[error(
        "the Update Service's address has to begin with https:// and have no question mark; give the right one with \
         --dbs-update-service, for example https://secure.crbonline.gov.uk/crsc/api/status"
    )]
    Address,
}

/// Where the Update Service is, as the owner gave it at start.
#[derive(Debug, Clone)]
pub struct Service(Url);

impl Service {
    /// What the owner gave, or `None` when they gave nothing.
    pub fn of(address: Option<String>) -> Result<Option<Self>, ServiceError> {
        let Some(address) = address else { return Ok(None) };
        let url = Url::parse(address.trim_end_matches('/')).map_err(|_| ServiceError::Address)?;
        let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let safe = url.scheme() == "https" || (url.scheme() == "http" && here);
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if safe && plain && !url.cannot_be_a_base() {
            Ok(Some(Self(url)))
        } else {
            Err(ServiceError::Address)
        }
    }

    /// Where it is, without anybody's data.
    pub(super) fn place(&self) -> Url {
        self.0.clone()
    }

    /// The address of one call: personal data from end to end. Never to be logged.
    ///
    /// - `organisation`: who asks, as DBS shows it to the holder.
    pub(super) fn address(&self, due: &Due, organisation: &str) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(due.identity.number.reveal());
        }
        let (forename, surname) = &due.checker;
        url.query_pairs_mut()
            .append_pair("dateOfBirth", &due.birthday.strftime("%d/%m/%Y").to_string())
            .append_pair("surname", due.identity.surname.trim())
            // That it is true, a person declared: no request is made without their declaration on record.
            .append_pair("hasAgreedTermsAndConditions", "true")
            .append_pair("organisationName", organisation)
            .append_pair("employeeSurname", surname)
            .append_pair("employeeForename", forename);
        url
    }
}

#[cfg(test)]
pub(super) mod tests {
    use cleansheet_records::people::dbs::{CertificateNumber, DbsConsentId, DbsRecordId, Due, Identity};
    use cleansheet_terms::{FixedClock, PersonId, SeededEntropy};

    use super::Service;

    pub(in crate::update_service) fn due() -> Due {
        let (clock, mut chance) = (FixedClock::at("2026-11-26T02:00:00Z"), SeededEntropy::new(1));
        let birthday = "1990-02-01".parse().unwrap();
        Due {
            consent: DbsConsentId::new(&clock, &mut chance),
            person: PersonId::new(&clock, &mut chance),
            record: DbsRecordId::new(&clock, &mut chance),
            identity: Identity {
                number: CertificateNumber::parse("001234567890").unwrap(),
                forename: "Zoë".into(),
                surname: "O’Neill & Sons/..?x=1#y".into(),
                birthday: Some(birthday),
            },
            birthday,
            issued: "2025-01-10".parse().unwrap(),
            checker: ("Dele".into(), "Okafor".into()),
        }
    }

    #[test]
    fn a_call_has_the_number_in_its_path_and_six_fields_that_no_name_can_break() {
        let service = Service::of(Some("https://dbs.example.org/crsc/api/status/".into())).unwrap().unwrap();
        let url = service.address(&due(), "Fenland & Co");
        assert_eq!(url.path(), "/crsc/api/status/001234567890");
        let pairs: Vec<(String, String)> =
            url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let expected = [
            ("dateOfBirth", "01/02/1990"),
            ("surname", "O’Neill & Sons/..?x=1#y"),
            ("hasAgreedTermsAndConditions", "true"),
            ("organisationName", "Fenland & Co"),
            ("employeeSurname", "Okafor"),
            ("employeeForename", "Dele"),
        ];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(url.fragment().is_none());
    }

    #[test]
    fn the_service_is_asked_by_https_or_on_this_machine() {
        assert!(Service::of(None).unwrap().is_none());
        for good in ["https://dbs.example.org/status", "http://localhost:4000/status", "http://127.0.0.1:1"] {
            assert!(Service::of(Some(good.into())).unwrap().is_some(), "{good}");
        }
        for bad in [
            "http://dbs.example.org",
            "http://localhost.evil.example",
            "ftp://localhost",
            "https://dbs.example.org/?key=1",
            "https://user@dbs.example.org",
            "mailto:dbs@example.org",
            "",
        ] {
            assert!(Service::of(Some(bad.into())).is_err(), "{bad}");
        }
    }
}
