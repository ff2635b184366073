//! Which column is what, by the many names that columns have. A heading with a word that is not known here is not used:
//! nothing is taken from "Medical notes", "Emergency contact" or "Photo consent".

use std::collections::BTreeMap;

use cleansheet_screening::normal::Normal;

use super::{SheetError, Table};

/// Headings are looked for in this many lines; a title may stand above them.
pub(super) const LINES: usize = 10;
/// Most guardians of one row.
const MOST_GUARDIANS: usize = 4;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Name,
    FirstName,
    LastName,
    Born,
    Adult,
    Reference,
    /// Their own address, not a parent's.
    Mail,
    Left,
    Activity,
    ActivityDay,
    Place,
    /// Of the guardian with this number.
    Guardian(usize, Part),
}

impl Column {
    /// A person's name, or a part of it.
    pub(super) fn is_a_name(self) -> bool {
        use Part::{FirstName, LastName, Name};
        matches!(
            self,
            Self::Name | Self::FirstName | Self::LastName | Self::Guardian(_, Name | FirstName | LastName)
        )
    }
}

/// What a column holds of a guardian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Name,
    FirstName,
    LastName,
    Mail,
    Phone,
    Relation,
    Language,
}

/// The columns of a sheet.
#[derive(Debug, Default)]
pub(super) struct Headings {
    /// Where each is, and what it is called there.
    pub(super) columns: BTreeMap<Column, (usize, String)>,
    /// Guardians whose heading says that they are a parent.
    pub(super) parents: Vec<usize>,
    /// Headings that nothing is taken from.
    pub(super) unused: Vec<String>,
    /// How many rows stand above and in the headings.
    pub(super) above: usize,
}

/// Finds the line with the headings.
pub(super) fn find(table: &Table) -> Result<Headings, SheetError> {
    for (number, (_, cells)) in table.rows.iter().take(LINES).enumerate() {
        let mut headings = line(cells)?;
        let has = |column| headings.columns.contains_key(&column);
        if has(Column::Name) || has(Column::FirstName) {
            headings.above = number + 1;
            return Ok(headings);
        }
    }
    Err(SheetError::NoHeadings)
}

fn line(cells: &[String]) -> Result<Headings, SheetError> {
    let mut found = Headings::default();
    let mut groups: Vec<String> = Vec::new();
    for (at, heading) in cells.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty()) {
        let heading = heading.trim().to_owned();
        let words = words(&heading);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let meant = match guardian(&words) {
            Some((group, part)) => numbered(&mut groups, &group).map(|number| {
                if group == "mother" || group == "father" {
                    found.parents.push(number);
                }
                Column::Guardian(number, part)
            }),
            None => child(&words),
        };
        let Some(column) = meant else {
            found.unused.push(heading);
            continue;
        };
        if let Some((_, before)) = found.columns.get(&column) {
            return Err(SheetError::SameTwice(before.clone(), heading, in_words(column)));
        }
        found.columns.insert(column, (at, heading));
    }
    Ok(found)
}

/// Groups get numbers in the order they come in.
fn numbered(groups: &mut Vec<String>, group: &str) -> Option<usize> {
    let at = groups.iter().position(|known| known == group).unwrap_or_else(|| {
        groups.push(group.to_owned());
        groups.len() - 1
    });
    (at < MOST_GUARDIANS).then_some(at)
}

/// Lower case without accents, word by word, the fillers left out.
fn words(heading: &str) -> Vec<String> {
    const FILLERS: &str =
        " the of s a an please enter your their full optional required to in at for and or ";
    let folded = Normal::of(heading).text().to_lowercase();
    let joined = folded.replace("e-mail", "email").replace("d.o.b", "dob").replace("'s", "");
    joined
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty() && !FILLERS.contains(&format!(" {word} ")))
        .map(str::to_owned)
        .collect()
}

fn within(words: &[&str], known: &str) -> bool {
    words.iter().all(|word| known.split(' ').any(|one| one == *word))
}

fn any(words: &[&str], known: &str) -> bool {
    words.iter().any(|word| known.split(' ').any(|one| one == *word))
}

const CHILD: &str =
    "child children player participant pupil kid member athlete student young person people youth";
const ADULT: &str = "parent parents guardian guardians carer carers caregiver contact parental";
const MOTHER: &str = "mother mum mom mothers mums";
const FATHER: &str = "father dad fathers dads";
const FIRST: &str = "first forename forenames given firstname christian";
const LAST: &str = "last surname family lastname second";
const NAME: &str = "name names fullname";

/// A column about a guardian: which one, as the heading calls them, and what.
fn guardian(words: &[&str]) -> Option<(String, Part)> {
    let mother_or_father = match (any(words, MOTHER), any(words, FATHER)) {
        (true, true) => return None,
        (true, false) => Some("mother"),
        (false, true) => Some("father"),
        (false, false) => None,
    };
    let is_adult = mother_or_father.is_some() || any(words, ADULT);
    let relation = any(words, "relation relationship");
    if !is_adult && any(words, CHILD) && !relation {
        return None;
    }
    let (mut number, mut rest) = ("1", Vec::new());
    for word in words {
        match *word {
            "1" | "one" | "1st" | "primary" | "main" if is_adult => number = "1",
            "2" | "two" | "2nd" | "secondary" | "other" if is_adult => number = "2",
            "second" if is_adult && !any(words, "surname") => number = "2",
            "3" | "three" | "3rd" | "third" if is_adult => number = "3",
            "4" | "four" | "4th" | "fourth" if is_adult => number = "4",
            word if within(&[word], ADULT) || within(&[word], MOTHER) || within(&[word], FATHER) => {}
            word if relation && within(&[word], CHILD) => {}
            word => rest.push(word),
        }
    }
    let part = part(&rest, is_adult)?;
    Some((mother_or_father.unwrap_or(number).to_owned(), part))
}

fn part(rest: &[&str], is_adult: bool) -> Option<Part> {
    let only = |known: &str| within(rest, known);
    if any(rest, "email mail emails") {
        return only("email mail emails address addresses").then_some(Part::Mail);
    }
    if any(rest, "phone mobile tel telephone cell mob") || (is_adult && rest == ["number"]) {
        return only("phone mobile tel telephone cell mob number no").then_some(Part::Phone);
    }
    if any(rest, "relation relationship") {
        return only("relation relationship").then_some(Part::Relation);
    }
    if any(rest, "language") {
        return only("language first home preferred spoken main").then_some(Part::Language);
    }
    if !is_adult {
        return None;
    }
    match rest {
        _ if any(rest, FIRST) && only(&format!("{FIRST} {NAME}")) => Some(Part::FirstName),
        _ if any(rest, LAST) && only(&format!("{LAST} {NAME}")) => Some(Part::LastName),
        _ if only(NAME) => Some(Part::Name),
        _ => None,
    }
}

/// A column about the child or the activity.
fn child(words: &[&str]) -> Option<Column> {
    const REFERENCE: &str = "ref reference id fan membership registration";
    const ACTIVITY: &str = "activity session group team squad event programme";
    let names_child = any(words, CHILD);
    let rest: Vec<&str> = words.iter().copied().filter(|word| !within(&[word], CHILD)).collect();
    let only = |known: &str| within(&rest, known);
    if rest.is_empty() {
        return names_child.then_some(Column::Name);
    }
    if names_child && any(&rest, "email mail") {
        return only("email mail address").then_some(Column::Mail);
    }
    if any(&rest, "dob birthday birthdate born birth") {
        return only("dob birthday birthdate born birth date day on").then_some(Column::Born);
    }
    if any(&rest, "18 adult") {
        return only("18 over adult is").then_some(Column::Adult);
    }
    if any(&rest, "left leaver leaving leave") {
        return only("left leaver leaving leave on date day").then_some(Column::Left);
    }
    if any(&rest, "place venue location") {
        return only(&format!("place venue location {ACTIVITY}")).then_some(Column::Place);
    }
    if any(&rest, ACTIVITY) {
        return match () {
            () if only(&format!("{ACTIVITY} name")) => Some(Column::Activity),
            () if only(&format!("{ACTIVITY} date day on")) => Some(Column::ActivityDay),
            () => None,
        };
    }
    if rest == ["date"] {
        return Some(Column::ActivityDay);
    }
    if any(&rest, REFERENCE) || (names_child && any(&rest, "number no")) {
        return only(&format!("{REFERENCE} number no our trust club cleansheet"))
            .then_some(Column::Reference);
    }
    match () {
        () if any(&rest, FIRST) && only(&format!("{FIRST} {NAME}")) => Some(Column::FirstName),
        () if any(&rest, LAST) && only(&format!("{LAST} {NAME}")) => Some(Column::LastName),
        () if only(NAME) => Some(Column::Name),
        () => None,
    }
}

fn in_words(column: Column) -> &'static str {
    match column {
        Column::Name => "name",
        Column::FirstName => "first name",
        Column::LastName => "surname",
        Column::Born => "date of birth",
        Column::Adult => "answer whether they are 18 or over",
        Column::Reference => "reference",
        Column::Mail => "address of their own",
        Column::Left => "last day",
        Column::Activity => "activity",
        Column::ActivityDay => "day of the activity",
        Column::Place => "place",
        Column::Guardian(_, Part::Name) => "parent's name",
        Column::Guardian(_, Part::FirstName) => "parent's first name",
        Column::Guardian(_, Part::LastName) => "parent's surname",
        Column::Guardian(_, Part::Mail) => "parent's mail address",
        Column::Guardian(_, Part::Phone) => "parent's telephone number",
        Column::Guardian(_, Part::Relation) => "parent's relationship",
        Column::Guardian(_, Part::Language) => "parent's language",
    }
}

#[cfg(test)]
mod tests {
    use super::{Column, Part, line};

    #[test]
    fn columns_are_known_by_their_usual_names() {
        use Column::{
            Activity, ActivityDay, Adult, Born, FirstName, Guardian, LastName, Left, Mail, Name, Place,
            Reference,
        };
        for (heading, wanted) in [
            ("First name", Some(FirstName)),
            ("FORENAME(S)", Some(FirstName)),
            ("Given names", Some(FirstName)),
            ("Child's first name", Some(FirstName)),
            ("Surname", Some(LastName)),
            ("Last Name", Some(LastName)),
            ("Family name", Some(LastName)),
            ("Player surname", Some(LastName)),
            ("Name", Some(Name)),
            ("Full Name", Some(Name)),
            ("Participant", Some(Name)),
            ("Name of child", Some(Name)),
            ("Young person's name", Some(Name)),
            ("DOB", Some(Born)),
            ("D.O.B.", Some(Born)),
            ("Date of birth", Some(Born)),
            ("Child's date of birth", Some(Born)),
            ("Birthday", Some(Born)),
            ("18 or over", Some(Adult)),
            ("Ref", Some(Reference)),
            ("FAN number", Some(Reference)),
            ("Membership No.", Some(Reference)),
            ("Left on", Some(Left)),
            ("Date left", Some(Left)),
            ("Team", Some(Activity)),
            ("Session", Some(Activity)),
            ("Group", Some(Activity)),
            ("Activity name", Some(Activity)),
            ("Session date", Some(ActivityDay)),
            ("Date", Some(ActivityDay)),
            ("Venue", Some(Place)),
            ("Parent 1 name", Some(Guardian(0, Part::Name))),
            ("Parent/Carer", Some(Guardian(0, Part::Name))),
            ("Parent/carer email", Some(Guardian(0, Part::Mail))),
            ("Parent or guardian e-mail address", Some(Guardian(0, Part::Mail))),
            ("Guardian first name", Some(Guardian(0, Part::FirstName))),
            ("Carer surname", Some(Guardian(0, Part::LastName))),
            ("Second parent surname", Some(Guardian(0, Part::LastName))),
            ("Mum's mobile", Some(Guardian(0, Part::Phone))),
            ("Contact number", Some(Guardian(0, Part::Phone))),
            ("Email", Some(Guardian(0, Part::Mail))),
            ("Mobile", Some(Guardian(0, Part::Phone))),
            ("Tel. no.", Some(Guardian(0, Part::Phone))),
            ("Relationship", Some(Guardian(0, Part::Relation))),
            ("Relationship to child", Some(Guardian(0, Part::Relation))),
            ("Language", Some(Guardian(0, Part::Language))),
            ("Home language", Some(Guardian(0, Part::Language))),
            ("Medical notes", None),
            ("School", None),
            ("Age group", None),
            ("Address", None),
            ("Emergency contact name", None),
            ("Emergency contact number", None),
            ("Coach email", None),
            ("Child's email", Some(Mail)),
            ("Photo consent", None),
            ("Parental consent", None),
            ("Doctor's phone", None),
        ] {
            let found = line(&[heading.to_owned()]).unwrap();
            assert_eq!(found.columns.keys().next().copied(), wanted, "{heading}");
            assert_eq!(found.unused.len(), usize::from(wanted.is_none()), "{heading}");
        }
    }

    #[test]
    fn guardians_are_told_apart_by_number_or_by_who_they_are() {
        let heads =
            ["Name", "Mother", "Mother email", "Father", "Dad's email", "Parent 2", "Parent 1", "Parent 3"];
        let heads: Vec<String> = heads.map(str::to_owned).into();
        let found = line(&heads).unwrap();
        let at = |column| found.columns.get(&column).map(|(at, _)| *at);
        assert_eq!(at(Column::Guardian(0, Part::Name)), Some(1));
        assert_eq!(at(Column::Guardian(0, Part::Mail)), Some(2));
        assert_eq!(at(Column::Guardian(1, Part::Mail)), Some(4));
        assert_eq!(at(Column::Guardian(2, Part::Name)), Some(5));
        assert_eq!(found.unused, ["Parent 3"], "four are enough");
    }

    #[test]
    fn two_columns_for_the_same_thing_are_refused_by_name() {
        let heads = ["Name", "Email", "Parent email"].map(str::to_owned);
        let error = line(&heads).unwrap_err().to_string();
        assert!(error.contains("“Email” and “Parent email”"), "{error}");
    }
}
