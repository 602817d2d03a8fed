import { Scene } from './scene.ts';

/**
 * A transcript is a story of a cluster in plain text. Lines that begin with `>` are commands; what comes of each stands below
 * it. Lines that begin with `#` are for the reader. The commands are those of scene.ts.
 */
export function play(transcript: string): string {
  const scene = new Scene();
  const lines: string[] = [];
  for (const [at, line] of transcript.split('\n').entries()) {
    if (line.startsWith('>')) lines.push(line, ...outcome(scene, line.slice(1).trim(), at + 1));
    else if (line.startsWith('#') || line.trim() === '') lines.push(line);
  }
  return lines.join('\n');
}

function outcome(scene: Scene, command: string, lineNumber: number): string[] {
  try {
    return scene.command(command).map((line) => `  ${line}`);
  } catch (error) {
    throw new Error(`line ${lineNumber}, "${command}": ${error instanceof Error ? error.message : error}`);
  }
}
