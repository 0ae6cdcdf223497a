/**
 * What a generator is. Replaced as a whole by the generator library; kept small here so that others compile.
 */
export interface Generator {
  readonly kind: string;
}
