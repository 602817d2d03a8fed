/**
 * How fast total order broadcast is judged.
 *
 *   npm run build && node --max-old-space-size=8192 bench/checker/total-order.mjs [messages]
 *
 * Five nodes, so many messages (a million unless given), each broadcast and acknowledged by one of ten clients, and read from
 * every node in pieces of a hundred: five million deliveries. One node is restarted half-way and read from its beginning
 * again. Judged once as it is, and once with a node that lost two messages early on, so that all its later positions differ.
 * Beside it stands a bare pass over the same operations, which looks each delivered message up in one Map. Prints seconds
 * and the ratio.
 */
import { checkTotalOrder } from '../../dist/checker/total-order.js';

const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'];
const piece = 100;
const rounds = 3;

function historyOf(messages, isSplit) {
  const history = [];
  const record = (operation) => history.push({ index: history.length, time: history.length * 1000, ...operation });
  const log = Array.from({ length: messages }, (_, at) => `n${(at % 5) + 1}-${at + 1}`);
  const short = log.toSpliced(piece, 2);
  const read = (node, boot, from) => {
    const delivered = isSplit && node === 'n5' ? short : log;
    const process = 10 + nodes.indexOf(node);
    record({ type: 'invoke', process, f: 'deliveries', value: { from }, node });
    const value = { node, boot, from, messages: delivered.slice(from - 1, from - 1 + piece) };
    record({ type: 'ok', process, f: 'deliveries', value, node });
  };
  for (let at = 0; at < messages; at++) {
    const [process, node] = [at % 10, nodes[at % 5]];
    record({ type: 'invoke', process, f: 'broadcast', value: log[at], node });
    record({ type: 'ok', process, f: 'broadcast', value: { message: log[at], position: at + 1 }, node });
    if (at % piece !== piece - 1) continue;
    const isSecondHalf = at > messages / 2;
    for (const each of nodes) read(each, each === 'n2' && isSecondHalf ? 2 : 1, at + 2 - piece);
  }
  for (let from = 1; from <= messages / 2; from += piece) read('n2', 2, from);
  return history;
}

/** What no checker can do without: each operation is looked at, and each delivered message is found. */
function barePass(history) {
  const positions = new Map();
  let agreeing = 0;
  for (const { type, f, value } of history) {
    if (type === 'invoke' && f === 'broadcast') positions.set(value, positions.size + 1);
    if (type !== 'ok' || f !== 'deliveries') continue;
    value.messages.forEach((message, at) => {
      if (positions.get(message) === value.from + at) agreeing++;
    });
  }
  return agreeing;
}

function bestOf(work) {
  let best = Number.POSITIVE_INFINITY;
  let result;
  for (let round = 0; round < rounds; round++) {
    const startedMs = performance.now();
    result = work();
    best = Math.min(best, (performance.now() - startedMs) / 1000);
  }
  return { seconds: best, result };
}

const messages = Number(process.argv[2] ?? 1_000_000);
process.stdout.write(`${nodes.length} nodes, ${messages} messages, the best of ${rounds}, Node ${process.version}\n`);
for (const isSplit of [false, true]) {
  const history = historyOf(messages, isSplit);
  const bare = bestOf(() => barePass(history));
  const judged = bestOf(() => checkTotalOrder(history));
  const { valid, stats } = judged.result;
  process.stdout.write(
    `${isSplit ? 'one node split' : 'as it should be'}: judged ${judged.seconds.toFixed(2)} s (${valid}; ${stats.deliveries} deliveries), ` +
      `bare pass ${bare.seconds.toFixed(2)} s, ratio ${(judged.seconds / bare.seconds).toFixed(2)}\n`,
  );
}
