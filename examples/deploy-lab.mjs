#!/usr/bin/env node
/**
 * Deploys a lab file through the HTTP API, lets 20 s of its virtual time pass, and says what to try next.
 *
 *   SWITCHBACK_TOKEN=... node examples/deploy-lab.mjs labs/ha-assigned-mac.lab.yml
 *
 * SWITCHBACK_URL says where the API is; SWITCHBACK_PUBLIC_URL how whoever reads the output reaches it, if that is another way.
 */
import { readFileSync } from 'node:fs';

const { SWITCHBACK_TOKEN: token, SWITCHBACK_URL: url = 'http://127.0.0.1:7788', SWITCHBACK_PUBLIC_URL: shown = url } = process.env;
const [file] = process.argv.slice(2);
if (file === undefined || token === undefined) {
  console.error('usage: SWITCHBACK_TOKEN=... node examples/deploy-lab.mjs FILE.lab.yml');
  process.exit(2);
}

/** Asks, and fails with what the server has to say. */
async function ask(method, path, { type, body } = {}) {
  const headers = { authorization: `Bearer ${token}` };
  if (type !== undefined) headers['content-type'] = type;
  const response = await fetch(`${url}${path}`, { method, headers, body });
  const answer = await response.json();
  if (response.ok) return answer;
  throw Object.assign(new Error(`${method} ${path}: ${response.status} ${answer.detail ?? answer.title}`), { type: answer.type });
}

const definition = readFileSync(file, 'utf8');
const lab = /^name: *(\S+)/m.exec(definition)?.[1];
if (lab === undefined) throw new Error(`${file} names no lab`);

try {
  await ask('PUT', `/v1/labs/${lab}?wait=30`, { type: 'application/yaml', body: definition });
  const body = JSON.stringify({ command: 'step 20s' });
  const { position } = await ask('POST', `/v1/labs/${lab}/commands?wait=30`, { type: 'application/json', body });
  console.log(`\n${lab} is deployed, and 20 s of its time have passed: ${position} events.`);
} catch (error) {
  if (error.type !== 'urn:switchback:problem:lab-exists') throw error;
  const { position } = await ask('GET', `/v1/labs/${lab}`);
  console.log(`\n${lab} is there already, with ${position} events.`);
}

console.log(`
  ${shown}/v1/labs/${lab}     the lab as it is now

Follow its events in one terminal:

  curl -N ${shown}/v1/labs/${lab}/events/stream

and in another let a firewall die, and 15 s pass:

  . ./.env
  ask() { curl -sS -H "Authorization: Bearer $SWITCHBACK_TOKEN" -H 'Content-Type: application/json' \\
            ${shown}/v1/labs/${lab}/commands -d "{\\"command\\":\\"$*\\"}"; }
  ask crash fw1
  ask step 15s
`);
