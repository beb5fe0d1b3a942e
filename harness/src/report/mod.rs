//! Owns the forms in which a verdict is shown, one file per format: for a person at a terminal, for
//! a program, for a CI server, for a browser.
//! Must not know: worlds, engines, files; how a verdict is reached.

mod axis;
pub mod explored;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
mod lane;
mod ledger;
mod outages;
mod picture;
pub mod window;
