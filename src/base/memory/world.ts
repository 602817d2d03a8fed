import { assert, present } from '../assert.ts';
import type { Clock } from '../clock.ts';
import type { Disk } from '../disk.ts';
import type { Network } from '../network.ts';
import { type Random, seededRandom } from '../random.ts';
import type { RequestClient, RequestServer } from '../requests.ts';
import { type VirtualClock, virtualClock } from './clock.ts';
import { type MemoryDisk, type MemoryDiskOptions, memoryDisk } from './disk.ts';
import { type ClockChange, HostTime } from './host-time.ts';
import { type MemoryNetwork, type MemoryNetworkOptions, memoryNetwork } from './network.ts';
import type { VirtualProcess } from './process.ts';
import { networkRequestClient, networkRequestServer } from './requests.ts';

/** A world of hosts in which everything that happens follows from one seed. */
export interface MemoryWorld {
  readonly clock: VirtualClock;
  /** For whoever runs the world; what is drawn here changes nothing in the world. */
  readonly random: Random;
  readonly network: MemoryNetwork;
  /** The host of that name, made when it is first asked for. Give clients hosts of their own. */
  host(name: string): MemoryHost;
}

/** A machine that runs one process at a time. */
export interface MemoryHost {
  readonly name: string;
  readonly disk: MemoryDisk;
  /** Starts a process, which is given these ports; the one before must be dead. */
  start(): HostPorts;
  /** As SIGKILL: what the process wrote stays, synced or not; peers see their connections end. */
  crash(): void;
  /** What was not synced is kept or lost at random; peers are not told. */
  powerLoss(): void;
  /** As SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
  /** Makes the host's clock wrong; a rate of 1 and a jump by -wallAheadMs() make it right again. */
  setClock(change: ClockChange): void;
  /** By how much the host's wall clock is ahead of the true one now; negative where it is behind. */
  wallAheadMs(): number;
}

/** The ports of one process. */
export interface HostPorts {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly network: Network;
  readonly requestServer: RequestServer;
  readonly requestClient: RequestClient;
}

export interface MemoryWorldOptions {
  readonly network?: MemoryNetworkOptions;
  readonly disk?: MemoryDiskOptions;
}

export function memoryWorld(seed: number, options: MemoryWorldOptions = {}): MemoryWorld {
  const seeded = seededRandom(seed);
  const clock = virtualClock();
  const network = memoryNetwork(clock, seeded.fork('network'), options.network);
  const hosts = new Map<string, MemoryHost>();
  return {
    clock,
    random: seeded.fork('world'),
    network,
    host: (name) => {
      const host = hosts.get(name) ?? memoryHost(name, clock, network, seeded.fork(`host ${name}`), options.disk);
      hosts.set(name, host);
      return host;
    },
  };
}

function memoryHost(
  name: string,
  clock: VirtualClock,
  network: MemoryNetwork,
  random: Random,
  diskOptions: MemoryDiskOptions | undefined,
): MemoryHost {
  const disk = memoryDisk(clock, random.fork('disk'), diskOptions);
  const lossRandom = random.fork('power loss');
  const time = new HostTime();
  let process: VirtualProcess | null = null;
  const running = (): VirtualProcess => present(process, `a process must run on ${name}`);
  return {
    name,
    disk,
    start: () => {
      assert(process === null, `a host runs one process at a time: ${name}`);
      const started = clock.startProcess(name, time);
      process = started.process;
      const port = network.host(name, process);
      return {
        clock: started.clock,
        disk: disk.port(process),
        network: port,
        requestServer: networkRequestServer(port),
        requestClient: networkRequestClient(port, started.clock),
      };
    },
    crash: () => {
      running().kill();
      process = null;
      network.crash(name);
      disk.crash();
    },
    powerLoss: () => {
      process?.kill();
      process = null;
      network.powerLoss(name);
      disk.powerLoss(lossRandom);
    },
    pause: () => running().pause(),
    resume: () => running().resume(),
    setClock: (change) => time.change(clock.nowNs(), change),
    wallAheadMs: () => time.wallMs(clock.nowNs()) - clock.wallMs(),
  };
}
