// Stands for the module that makes the runs of a swarm: seed 5 ends its thread, seed 9 is invalid, seed 51 is never the same.
let made = 0;

export default function runOfSwarm({ seed }) {
  if (seed === 5) {
    setImmediate(() => {
      throw new Error('out of luck');
    });
    return new Promise(() => {});
  }
  const historySha256 = seed === 51 ? `${seed} ${++made} ${Math.random()}` : `${seed}`;
  const nothing = { summary: '', anomalies: [], virtualNs: 1, eventCount: 1, fairWindows: 0 };
  return { options: { seed }, valid: seed !== 9, historySha256, ...nothing };
}
