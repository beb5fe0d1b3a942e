//! What the program says without an engine: no test here starts anything.

mod abort;
mod arguments;
mod broken;
mod bugs;
mod explored;
mod no_engine;
mod printed;
mod replay;
mod rollback;
mod simulated;
mod story;
