/** What a message says, in words: its name, the NAS messages inside it, and the few details that a reader looks for. */

/** A NAS message inside another message; one that is in an ESM container follows the one that holds it. */
export interface SaidNas {
  /** `Attach request`, as TS 24.301 writes it. */
  readonly name: string;
  /** The message type (TS 24.301, 9.8); undefined for a service request, which has none, and for what is ciphered. */
  readonly type?: number | undefined;
  readonly details: readonly string[];
  /** Why it was not read further: it is ciphered, or it makes no sense. */
  readonly problem?: string | undefined;
}

export interface Said {
  /** The name of the specification: `InitialUEMessage`, `Create Session Request`, `Credit-Control-Request`. */
  readonly name: string;
  /** S1AP procedure, GTPv2 or GTP-U message type, Diameter command. */
  readonly code?: number | undefined;
  /** `ULR`, for Diameter. */
  readonly abbreviation?: string | undefined;
  readonly details: readonly string[];
  /** What of it could not be decoded. */
  readonly problem?: string | undefined;
}

/** 32 bits as people compare them: `0x00030001` is `0x30001`. */
export const hex = (value: number): string => `0x${value.toString(16)}`;

/** An amount of octets with a unit that keeps it short: `10 MB`, `1.5 kB`. */
export const octetsText = (octets: number | bigint): string => {
  const units = ['octets', 'kB', 'MB', 'GB', 'TB'];
  let value = Number(octets);
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${unit === 0 ? value : Number(value.toFixed(value < 10 ? 1 : 0))} ${units[unit] ?? ''}`;
};

/** The object in a value that came out of a codec whose type is not known here. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !Array.isArray(value);

/** A number out of a decoded message, or 0: codecs have checked it. */
export const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** Text out of a number or a string of a decoded message; nothing for anything else. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';

/** The message of an error. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** An access point name without the operator's part (TS 23.003, 9.1), which is the same for all. */
export const apnText = (value: unknown): string => `APN ${textOf(value).replace(/\.mnc\d{3}\.mcc\d{3}\.gprs$/u, '')}`;
