/** What the service answers to a request, before an octet is sent. */
import type { Machine } from './config.ts';
import { find, metaData } from './tree.ts';
import type { Tokens } from './tokens.ts';

export interface Request {
  readonly method: string;
  /** With the query, as it was sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Headers of version 2 of EC2's service (EC2 user guide, "Use IMDS"). */
const TTL = 'x-aws-ec2-metadata-token-ttl-seconds';
const TOKEN = 'x-aws-ec2-metadata-token';

/** `latest`, and the days of two of EC2's versions that images ask for by name; all have the same content. */
const versions = ['2009-04-04', '2021-03-23', 'latest'];

const plain = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  body,
});

const one = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0];

/** A token for the machine; a request that came by way of a proxy gets none, so that nobody else's question does. */
const tokenAnswer = (machine: Machine, { method, headers }: Request, tokens: Tokens): Answer => {
  if (method !== 'PUT') return plain(405, 'a token is had by PUT\n', { allow: 'PUT' });
  if (headers['x-forwarded-for'] !== undefined) return plain(403, 'not by way of a proxy\n');
  const seconds = Number(one(headers[TTL]) ?? Number.NaN);
  const token = tokens.give(machine.stand, seconds);
  return token === undefined
    ? plain(400, `${TTL} must be a number of seconds from 1 to 21600\n`)
    : plain(200, token, { [TTL]: String(seconds) });
};

const content = (lab: string, machine: Machine, names: readonly string[]): string | undefined => {
  const [version, part, ...rest] = names;
  if (version === undefined) return versions.join('\n');
  if (!versions.includes(version)) return undefined;
  if (part === undefined) return machine.userData === undefined ? 'meta-data/' : 'meta-data/\nuser-data';
  if (part === 'meta-data') return find(metaData(lab, machine), rest);
  return part === 'user-data' && rest.length === 0 ? machine.userData : undefined;
};

/** The answer to a machine's request. */
export const answer = (lab: string, machine: Machine, request: Request, tokens: Tokens): Answer => {
  const { method, path, headers } = request;
  const names = (path.split('?', 1)[0] ?? '').split('/').filter((name) => name !== '');
  if (names.join('/') === 'latest/api/token') return tokenAnswer(machine, request, tokens);
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'only GET and HEAD here\n', { allow: 'GET, HEAD' });
  const token = one(headers[TOKEN]);
  if (token === undefined ? machine.tokens === 'required' : !tokens.valid(machine.stand, token))
    return plain(401, 'a valid token is needed: PUT /latest/api/token\n');
  const found = content(lab, machine, names);
  return found === undefined ? plain(404, 'not found\n') : plain(200, found);
};
