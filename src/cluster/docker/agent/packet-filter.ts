import { execFile } from 'node:child_process';
import { asChaosError, ChaosError } from '../../../base/errors.ts';
import { inOrder } from './in-order.ts';
import type { CutAddresses, DroppedCounts } from './protocol.ts';

/** Drops packets by address in this network namespace. Calls take effect in the order in which they are made. */
export interface PacketFilter {
  cut(wanted: CutAddresses): Promise<void>;
  dropped(): Promise<DroppedCounts>;
  /** What is dropped now, once everything asked before has been done. */
  applied(): Promise<CutAddresses>;
}

/** Sets the table up; where that fails, every call rejects with why. */
export function packetFilter(): PacketFilter {
  let applied: CutAddresses = { inbound: [], outbound: [] };
  const ready = nft(['-f', '-'], setUp).catch((thrown: unknown) => {
    throw new ChaosError('no-packet-filter', asChaosError(thrown, 'setting up').message, {
      remedy: 'the kernel of the engine needs nf_tables with sets that count by element (Linux 5.7 or later)',
    });
  });
  ready.catch(() => undefined);
  const queue = inOrder();
  const onceReady = <T>(work: () => Promise<T>): Promise<T> => queue(() => ready.then(work));
  return {
    cut: (wanted) =>
      onceReady(async () => {
        const changes = [
          ...difference('inbound', applied.inbound, wanted.inbound),
          ...difference('outbound', applied.outbound, wanted.outbound),
        ];
        if (changes.length > 0) await nft(['-f', '-'], changes.join('\n'));
        applied = wanted;
      }),
    dropped: () => onceReady(async () => countersOf(JSON.parse(await nft(['-j', 'list', 'table', 'ip', table], '')))),
    applied: () => onceReady(async () => applied),
  };
}

export function nftVersion(): Promise<string> {
  return nft(['--version'], '').then((line) => line.trim());
}

const table = 'raft_chaos';

// Counters that belong to the elements: they start with the cut, and a set that only gains or loses others keeps them.
const setUp = `
add table ip ${table}
add set ip ${table} inbound { type ipv4_addr; counter; }
add set ip ${table} outbound { type ipv4_addr; counter; }
add chain ip ${table} input { type filter hook input priority 0; policy accept; }
add chain ip ${table} output { type filter hook output priority 0; policy accept; }
add rule ip ${table} input ip saddr @inbound drop
add rule ip ${table} output ip daddr @outbound drop
`;

/** The commands that turn one set's content into another's and leave alone what stays. */
function difference(set: keyof CutAddresses, before: readonly string[], wanted: readonly string[]): string[] {
  const gone = before.filter((address) => !wanted.includes(address));
  const added = wanted.filter((address) => !before.includes(address));
  const command = (verb: 'add' | 'delete', addresses: readonly string[]) =>
    addresses.length === 0 ? [] : [`${verb} element ip ${table} ${set} { ${addresses.join(', ')} }`];
  return [...command('delete', gone), ...command('add', added)];
}

/** The part of nft's JSON that is used here. */
interface Listing {
  readonly nftables: readonly { readonly set?: { readonly name: string; readonly elem?: readonly Element[] } }[];
}
type Element = { readonly elem: { readonly val: string; readonly counter: { readonly packets: number } } };

function countersOf(listing: Listing): DroppedCounts {
  const counts = (name: keyof CutAddresses): Record<string, number> => {
    const set = listing.nftables.find((item) => item.set?.name === name)?.set;
    return Object.fromEntries((set?.elem ?? []).map(({ elem }) => [elem.val, elem.counter.packets]));
  };
  return { inbound: counts('inbound'), outbound: counts('outbound') };
}

function nft(args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile('nft', args, { encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new ChaosError('nft-failed', `nft ${args.join(' ')}: ${stderr.trim() || error.message}`));
    });
    // A nft that cannot start, or stops reading at an error, reports so above; the broken pipe adds nothing.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
