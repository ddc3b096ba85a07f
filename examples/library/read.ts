import { Lab } from 'switchback-lab';

// A lab file, here one that comes with the package; `new Lab({ text })` takes a text.
const lab = Lab.open(process.argv[2] ?? 'labs/uplink-team.lab.yml');
const { chain, checks, flows } = lab.run();
console.log(`chain ${chain.slice(0, 16)}, ${checks.filter(({ pass }) => pass).length} of ${checks.length} checks pass`);

// Any moment of its past, recorded state and counters; events by type, node, fields and time.
const { nodes, derived } = lab.at('2s');
console.log(`at 2 s: ${nodes.length} nodes, ${derived?.frames.delivered} frames delivered`);
for (const { atNs, data } of lab.events({ type: 'UplinkChanged', from: '1s' })) {
  console.log(`${atNs / 1e9} s: ${data.node} sends through ${data.to} instead of ${data.from}`);
}
console.log(flows.map(({ name, sent, received }) => `${name}: ${received} of ${sent}`).join(', '));
