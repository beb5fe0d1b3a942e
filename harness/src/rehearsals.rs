//! Owns rehearsals in the simulator, one night after the other, all in memory: a plan and a seed in, a
//! verdict out. What many nights have in common until something else goes wrong in each is played once.
//! Must not know: files, terminals, what becomes of a verdict.

use std::sync::Arc;

use crate::{
    base::{FaultId, IndexMap},
    check::{Judge, Verdict},
    engine::{Held, rehearse},
    history::{Changes, Fold, History},
    plan::{Fault, Plan, Step},
    sim::{Given, Layout, World},
};

/// A migration that is rehearsed again and again.
#[derive(Debug, Clone)]
pub struct Rehearsals {
    plan: Arc<Plan>,
    given: Arc<Given>,
    known: Known,
}

/// What follows from the plan and its folder, whatever is chosen for a night.
#[derive(Debug, Clone)]
struct Known {
    layout: Arc<Layout>,
    changes: Arc<Changes>,
    judge: Judge,
}

impl Rehearsals {
    /// Of this plan, with what its folder holds besides.
    pub fn new(plan: Plan, given: Given) -> Self {
        let known = Known::of(&plan, &given);
        Self { plan: Arc::new(plan), given: Arc::new(given), known }
    }

    /// Of another plan, with what the folder of this one holds. Where it is the same migration with
    /// other faults, or with other steps left out, that costs next to nothing.
    pub fn of(&self, plan: Plan) -> Self {
        let known = match is_same(&self.plan, &plan) {
            true => self.known.clone(),
            false => Known::of(&plan, &self.given),
        };
        Self { plan: Arc::new(plan), given: Arc::clone(&self.given), known }
    }

    /// Chooses for the nights to come what goes wrong, and what is left out. All else stays as it is.
    pub(crate) fn choose(&mut self, choose: impl FnOnce(&mut Plan)) {
        choose(Arc::make_mut(&mut self.plan));
    }

    /// What is played, as it was chosen last.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What a night with this seed proves.
    pub fn verdict(&mut self, seed: u64) -> Verdict {
        let history = self.history(seed);
        self.known.judge.verdict(&history)
    }

    /// The same, without what only explains it.
    pub(crate) fn ruling(&mut self, seed: u64) -> Verdict {
        let history = self.history(seed);
        self.known.judge.ruling(&history)
    }

    /// What happens in it.
    pub fn history(&mut self, seed: u64) -> History {
        self.seed(seed);
        self.whole(&self.plan)
    }

    /// Tells of a night for each of these faults, in which that goes wrong too; by their places, in any order.
    /// Each is the same as if it were played by itself. Returns how many were not played from the beginning.
    pub(crate) fn with_each(
        &mut self,
        seed: u64,
        more: &[(FaultId, Fault)],
        mut tell: impl FnMut(usize, &Judge, &History),
    ) -> usize {
        self.seed(seed);
        let mut branched = 0;
        let mut night = Night(Arc::new(Plan::clone(&self.plan)));
        let mut trunk = self.trunk();
        for (round, place) in self.branches(more) {
            let (id, fault) = &more[place];
            night.begin(id, fault);
            trunk = round.and_then(|round| trunk.take()?.go_to(round - 1));
            let branch = trunk.as_ref().and_then(|trunk| trunk.branch((id, fault), &night.0));
            branched += usize::from(branch.is_some());
            tell(place, &self.known.judge, &branch.unwrap_or_else(|| self.whole(&night.0)));
            night.end();
        }
        branched
    }

    /// The places of these faults in the order in which they are noticed, each with the round in which it is;
    /// last those of which that is not known.
    fn branches(&self, more: &[(FaultId, Fault)]) -> Vec<(Option<u64>, usize)> {
        let whole = self.trunk().and_then(|trunk| trunk.go_to(u64::MAX));
        let notices = |fault| whole.as_ref().and_then(|it| it.held.notices(fault));
        let rounds = more.iter().map(|(_, fault)| notices(fault));
        let mut branches: Vec<_> = rounds.zip(0..).collect();
        branches.sort_by_key(|(round, place)| (round.is_none(), *round, *place));
        branches
    }

    fn seed(&mut self, seed: u64) {
        // Where nobody holds on to the night before, that copies nothing.
        Arc::make_mut(&mut self.plan).seed = seed;
    }

    /// A night from its beginning to its end.
    fn whole(&self, plan: &Arc<Plan>) -> History {
        let (mut world, mut fold) = self.first(plan);
        rehearse(&run(plan), plan, &mut world, &mut fold).expect(WRITABLE);
        fold.finish().expect(BEGUN)
    }

    /// A night that is held when the migration begins, if it ever does.
    fn trunk(&self) -> Option<Trunk<'_>> {
        let (mut world, mut fold) = self.first(&self.plan);
        let held = Held::begin(&run(&self.plan), &self.plan, &mut world, &mut fold)?;
        Some(Trunk { held, world, fold })
    }

    /// A world and a history in which nothing has happened.
    fn first(&self, plan: &Arc<Plan>) -> (World, Fold) {
        let (given, layout) = (Arc::clone(&self.given), Arc::clone(&self.known.layout));
        let fold = Fold::knowing(Arc::clone(&self.known.changes));
        (World::laid_out(Arc::clone(plan), given, layout), fold)
    }
}

/// A history in memory can always be written.
const WRITABLE: &str = "memory can be written to";
/// Whatever was played has a beginning.
const BEGUN: &str = "it has begun";

fn run(plan: &Plan) -> String {
    format!("sim-{}", plan.seed)
}

/// A night that is held somewhere, from where others go on.
struct Trunk<'p> {
    held: Held<'p>,
    world: World,
    fold: Fold,
}

impl<'p> Trunk<'p> {
    /// The same, held after this round.
    fn go_to(mut self, round: u64) -> Option<Self> {
        let held = self.held.go_to(round, &mut self.world, &mut self.fold)?;
        Some(Self { held, ..self })
    }

    /// The night that goes on from here with a fault more, which the plan `night` has; none where it would have
    /// been another one from the start.
    fn branch(&self, fault: (&'p FaultId, &'p Fault), night: &Arc<Plan>) -> Option<History> {
        let mut world = self.world.with_faults(night)?;
        let mut fold = self.fold.with_faults(night);
        self.held.clone().go_on_with(fault, &mut world, &mut fold).expect(WRITABLE);
        fold.finish()
    }
}

/// A plan with one fault more at a time. Nobody holds on to it once that night is over.
struct Night(Arc<Plan>);

impl Night {
    fn begin(&mut self, id: &FaultId, fault: &Fault) {
        let there = self.faults().insert(id.clone(), fault.clone());
        assert!(there.is_none(), "the plan has a fault `{id}` already");
    }

    fn end(&mut self) {
        self.faults().pop();
    }

    fn faults(&mut self) -> &mut IndexMap<FaultId, Fault> {
        &mut Arc::get_mut(&mut self.0).expect("the night before is over").faults
    }
}

impl Known {
    fn of(plan: &Plan, given: &Given) -> Self {
        Self {
            layout: Arc::new(Layout::of(plan, given)),
            changes: Arc::new(Changes::of(plan)),
            judge: Judge::new(plan),
        }
    }
}

/// Whether two plans differ in nothing but what may be chosen for a night.
fn is_same(one: &Plan, other: &Plan) -> bool {
    let same_step = |one: &Step, other: &Step| one.id == other.id && one.verb == other.verb;
    one.hosts == other.hosts
        && one.services == other.services
        && one.zone == other.zone
        && one.end_state == other.end_state
        && one.rollback == other.rollback
        && one.steps.len() == other.steps.len()
        && one.steps.iter().zip(&other.steps).all(|(one, other)| same_step(one, other))
}
