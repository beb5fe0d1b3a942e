//! What a user sees of Filage, tested from outside: the program's words and exit codes, whole
//! rehearsals on real containers, what both worlds make of the same rehearsal, and the rules that the
//! source keeps.

mod architecture;
mod cli;
mod conformance;
mod containers;
mod faults;
