//! Each fault is seen to bite, is felt by whom it should be, and is gone afterwards: in the simulator
//! one at a time, on real hosts several in a run.

mod network;
