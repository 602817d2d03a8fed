/**
 * The load of one measurement, in a process of its own: tells its parent when what is measured begins and ends, and then
 * what it was. Started by compare.mjs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { etcdClient } from './etcd-client.mjs';
import { startLoad } from './load.mjs';
import { raftClient } from './raft-client.mjs';

const { system, addresses, clients, seconds, warmUpSeconds, bytes } = JSON.parse(process.argv[2]);
const connect = { etcd: etcdClient, 'raft-chaos': raftClient }[system];
const load = await startLoad(connect, addresses, clients, Buffer.alloc(bytes, 'x'));
const during = (s) => Promise.race([sleep(s * 1000), load.broken]);
await during(warmUpSeconds);
load.begin();
process.send({ kind: 'begin' });
await during(seconds);
const measured = load.end();
process.send({ kind: 'end', measured });
await load.stop();
process.disconnect();
