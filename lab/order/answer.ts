/** Answers as data: what the service decides about a request, before a byte is sent. */
import type { Mistake } from './order.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Id of the order the answer is about, for the log. */
  readonly order?: string | undefined;
}

/** A JSON document. */
export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body,
});

/** A problem (RFC 9457). With the type about:blank the title is the status phrase (4.2.1). */
export const problem = (
  status: number,
  title: string,
  detail: string,
  more: { headers?: Readonly<Record<string, string>>; errors?: readonly Mistake[] } = {},
): Answer => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...more.headers },
  body: {
    type: 'about:blank',
    title,
    status,
    detail,
    ...(more.errors === undefined ? {} : { errors: more.errors }),
  },
});
