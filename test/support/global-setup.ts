import { buildProgram } from './build.ts';

/** Once before all tests: those that run the program as it is shipped find it compiled from the sources at hand. */
export default buildProgram;
