//! A table's rows as children, guardians and activities, with every fault that can be seen without the records.

use cleansheet_records::{
    activities::Relation,
    imports::{Adult, Child, Remark, Row, Session, Sheet},
};
use cleansheet_terms::Date;
use jiff::ToSpan as _;

use super::{
    MOST_ROWS, SheetError, Table, cells, days,
    headings::{self, Column, Headings, Part},
};

/// Nobody older takes part.
const MOST_YEARS: i16 = 110;

/// Makes rows out of a table.
///
/// - `today`: no birthday is later.
/// - `rosters`: what the sheet says about activities counts; otherwise those columns are not used.
pub fn understand(table: &Table, today: Date, rosters: bool) -> Result<Sheet, SheetError> {
    let mut headings = headings::find(table)?;
    if !rosters || !headings.columns.contains_key(&Column::Activity) {
        for column in [Column::Activity, Column::ActivityDay, Column::Place] {
            headings.unused.extend(headings.columns.remove(&column).map(|(_, heading)| heading));
        }
    }
    let below = table.rows.iter().skip(headings.above);
    let rows: Vec<Row> =
        below.map(|(line, cells)| Reading::new(&headings, *line, cells).row(today)).collect();
    match rows.len() {
        0 => Err(SheetError::NoRows),
        many if many > MOST_ROWS => Err(SheetError::TooLong),
        _ => Ok(Sheet { unused: headings.unused, rows }),
    }
}

/// One row while it is read.
struct Reading<'t> {
    headings: &'t Headings,
    line: u32,
    cells: &'t [String],
    faults: Vec<Remark>,
    notes: Vec<Remark>,
}

impl<'t> Reading<'t> {
    fn new(headings: &'t Headings, line: u32, cells: &'t [String]) -> Self {
        Self { headings, line, cells, faults: Vec::new(), notes: Vec::new() }
    }

    fn row(mut self, today: Date) -> Row {
        let mut child = self.child(today);
        let grown = child.adult || child.born.is_some_and(|born| born.saturating_add(18.years()) <= today);
        let guardians = (0..=self.guardians())
            .filter_map(|number| self.guardian(number, grown, &mut child.mail))
            .collect();
        let activity = self.activity();
        Row { line: self.line, child, guardians, activity, faults: self.faults, notes: self.notes }
    }

    fn cell(&self, column: Column) -> String {
        let found = self.headings.columns.get(&column).and_then(|(at, _)| self.cells.get(*at));
        let tidy = if column.is_a_name() { cells::tidy_name } else { cells::tidy };
        found.map_or_else(String::new, |cell| tidy(cell))
    }

    fn remark(&self, column: Column, say: String) -> Remark {
        let heading = self.headings.columns.get(&column).map(|(_, heading)| heading.clone());
        Remark { column: heading.unwrap_or_else(|| "Name".to_owned()), say }
    }

    fn fault(&mut self, column: Column, say: impl Into<String>) {
        let remark = self.remark(column, say.into());
        self.faults.push(remark);
    }

    /// A cell that is read by `read`; what is wrong with it is a fault, and the value is then empty.
    fn read<T: Default>(&mut self, column: Column, read: impl Fn(&str) -> Result<T, String>) -> T {
        read(&self.cell(column)).unwrap_or_else(|say| {
            self.fault(column, say);
            T::default()
        })
    }

    fn day(&mut self, column: Column) -> Option<Date> {
        let day = |cell: &str| match cell {
            "" => Ok(None),
            cell => days::read(cell).map(Some).map_err(|error| error.to_string()),
        };
        self.read(column, day)
    }

    fn child(&mut self, today: Date) -> Child {
        let name = self.joined(Column::Name, Column::FirstName, Column::LastName);
        if name.is_empty() && self.faults.is_empty() {
            self.fault(self.name_column(), "the name is missing; write it, or leave this row out");
        }
        let born = self.day(Column::Born);
        if let Some(day) = born.filter(|day| *day > today) {
            self.fault(Column::Born, format!("{} is still to come; look the year up again", in_words(day)));
        }
        if let Some(day) = born.filter(|day| day.year() < today.year() - MOST_YEARS) {
            self.fault(Column::Born, format!("{} is too long ago; look the year up again", in_words(day)));
        }
        let adult = self.read(Column::Adult, cells::yes);
        let reference = self.read(Column::Reference, cells::plain);
        let mail = self.read(Column::Mail, cells::mail);
        Child { name, born, adult, reference, mail, left: self.day(Column::Left) }
    }

    fn name_column(&self) -> Column {
        let has = |column: &Column| self.headings.columns.contains_key(column);
        [Column::Name, Column::FirstName].into_iter().find(has).unwrap_or(Column::Name)
    }

    /// A whole name out of one column or two.
    fn joined(&mut self, whole: Column, first: Column, last: Column) -> String {
        let one = self.read(whole, cells::name);
        let two = [self.read(first, cells::plain), self.read(last, cells::plain)].join(" ");
        if two.trim().is_empty() { one } else { two.trim().to_owned() }
    }

    /// The number of the last guardian there is a column for.
    fn guardians(&self) -> usize {
        let number = |column: &Column| match column {
            Column::Guardian(number, _) => *number,
            _ => 0,
        };
        self.headings.columns.keys().map(number).max().unwrap_or(0)
    }

    /// - `own`: an address without a parent's name beside it is the participant's own, once they are grown up.
    fn guardian(&mut self, number: usize, grown: bool, own: &mut String) -> Option<Adult> {
        let column = |part| Column::Guardian(number, part);
        let before = self.faults.len();
        let name = self.joined(column(Part::Name), column(Part::FirstName), column(Part::LastName));
        let mail = self.read(column(Part::Mail), cells::mail);
        let phone = self.read(column(Part::Phone), cells::phone);
        let mut relation = cells::relation(&self.cell(column(Part::Relation)));
        let language = cells::language(&self.cell(column(Part::Language))).unwrap_or_else(|say| {
            let note = self.remark(column(Part::Language), say);
            self.notes.push(note);
            None
        });
        let faulty = self.faults.len() > before;
        let nobody = name.is_empty() || (cells::may_be_nobody(&name) && relation.is_none());
        if nobody && mail.is_empty() && phone.is_empty() {
            return None;
        }
        if name.is_empty() && grown && own.is_empty() && !faulty {
            *own = mail;
            return None;
        }
        if relation.is_none() && self.headings.parents.contains(&number) {
            relation = Some(Relation::Parent);
        }
        if name.is_empty() && !faulty {
            let at = [Part::Name, Part::FirstName, Part::Mail, Part::Phone].map(column);
            let has = |column: &Column| self.headings.columns.contains_key(column);
            let at = at.into_iter().find(has).unwrap_or(Column::Name);
            self.fault(at, "the parent's name is missing; write it beside the address or number");
        }
        Some(Adult { name, mail, phone, relation, language })
    }

    fn activity(&mut self) -> Option<Session> {
        let name = self.read(Column::Activity, cells::plain);
        let day = self.day(Column::ActivityDay);
        let place = self.read(Column::Place, cells::plain);
        (!name.is_empty()).then_some(Session { name, day, place })
    }
}

/// `3 February 2016`.
fn in_words(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}
