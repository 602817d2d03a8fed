import type { Cluster } from '../../src/cluster/cluster.ts';

/** The cluster, but for some parts of it: to see what is told of faults that do nothing. */
export function withParts(cluster: Cluster, parts: Partial<Cluster>): Cluster {
  return new Proxy(cluster, {
    get: (target, name) => {
      if (Object.hasOwn(parts, name)) return Reflect.get(parts, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
