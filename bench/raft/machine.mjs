import { closeSync, fdatasyncSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** What the machine itself spends: the processors of each process, and the bare disk. */
const ticksPerSecond = 100;

/** The processor seconds of a process until now, its children not included. */
export function processorSeconds(pid) {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(afterName[11]) + Number(afterName[12])) / ticksPerSecond;
}

/** Those of the whole machine. What another guest of the host took of them counts too. */
export function machineSeconds() {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0]
    .split(/ +/)
    .slice(1);
  return [user, nice, system, irq, softirq, steal].reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
}

/**
 * Times of a small write and its fdatasync, with nothing else at work: at the end of a growing file, whose new size must
 * become durable too, and inside of one that has its blocks already.
 */
export function bareDisk(directory, times) {
  const path = join(directory, 'bare-disk');
  const file = openSync(path, 'w');
  const bytes = Buffer.alloc(128, 'x');
  const timed = () =>
    Array.from({ length: times }, (_, at) => {
      const startedMs = performance.now();
      writeSync(file, bytes, 0, bytes.length, at * bytes.length);
      fdatasyncSync(file);
      return performance.now() - startedMs;
    });
  const appendMs = timed();
  const overwriteMs = timed();
  closeSync(file);
  unlinkSync(path);
  return { appendMs, overwriteMs };
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
