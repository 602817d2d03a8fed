/**
 * Clients in a closed loop: each sends its next request when the last is answered. What comes between `begin` and `end`
 * is measured.
 */
export async function startLoad(connect, addresses, clientCount, payload) {
  const leaving = [];
  const measured = { since: 0, latenciesMs: [], failed: 0, measuring: false };
  let stopped = false;
  let reportBroken = () => {};
  const broken = new Promise((_, reject) => {
    reportBroken = (error) => stopped || reject(error);
  });
  broken.catch(() => {});

  const startClient = (at) =>
    new Promise((resolve) => {
      let sentMs = 0;
      let left = () => {};
      const send = () => {
        sentMs = performance.now();
        client.send();
      };
      const answered = (ok) => {
        if (measured.measuring) {
          if (ok) measured.latenciesMs.push(performance.now() - sentMs);
          else measured.failed += 1;
        }
        if (stopped) {
          client.close();
          left();
        } else if (ok) send();
        else setTimeout(send, retryMs);
      };
      const opened = () => resolve(send);
      const name = `client${String(at).padStart(2, '0')}`;
      const client = connect(addresses[at % addresses.length], name, payload, {
        opened,
        answered,
        broken: reportBroken,
      });
      leaving.push(new Promise((leave) => (left = leave)));
    });
  const starts = await Promise.race([
    Promise.all(Array.from({ length: clientCount }, (_, at) => startClient(at))),
    broken,
  ]);
  for (const send of starts) send();

  return {
    /** Rejects when a connection breaks. */
    broken,
    begin: () => {
      Object.assign(measured, { since: performance.now(), latenciesMs: [], failed: 0, measuring: true });
    },
    end: () => {
      const seconds = (performance.now() - measured.since) / 1000;
      measured.measuring = false;
      return { ...summary(measured.latenciesMs, seconds), failed: measured.failed };
    },
    /** Each client ends its connection when its last request is answered. */
    stop: async () => {
      stopped = true;
      await Promise.all(leaving);
    },
  };
}

/** Where there is no leader for a while, clients ask again as people would have them do, not as fast as they can. */
const retryMs = 10;

function summary(latenciesMs, seconds) {
  const sorted = Float64Array.from(latenciesMs).sort();
  const quantile = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
  return {
    seconds,
    operations: sorted.length,
    rate: sorted.length / seconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  };
}
