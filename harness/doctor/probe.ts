/**
 * What a probe of this machine is, and how one is run: under a deadline, and without ever throwing, so that one
 * odd machine cannot keep the rest of the answers from being told.
 */
import { within } from '../time.ts';

/** Leftovers of a run whose harness ended without cleaning up. */
export interface Leftover {
  /** Run folder. */
  run: string;
  /** What is still there: `3 processes running`. */
  detail: string;
}

/** What probes may use. */
export interface ProbeContext {
  /** Folder in which runs are stored, whether it exists or not: its disk is looked at. */
  dir: string;
  /** Finds what earlier runs left behind; the ledger's business, not the doctor's. */
  leftovers?: () => Promise<readonly Leftover[]>;
}

/** What a probe saw. */
export interface Finding {
  ok: boolean;
  /** One clause: a version, a path, or what went wrong. */
  detail: string;
  /** A command that mends it, where one is known. */
  fix?: string;
}

/** One thing that may or may not work here. */
export interface Probe {
  name: string;
  /** What is lost where it does not work; one clause. */
  costs: string;
  /** Nothing works without it. */
  required?: boolean;
  timeoutMs: number;
  run(context: ProbeContext): Promise<Finding>;
}

/** A finding with its probe's words; plain data. */
export interface ProbeResult extends Finding {
  name: string;
  costs: string;
  required: boolean;
  /** Wall time of the probe, milliseconds. */
  tookMs: number;
}

/** Runs one probe; a failure or a deadline of the probe itself is a finding like any other. */
export async function runProbe(
  probe: Probe,
  context: ProbeContext,
  nowMs: () => number,
): Promise<ProbeResult> {
  const began = nowMs();
  let finding: Finding;
  try {
    finding = await within(probe.timeoutMs, `the probe "${probe.name}"`, probe.run(context));
  } catch (error) {
    finding = { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
  const { name, costs, required = false } = probe;
  return { name, ...finding, costs, required, tookMs: Math.round(nowMs() - began) };
}
