import { describe, expect, it } from 'vitest';
import { searchBreadthFirst } from '../../src/model/breadth-first.ts';
import { mutantNamed } from '../../src/model/raft/mutants.ts';
import { raftModel } from '../../src/model/raft/raft-model.ts';
import { diagramSteps, sequenceDiagram } from '../../src/model/sequence-diagram.ts';

describe('a sequence diagram', () => {
  const { scope, protocol } = mutantNamed('vote-not-kept');
  const model = raftModel(scope, protocol);
  const path = searchBreadthFirst(model).findings.find(({ property }) => property.name === 'Election Safety')?.path;
  if (!path) throw new Error('the mutant is found');
  const svg = sequenceDiagram(model, path, 'Two <leaders> & "one" term');

  it('has a row, an event and the words for each step, and a lifeline for each node', () => {
    expect(svg.match(/<circle /g)).toHaveLength(path.steps.length);
    for (const { action } of path.steps) expect(svg).toContain(model.describeAction(action));
    for (const name of ['n1', 'n2', 'n3']) expect(svg).toContain(`>${name}</text>`);
  });

  it('has an arrow for each message that arrives, from where it was sent', () => {
    const steps = diagramSteps(model, path);
    const delivered = steps.filter(({ kind }) => kind === 'deliver');
    expect(svg.match(/class="arrow"/g)).toHaveLength(delivered.length);
    for (const [at, step] of steps.entries()) {
      if (step.message === null) continue;
      const { id, from } = step.message;
      const before = steps.slice(0, at).filter(({ sent }) => sent.some((message) => message.id === id));
      expect(before.map(({ lifeline }) => lifeline)).toContain(from);
    }
  });

  it('shows who is down, and what is worth a note', () => {
    expect(svg).toContain('class="down"');
    expect(svg.match(/leader of term 1/g)).toHaveLength(2);
  });

  it('is one document without anything from elsewhere, and escapes what it is given', () => {
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script|<image|@import/);
    expect(svg).not.toContain('<leaders>');
    expect(svg).toContain('Two &#60;leaders&#62; &#38;');
  });
});
