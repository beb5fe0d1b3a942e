//! A rehearsal that stands still in its migration, and can go on from there in more ways than one: nights in
//! which the same goes wrong, and one thing more late, are the same until that begins.

use std::sync::Arc;

use super::{
    EngineError, begin,
    crew::{Crew, Desk},
    hand_over, migrate,
    run::Rehearsal,
};
use crate::{
    base::FaultId,
    history::{Ending, Sink},
    plan::{Fault, Plan},
    world::World,
};

/// A rehearsal that stands still before a round of the engine's loop. Its world and its history, which have come
/// as far, are somebody else's.
#[derive(Debug, Clone)]
pub struct Held<'p>(Rehearsal<'p, Desk>);

impl<'p> Held<'p> {
    /// Begins a rehearsal, and holds it when the first step's turn has come. None where it never does.
    pub fn begin(
        run: &str,
        plan: &'p Arc<Plan>,
        world: &mut dyn World,
        sink: &mut dyn Sink,
    ) -> Option<Self> {
        let (mut rehearsal, begun) = begin(run, plan, world, sink);
        let handed_over = begun.and_then(|()| hand_over(&mut rehearsal));
        handed_over.is_ok().then(|| Self(rehearsal.handed_over(Crew::leave)))
    }

    /// Goes on with the migration, and holds it after this round or when it is over. None where the world breaks.
    pub fn go_to(self, round: u64, world: &mut dyn World, sink: &mut dyn Sink) -> Option<Self> {
        let mut rehearsal = self.0.with(world, sink);
        let driven = rehearsal.drive_to(round);
        driven.is_ok().then(|| Self(rehearsal.handed_over(Crew::leave)))
    }

    /// In which round a fault would be noticed first, had there been that one too; none where that is not known,
    /// or would have been before the migration.
    pub fn notices(&self, fault: &Fault) -> Option<u64> {
        self.0.schedule.notices(fault)
    }

    /// Plays on to the end, with a fault more that nobody could have noticed yet.
    pub fn go_on_with(
        self,
        (id, fault): (&'p FaultId, &'p Fault),
        world: &mut dyn World,
        sink: &mut dyn Sink,
    ) -> Result<Ending, EngineError> {
        let mut rehearsal = self.0.with(world, sink);
        rehearsal.schedule.add(id, fault);
        let played = rehearsal.arm(id, &fault.from).and_then(|()| migrate(&mut rehearsal));
        rehearsal.crew.close(played)
    }
}
