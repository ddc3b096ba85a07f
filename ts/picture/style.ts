/** VLANs beyond so many share colours; their tags tell them apart. */
export const VLAN_COLOURS = 8;

/**
 * The style sheet of a picture. Colours only repeat what a shape or a word says: a down port is crossed, an active unit has a filled dot and
 * its role's name, a VLAN its tag. No character of it needs escaping in XML.
 */
export const PICTURE_STYLE = `
.picture{--paper:#fff;--ink:#1b1f24;--dim:#5b6570;--edge:#8a949e;--box:#f5f7f9;--host:#eceff3;--good:#1a7f37;--bad:#b3261e;--warn:#8a5a00;
--v0:#0b63b5;--v1:#a1470b;--v2:#00705a;--v3:#93307d;--v4:#6a5d00;--v5:#3d52c4;--v6:#a3243f;--v7:#2f6f22;
font:12px system-ui,sans-serif;background:var(--paper)}
@media (prefers-color-scheme:dark){.picture{--paper:#14171b;--ink:#e7eaee;--dim:#a3adb8;--edge:#737d88;--box:#20252b;--host:#1a1e23;
--good:#5cc878;--bad:#ff8a80;--warn:#e5b454;
--v0:#6cb2f5;--v1:#f0a06a;--v2:#4fc9ad;--v3:#e08bcd;--v4:#cfc15a;--v5:#a0aefc;--v6:#f58ca3;--v7:#8fd17e}}
.picture text{fill:var(--ink)}
.picture .small{font-size:10px;fill:var(--dim)}
.picture .name{font-weight:600}
.picture .paper{fill:var(--paper)}
.picture .box{fill:var(--box);stroke:var(--edge)}
.picture .hypervisor .box{fill:var(--host);stroke-dasharray:6 3}
.picture .ghost .box{fill:none;stroke-dasharray:2 4}
.picture .off .box{stroke:var(--bad);stroke-width:2}
.picture .off .small{fill:var(--bad)}
.picture .cross{fill:none;stroke:var(--bad);stroke-width:2}
.picture .line{fill:none;stroke:var(--edge);stroke-width:1.5}
${Array.from({ length: VLAN_COLOURS }, (_, number) => `.picture .vlan-${number} .line{stroke:var(--v${number})}`).join('\n')}
.picture .down .line{stroke:var(--bad);stroke-dasharray:5 4}
.picture .unplugged .line{stroke-dasharray:1 5;opacity:.6}
.picture .load-1{stroke-width:2.2}
.picture .load-2{stroke-width:3}
.picture .load-3{stroke-width:4.5}
.picture .load-4{stroke-width:6}
.picture .port{fill:var(--paper);stroke:var(--ink)}
.picture .up .port{fill:var(--ink)}
.picture .role{fill:none;stroke:var(--dim);stroke-width:1.5}
.picture .active .role{fill:var(--good);stroke:var(--good)}
.picture .non-functional .role,.picture .suspended .role{stroke:var(--bad)}
.picture .uplink{fill:none;stroke:var(--ink)}
.picture .in-use .uplink{fill:var(--good);stroke:var(--good)}
.picture .rail{fill:none;stroke:var(--dim)}
.picture .mac circle{fill:var(--paper);stroke:var(--ink)}
.picture .mac text{font-size:9px;text-anchor:middle}
.picture .uses circle{fill:var(--ink)}
.picture .uses text{fill:var(--paper)}
.picture .drops rect{fill:var(--paper);stroke:var(--bad)}
.picture .drops text{font-size:10px;fill:var(--bad)}
.picture .impaired text{fill:var(--warn)}
.picture .impaired .mark{fill:none;stroke:var(--warn);stroke-width:1.5}
.strip .bar{fill:none;stroke:var(--edge)}
.strip .active .bar{fill:var(--good);stroke:var(--good)}
.strip .active text{fill:var(--paper)}
.strip .off .bar{stroke:var(--bad);stroke-width:2;stroke-dasharray:4 3}
.strip .loss{fill:var(--bad)}
.strip .tick{fill:none;stroke:var(--edge);opacity:.35}
.strip .instant{fill:none;stroke:var(--dim);stroke-dasharray:2 3}
.strip .command{fill:var(--ink)}
.strip .cursor{fill:none;stroke:var(--v0);stroke-width:2}
`;
