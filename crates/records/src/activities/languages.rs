//! The languages people can be written to in.

/// The languages of the pages for parents: code, name in English, own name.
pub const LANGUAGES: [(&str, &str, &str); 8] = [
    ("en", "English", "English"),
    ("pl", "Polish", "polski"),
    ("ro", "Romanian", "română"),
    ("pt", "Portuguese", "português"),
    ("uk", "Ukrainian", "українська"),
    ("ur", "Urdu", "اردو"),
    ("ar", "Arabic", "العربية"),
    ("bn", "Bengali", "বাংলা"),
];
