/** The stdio backend against the contract of backends, and what only it does. */
import { describe } from 'vitest';
import { backendContract } from '../../../kits/backend.ts';

describe('stdio', () => {
  backendContract('stdio');
});
