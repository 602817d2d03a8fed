export type Scheme = 'light' | 'dark';

/** The colours of a scheme as custom properties of CSS. */
export function palette(scheme: Scheme): string {
  return Object.entries(COLOURS)
    .map(([name, colours]) => `--${name}: ${colours[scheme]};`)
    .join(' ');
}

/** Outcomes are told apart by shape too, and roles by their label: colour is never all there is. */
const COLOURS: Readonly<Record<string, Readonly<Record<Scheme, string>>>> = {
  page: { light: '#ffffff', dark: '#14171b' },
  panel: { light: '#f5f6f8', dark: '#1c2026' },
  text: { light: '#1b1f24', dark: '#e4e7eb' },
  muted: { light: '#5b6570', dark: '#9aa5b1' },
  line: { light: '#d8dde3', dark: '#343b44' },
  grid: { light: '#e7eaee', dark: '#272d35' },
  link: { light: '#0b5cad', dark: '#7cb7ff' },
  valid: { light: '#1a7f37', dark: '#238043' },
  invalid: { light: '#c4202b', dark: '#c9343e' },
  unknown: { light: '#8a6100', dark: '#8f6a10' },
  'valid-text': { light: '#1a7f37', dark: '#56c271' },
  'invalid-text': { light: '#c4202b', dark: '#ff7b80' },
  ok: { light: '#2563c4', dark: '#6aa5f8' },
  fail: { light: '#8e3fb0', dark: '#cf8df0' },
  info: { light: '#c25a00', dark: '#ff9d4d' },
  p50: { light: '#8db4e8', dark: '#41659a' },
  p95: { light: '#4f86d6', dark: '#5c8fd6' },
  p99: { light: '#1f4f9e', dark: '#9cc4ff' },
  max: { light: '#1b1f24', dark: '#e4e7eb' },
  leader: { light: '#0f7f66', dark: '#2aa889' },
  'on-leader': { light: '#ffffff', dark: '#08110e' },
  candidate: { light: '#f0b429', dark: '#e0a526' },
  follower: { light: '#ccd4dd', dark: '#434d59' },
  mixed: { light: '#9a7b3c', dark: '#b08f4c' },
  silent: { light: '#7b8794', dark: '#7b8794' },
  shade: { light: '0.14', dark: '0.2' },
  'fault-0': { light: '#7c4ddb', dark: '#a484f2' },
  'fault-1': { light: '#d43d51', dark: '#ef6d7e' },
  'fault-2': { light: '#1291a3', dark: '#3fbdd0' },
  'fault-3': { light: '#b07d00', dark: '#d9a62e' },
  'fault-4': { light: '#c43d94', dark: '#e874bd' },
  'fault-5': { light: '#5a6b7d', dark: '#94a6b8' },
};
