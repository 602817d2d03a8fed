//! What `raft-lite -m check --depth N` does, timed from within, for its own reporter looks only once a second: a depth, and how many threads.
use raft_lite::model_check::RaftModelCfg;
use stateright::actor::Network;
use stateright::{Checker, Model};
use std::time::Instant;

fn main() {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<usize>().expect("a number"));
    let depth = numbers.next().expect("a depth");
    let threads = numbers.next().unwrap_or_else(num_cpus::get);
    let started = Instant::now();
    let checker = RaftModelCfg { server_count: 3, network: Network::new_unordered_nonduplicating([]) }
        .into_model()
        .checker()
        .threads(threads)
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
