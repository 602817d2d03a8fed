/**
 * Calls a function of the user. What it throws is no fault of the node's, which goes on: whoever runs the process is warned.
 */
export function callBack(name: string, call: () => unknown): void {
  const warn = (thrown: unknown): void => {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    process.emitWarning(`${name} of a Raft node threw: ${text}`, 'RaftWarning');
  };
  try {
    const returned = call();
    if (returned instanceof Promise) returned.catch(warn);
  } catch (error) {
    warn(error);
  }
}
