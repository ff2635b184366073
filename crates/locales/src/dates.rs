//! Days and instants as each language writes them. Always London.
//!
//! Month names and order are those of CLDR's long dates; a dozen names a language is less than a crate of calendars.

use cleansheet_terms::{Date, LONDON, Timestamp};
use jiff::tz::TimeZone;

use crate::Language;

/// `21 November 2026`.
pub fn date(language: Language, day: Date) -> String {
    let number = usize::try_from(day.month()).unwrap_or(1) - 1;
    let month = months(language).split(' ').nth(number).unwrap_or_default();
    let (day, year) = (language.digits(&day.day().to_string()), language.digits(&day.year().to_string()));
    match language {
        Language::English | Language::Polish | Language::Romanian | Language::Arabic => {
            format!("{day} {month} {year}")
        }
        Language::Portuguese => format!("{day} de {month} de {year}"),
        Language::Ukrainian => format!("{day} {month} {year} року"),
        Language::Urdu => format!("{day} {month}، {year}"),
        Language::Bengali => format!("{day} {month}, {year}"),
    }
}

/// `21 November 2026, 12:46`.
pub fn moment(language: Language, at: Timestamp) -> String {
    in_london(language, at, "%H:%M")
}

/// `21 November 2026, 12:46:05`, where somebody checks us.
pub fn exact(language: Language, at: Timestamp) -> String {
    in_london(language, at, "%H:%M:%S")
}

fn in_london(language: Language, at: Timestamp, clock: &str) -> String {
    let at = at.to_zoned_datetime(TimeZone::get(LONDON).unwrap_or(TimeZone::UTC));
    let clock = language.digits(&at.strftime(clock).to_string());
    let comma = match language {
        Language::Urdu | Language::Arabic => "،",
        _ => ",",
    };
    format!("{}{comma} {clock}", date(language, at.date()))
}

/// As they stand behind a day: Polish and Ukrainian in the genitive.
fn months(language: Language) -> &'static str {
    match language {
        Language::English => {
            "January February March April May June July August September October November December"
        }
        Language::Polish => {
            "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"
        }
        Language::Romanian => {
            "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie"
        }
        Language::Portuguese => {
            "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"
        }
        Language::Ukrainian => {
            "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня"
        }
        Language::Urdu => "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر",
        Language::Arabic => "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
        Language::Bengali => "জানুয়ারী ফেব্রুয়ারী মার্চ এপ্রিল মে জুন জুলাই আগস্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর",
    }
}

#[cfg(test)]
mod tests {
    use super::{date, moment, months};
    use crate::Language;

    #[test]
    fn every_language_writes_a_day_as_its_readers_do() {
        let day = "2026-11-21".parse().unwrap();
        let all = Language::ALL.map(|language| format!("{language} {}", date(language, day))).join("\n");
        insta::assert_snapshot!(all, @r"
        en 21 November 2026
        pl 21 listopada 2026
        ro 21 noiembrie 2026
        pt 21 de novembro de 2026
        uk 21 листопада 2026 року
        ur 21 نومبر، 2026
        ar 21 نوفمبر 2026
        bn ২১ নভেম্বর, ২০২৬
        ");
    }

    #[test]
    fn every_year_has_twelve_months() {
        for language in Language::ALL {
            assert_eq!(months(language).split(' ').count(), 12, "{language}");
        }
    }

    #[test]
    fn an_instant_is_londons_on_both_sides_of_a_clock_change() {
        let at = |text: &str| moment(Language::English, text.parse().unwrap());
        assert_eq!(at("2026-03-29T00:59:00Z"), "29 March 2026, 00:59");
        assert_eq!(at("2026-03-29T01:00:00Z"), "29 March 2026, 02:00");
        assert_eq!(at("2026-10-25T00:59:00Z"), "25 October 2026, 01:59");
        assert_eq!(at("2026-07-10T23:30:00Z"), "11 July 2026, 00:30");
        assert_eq!(moment(Language::Urdu, "2026-07-10T11:30:00Z".parse().unwrap()), "10 جولائی، 2026، 12:30");
    }
}
