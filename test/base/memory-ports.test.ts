import { virtualClock } from '../../src/base/memory/clock.ts';
import { memoryWorld } from '../../src/base/memory/world.ts';
import { clockConformance } from './conformance/clock.ts';
import { diskConformance } from './conformance/disk.ts';
import { networkConformance } from './conformance/network.ts';
import { requestsConformance } from './conformance/requests.ts';

const SEED = 7;
const dispose = (): void => {};

/** Two hosts with a process on each, and what runs their world. */
function pair() {
  const world = memoryWorld(SEED);
  const server = world.host('server').start();
  const client = world.host('client').start();
  return { clock: client.clock, run: world.clock.drive, client, server };
}

clockConformance('virtualClock', () => {
  const clock = virtualClock();
  return { clock, run: clock.drive };
});

clockConformance('the clock of a virtual process', () => {
  const { clock, run } = pair();
  return { clock, run };
});

diskConformance('memoryDisk', () => {
  const { clock, run, client } = pair();
  return { clock, run, disk: client.disk, dispose };
});

networkConformance('memoryNetwork', () => {
  const { clock, run, client, server } = pair();
  return { clock, run, client: client.network, server: server.network, serverHost: 'server', dispose };
});

requestsConformance('memory requests', () => {
  const { clock, run, client, server } = pair();
  return { clock, run, client: client.requestClient, server: server.requestServer, serverHost: 'server', dispose };
});
