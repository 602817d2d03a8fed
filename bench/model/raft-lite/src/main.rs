//! What `raft-lite -m check --depth N` does, timed from within: its own reporter looks only once a second.
use raft_lite::model_check::RaftModelCfg;
use stateright::actor::Network;
use stateright::{Checker, Model};
use std::time::Instant;

fn main() {
    let depth: usize = std::env::args().nth(1).expect("a depth").parse().expect("a depth");
    let started = Instant::now();
    let checker = RaftModelCfg { server_count: 3, network: Network::new_unordered_nonduplicating([]) }
        .into_model()
        .checker()
        .threads(num_cpus::get())
        .target_max_depth(depth)
        .spawn_bfs()
        .join();
    println!(
        "{{\"states\":{},\"unique\":{},\"depth\":{},\"seconds\":{:.3}}}",
        checker.state_count(),
        checker.unique_state_count(),
        checker.max_depth(),
        started.elapsed().as_secs_f64()
    );
}
