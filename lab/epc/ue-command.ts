/**
 * `ue on|off|detach|move CELL|status`: what a person inside a phone does with it. It asks the phone's process over the control
 * socket and says what happened; the exit code is 0 when it is what was asked for, else 1.
 */
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';

const SOCKET = '/run/epc/control.sock';
const USAGE = `Usage: ue on        switch the phone on: it attaches to the network
       ue off       switch it off
       ue detach    leave the network, and stay on
       ue move CELL hear another cell best, by the name or the address of its eNodeB: the network hands the phone over
       ue status    say where the phone stands
`;

type Answer = Readonly<Record<string, unknown>>;

const ask = async (request: object, socket: string): Promise<Answer> => {
  const connection = createConnection(socket);
  connection.end(`${JSON.stringify(request)}\n`);
  return JSON.parse(await text(connection)) as Answer;
};

const words = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A label and what stands behind it. */
const line = (label: string, value: unknown): string =>
  value === undefined ? '' : `  ${label.padEnd(9)}${words(value)}\n`;

const bearerLines = (bearer: Answer): string => {
  const dns = Array.isArray(bearer['dns']) && bearer['dns'].length > 0 ? bearer['dns'].join(', ') : undefined;
  const name = `EBI ${words(bearer['ebi'])}, QCI ${words(bearer['qci'])}, APN ${words(bearer['apn'])}`;
  return line('address', bearer['address']) + line('DNS', dns) + line('bearer', name);
};

const isAnswer = (value: unknown): value is Answer => typeof value === 'object' && value !== null;

const milliseconds = (value: unknown): string => (typeof value === 'number' ? `${Math.round(value)} ms` : 'no time');

const describeMove = ({ cell, already, milliseconds: passed }: Answer): string => {
  if (already === true) return `${words(cell)} serves the phone already\n`;
  return passed === undefined
    ? `the phone camps on ${words(cell)}\n`
    : `${words(cell)} serves the phone, after ${milliseconds(passed)} without a cell\n`;
};

/** What an answer says to a person. */
export const describeAnswer = (what: string, answer: Answer): string => {
  if (answer['ok'] !== true) return `${what}: ${words(answer['error'])}\n`;
  if (what === 'on')
    return (
      (answer['already'] === true ? 'attached already\n' : `attached in ${milliseconds(answer['milliseconds'])}\n`) +
      bearerLines(answer)
    );
  if (what === 'move') return describeMove(answer);
  if (what !== 'status')
    return answer['already'] === true
      ? `${what}: the phone was not attached\n`
      : `detached, ${words(answer['address'])} is gone\n`;
  const { bearer, refusal } = answer;
  return (
    `${words(answer['state'])}\n` +
    line('IMSI', answer['imsi']) +
    line(
      'radio',
      answer['enodeb'] === undefined ? answer['radio'] : `${words(answer['radio'])} to ${words(answer['enodeb'])}`,
    ) +
    (isAnswer(bearer) ? bearerLines(bearer) : '') +
    (isAnswer(refusal) ? line('refusal', refusal['error']) : '')
  );
};

const run = async (): Promise<number> => {
  const [what = '', ...rest] = process.argv.slice(2);
  const [cell] = what === 'move' ? rest.splice(0, 1) : [];
  const [socket = SOCKET] = rest;
  if (!['on', 'off', 'detach', 'move', 'status'].includes(what) || (what === 'move' && cell === undefined)) {
    process.stderr.write(USAGE);
    return 1;
  }
  try {
    const answer = await ask({ do: what, cell }, socket);
    (answer['ok'] === true ? process.stdout : process.stderr).write(describeAnswer(what, answer));
    return answer['ok'] === true ? 0 : 1;
  } catch (error) {
    const reason = error instanceof Error ? error.message : words(error);
    process.stderr.write(`the phone does not answer at ${socket}: ${reason}\n`);
    return 1;
  }
};

if (import.meta.main) process.exitCode = await run();
