//! Mail addresses of families, by one rule wherever they come in: on a page, in a sheet, at an event.

/// Longest mail address, as the protocol has it.
const MOST: usize = 254;

/// Why a text is no mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Two of them, or more.
    #[error("“{0}” is more than one address; keep one for each person")]
    Several(String),
    /// None that mail can be sent to.
    #[error("“{0}” is no mail address; write it like name@example.org, or leave it empty")]
    NoAddress(String),
}

/// A mail address in lower case; empty is none.
pub fn address(text: &str) -> Result<String, AddressError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    if text.matches('@').count() > 1 {
        return Err(AddressError::Several(text.to_owned()));
    }
    let right = text.split_once('@').is_some_and(|(who, host)| {
        !who.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
    });
    // Other letters would need a mail server that few have, on both sides; here they are a slip of the finger.
    let good = |letter: char| letter.is_ascii_graphic() && !"<>()[],;:\"\\".contains(letter);
    if right && text.chars().all(good) && text.len() <= MOST {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(AddressError::NoAddress(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{AddressError, address};

    #[test]
    fn an_address_is_one_that_mail_can_be_sent_to() {
        assert_eq!(address("  Meera.Verma+club@Example.ORG "), Ok("meera.verma+club@example.org".to_owned()));
        assert_eq!(address(" "), Ok(String::new()));
        let long = format!("{}@example.org", "a".repeat(250));
        for bad in [
            "meera",
            "@example.org",
            "meera@",
            "meera@example",
            "meera@.org",
            "meera@example.",
            "meera verma@example.org",
            "meera@example.org\nBcc: all@example.org",
            "Meera <meera@example.org>",
            "\"a,b\"@example.org",
            "zoë@example.org",
            "\u{212a}ate@example.org",
            "meera@example.org\0",
            &long,
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
        let two = "a@example.org; b@example.org";
        assert_eq!(address(two), Err(AddressError::Several(two.to_owned())));
    }
}
