/**
 * Cells full of phones: every cell is an eNodeB with a radio link of its own, and all have one core behind them. Each
 * phone is a node with a process of its own, about 45 MB. Parameters: phones (1 to 1000, 200 when left out; they are
 * dealt to the cells in turn), cells (1 to 16, 4 when left out), name.
 */
import { type GeneratedFile, type Parameters, nameOf, wholeNumber } from './parameters.ts';

/** Where the server is, beyond the PGW. */
const server = '203.0.113.2';
/** A tunnel adds 36 octets to a packet of 1500. */
const mtu = 1600;

export default (parameters: Parameters = {}): GeneratedFile => {
  const phones = wholeNumber(parameters, 'phones', { otherwise: 200, from: 1, to: 1000 });
  const cells = wholeNumber(parameters, 'cells', { otherwise: 4, from: 1, to: Math.min(16, phones) });
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
  /** The cell that a phone is in. */
  const cellOf = (phone: number): number => ((phone - 1) % cells) + 1;
  const core = ['mme', 'hss', 'sgw', 'pgw', 'ocs'];
  const node = (role: string, kind = 'host') => ({ kind, epc: { role } });
  return {
    name: nameOf(parameters, `cells-${phones}-${cells}`),
    title: `${phones} phones in ${cells} cells`,
    story: 'Everybody switches on at once: the MME, the HSS and the gateways serve many attaches side by side.',
    nodes: {
      ...Object.fromEntries(
        numbers(cells).flatMap((cell) => [
          [`air${cell}`, { kind: 'switch' }],
          [`enb${cell}`, node('enodeb')],
        ]),
      ),
      site: { kind: 'switch' },
      ...Object.fromEntries(core.map((role) => [role, node(role, role === 'pgw' ? 'gateway' : 'host')])),
      server: { kind: 'host' },
      ...Object.fromEntries(numbers(phones).map((phone) => [`phone${phone}`, node('ue')])),
    },
    links: [
      ...numbers(cells).map((cell): [string, string] => [`enb${cell}`, `air${cell}`]),
      ...[...numbers(cells).map((cell) => `enb${cell}`), ...core].map((name, index) => ({
        endpoints: [name, 'site'],
        mtu,
        ...(index === 0 ? { prefix4: '10.10.0.0/24' } : {}),
      })),
      { endpoints: ['pgw', 'server'], prefix4: '203.0.113.0/24' },
      ...numbers(phones).map((phone): [string, string] => [`phone${phone}`, `air${cellOf(phone)}`]),
    ],
    checks: numbers(cells).map((cell) => ({
      name: `a phone of cell ${cell} reaches the server`,
      from: `phone${cell}`,
      run: ['ping', '-c', '1', '-W', '1', server],
    })),
  };
};
