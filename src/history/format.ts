/**
 * Where histories come from: our own JSON lines, Jepsen's EDN, the same in JSON, and what the tests of Porcupine hold: logs of
 * Jepsen's, or one EDN map a line.
 */
export type HistoryFormat = 'jsonl' | 'edn' | 'json' | 'porcupine';

export const historyFormats: readonly HistoryFormat[] = ['jsonl', 'edn', 'json', 'porcupine'];

/** The format of a file by how it begins; `jsonl`, whose reader says what is wrong, where it is none of them. */
export function formatOf(beginning: string): HistoryFormat {
  if (isLog(beginning)) return 'porcupine';
  const text = beginning.replace(/^(?:[\s,\ufeff]|;.*(?:\n|$))+/, '');
  if (/^\[?\s*\{\s*(?:"(?:[^"\\]|\\.)*"\s*:|\})/.test(text)) return isOurs(text) ? 'jsonl' : 'json';
  // Torn within its first name, a file is what is written piece by piece here.
  if (/^\{\s*(?:"(?:[^"\\]|\\.)*"?\s*)?$/.test(text)) return 'jsonl';
  if (!/^[[({#]/.test(text)) return 'jsonl';
  const [firstLine = ''] = text.split('\n', 1);
  return isKeyValue(firstLine) ? 'porcupine' : 'edn';
}

/** Whether a file of Porcupine's is one of those in EDN. */
export function isEdn(beginning: string): boolean {
  return /^\s*[[({#]/.test(beginning);
}

/** Our JSON has an operation a line, counted from 0 where it is counted. */
function isOurs(text: string): boolean {
  const [line = '', ...more] = text.split('\n', 2);
  if (text.startsWith('[') || (more.length > 0 && !line.trimEnd().endsWith('}'))) return false;
  const index = /"index"\s*:\s*(\d+)/.exec(line)?.[1];
  return index === undefined || Number(index) === 0;
}

function isLog(beginning: string): boolean {
  return /^.*\bjepsen\.\S+ - \S+\s+:(?:invoke|ok|fail|info)\s/m.test(beginning);
}

function isKeyValue(line: string): boolean {
  return /^\{.*\}\s*$/.test(line) && /:f\s+:(?:get|put|append)\b/.test(line) && /:key\s/.test(line);
}
