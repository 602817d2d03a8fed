/**
 * Has an engine make something so. Engines refuse what is the case already, or what a dying process makes pointless, each
 * in its own words: what counts is whether `holds` comes to be true. And they fail at times at what succeeds when it is
 * asked for again: with the first version of cgroups, freezing a process while another is made in its group ends with
 * "unable to freeze", runc thaws it and leaves it to the caller to try again (opencontainers/runc, pull request 4388).
 *
 * Rejects with what `ask` rejected with last.
 */
export async function insist(ask: () => Promise<unknown>, holds: () => Promise<boolean>): Promise<void> {
  for (let asked = 1; ; asked++) {
    try {
      await ask();
      return;
    } catch (refusal) {
      if (await comesTrue(holds)) return;
      if (asked === mostAsks) throw refusal;
    }
  }
}

async function comesTrue(holds: () => Promise<boolean>): Promise<boolean> {
  for (let look = 1; look <= looksPerAsk; look++) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  return await holds();
}

const mostAsks = 6;
const looksPerAsk = 4;
const lookMs = 50;
