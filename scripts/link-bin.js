// Puts this checkout's own command on its local path, so that `npx faultline` works right after `npm ci`
// without asking the registry for a package of that name.
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';

mkdirSync('node_modules/.bin', { recursive: true });
rmSync('node_modules/.bin/faultline', { force: true });
symlinkSync('../../bin/faultline.js', 'node_modules/.bin/faultline');
