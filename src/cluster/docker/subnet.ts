/** IPv4 address ranges, as numbers: `first` is the network's own address, `size` a power of two. */
export interface Subnet {
  readonly first: number;
  readonly size: number;
}

/** Of every subnet: the network's own address, the gateway (the host), and the broadcast address. */
const addressesTaken = 3;

/** The size of the smallest subnet, at least a /28, with room for so many nodes. */
export function subnetSizeFor(nodeCount: number): number {
  return Math.max(16, 2 ** Math.ceil(Math.log2(nodeCount + addressesTaken)));
}

export function roomIn(subnet: Subnet): number {
  return subnet.size - addressesTaken;
}

/** Null where `text` is not an IPv4 range in CIDR notation, or does not begin at its first address. */
export function parseSubnet(text: string): Subnet | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return null;
  const [a, b, c, d, prefix] = match.slice(1).map(Number) as [number, number, number, number, number];
  if ([a, b, c, d].some((byte) => byte > 255) || prefix > 32) return null;
  const size = 2 ** (32 - prefix);
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  return first % size === 0 ? { first, size } : null;
}

/** The range that an address with a prefix, as interfaces have them, lies in. */
export function subnetOfAddress(cidr: string): Subnet | null {
  const address = parseSubnet(cidr.replace(/\/\d+$/, '/32'));
  const size = 2 ** (32 - Number(cidr.split('/')[1]));
  return address === null ? null : { first: address.first - (address.first % size), size };
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  return a.first < b.first + b.size && b.first < a.first + a.size;
}

export function formatSubnet(subnet: Subnet): string {
  return `${formatIpv4(subnet.first)}/${32 - Math.log2(subnet.size)}`;
}

/** The address at `index` of the range: 0 is the network, 1 the gateway, 2 the first node. */
export function addressAt(subnet: Subnet, index: number): string {
  return formatIpv4(subnet.first + index);
}

function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}
