/**
 * The lab's own certificate authority: a root made once per lab, and a key with a certificate for each service that
 * asks for one. Files of nodes name them by placeholders: `@pki/ca.crt`, `@pki/<names>/cert.pem`, `@pki/<names>/key.pem`,
 * where the names the certificate is for are separated by commas.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { onceAtATime } from './once.ts';
import type { LabPaths } from './paths.ts';
import { runHere } from './run.ts';

const days = '825';
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const;

const makeRoot = async (directory: string): Promise<void> => {
  if (existsSync(path.join(directory, 'ca.crt'))) return;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  await runHere([
    ...['openssl', 'req', '-x509', ...newKey, '-days', days, '-subj', '/O=Xiyou/CN=Xiyou lab CA'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ...['-keyout', path.join(directory, 'ca.key'), '-out', path.join(directory, 'ca.crt')],
  ]);
};

const makeLeaf = async (directory: string, names: string): Promise<void> => {
  const own = path.join(directory, names);
  const all = names.split(',');
  if (existsSync(path.join(own, 'cert.pem'))) return;
  mkdirSync(own, { recursive: true, mode: 0o700 });
  await runHere([
    ...['openssl', 'req', '-x509', '-CA', path.join(directory, 'ca.crt'), '-CAkey', path.join(directory, 'ca.key')],
    ...[
      ...newKey,
      '-days',
      days,
      '-subj',
      `/O=Xiyou/CN=${all[0]}`,
      '-addext',
      `subjectAltName=${all.map((name) => `DNS:${name}`).join(',')}`,
    ],
    ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'extendedKeyUsage=serverAuth'],
    ...['-keyout', path.join(own, 'key.pem'), '-out', path.join(own, 'cert.pem')],
  ]);
};

const placeholder = /^@pki\/(?:(ca\.crt)|([a-z0-9.,-]+)\/((?:cert|key)\.pem))$/u;

/** Whether the content of a file is made by the lab's certificate authority. */
export const isPkiContent = (content: string): boolean => placeholder.test(content);

/** The certificate or key that a placeholder stands for; made when it is not there yet. */
export const pkiContent = async (paths: LabPaths, content: string): Promise<string> => {
  const match = placeholder.exec(content);
  if (match === null) return content;
  await onceAtATime(paths.pki, () => makeRoot(paths.pki));
  const [, root, names, file] = match;
  if (root !== undefined || names === undefined || file === undefined)
    return readFileSync(path.join(paths.pki, 'ca.crt'), 'utf8');
  await onceAtATime(`${paths.pki}/${names}`, () => makeLeaf(paths.pki, names));
  return readFileSync(path.join(paths.pki, names, file), 'utf8');
};
