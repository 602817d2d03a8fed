import { present } from '../../../src/base/assert.ts';
import type { NodeId, Standing } from '../../../src/raft/protocol/entries.ts';
import type { Request } from '../../../src/raft/protocol/messages.ts';
import type { Config } from '../../../src/raft/protocol/state.ts';
import { type Envelope, ProtocolCluster } from '../protocol/cluster.ts';
import { members } from '../protocol/setup.ts';
import { wordsOfAnswer, wordsOfEnvelope, wordsOfMember, wordsOfMembership } from './words.ts';

type Command = (words: readonly string[]) => readonly string[] | undefined;

/** A cluster that is told what happens by the commands of a transcript, and tells what came of each. */
export class Scene {
  #cluster: ProtocolCluster | null = null;
  #names: readonly NodeId[] = [];
  #joining: readonly NodeId[] = [];
  #logs: Record<NodeId, number[]> = {};
  #config: Partial<Config> = {};
  #disksAreQuick = false;
  #requests: string[] = [];
  #told = new Map<NodeId, string>();
  #answered = new Set<number>();

  readonly #commands: Readonly<Record<string, Command>> = {
    // The cluster, before anything happens: a new one with each `nodes`.
    nodes: (names) => this.#begin(names),
    joining: (names) => this.#prepare(() => (this.#joining = names)),
    log: ([name = '', ...terms]) => this.#prepare(() => (this.#logs[name] = terms.map(Number))),
    option: ([name = '', value]) => this.#prepare(() => (this.#config = { ...this.#config, [name]: optionOf(value) })),
    'quick-disks': () => this.#prepare(() => (this.#disksAreQuick = true)),

    // What time does.
    timeout: ([name = '']) => this.#watch((cluster) => cluster.timeout(name)),
    heartbeat: ([name = '']) => this.#watch((cluster) => cluster.timeout(name, 'heartbeat')),
    wait: ([ms]) => this.#watch((cluster) => cluster.wait(Number(ms))),
    pass: ([ms]) => this.#summarize((cluster) => cluster.pass(Number(ms))),

    // What the network and the disks do.
    deliver: (words) => this.#watch((cluster) => cluster.deliver(cluster.network.indexOf(this.#find(words)))),
    drop: (words) => this.#watch((cluster) => this.#drop(cluster, words)),
    exchange: (names) => this.#summarize((cluster) => exchange(cluster, names, () => true)),
    votes: (names) => this.#summarize((cluster) => exchange(cluster, names, isAboutVotes)),
    settle: () => this.#summarize((cluster) => cluster.settle()),
    partition: (words) => this.#watch((cluster) => partition(cluster, words)),
    heal: () => this.#watch((cluster) => cluster.heal()),
    sync: ([name = '']) => this.#watch((cluster) => cluster.sync(name)),
    snapshot: ([name = '']) => this.#watch((cluster) => cluster.snapshot(name)),
    store: ([name = '']) => this.#watch((cluster) => cluster.store(name)),
    crash: ([name = '']) => this.#watch((cluster) => cluster.crash(name)),
    restart: ([name = '']) => this.#watch((cluster) => cluster.restart(name)),

    // What clients ask for.
    broadcast: ([name = '', text = '']) =>
      this.#ask(`broadcast ${text}`, (cluster, id) => cluster.broadcast(name, id, text)),
    read: ([name = '']) => this.#ask(`read at ${name}`, (cluster, id) => cluster.read(name, id)),
    'open-session': ([name = '']) => this.#request(name, 'open session', { type: 'open-session' }),
    /** `send a 2 1 0 x`: the message x, which is number 1 of session 2, whose client knows the answers up to 0. */
    send: ([name = '', session, sequence, acknowledged, text = '']) => {
      const stamp = { session: Number(session), sequence: Number(sequence), acknowledged: Number(acknowledged) };
      return this.#ask(`send ${text}`, (cluster, id) => cluster.broadcast(name, id, text, stamp));
    },
    transfer: ([name = '', to = '']) => this.#request(name, `transfer to ${to}`, { type: 'transfer-leadership', to }),
    change: ([name = '', ...words]) => {
      const target = members(...words.map(memberOf));
      return this.#request(name, `change to ${words.join(' ')}`, { type: 'change-membership', members: target });
    },

    // Questions.
    show: () => this.#each((name, cluster) => wordsOfMember(name, cluster.member(name))),
    members: () => this.#each((name, cluster) => wordsOfMembership(name, cluster.member(name))),
    network: () => this.#now.network.map(wordsOfEnvelope),
  };

  command(line: string): readonly string[] {
    const [name = '', ...words] = line.split(/\s+/);
    const command = present(this.#commands[name], () => `no such command: ${name}`);
    return command(words) ?? [];
  }

  get #now(): ProtocolCluster {
    this.#cluster ??= new ProtocolCluster(this.#names, {
      joining: this.#joining,
      logs: this.#logs,
      config: { chunkBytes: 60, ...this.#config },
    });
    return this.#cluster;
  }

  #begin(names: readonly NodeId[]): undefined {
    [this.#cluster, this.#names, this.#joining, this.#logs, this.#config] = [null, names, [], {}, {}];
    this.#disksAreQuick = false;
    this.#requests = [];
    this.#told.clear();
    this.#answered.clear();
  }

  #prepare(prepare: () => unknown): undefined {
    if (this.#cluster !== null) throw new Error('the cluster runs already');
    prepare();
  }

  /** Tells of whoever changed, of what was sent, and of answers. */
  #watch(happen: (cluster: ProtocolCluster) => void): string[] {
    return this.#tell((cluster) => {
      const before = new Set(cluster.network);
      happen(cluster);
      if (this.#disksAreQuick) syncAll(cluster);
      return cluster.network.filter((envelope) => !before.has(envelope)).map(wordsOfEnvelope);
    });
  }

  /** The same where much happens: of the messages nothing is told. */
  #summarize(happen: (cluster: ProtocolCluster) => void): string[] {
    return this.#tell((cluster) => {
      happen(cluster);
      return [];
    });
  }

  #tell(happen: (cluster: ProtocolCluster) => readonly string[]): string[] {
    const cluster = this.#now;
    if (this.#told.size === 0) this.#changes(cluster);
    const messages = happen(cluster);
    return [...this.#changes(cluster), ...messages, ...this.#answers(cluster)];
  }

  #changes(cluster: ProtocolCluster): string[] {
    return cluster.names.flatMap((name) => {
      const words = wordsOfMember(name, cluster.member(name));
      const isNew = this.#told.get(name) !== words;
      this.#told.set(name, words);
      return isNew ? [words] : [];
    });
  }

  #answers(cluster: ProtocolCluster): string[] {
    const fresh = [...cluster.answers].filter(([requestId]) => !this.#answered.has(requestId));
    return fresh.map(([requestId, answer]) => {
      this.#answered.add(requestId);
      return `answer to ${this.#requests[requestId - 1]}: ${wordsOfAnswer(answer)}`;
    });
  }

  #ask(request: string, ask: (cluster: ProtocolCluster, requestId: number) => void): string[] {
    return this.#watch((cluster) => ask(cluster, this.#requests.push(request)));
  }

  #request(name: NodeId, words: string, request: Request): string[] {
    return this.#ask(words, (cluster, id) => cluster.request(name, id, request));
  }

  #each(words: (name: NodeId, cluster: ProtocolCluster) => string): string[] {
    const cluster = this.#now;
    this.#changes(cluster);
    return cluster.names.map((name) => words(name, cluster));
  }

  /** `a->b`, or `a->b vote`: the oldest such message. */
  #find([link = '', kind]: readonly string[]): Envelope {
    const found = this.#now.network.find(
      ({ from, to, message }) => `${from}->${to}` === link && (kind === undefined || message.kind === kind),
    );
    return present(found, `no such message is under way: ${link} ${kind ?? ''}`);
  }

  #drop(cluster: ProtocolCluster, words: readonly string[]): void {
    if (words[0] === 'all') cluster.drop(() => true);
    else {
      const dropped = this.#find(words);
      cluster.drop((envelope) => envelope === dropped);
    }
  }
}

function optionOf(word: string | undefined): boolean | number {
  return word === undefined ? true : Number(word);
}

/** `d`, or `d:learner`. */
function memberOf(word: string): readonly [NodeId, Standing] {
  const [id = '', standing = 'voter'] = word.split(':');
  if (standing !== 'voter' && standing !== 'learner') throw new Error(`no such standing: ${standing}`);
  return [id, standing];
}

function syncAll(cluster: ProtocolCluster): void {
  for (const name of cluster.names) if (cluster.member(name).up) cluster.sync(name);
}

/** Whatever these say to each other of a kind arrives, until they have nothing more to say; the rest stays where it is. */
function exchange(cluster: ProtocolCluster, names: readonly NodeId[], isMeant: (envelope: Envelope) => boolean): void {
  for (let i = 0; i < 10_000; i++) {
    for (const name of names) cluster.sync(name);
    const place = cluster.network.findIndex(
      (envelope) => names.includes(envelope.from) && names.includes(envelope.to) && isMeant(envelope),
    );
    if (place === -1) return;
    cluster.deliver(place);
  }
  throw new Error('they do not come to an end');
}

function isAboutVotes({ message }: Envelope): boolean {
  return message.kind === 'request-vote' || message.kind === 'vote';
}

/** `partition a b | c d e` */
function partition(cluster: ProtocolCluster, words: readonly string[]): void {
  const sides = words.join(' ').split('|');
  const sideOf = (name: NodeId) => sides.findIndex((side) => side.split(' ').includes(name));
  cluster.isCut = (from, to) => sideOf(from) !== sideOf(to);
}
