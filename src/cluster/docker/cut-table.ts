import type { Link } from '../cluster.ts';

/** Which faults have cut which links. A link is cut as long as one fault has it cut. */
export interface CutTable {
  /** Adds to what the fault has cut already. */
  add(fault: string, links: readonly Link[]): void;
  remove(fault: string): void;
  clear(): void;
  /** Each link once. */
  links(): readonly Link[];
}

export function cutTable(): CutTable {
  const byFault = new Map<string, Map<string, Link>>();
  const keyOf = (link: Link) => JSON.stringify([link.from, link.to]);
  return {
    add: (fault, links) => {
      const cut = byFault.get(fault) ?? new Map<string, Link>();
      for (const link of links) cut.set(keyOf(link), { from: link.from, to: link.to });
      byFault.set(fault, cut);
    },
    remove: (fault) => void byFault.delete(fault),
    clear: () => byFault.clear(),
    links: () => [...new Map([...byFault.values()].flatMap((cut) => [...cut])).values()],
  };
}
