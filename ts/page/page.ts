/** The page's script: the document, the workers, and the keys come together here. */
import { render } from 'preact';
import { onKey } from './keys.ts';
import { Page } from './model/page.ts';
import { app, openBundle } from './panels/app.ts';
import { IDENTITY, partsOfPage } from './parts-of-page.ts';
import { serverOfPage, tokenOfTab } from './server.ts';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no place for its parts');

const parts = partsOfPage();
const page = new Page({
  ...parts,
  server: serverOfPage(parts.isAlone),
  token: tokenOfTab(),
  identity: IDENTITY,
  isCalm: () => matchMedia('(prefers-reduced-motion: reduce)').matches,
  fragment: () => location.hash,
  setFragment: (fragment) => location.replace(fragment),
});

let isDue = false;
/** Once a frame at most, however often something changes. */
function show(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    if (root !== null) render(app(page), root);
  });
}

page.listen(show);
void page.begin();
addEventListener('hashchange', () => page.readdress());
document.addEventListener('keydown', (event) => onKey(page, event));
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  const [file] = event.dataTransfer?.files ?? [];
  if (file !== undefined) void openBundle(page, file);
});
document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
  page.set({ violations: [...page.state.violations, effectiveDirective] }),
);
show();
