//! What the program says without an engine: no test here starts anything.

mod arguments;
mod broken;
mod no_engine;
mod printed;
