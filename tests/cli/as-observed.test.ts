import { describe, expect, it } from 'vitest';
import { asObserved } from '../../cli/as-observed.ts';
import { rabbitmq } from '../../systems/rabbitmq/rabbitmq.ts';

describe('asObserved', () => {
  it('leaves a system alone whose leaders are told of', () => {
    expect(asObserved(rabbitmq, {})).toBe(rabbitmq);
    expect(asObserved(rabbitmq, { queue: 'quorum' })).toBe(rabbitmq);
    const always = { ...rabbitmq, isUnobserved: undefined as never };
    expect(asObserved(always, { queue: 'mirrored' })).toBe(always);
  });

  it('takes leaders from one that tells of none with these options, and keeps the rest', () => {
    const mirrored = asObserved(rabbitmq, { queue: 'mirrored' });
    expect(mirrored).not.toHaveProperty('observe');
    expect(mirrored).not.toHaveProperty('leadership');
    expect(Object.keys(mirrored.workloads)).toEqual(['queue']);
    expect(mirrored).toMatchObject({ name: 'rabbitmq', open: rabbitmq.open, program: rabbitmq.program });
  });
});
