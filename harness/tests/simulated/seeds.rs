//! One seed, one history. `FILAGE_SEEDS=10000` plays so many instead of 64.

use std::{sync::Arc, thread};

use filage::{
    plan::{Choices, resolve},
    scenario::load,
};

use super::{bytes, folder};

#[test]
fn each_seed_is_one_history_byte_for_byte() {
    let seeds: u64 = super::from_environment("FILAGE_SEEDS").unwrap_or(64);
    let scenario = load(&folder("scenarios/proxgroup"));
    let scenario = Arc::new(scenario.unwrap_or_else(|error| panic!("{error:?}")));
    let threads = super::threads();
    let lanes: Vec<_> = (0..threads)
        .map(|first| {
            let scenario = Arc::clone(&scenario);
            thread::spawn(move || {
                let mut lengths = vec![];
                for seed in (first..seeds).step_by(threads as usize) {
                    let choices = Choices { seed, ..Choices::default() };
                    let plan = resolve(&scenario, &choices).expect("the choices are none");
                    let (once, twice) = (bytes(plan.clone()), bytes(plan));
                    assert!(once == twice, "seed {seed} is two histories");
                    lengths.push(once.len());
                }
                lengths
            })
        })
        .collect();
    let lengths: Vec<usize> =
        lanes.into_iter().flat_map(|lane| lane.join().expect("all are the same")).collect();
    assert_eq!(lengths.len() as u64, seeds);
    assert!(lengths.iter().any(|length| *length != lengths[0]), "all seeds are one history");
}
