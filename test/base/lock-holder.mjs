import { realDisk } from '../../dist/base/real/disk.js';

// Takes the lock of a directory, says what came of it, and holds it until it is killed.
const [root, directory] = process.argv.slice(2);
realDisk(root).lock(directory, (outcome) => {
  process.stdout.write(`${outcome.ok ? 'locked' : outcome.error.code}\n`);
  if (outcome.ok) setInterval(() => {}, 1000);
});
