/** Directory, on a simulated node's disk, of its log. */
export const dataDirectory = 'data';
