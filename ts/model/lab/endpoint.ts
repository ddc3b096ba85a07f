/** Names of nodes and of their interfaces, as events, commands and states write them. */

export type NodeName = string;

/** "node:interface". Node and interface names hold no colon. */
export type Endpoint = string;

/** "node:interface" as its two parts. */
export function splitEndpoint(endpoint: Endpoint): { node: NodeName; name: string } {
  const colon = endpoint.indexOf(':');
  return { node: endpoint.slice(0, colon), name: endpoint.slice(colon + 1) };
}

export function endpointOf(iface: { readonly node: NodeName; readonly name: string }): Endpoint {
  return `${iface.node}:${iface.name}`;
}
