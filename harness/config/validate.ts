/**
 * Checks plain data against a JSON Schema and words what is wrong for people. The only file that knows ajv.
 * Of the branches of an `anyOf` only the one the author evidently meant is reported, chosen by JSON type.
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { nearest, suggest } from '../registry.ts';
import { type Path, type Problem, renderPath } from './problem.ts';

const compiled = new WeakMap<object, ValidateFunction>();

/** Everything that is wrong with a value, in document order of discovery; empty when it fits. */
export function validate(schema: object, value: unknown): Problem[] {
  let check = compiled.get(schema);
  if (check === undefined) {
    // Strict mode would refuse annotations that exist for editors only; the schemas have tests of their own.
    check = new Ajv2020({ allErrors: true, verbose: true, strict: false }).compile(schema);
    compiled.set(schema, check);
  }
  if (check(value)) return [];
  const problems = reported(check.errors ?? []).map(worded);
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const text = JSON.stringify(problem);
    return !seen.has(text) && seen.add(text);
  });
}

/** Leaves out branches of an `anyOf` that were not meant. */
function reported(errors: readonly ErrorObject[]): ErrorObject[] {
  let left = [...errors];
  // Inner alternatives first: ajv lists children before the anyOf that failed.
  for (const any of errors.filter((error) => error.keyword === 'anyOf')) {
    if (!left.includes(any)) continue;
    const inside = left.filter((error) => error !== any && isBranchOf(error, any));
    const deeper = left.some(
      (error) => error.instancePath.startsWith(`${any.instancePath}/`) && !inside.includes(error),
    );
    const meant = meantBranch(inside, any);
    const dropped = new Set(inside.filter((error) => !(meant?.includes(error) ?? false)));
    if (meant !== null || deeper) dropped.add(any);
    left = left.filter((error) => !dropped.has(error));
  }
  return left;
}

/** The errors of the alternative whose type fits the value, the fewest when several do; null when none fits. */
function meantBranch(inside: readonly ErrorObject[], any: ErrorObject): ErrorObject[] | null {
  const branches = new Map<number, ErrorObject[]>();
  for (const error of inside) {
    const branch = branchOf(error, any);
    branches.set(branch, [...(branches.get(branch) ?? []), error]);
  }
  const typed = [...branches.values()].filter(
    (branch) => !branch.some((error) => error.keyword === 'type' && error.instancePath === any.instancePath),
  );
  return typed.sort((a, b) => a.length - b.length)[0] ?? null;
}

/** True when an error comes from within an `anyOf`: its schema is one of the alternatives or below. */
function isBranchOf(error: ErrorObject, any: ErrorObject): boolean {
  if (!error.instancePath.startsWith(any.instancePath)) return false;
  return branchOf(error, any) >= 0;
}

/** Number of the alternative an error comes from, or -1. A `$ref` alternative names its target instead. */
function branchOf(error: ErrorObject, any: ErrorObject): number {
  const prefix = `${any.schemaPath}/`;
  if (error.schemaPath.startsWith(prefix)) return Number(error.schemaPath.slice(prefix.length).split('/')[0]);
  const alternatives = any.schema as { $ref?: string }[];
  return alternatives.findIndex(
    (branch) => branch.$ref !== undefined && error.schemaPath.startsWith(`${branch.$ref}/`),
  );
}

function worded(error: ErrorObject): Problem {
  const path = pathOf(error);
  const name = renderPath(path);
  const parent = error.parentSchema as { description?: string; properties?: object } | undefined;
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params['additionalProperty']);
      const known = Object.keys(parent?.properties ?? {}).filter((candidate) => candidate !== '$schema');
      const where = path.length === 0 ? '' : ` in ${name}`;
      return {
        path: [...path, key],
        at: 'key',
        message: `unknown key "${key}"${where}`,
        hint: suggest(key, known),
      };
    }
    case 'required': {
      const key = String(error.params['missingProperty']);
      const about = (parent?.properties as Record<string, { description?: string }> | undefined)?.[key];
      return {
        path,
        at: 'key',
        message: `${name} lacks "${key}"`,
        hint: about?.description === undefined ? `add ${key}` : `add ${key}: ${about.description}`,
      };
    }
    case 'enum': {
      const allowed = (error.schema as unknown[]).map(String);
      return {
        path,
        at: 'value',
        message: `${name} cannot be ${show(error.data)}`,
        hint: suggest(String(error.data), allowed),
      };
    }
    case 'type':
      return wrongType(path, name, error, parent?.description);
    case 'pattern':
      return wrongText(path, name, error, parent?.description);
    case 'anyOf':
      return {
        path,
        at: 'value',
        message: `${name} cannot be ${show(error.data)}`,
        hint: `expected ${parent?.description ?? alternatives(error)}`,
      };
    default:
      return {
        path,
        at: 'value',
        message: `${name} ${error.message ?? 'is wrong'}, but is ${show(error.data)}`,
      };
  }
}

function wrongType(path: Path, name: string, error: ErrorObject, description: string | undefined): Problem {
  const wanted = String(error.schema);
  const article = /^[aeiou]/.test(wanted) ? 'an' : 'a';
  const problem = {
    path,
    at: 'value' as const,
    message: `${name} must be ${article} ${wanted}, not ${show(error.data)}`,
  };
  if (description?.startsWith('a duration') && typeof error.data === 'number') {
    return { ...problem, message: `${name} has no unit`, hint: `write ${error.data}s or ${error.data}ms` };
  }
  return description === undefined ? problem : { ...problem, hint: `expected ${description}` };
}

function wrongText(path: Path, name: string, error: ErrorObject, description: string | undefined): Problem {
  const text = String(error.data);
  const problem = { path, at: 'value' as const };
  if (description?.startsWith('a duration') && /^\d+(\.\d+)?$/.test(text)) {
    return { ...problem, message: `${name} has no unit`, hint: `write ${text}s or ${text}ms` };
  }
  const unit = /^\d+(?:\.\d+)? ?([a-zA-Z]+)$/.exec(text)?.[1];
  const near = unit === undefined ? null : nearest(unit.toLowerCase(), ['ms', 'us', 's', 'm', 'h']);
  const more = description?.startsWith('a duration') && near !== null ? `; units are us, ms, s, m, h` : '';
  return {
    ...problem,
    message: `${name} cannot be ${show(error.data)}`,
    hint: `expected ${description ?? `text that matches ${String(error.schema)}`}${more}`,
  };
}

function alternatives(error: ErrorObject): string {
  const types = (error.schema as { type?: string }[]).map((branch) => branch.type ?? 'something else');
  return [...new Set(types)].join(' or ');
}

function pathOf(error: ErrorObject): (string | number)[] {
  if (error.instancePath === '') return [];
  return error.instancePath
    .slice(1)
    .split('/')
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~')));
}

/** A value for a message: JSON, shortened. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
