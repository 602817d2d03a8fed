import type { Operation } from '../../history/operation.ts';
import { citing, Findings } from '../findings.ts';
import type { CheckerResult } from '../verdict.ts';
import { counted, enumeration } from '../words.ts';
import {
  clientPairs,
  greatest,
  isNumeric,
  isOk,
  least,
  malformed,
  type Numeric,
  plus,
  type Success,
} from './values.ts';

export interface BankOptions {
  /** What all accounts hold together; what the first read shows unless given. */
  readonly total?: Numeric;
  /** The accounts there are; those of the first read unless given. */
  readonly accounts?: readonly string[];
  readonly negativeBalances?: boolean;
}

/**
 * Money that moves between accounts: `transfer` of `{"from","to","amount"}`, and `read` of all balances, by account; a list
 * of balances is of the accounts 0, 1 and so on, as Jepsen's first bank tests have it. Each read must show the same total
 * (`wrong-total`), no account that does not exist (`unexpected-account`), no account without a balance (`nil-balance`), and
 * none below zero (`negative-balance`) unless that is allowed. A transfer moves money and makes none, so a total that differs
 * shows a read of half a transfer.
 */
export function checkBank(history: readonly Operation[], options: BankOptions = {}): CheckerResult {
  const reads = clientPairs(history, 'read')
    .filter(isOk)
    .sort((a, b) => a.completion.index - b.completion.index)
    .map(balancesOf);
  const [first] = reads;
  if (first === undefined) {
    return { valid: 'unknown', reason: 'no read of the balances succeeded', anomalies: [], stats: { reads: 0 } };
  }
  const expected: Expected = {
    first: first.read,
    total: options.total === undefined ? first.total : plus(options.total, 0),
    isGiven: options.total !== undefined,
    accounts: new Set(options.accounts ?? first.balances.keys()),
    negativeBalances: options.negativeBalances === true,
  };
  const findings = new Findings();
  for (const balances of reads) judgeBalances(balances, expected, findings);
  const stats = {
    reads: reads.length,
    accounts: expected.accounts.size,
    total: expected.total,
    ...rangeOf(reads),
    ...findings.counts(),
  };
  if (findings.total > 0) {
    return { valid: false, reason: `anomalies: ${findings.inWords()}`, ...findings.result(), stats };
  }
  const reason = `${reads.length === 1 ? 'the one read shows' : `all ${reads.length} reads show`} the total ${expected.total}`;
  return { valid: true, reason: `${reason} over ${counted(expected.accounts.size, 'account')}`, anomalies: [], stats };
}

interface Expected {
  /** The read that says what is not given. */
  readonly first: Success;
  readonly total: Numeric;
  readonly isGiven: boolean;
  readonly accounts: ReadonlySet<string>;
  readonly negativeBalances: boolean;
}

interface Balances {
  readonly read: Success;
  readonly balances: ReadonlyMap<string, Numeric | null>;
  readonly total: Numeric;
}

function balancesOf(read: Success): Balances {
  const { completion } = read;
  const { value } = completion;
  if (typeof value !== 'object' || value === null) {
    throw malformed(completion, 'a read of a bank has a map of accounts to balances for its value, or their list');
  }
  const balances = new Map<string, Numeric | null>();
  let total: Numeric = 0;
  for (const [account, balance] of Object.entries(value)) {
    if (balance !== null && !isNumeric(balance)) {
      throw malformed(completion, `the balance of account ${account} is no number`);
    }
    balances.set(account, balance);
    total = plus(total, balance ?? 0);
  }
  return { read, balances, total };
}

/** One anomaly a read: the rest follows from it, or hides behind it. */
function judgeBalances({ read, balances, total }: Balances, expected: Expected, findings: Findings): void {
  const { index } = read.completion;
  const strangers = [...balances.keys()].filter((account) => !expected.accounts.has(account));
  const without = accountsWhere(balances, (balance) => balance === null);
  const negative = accountsWhere(balances, (balance) => balance !== null && balance < 0);
  if (strangers.length > 0) {
    findings.add('unexpected-account', () => ({
      sentence: `A read shows ${named(strangers)}, which should not exist (operation ${index}).`,
      operations: citing(index, ...(expected.first === read ? [] : [expected.first.completion.index])),
      details: { accounts: strangers },
    }));
  } else if (without.length > 0) {
    findings.add('nil-balance', () => ({
      sentence: `A read shows no balance for ${named(without)} (operation ${index}).`,
      operations: [index],
      details: { accounts: without },
    }));
  } else if (total !== expected.total) {
    findings.add('wrong-total', () => wrongTotal(read, total, expected));
  } else if (negative.length > 0 && !expected.negativeBalances) {
    findings.add('negative-balance', () => ({
      sentence: `A read shows less than nothing on ${named(negative)} (operation ${index}).`,
      operations: [index],
      details: { balances: Object.fromEntries(negative.map((account) => [account, balances.get(account)])) },
    }));
  }
}

function accountsWhere(
  balances: Balances['balances'],
  condition: (balance: Numeric | null) => boolean,
): readonly string[] {
  return [...balances].filter(([, balance]) => condition(balance)).map(([account]) => account);
}

function named(accounts: readonly string[]): string {
  return `${accounts.length === 1 ? 'account' : 'accounts'} ${enumeration(accounts)}`;
}

function wrongTotal(read: Success, total: Numeric, { first, total: expected, isGiven }: Expected) {
  const { index } = read.completion;
  const source = isGiven
    ? `and it should be ${expected}`
    : `and that of the first read is ${expected} (operation ${first.completion.index})`;
  return {
    sentence: `The total of a read is ${total} (operation ${index}), ${source}.`,
    operations: citing(index, ...(isGiven ? [] : [first.completion.index])),
    details: { total, expected },
  };
}

function rangeOf(reads: readonly Balances[]): { readonly lowest: Numeric; readonly highest: Numeric } {
  const totals = reads.map(({ total }) => total);
  return { lowest: least(totals), highest: greatest(totals) };
}
