/**
 * Checks plain data against a JSON Schema and words what is wrong for people. The only file that knows ajv.
 * Of the branches of an `anyOf` only the one the author evidently meant is reported, chosen by JSON type.
 */
import { createRequire } from 'node:module';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { onFirstUse } from '../on-first-use.ts';
import { nearest, suggest } from '../registry.ts';
import { type Path, type Problem, renderPath } from './problem.ts';

const require = createRequire(import.meta.url);
const ajv = onFirstUse(() => require('ajv/dist/2020.js') as typeof import('ajv/dist/2020.js'));

/**
 * Strict mode would refuse annotations that exist for editors only; the schemas have tests of their own, which hold them
 * to the schema of schemas as well. Both that and faster code take longer than they save in a process that checks one
 * file.
 */
const OPTIONS = {
  ...{ allErrors: true, verbose: true, strict: false },
  ...{ meta: false, validateSchema: false, code: { optimize: false } },
} as const;

const compiled = new WeakMap<object, ValidateFunction>();

/** Everything that is wrong with a value, in document order of discovery; empty when it fits. */
export function validate(schema: object, value: unknown): Problem[] {
  let check = compiled.get(schema);
  if (check === undefined) {
    check = new (ajv().Ajv2020)(OPTIONS).compile(schema);
    compiled.set(schema, check);
  }
  if (check(value)) return [];
  // What is wrong with a name of a key is said of the key.
  const errors = (check.errors ?? []).filter(({ keyword }) => keyword !== 'propertyNames');
  const problems = reported(errors, schema).map((error) => worded(error, schema));
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const text = JSON.stringify(problem);
    return !seen.has(text) && seen.add(text);
  });
}

/** Leaves out branches of an `anyOf` that were not meant. */
function reported(errors: readonly ErrorObject[], root: object): ErrorObject[] {
  let left = [...errors];
  // Inner alternatives first: ajv lists children before the anyOf that failed.
  for (const any of errors.filter((error) => error.keyword === 'anyOf')) {
    if (!left.includes(any)) continue;
    const branches = branchesOf(any, left, root);
    const typed = branches.filter(
      (branch) =>
        branch.length > 0 &&
        !branch.some((error) => error.keyword === 'type' && error.instancePath === any.instancePath),
    );
    const meant = typed.sort((a, b) => a.length - b.length)[0];
    const dropped = new Set(branches.flat());
    if (meant !== undefined) dropped.add(any);
    left = left.filter((error) => !dropped.has(error) || (meant?.includes(error) ?? false));
  }
  return left;
}

/** The errors of each alternative of an `anyOf`: those about the same value or inside it, from its schema. */
function branchesOf(any: ErrorObject, errors: readonly ErrorObject[], root: object): ErrorObject[][] {
  const inside = errors.filter(
    (error) =>
      error !== any &&
      (error.instancePath === any.instancePath || error.instancePath.startsWith(`${any.instancePath}/`)),
  );
  return (any.schema as object[]).map((alternative) =>
    inside.filter((error) => contains(alternative, error.parentSchema, root)),
  );
}

/** True when a schema is, has somewhere inside, or refers to another, by identity. */
function contains(schema: unknown, wanted: unknown, root: object): boolean {
  if (schema === wanted) return true;
  if (typeof schema !== 'object' || schema === null) return false;
  const reference = (schema as { $ref?: unknown }).$ref;
  if (typeof reference === 'string') return contains(definition(root, reference), wanted, root);
  return Object.values(schema).some((part) => contains(part, wanted, root));
}

/** The schema that `#/$defs/name` refers to. The schemas here refer to nothing else, and never in a circle. */
function definition(root: object, reference: string): unknown {
  const definitions = (root as { $defs?: Record<string, unknown> }).$defs;
  return definitions?.[reference.replace('#/$defs/', '')];
}

function worded(error: ErrorObject, root: object): Problem {
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
        hint: insideOf(key, error, root) ?? suggest(key, known),
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
        hint: suggest(typeof error.data === 'string' ? error.data : show(error.data), allowed),
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

/** Where an unknown key would be known: in an object beside it that is given; null when in none. */
function insideOf(key: string, { parentSchema, data }: ErrorObject, root: object): string | null {
  const beside = Object.entries((parentSchema as { properties?: object }).properties ?? {});
  const home = beside.find(
    ([name, schema]) => Object.hasOwn(data as object, name) && keysOf(schema, root).includes(key),
  );
  if (home === undefined) return null;
  const [name, schema] = home;
  const given = (data as Record<string, unknown>)[name];
  return typeof given === 'string'
    ? `it belongs in ${name}, which is then { ${keysOf(schema, root).join(', ')} }`
    : `it belongs in ${name}: ${name}: { ..., ${key}: ... }`;
}

/** Keys of an object by its schema, in whichever of its alternatives it is one. */
function keysOf(schema: unknown, root: object): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { $ref, anyOf, properties } = schema as { $ref?: string; anyOf?: unknown[]; properties?: object };
  if ($ref !== undefined) return keysOf(definition(root, $ref), root);
  return [...Object.keys(properties ?? {}), ...(anyOf ?? []).flatMap((one) => keysOf(one, root))];
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
