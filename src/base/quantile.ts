/** The quantile `q` of ascending `sorted`, by nearest rank; null of nothing. */
export function quantile(sorted: ArrayLike<number>, q: number): number | null {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? null;
}
