//! What every channel must do, and what is particular to one.

mod contract;
mod website;
