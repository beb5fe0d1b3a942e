//! The engine against a world that does what a script says, in virtual time.

mod fake;
