/** Which methods an address takes: for the `Allow` of a 405 (RFC 9110, 15.5.6). */
import type { FastifyInstance } from 'fastify';

/** Collects the routes that are added from now on. @returns the methods of a path, in the order of the alphabet; none where no route has it */
export function collectMethods(app: FastifyInstance): (path: string) => readonly string[] {
  const routes: { readonly isAt: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ isAt: new RegExp(`^${url.replaceAll(/:\w+/g, '[^/]+')}$`), methods: [method].flat() });
  });
  return (path) => {
    const methods = routes.filter(({ isAt }) => isAt.test(path)).flatMap((route) => route.methods);
    return [...new Set(methods)].sort();
  };
}
