//! Where an order may go from where it is: the one table of its steps, as types.
//!
//! [`Order::place`] says where an order is, as a type; from there [`At::to`] makes the steps that the table has, and no
//! others. Only a [`Step`] changes the stored state, and the database refuses whatever is not in the same table
//! (`order_step`), so that a slip in a statement does not get through either.
//!
//! What never left cannot come back:
//!
//! ```compile_fail,E0277
//! # use cleansheet_records::orders::machine::{At, Queued, Step, Stopped};
//! fn again<'o>(at: At<'o, Stopped>) -> Step<'o> {
//!     at.to(Queued)
//! }
//! ```
//!
//! what waits is not published without being sent:
//!
//! ```compile_fail,E0277
//! # use cleansheet_records::orders::machine::{At, Published, Queued, Step};
//! fn skip<'o>(at: At<'o, Queued>) -> Step<'o> {
//!     at.to(Published)
//! }
//! ```
//!
//! what is being taken down is never sent again:
//!
//! ```compile_fail,E0277
//! # use cleansheet_records::orders::machine::{At, Sending, Step, TakingDown};
//! fn send<'o>(at: At<'o, TakingDown>) -> Step<'o> {
//!     at.to(Sending)
//! }
//! ```
//!
//! nor is it queued again, as if it had never left, without a word that nothing of it is out:
//!
//! ```compile_fail,E0277
//! # use cleansheet_records::orders::machine::{At, Queued, Sending, Step};
//! fn forget<'o>(at: At<'o, Sending>) -> Step<'o> {
//!     at.to(Queued)
//! }
//! ```
//!
//! and nobody resends what may be public without an answer to whether it is:
//!
//! ```compile_fail,E0277
//! # use cleansheet_records::orders::machine::{At, Sending, Step, Uncertain};
//! fn blindly<'o>(at: At<'o, Uncertain>) -> Step<'o> {
//!     at.to(Sending)
//! }
//! ```

use std::marker::PhantomData;

use super::{Order, OrderState};

mod sealed {
    pub trait Sealed {}
}

/// A state as a type. Sealed: there are these eight.
pub trait State: sealed::Sealed {
    /// The state.
    const STATE: OrderState;
}

/// An order may go from this state to `T` in one step.
pub trait LeadsTo<T: State>: State {}

/// An order may go back from this state, in which it may be public, to `T`, in which it never was.
pub trait LeadsBack<T: State>: State {}

/// That nothing of an order is public, or may become so.
///
/// INVARIANT: made only where the records say so, or where the network was looked at.
#[derive(Debug)]
#[must_use = "a word that nobody acts on was not needed"]
pub struct NothingOut<'o> {
    order: &'o Order,
}

impl<'o> NothingOut<'o> {
    /// - `order`: of which nothing is out.
    pub(super) fn of(order: &'o Order) -> Self {
        Self { order }
    }

    /// The step back to where nothing has left.
    pub fn back<S: LeadsBack<T>, T: State>(self, _from: At<'o, S>, _to: T) -> Step<'o> {
        Step { order: self.order, to: T::STATE }
    }
}

/// An order, known to be in one state.
#[derive(Debug, Clone, Copy)]
pub struct At<'o, S> {
    order: &'o Order,
    state: PhantomData<S>,
}

/// One step of one order that the table has.
///
/// INVARIANT: only [`At::to`] makes one.
#[derive(Debug)]
#[must_use = "a step that nobody writes down was not taken"]
pub struct Step<'o> {
    order: &'o Order,
    to: OrderState,
}

impl<'o, S: State> At<'o, S> {
    /// The step to another state.
    pub fn to<T: State>(self, _next: T) -> Step<'o>
    where
        S: LeadsTo<T>,
    {
        Step { order: self.order, to: T::STATE }
    }
}

impl<'o> Step<'o> {
    /// Whose step it is.
    pub(super) fn order(&self) -> &'o Order {
        self.order
    }

    /// Where it leads.
    pub(super) fn target(&self) -> OrderState {
        self.to
    }
}

// What stands behind `<-` is a way back, which needs a word that nothing is out.
macro_rules! machine {
    ($($(#[$doc:meta])* $from:ident => [$($to:ident),*] $(<- [$($back:ident),*])?)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $from;
            impl sealed::Sealed for $from {}
            impl State for $from {
                const STATE: OrderState = OrderState::$from;
            }
            $(impl LeadsTo<$to> for $from {})*
            $($(impl LeadsBack<$back> for $from {})*)?
        )*

        /// Every step there is.
        pub const STEPS: &[(OrderState, OrderState)] =
            &[$($((OrderState::$from, OrderState::$to),)* $($((OrderState::$from, OrderState::$back),)*)?)*];

        /// Where an order is, as a type.
        #[derive(Debug, Clone, Copy)]
        pub enum Place<'o> {
            $($(#[$doc])* $from(At<'o, $from>),)*
        }

        impl Order {
            /// Where it is, to take a step from there.
            pub fn place(&self) -> Place<'_> {
                match self.state {
                    $(OrderState::$from => Place::$from(At { order: self, state: PhantomData }),)*
                }
            }
        }
    };
}

machine! {
    /// Approved; nothing has left.
    Queued => [Sending, Stopped]
    /// The call was about to begin, or is under way. Back when certainly nothing was published.
    Sending => [Uncertain, Sent, TakingDown] <- [Queued, Stopped]
    /// The call ended and nobody knows how. Closed by reading back or by a person: `Published` on their word alone.
    Uncertain => [Sent, Published, TakingDown] <- [Queued]
    /// The network took it. `Uncertain` when it then does not show it.
    Sent => [Published, Uncertain, TakingDown]
    /// Read back as the public sees it.
    Published => [TakingDown]
    /// It never left, and never will.
    Stopped => []
    /// It is being taken away.
    TakingDown => [Gone]
    /// It was seen to be gone. A reply that came late may show that it was not.
    Gone => [TakingDown]
}

#[cfg(test)]
mod tests {
    use super::{OrderState, STEPS};

    #[test]
    fn every_state_is_reached_and_only_what_never_left_ends_for_good() {
        for state in OrderState::ALL {
            let reached = state == OrderState::Queued || STEPS.iter().any(|(_, to)| *to == state);
            assert!(reached, "{state:?}");
            let ends = !STEPS.iter().any(|(from, _)| *from == state);
            assert_eq!(ends, state == OrderState::Stopped, "{state:?}");
        }
    }

    #[test]
    fn nothing_that_may_be_public_is_forgotten_without_a_look() {
        // From wherever it may be public there is a way to take it down, and none to `Gone` but through that.
        for state in OrderState::ALL.into_iter().filter(|state| state.is_live()) {
            assert!(STEPS.contains(&(state, OrderState::TakingDown)), "{state:?}");
        }
        let to_gone: Vec<_> = STEPS.iter().filter(|(_, to)| *to == OrderState::Gone).collect();
        assert_eq!(to_gone, [&(OrderState::TakingDown, OrderState::Gone)]);
    }
}
