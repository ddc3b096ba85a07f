import { formatFinding, Lab } from 'switchback-lab';

const lab = new Lab('mistakes');
lab.addHost('h1', { ipv4: '10.0.0.300/24' });
lab.addSwitch('s1', { ageing: '5 minutes' });
lab.addLink('h1', 's1');
lab.addLink('h2', 's1');
lab.addStep('1s', 'crsh h1');

// All that is wrong, at once; `run`, `step` and `command` would throw it as one LabInvalid.
for (const finding of lab.validate()) console.log(formatFinding(finding));
