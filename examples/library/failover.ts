import { Lab } from 'switchback-lab';

const lab = new Lab('failover', { duration: '60s' });
for (const unit of ['fw1', 'fw2']) {
  const on = lab.addHypervisor(`${unit}-esx`);
  lab.addFirewall(unit, {
    on,
    interfaces: {
      eth1: { ipv4: '10.0.1.1/24' },
      eth2: { ipv4: '192.0.2.1/24' },
      ha1: { mode: 'ha', ipv4: unit === 'fw1' ? '10.255.0.1/30' : '10.255.0.2/30' },
    },
  });
}
lab.addSwitch('inside');
lab.addSwitch('outside');
lab.addHost('client', { ipv4: '10.0.1.11/24', gateway: '10.0.1.1' });
lab.addHost('server', { ipv4: '192.0.2.10/24', gateway: '192.0.2.1' });
for (const guest of ['client', 'fw1', 'fw2']) lab.addLink(guest, 'inside');
for (const guest of ['server', 'fw1', 'fw2']) lab.addLink(guest, 'outside');
lab.addLink('fw1:ha1', 'fw2:ha1');
lab.addHaPair(
  'edge',
  [
    { node: 'fw1', priority: 50 },
    { node: 'fw2', priority: 100 },
  ],
  { group: 1 },
);
lab.addFlow('up', { from: 'client:eth0', to: '192.0.2.10', rate: 1000, size: 128, start: '5s' });

lab.step('20s');
lab.command('crash fw1');
lab.step('40s');

const [takeover] = lab.takeovers();
const { sent, lost } = lab.flow('up');
console.log(`${takeover?.unit} is active ${(takeover?.tookNs ?? 0) / 1e9} s after the crash (#${takeover?.position})`);
console.log(`${lost} of ${sent} frames lost; dropped most: ${lab.drops()[0]?.reason} at ${lab.drops()[0]?.at}`);
console.log(`verified: ${lab.verify().verified}`);
