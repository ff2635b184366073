//! Sheets of participants: sent, looked at row by row, then taken over. For those who look after families.

use cleansheet_records::imports::ImportError;
use cleansheet_terms::ImportId;

use super::Problem;
use crate::sheets::SheetError;

pub(super) mod new;
pub(super) mod preview;

fn known(id: &str) -> Result<ImportId, Problem> {
    ImportId::parse(id).map_err(|_| Problem::NotFound)
}

impl From<SheetError> for Problem {
    fn from(error: SheetError) -> Self {
        Self::Wrong(error.to_string())
    }
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Gone | ImportError::NotReady(_) | ImportError::Changed => {
                Self::Conflict(error.to_string())
            }
            ImportError::Seal(error) => Self::internal(&error),
            ImportError::Activity(error) => error.into(),
            ImportError::Withdrawal(error) => error.into(),
            ImportError::Store(error) => error.into(),
        }
    }
}
