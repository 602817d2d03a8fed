import { assert, unreachable } from '../assert.ts';
import { ChaosError } from '../errors.ts';
import type { Random } from '../random.ts';
import { type Delays, drawDelayNs } from './delays.ts';

export type DiskOperationKind =
  | 'open'
  | 'read'
  | 'list'
  | 'make-directory'
  | 'rename'
  | 'remove'
  | 'sync-directory'
  | 'write'
  | 'truncate'
  | 'fdatasync'
  | 'close';

/** What a fault does to a disk. */
export type DiskImpairment =
  /** Whatever needs room fails with ENOSPC: a new name, a write beyond a file's end. What is there can be overwritten. */
  | { readonly kind: 'full' }
  /** This share (0 to 1) of these operations fails, without effect; a failed sync loses what it should have covered. */
  | {
      readonly kind: 'error';
      readonly code: 'EIO';
      readonly ratio: number;
      readonly operations: readonly DiskOperationKind[];
    }
  | { readonly kind: 'slow'; readonly operations: readonly DiskOperationKind[]; readonly extra: Delays };

/** All that is wrong with a disk now. Each impairment acts by itself: delays add up, and each may refuse. */
export class DiskImpairments {
  private readonly inForce = new Map<string, DiskImpairment>();
  private readonly random: Random;

  /** `random` is drawn from only while something is wrong. */
  constructor(random: Random) {
    this.random = random;
  }

  add(fault: string, impairment: DiskImpairment): void {
    assert(!this.inForce.has(fault), () => `a fault impairs a disk once: ${fault}`);
    if (impairment.kind === 'error') {
      assert(impairment.ratio >= 0 && impairment.ratio <= 1, () => `a share is from 0 to 1, not ${impairment.ratio}`);
    }
    this.inForce.set(fault, impairment);
  }

  remove(fault: string): void {
    assert(this.inForce.delete(fault), () => `only what impairs a disk can be mended: ${fault}`);
  }

  /** What an operation that begins now meets: a delay beside the usual one, and perhaps an error in the end. */
  drawFor(kind: DiskOperationKind): { readonly extraNs: number; readonly error: 'EIO' | null } {
    if (this.inForce.size === 0) return SOUND;
    let extraNs = 0;
    let error: 'EIO' | null = null;
    for (const impairment of this.inForce.values()) {
      switch (impairment.kind) {
        case 'full':
          break;
        case 'error':
          if (!impairment.operations.includes(kind)) break;
          if (this.random.fraction() < impairment.ratio) error = impairment.code;
          break;
        case 'slow':
          if (impairment.operations.includes(kind)) extraNs += drawDelayNs(impairment.extra, this.random);
          break;
        default:
          unreachable(impairment);
      }
    }
    return { extraNs, error };
  }

  /** Throws ENOSPC where the disk is full. */
  claimRoom(): void {
    for (const { kind } of this.inForce.values()) {
      if (kind === 'full') throw new ChaosError('ENOSPC', 'ENOSPC: no space is left on the device');
    }
  }
}

const SOUND = { extraNs: 0, error: null };
