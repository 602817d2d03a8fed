import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { ChaosError } from '../../base/errors.ts';
import type { AgentCalls, AgentOperation, AgentReply } from './agent/protocol.ts';

/**
 * The controller's end of an agent's standard streams. The engine closes the agent's input when this connection ends, be
 * it by `close` or by the end of this process, and the pod dies of that.
 */
export interface AgentLink {
  /**
   * Requests arrive in the order of the calls. Rejects with the agent's own error, with `agent-lost` when the agent or
   * the engine went away, or with `agent-timeout`.
   */
  request<Op extends AgentOperation>(op: Op, params: AgentCalls[Op]['params']): Promise<AgentCalls[Op]['answer']>;
  close(): void;
}

const replyTimeoutMs = 10_000;

/** To be attached before the container starts: the engine passes on only what is said from then on. */
export async function attachAgent(docker: Docker, containerId: string, node: string): Promise<AgentLink> {
  const stream = await docker
    .getContainer(containerId)
    .attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
  const replies = new PassThrough();
  const complaints = new PassThrough();
  docker.modem.demuxStream(stream, replies, complaints);

  const waiting = new Map<number, { settle: (reply: AgentReply) => void; fail: (error: ChaosError) => void }>();
  let lastId = 0;
  let lost: ChaosError | null = null;
  let complaint = '';
  complaints.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-1000);
  });
  createInterface({ input: replies }).on('line', (line) => {
    const reply = JSON.parse(line) as AgentReply;
    waiting.get(reply.id)?.settle(reply);
  });
  const lose = (reason: string) => {
    lost ??= new ChaosError('agent-lost', `the agent of ${node} is gone: ${complaint.trim() || reason}`);
    for (const { fail } of waiting.values()) fail(lost);
  };
  stream.on('error', (error: Error) => lose(error.message));
  stream.on('end', () => lose('its output ended'));
  stream.on('close', () => lose('its connection closed'));

  return {
    request: (op, params) =>
      new Promise((resolve, reject) => {
        if (lost !== null) return reject(lost);
        const id = ++lastId;
        const timeout = setTimeout(() => {
          fail(new ChaosError('agent-timeout', `the agent of ${node} did not answer ${op} in ${replyTimeoutMs} ms`));
        }, replyTimeoutMs);
        const done = () => {
          clearTimeout(timeout);
          waiting.delete(id);
        };
        const fail = (error: ChaosError) => {
          done();
          reject(error);
        };
        const settle = (reply: AgentReply) => {
          done();
          // The agent answers each operation with what AgentCalls says: both ends are compiled against it.
          if (reply.ok) resolve(reply.answer as AgentCalls[typeof op]['answer']);
          else reject(errorOf(reply, node));
        };
        waiting.set(id, { settle, fail });
        stream.write(`${JSON.stringify({ id, op, ...params })}\n`);
      }),
    close: () => {
      lost ??= new ChaosError('agent-lost', `the agent of ${node} was let go`);
      stream.end();
    },
  };
}

function errorOf(reply: AgentReply & { ok: false }, node: string): ChaosError {
  const options = reply.remedy === null ? {} : { remedy: reply.remedy };
  return new ChaosError(reply.code, `the agent of ${node}: ${reply.message}`, options);
}
