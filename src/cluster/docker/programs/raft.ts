import { httpRequestClient } from '../../../base/real/request-client.ts';
import { clientPort, settingsToEnvironment } from '../../../node/settings.ts';
import type { NodeProgram } from './program.ts';

/** The library of this package, with the node program of src/node around it. */
export const raft: NodeProgram = {
  image: {
    name: 'raft-chaos-node',
    dockerfile: 'Dockerfile',
    program: 'node/main.js',
    directories: ['base', 'raft', 'node'],
  },
  clientPort,
  environment: settingsToEnvironment,
  client: httpRequestClient,
};
