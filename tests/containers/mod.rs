//! Whole rehearsals on real containers, small ones but for one. Where no engine answers, each says
//! so and is not run; in CI that is a failure.

mod budgets;
mod choices;
mod clients;
mod confirm;
mod docker_inside;
mod endings;
mod kinds;
mod links;
mod names;
mod notes;
mod outside;
mod planted;
mod ports;
mod proxgroup;
mod replay;
mod resolver;
mod rollback;
mod slips;
mod steps;
