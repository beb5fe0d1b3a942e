//! How far one fault has come, and what is to be done about it next. Pure.

use crate::{
    base::{FaultId, StepId, StoryTime},
    fault::{Mender, Trigger},
    history::FaultStage,
    plan::Fault,
    world::FaultAct,
};

/// One fault on its way.
#[derive(Debug, Clone)]
pub(super) struct Track<'p> {
    /// Its id.
    pub(super) id: &'p FaultId,
    fault: &'p Fault,
    state: State,
    /// What is wished while something else is being done about it.
    wish: Option<Wish<'p>>,
    /// The step that is said to have mended it, while that is being looked at.
    mended_by: Option<&'p StepId>,
    heal_at: Option<StoryTime>,
    /// Whether it is a trap of which nobody has looked yet whether it bit.
    is_unsprung: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Its trigger is awaited.
    Armed,
    /// This is to be done now.
    Wanted(FaultAct),
    /// This is being done.
    Doing(FaultAct),
    /// It is there.
    Standing,
    /// It is there no more, or could not be made to happen.
    Over,
}

/// How a standing fault is to end; the later wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wish<'p> {
    /// See whether the step has mended it.
    Look(&'p StepId),
    /// Heal it.
    Heal,
}

impl<'p> Track<'p> {
    pub(super) fn new(id: &'p FaultId, fault: &'p Fault) -> Self {
        let is_unsprung = fault.kind.is_trap();
        let (state, wish, mended_by, heal_at) = (State::Armed, None, None, None);
        Self { id, fault, state, wish, mended_by, heal_at, is_unsprung }
    }

    /// What is known of it from the start.
    pub(super) fn fault(&self) -> &'p Fault {
        self.fault
    }

    /// What it waits for.
    pub(super) fn from(&self) -> &'p Trigger {
        &self.fault.from
    }

    /// The step that ends it.
    pub(super) fn healed_by(&self) -> Option<&'p StepId> {
        self.fault.healed_by.as_ref()
    }

    /// Whether its trigger is still awaited.
    pub(super) fn is_armed(&self) -> bool {
        self.state == State::Armed
    }

    /// Whether something is being done about it, or will be at once.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.state, State::Wanted(_) | State::Doing(_))
    }

    /// Its trigger has come. A fault happens once.
    pub(super) fn trigger(&mut self) {
        if self.is_armed() {
            self.state = State::Wanted(FaultAct::Inject);
        }
    }

    /// Its healing step has passed.
    pub(super) fn healer_passed(&mut self) {
        let Some(step) = self.healed_by() else { return };
        self.wish(match self.fault.kind.mender() {
            Mender::Provider => Wish::Heal,
            Mender::Step => Wish::Look(step),
        });
    }

    /// Whether it is to be left alone until the hosts were restarted.
    pub(super) fn shows_at_restart(&self) -> bool {
        self.fault.kind.shows_at_restart()
    }

    /// Whether it is to be left alone until the writes have been looked for. One that was to be over by itself is
    /// over with the migration like any other.
    pub(super) fn shows_in_mail(&self) -> bool {
        self.fault.kind.shows_in_mail() && self.fault.duration.is_none()
    }

    /// The harness is to heal it.
    pub(super) fn heal(&mut self) {
        self.heal_at = None;
        self.wish(Wish::Heal);
    }

    /// Heals it when its time is over.
    pub(super) fn tick(&mut self, now: StoryTime) {
        if self.heal_at.is_some_and(|at| at <= now) {
            self.heal();
        }
    }

    /// When its time is over.
    pub(super) fn heals_at(&self) -> Option<StoryTime> {
        self.heal_at
    }

    /// What is to be done about it now, and counts as begun.
    pub(super) fn next(&mut self) -> Option<FaultAct> {
        let State::Wanted(act) = self.state else { return None };
        self.state = State::Doing(act);
        Some(act)
    }

    /// What was done has ended, and with this text either way. Returns how far that brings it.
    pub(super) fn ended(
        &mut self,
        result: Result<String, String>,
        now: StoryTime,
    ) -> Vec<(FaultStage, String)> {
        let State::Doing(act) = self.state else {
            panic!("fault `{}`: nothing was being done about it", self.id)
        };
        let mender = self.mended_by.take();
        let (state, stages) = match (act, result) {
            (FaultAct::Inject, Ok(text)) => {
                self.heal_at = self.fault.duration.map(|duration| now + duration);
                let state = match self.is_unsprung {
                    true => State::Standing,
                    false => State::Wanted(FaultAct::VerifyBite),
                };
                (state, vec![(FaultStage::Injected, text)])
            }
            (FaultAct::Inject, Err(text)) => (State::Over, vec![(FaultStage::InjectFailed, text)]),
            (FaultAct::VerifyBite, Ok(text)) => {
                (State::Standing, vec![(FaultStage::BiteVerified, text)])
            }
            (FaultAct::VerifyBite, Err(text)) => {
                (State::Standing, vec![(FaultStage::BiteNotSeen, text)])
            }
            (FaultAct::Heal, Ok(text)) => {
                (State::Wanted(FaultAct::VerifyGone), vec![(FaultStage::Healed, text)])
            }
            (FaultAct::Heal, Err(text)) => (State::Standing, vec![(FaultStage::HealFailed, text)]),
            (FaultAct::VerifyGone, Ok(text)) => {
                let healed = mender.map(|step| {
                    let text = format!("healed by step `{step}`");
                    (FaultStage::Healed, text)
                });
                let gone = (FaultStage::GoneVerified, text);
                (State::Over, healed.into_iter().chain([gone]).collect())
            }
            (FaultAct::VerifyGone, Err(text)) => {
                (State::Standing, vec![(FaultStage::GoneNotSeen, text)])
            }
        };
        self.state = state;
        self.follow_wish();
        stages
    }

    fn wish(&mut self, wish: Wish<'p>) {
        if !matches!(self.state, State::Armed | State::Over) {
            self.wish = self.wish.max(Some(wish));
            self.follow_wish();
        }
    }

    fn follow_wish(&mut self) {
        match self.state {
            State::Standing => {}
            State::Over => return self.forget(),
            _ => return,
        }
        if self.wish.is_some() && std::mem::take(&mut self.is_unsprung) {
            self.state = State::Wanted(FaultAct::VerifyBite);
            return;
        }
        match self.wish.take() {
            None => {}
            Some(Wish::Heal) => self.state = State::Wanted(FaultAct::Heal),
            Some(Wish::Look(step)) => {
                self.mended_by = Some(step);
                self.state = State::Wanted(FaultAct::VerifyGone);
            }
        }
    }

    fn forget(&mut self) {
        self.wish = None;
        self.heal_at = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::Duration,
        fault::{Kind, NetworkDown, PortOccupied, Squatter},
    };
    use FaultStage as S;

    fn fault(mender: Mender) -> (FaultId, Fault) {
        let on: crate::base::HostId = "new".parse().unwrap();
        let kind = match mender {
            Mender::Provider => Kind::NetworkDown(NetworkDown { on }),
            Mender::Step => Kind::PortOccupied(PortOccupied { on, port: 25, by: Squatter::Exim4 }),
        };
        let fault = Fault {
            about: String::new(),
            kind,
            from: Trigger::Start,
            healed_by: Some("repair".parse().unwrap()),
            duration: Some(Duration::from_secs(5)),
            active: true,
        };
        ("broken".parse().unwrap(), fault)
    }

    /// Does the one thing that is wanted, and tells how far that brings the fault.
    fn act(track: &mut Track<'_>, act: FaultAct, good: bool) -> Vec<S> {
        assert_eq!(track.next(), Some(act));
        assert!(track.is_busy());
        let result = if good { Ok(String::new()) } else { Err(String::new()) };
        track.ended(result, StoryTime(7)).into_iter().map(|(stage, _)| stage).collect()
    }

    fn standing(track: &mut Track<'_>) {
        track.trigger();
        assert_eq!(act(track, FaultAct::Inject, true), [S::Injected]);
        assert_eq!(act(track, FaultAct::VerifyBite, true), [S::BiteVerified]);
        assert!(!track.is_busy());
    }

    #[test]
    fn a_provider_heals_when_the_step_has_passed() {
        let (id, fault) = fault(Mender::Provider);
        let mut track = Track::new(&id, &fault);
        standing(&mut track);
        track.healer_passed();
        assert_eq!(act(&mut track, FaultAct::Heal, true), [S::Healed]);
        assert_eq!(act(&mut track, FaultAct::VerifyGone, true), [S::GoneVerified]);
        track.heal();
        track.trigger();
        assert_eq!(track.next(), None, "it is over");
    }

    #[test]
    fn a_step_that_mends_is_only_looked_after() {
        let (id, fault) = fault(Mender::Step);
        let mut track = Track::new(&id, &fault);
        standing(&mut track);
        track.healer_passed();
        assert_eq!(act(&mut track, FaultAct::VerifyGone, false), [S::GoneNotSeen]);
        track.healer_passed();
        let stages = act(&mut track, FaultAct::VerifyGone, true);
        assert_eq!(stages, [S::Healed, S::GoneVerified]);
    }

    #[test]
    fn a_wish_waits_until_the_bite_is_seen() {
        let (id, fault) = fault(Mender::Step);
        let mut track = Track::new(&id, &fault);
        track.trigger();
        assert_eq!(act(&mut track, FaultAct::Inject, true), [S::Injected]);
        track.healer_passed();
        track.heal();
        track.healer_passed();
        assert_eq!(act(&mut track, FaultAct::VerifyBite, false), [S::BiteNotSeen]);
        assert_eq!(act(&mut track, FaultAct::Heal, false), [S::HealFailed]);
        assert!(!track.is_busy(), "it is not healed again and again");
        track.heal();
        assert_eq!(act(&mut track, FaultAct::Heal, true), [S::Healed]);
        assert_eq!(act(&mut track, FaultAct::VerifyGone, true), [S::GoneVerified]);
    }

    /// Whether it bit is asked when that can be known, and only once.
    #[test]
    fn whether_somebody_stepped_into_a_trap_is_looked_for_when_it_is_to_end() {
        let (id, mut fault) = fault(Mender::Provider);
        let service = "mail".parse().unwrap();
        fault.kind = Kind::TransferInterrupted(crate::fault::TransferInterrupted { service });
        for (seen, stage) in [(true, S::BiteVerified), (false, S::BiteNotSeen)] {
            let mut track = Track::new(&id, &fault);
            track.trigger();
            assert_eq!(act(&mut track, FaultAct::Inject, true), [S::Injected]);
            assert!(!track.is_busy(), "it lies in wait");
            track.healer_passed();
            assert_eq!(act(&mut track, FaultAct::VerifyBite, seen), [stage]);
            assert_eq!(act(&mut track, FaultAct::Heal, false), [S::HealFailed]);
            track.heal();
            assert_eq!(act(&mut track, FaultAct::Heal, true), [S::Healed]);
            assert_eq!(act(&mut track, FaultAct::VerifyGone, true), [S::GoneVerified]);
        }
    }

    #[test]
    fn its_time_runs_from_the_injection() {
        let (id, fault) = fault(Mender::Provider);
        let mut track = Track::new(&id, &fault);
        assert_eq!(track.heals_at(), None);
        standing(&mut track);
        assert_eq!(track.heals_at(), Some(StoryTime(5_000_007)));
        track.tick(StoryTime(5_000_006));
        assert!(!track.is_busy());
        track.tick(StoryTime(5_000_007));
        assert_eq!(act(&mut track, FaultAct::Heal, true), [S::Healed]);
    }

    #[test]
    fn what_never_came_needs_no_healing() {
        let (id, fault) = fault(Mender::Provider);
        let mut track = Track::new(&id, &fault);
        track.healer_passed();
        track.heal();
        assert_eq!(track.next(), None);
        track.trigger();
        assert_eq!(act(&mut track, FaultAct::Inject, false), [S::InjectFailed]);
        track.heal();
        assert_eq!(track.next(), None);
        assert_eq!(track.heals_at(), None);
    }
}
