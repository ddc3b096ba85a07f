import { Lab, loadDataplane } from 'switchback-lab/browser';

// Serve `switchback-lab/dataplane.wasm` beside the page, or give its bytes.
const dataplane = await loadDataplane(document.body.dataset['dataplane'] ?? 'dataplane.wasm');
const lab = new Lab(dataplane, 'page', { duration: '2s' });
lab.addHost('h1', { ipv4: '10.0.0.1/24' });
lab.addHost('h2', { ipv4: '10.0.0.2/24' });
lab.addSwitch('s1');
lab.addLink('h1', 's1');
lab.addLink('h2', 's1');
lab.addFlow('up', { from: 'h1:eth0', to: '10.0.0.2', rate: 100, size: 128, stop: '1s' });

const { chain, flows } = lab.run();
document.body.textContent = `${flows[0]?.received} frames received, chain ${chain}, verified ${lab.verify().verified}`;
