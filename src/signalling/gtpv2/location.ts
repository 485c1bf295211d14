/**
 * User Location Information (3GPP TS 29.274, 8.21): an octet of flags, then a place for each, in the order below. In
 * LTE a phone is in a tracking area (TAI) and in a cell (ECGI).
 */
import { u16, u32 } from '../../packet/octets.ts';
import { decodePlmn, encodePlmn, type Plmn } from '../identity.ts';
import { bigEndian } from '../octets.ts';
import { type Cursor, define, sensible } from './element.ts';

/** A tracking area. */
export interface Tai {
  readonly plmn: Plmn;
  /** 16 bits. */
  readonly tac: number;
}

/** A cell of E-UTRAN. */
export interface Ecgi {
  readonly plmn: Plmn;
  /** 28 bits: of a macro eNodeB 20 for its identity and 8 for the cell. */
  readonly eci: number;
}

/** A location area of the older radio networks. */
export interface Lai {
  readonly plmn: Plmn;
  readonly lac: number;
}

/** A cell (CGI), a service area (SAI) or a routing area (RAI): a location area and 16 bits more. */
export interface Area extends Lai {
  readonly code: number;
}

/** The identity of an eNodeB: 20 bits, or 21 with the extended form's flag above them (kept as they are). */
export interface EnodebId {
  readonly plmn: Plmn;
  readonly id: number;
}

export interface UserLocation {
  readonly cgi?: Area;
  readonly sai?: Area;
  readonly rai?: Area;
  readonly tai?: Tai;
  readonly ecgi?: Ecgi;
  readonly lai?: Lai;
  readonly macroEnodeb?: EnodebId;
  readonly extendedMacroEnodeb?: EnodebId;
}

const readPlmn = (cursor: Cursor): Plmn => sensible(decodePlmn(cursor.take(3)), 'digits that are no PLMN');
const readArea = (cursor: Cursor): Area => {
  const plmn = readPlmn(cursor);
  const rest = cursor.take(4);
  return { plmn, lac: u16(rest, 0), code: u16(rest, 2) };
};
const readEnodeb = (cursor: Cursor): EnodebId => ({ plmn: readPlmn(cursor), id: cursor.number(3) });
const writeArea = ({ plmn, lac, code }: Area): readonly Uint8Array[] => [
  encodePlmn(plmn),
  bigEndian(lac, 2),
  bigEndian(code, 2),
];
const writeEnodeb = ({ plmn, id }: EnodebId): readonly Uint8Array[] => [encodePlmn(plmn), bigEndian(id, 3)];

const read = (cursor: Cursor): UserLocation => {
  const flags = cursor.number(1);
  const has = (bit: number): boolean => (flags & (1 << bit)) !== 0;
  // The initialisers run in the order in which the parts stand.
  return {
    ...(has(0) && { cgi: readArea(cursor) }),
    ...(has(1) && { sai: readArea(cursor) }),
    ...(has(2) && { rai: readArea(cursor) }),
    ...(has(3) && { tai: { plmn: readPlmn(cursor), tac: cursor.number(2) } }),
    ...(has(4) && { ecgi: { plmn: readPlmn(cursor), eci: u32(cursor.take(4), 0) & 0xfff_ffff } }),
    ...(has(5) && { lai: { plmn: readPlmn(cursor), lac: cursor.number(2) } }),
    ...(has(6) && { macroEnodeb: readEnodeb(cursor) }),
    ...(has(7) && { extendedMacroEnodeb: readEnodeb(cursor) }),
  };
};

const write = (location: UserLocation): readonly Uint8Array[] => {
  const { cgi, sai, rai, tai, ecgi, lai, macroEnodeb, extendedMacroEnodeb } = location;
  const parts: readonly (readonly Uint8Array[] | undefined)[] = [
    cgi && writeArea(cgi),
    sai && writeArea(sai),
    rai && writeArea(rai),
    tai && [encodePlmn(tai.plmn), bigEndian(tai.tac, 2)],
    ecgi && [encodePlmn(ecgi.plmn), bigEndian(ecgi.eci & 0xfff_ffff, 4)],
    lai && [encodePlmn(lai.plmn), bigEndian(lai.lac, 2)],
    macroEnodeb && writeEnodeb(macroEnodeb),
    extendedMacroEnodeb && writeEnodeb(extendedMacroEnodeb),
  ];
  const flags = parts.reduce((sum, part, bit) => (part === undefined ? sum : sum | (1 << bit)), 0);
  return [Uint8Array.of(flags), ...parts.flatMap((part) => part ?? [])];
};

export const userLocation = define<UserLocation>(86, read, write);
