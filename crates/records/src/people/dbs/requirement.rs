//! What each role needs: the trust's own signed reading of "relevant DBS check" (clause 1).

use std::ops::RangeInclusive;

use cleansheet_terms::{Clock, Entropy, PersonId, Role};
use sqlx::any::AnyRow;

use super::{DbsLevel, Workforce};
use crate::{
    columns::Columns as _,
    database::{StoreError, sql},
    ledger_entries::Ledger,
    people::{PersonError, register::People},
};

/// After how many months at least and at most a check is made again.
pub const MONTHS: RangeInclusive<i64> = 1..=120;
/// A reason is one sentence.
pub const REASON_LETTERS: usize = 300;

/// What one role needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRequirement {
    /// The role.
    pub role: Role,
    /// The least level; `None` when the role needs no check at all.
    pub dbs_level: Option<DbsLevel>,
    /// Exactly this workforce.
    pub workforce: Workforce,
    /// After how many months the check is made again.
    pub recheck_months: i64,
    /// Why, in the trust's own words; shown when somebody is refused.
    pub reason: String,
}

impl RoleRequirement {
    fn has_a_reason(&self) -> bool {
        let reason = self.reason.trim();
        !reason.is_empty() && reason.chars().count() <= REASON_LETTERS
    }

    /// A starting point that errs on the safe side, for the Manager to sign or change. Football asks for a new check
    /// every three years.
    pub fn usual() -> [Self; 5] {
        let acts = "plans, approves or publishes posts that show children";
        Role::ALL.map(|role| match role {
            Role::Manager | Role::Dsl | Role::Staff => Self {
                role,
                dbs_level: Some(DbsLevel::Enhanced),
                workforce: Workforce::Child,
                recheck_months: 36,
                reason: acts.to_owned(),
            },
            Role::It | Role::Trustee => Self {
                role,
                dbs_level: None,
                workforce: Workforce::Other,
                recheck_months: 36,
                reason: "sees no posts before they are public and publishes nothing".to_owned(),
            },
        })
    }
}

impl People<'_> {
    /// Says what a role needs, instead of what was said before. Whoever's papers are no longer in order by it is signed out
    /// in the same transaction.
    pub async fn require(
        &mut self,
        requirement: &RoleRequirement,
        by: Option<&PersonId>,
        clock: &dyn Clock,
        entropy: &mut dyn Entropy,
    ) -> Result<(), PersonError> {
        if let Some(by) = by {
            self.must_be_own_manager(by, clock.now()).await?;
        }
        if !MONTHS.contains(&requirement.recheck_months) || !requirement.has_a_reason() {
            return Err(PersonError::Requirement);
        }
        let (level, now) = (requirement.dbs_level.map_or("none", DbsLevel::as_str), clock.now());
        let mut before = Vec::new();
        for one in self.list().await?.into_iter().filter(|one| one.is(requirement.role, now)) {
            before.push((self.standing(&one.id, now).await?, one.id));
        }
        let put = sql("INSERT INTO role_requirement (role, dbs_level, workforce, recheck_months, reason)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (role) DO UPDATE SET dbs_level = excluded.dbs_level, workforce = excluded.workforce,
                 recheck_months = excluded.recheck_months, reason = excluded.reason")
        .bind(requirement.role.as_str())
        .bind(level)
        .bind(requirement.workforce.as_str())
        .bind(requirement.recheck_months)
        .bind(requirement.reason.clone());
        self.0.run(put).await?;
        let payload = (
            requirement.role,
            level,
            requirement.workforce.as_str(),
            requirement.recheck_months,
            &requirement.reason,
            by,
        );
        let subject = format!("role_{}", requirement.role.as_str());
        Ledger(self.0).append("role.requirement", &subject, &payload, now, entropy).await?;
        for (before, id) in before {
            self.end_if_worse(&before, &id, now).await?;
        }
        Ok(())
    }

    /// What the roles need, as far as somebody has said.
    pub async fn requirements(&mut self) -> Result<Vec<RoleRequirement>, StoreError> {
        let found = sql(
            "SELECT role, dbs_level, workforce, recheck_months, reason FROM role_requirement ORDER BY role",
        );
        let level = |text: &str| if text == "none" { Ok(None) } else { DbsLevel::parse(text).map(Some) };
        let one = |row: &AnyRow| {
            Ok(RoleRequirement {
                role: row.read("role", Role::parse)?,
                dbs_level: row.read("dbs_level", level)?,
                workforce: row.read("workforce", Workforce::parse)?,
                recheck_months: row.number("recheck_months")?,
                reason: row.text("reason")?,
            })
        };
        self.0.rows(found).await?.iter().map(one).collect()
    }
}
