/** An HTTP request by curl(1) in a node, and what its answer says. */
import type { HttpStatement } from '../topology/check.ts';
import type { Answer } from './result.ts';

/** Between the body and what curl adds about it; RS (ASCII 30) does not come in text. */
const mark = '\u001E';

/** The request; `authority` is the certificate authority of the lab, where the node has it. */
export const curlArgv = (
  { url, method, headers, data }: HttpStatement,
  { patience, authority }: { readonly patience: number; readonly authority?: string | undefined },
): readonly string[] => [
  'curl',
  '--silent',
  '--show-error',
  // Brackets and braces in a URL are no pattern of curl's here.
  '--globoff',
  '--max-time',
  `${patience / 1000}`,
  ...(authority === undefined ? [] : ['--cacert', authority]),
  ...(method === undefined ? [] : ['--request', method]),
  ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
  ...(data === undefined ? [] : ['--data-raw', data]),
  '--write-out',
  `${mark}%{http_code} %{time_total}`,
  url,
];

const shorten = (text: string): string => (text.length > 200 ? `${text.slice(0, 199)}…` : text);

export const httpAnswer = (
  { status, body }: HttpStatement,
  result: { readonly stdout: string; readonly stderr: string; readonly exitCode: number },
): Answer => {
  const end = result.stdout.lastIndexOf(mark);
  const text = result.stdout.slice(0, Math.max(0, end));
  const [code = '', seconds = ''] = result.stdout.slice(end + 1).split(' ');
  if (result.exitCode !== 0 || end < 0) {
    const why = result.stderr.trim().replace(/^curl: \(\d+\) /u, '');
    return { ok: false, seen: why === '' ? `curl ended with exit code ${result.exitCode}` : why };
  }
  const good = Number(code) === status && (body === undefined || text.includes(body));
  const shown = body === undefined && good ? '' : `, body ${JSON.stringify(shorten(text))}`;
  return { ok: good, seen: `status ${code}${shown}`, took: Number(seconds) * 1000 };
};

export const httpExpected = ({ status, body }: HttpStatement): string =>
  `status ${status}${body === undefined ? '' : ` and ${JSON.stringify(body)} in the body`}`;
