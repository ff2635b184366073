//! Cover: enough people who can approve on each account, and one of them told in time that a post waits (clause 12 wants
//! two people for every post).

mod able;
mod on_call;
mod waiting;

pub use able::{Able, Short, able_on, is_short, warn_if_short};
pub use on_call::{NewTurn, OnCall, OnCallId, Turn, TurnError};
pub(crate) use waiting::forget_told;
pub use waiting::{
    MINUTES, NoSuchWait, TellOthers, ToldOf, USUAL_MINUTES, is_unopened, minutes_alone, opened,
    set_minutes_alone, tell_others, tell_waiting, told_of,
};
