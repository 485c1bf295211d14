/** Checks in words: what is expected, and what a person types to ask the same. */
import { type Check, type CheckEvent, type Packet, type Statement, goodState } from '../topology/check.ts';
import { curlArgv, httpExpected } from './http.ts';
import { neighbourQuestions } from './neighbours.ts';
import { pingArgv } from './packets.ts';
import { milliseconds } from './result.ts';
import { asPathCommand } from './tables.ts';

const enumerated = (names: readonly (string | number)[]): string => names.join(', ');

const packetText = ({ to, protocol, port }: Packet): string => {
  const target = to.name === to.address ? to.address : `${to.name} (${to.address})`;
  return protocol === 'icmp' ? `ICMP echo to ${target}` : `${protocol.toUpperCase()} to ${target} port ${port ?? 0}`;
};

const courseText = ({
  passes,
  avoids,
}: {
  readonly passes: readonly string[];
  readonly avoids: readonly string[];
}): string =>
  [
    ...(passes.length === 0 ? [] : [`by ${enumerated(passes)}`]),
    ...(avoids.length === 0 ? [] : [`not by ${enumerated(avoids)}`]),
  ].join(', ');

const statementText = (statement: Statement): string => {
  switch (statement.statement) {
    case 'command':
      return `exit code ${statement.exit}${statement.expect === undefined ? '' : ` and "${statement.expect}" in the output`}`;
    case 'reach':
      return statement.is;
    case 'path': {
      const there = courseText(statement);
      const back = courseText(statement.back);
      return [...(there === '' ? [] : [there]), ...(back === '' ? [] : [`back ${back}`])].join('; ');
    }
    case 'route': {
      const { prefix, present, protocol, nextHop } = statement;
      const how = `${protocol === undefined ? '' : ` by ${protocol}`}${nextHop === undefined ? '' : ` via ${nextHop}`}`;
      return `${present ? 'a' : 'no'} route to ${prefix}${how}`;
    }
    case 'as-path': {
      const { path, avoids } = statement;
      const whole =
        path === undefined ? [] : [path.length === 0 ? 'a path of the own system' : `AS path ${path.join(' ')}`];
      const without =
        avoids.length === 0 ? [] : [`${whole.length === 0 ? 'an AS path ' : ''}without ${enumerated(avoids)}`];
      return [...whole, ...without].join(', ');
    }
    case 'state': {
      const { neighbors, state, count, protocol } = statement;
      const who = neighbors.length === 0 ? (count === undefined ? 'all neighbours' : '') : enumerated(neighbors);
      const number =
        count === undefined ? '' : `${count} ${count === 1 ? 'neighbour' : 'neighbours'} ${goodState[protocol]}`;
      return [...(who === '' ? [] : [`${who} ${state}`]), ...(number === '' ? [] : [number])].join('; ');
    }
    case 'http':
      return httpExpected(statement);
  }
};

/** What must be seen. */
export const expectedOf = (check: Check): string =>
  `${statementText(check)}${check.atMost === undefined ? '' : `, in at most ${milliseconds(check.atMost)}`}`;

const vtysh = (command: string): string => `vtysh -c "${command}"`;

/** Milliseconds that the words name where a try takes its time from the deadline. */
const usualPatience = 1000;

/** What is done in the node. */
export const askedOf = (statement: Statement): string => {
  switch (statement.statement) {
    case 'command':
      return statement.run.join(' ');
    case 'reach':
      return statement.packet.protocol === 'icmp'
        ? pingArgv(statement.packet, usualPatience).join(' ')
        : packetText(statement.packet);
    case 'path':
      return 'run' in statement.follow
        ? `trace of ${statement.follow.run.join(' ')}`
        : `trace of one ${packetText(statement.follow)}`;
    case 'route':
      return `ip ${statement.prefix.includes(':') ? '-6 ' : ''}route show ${statement.prefix}`;
    case 'as-path':
      return vtysh(asPathCommand(statement).replace(/ json$/u, ''));
    case 'state':
      return vtysh(neighbourQuestions[statement.protocol].command.replace(/ json$/u, ''));
    case 'http':
      return `${curlArgv(statement, { patience: usualPatience })[0] ?? ''} ${statement.method ?? (statement.data === undefined ? 'GET' : 'POST')} ${statement.url}`;
  }
};

/** What happened to the lab. */
export const eventText = (event: CheckEvent): string => {
  switch (event.event) {
    case 'link':
      return `link ${event.link.join(' - ')} ${event.is}`;
    case 'node':
      return `${event.asn === undefined ? `node ${enumerated(event.nodes)}` : `AS ${event.asn} (${enumerated(event.nodes)})`} ${event.is}`;
    case 'bgp':
      return `BGP session ${event.bgp.join(' - ')} ${event.is}`;
  }
};
