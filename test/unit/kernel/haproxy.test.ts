/** The conversation with HAProxy against a server that answers as it does, and its statistics as they come. */
import { mkdtempSync, rmSync } from 'node:fs';
import { type Server, type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { RuntimeConversation, askHaproxy, checkStatus, readStatistics } from '../../../src/kernel/haproxy.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'xiyou-haproxy-'));
t.teardown(() => rmSync(directory, { recursive: true }));
let count = 0;

/** A socket where `answer` says what comes back for a line; undefined is silence. */
const listening = async (t: Test, answer: (line: string, socket: Socket) => string | undefined): Promise<string> => {
  count += 1;
  const file = path.join(directory, `${count}.sock`);
  const server: Server = createServer((socket) => {
    socket.setEncoding('utf8').on('error', () => undefined);
    socket.on('data', (piece: string) => {
      for (const line of piece.trim().split('\n')) {
        const text = answer(line, socket);
        if (text !== undefined) socket.write(text);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(file, resolve));
  t.teardown(() => server.close());
  return file;
};

void t.test('answers end with the prompt, in however many pieces they come', async (t) => {
  const file = await listening(t, (line, socket) => {
    if (line === 'prompt') return '\n> ';
    socket.write('Pid: 7\n> not yet');
    setImmediate(() => socket.write('\nStopping: 0\n\n> '));
    return undefined;
  });
  const conversation = await RuntimeConversation.open(file);
  t.equal(await conversation?.ask('show info'), 'Pid: 7\n> not yet\nStopping: 0');
  conversation?.close();
  t.same(await askHaproxy(file, ['show info']), ['Pid: 7\n> not yet\nStopping: 0']);
});

void t.test('nobody at the socket, and one who goes away in mid-answer', async (t) => {
  t.equal(await RuntimeConversation.open(path.join(directory, 'nobody')), undefined);
  const file = await listening(t, (line, socket) => {
    if (line === 'prompt') return '\n> ';
    socket.destroy();
    return undefined;
  });
  const conversation = await RuntimeConversation.open(file);
  t.equal(await conversation?.ask('show info'), undefined);
  await conversation?.end;
  t.equal(conversation?.closed, true);
  t.equal(await conversation?.ask('show info'), undefined, 'and it stays so');
  t.equal(await askHaproxy(file, ['show info']), undefined);
});

void t.test('one who hangs is given up', async (t) => {
  const file = await listening(t, (line) => (line === 'prompt' ? '\n> ' : undefined));
  const conversation = await RuntimeConversation.open(file);
  t.equal(await conversation?.ask('show stat'), undefined);
  t.equal(conversation?.closed, true);
});

void t.test('statistics: names of the columns, commas in quotes, the mark of a check under way', (t) => {
  const rows = readStatistics(
    '# pxname,svname,scur,last_chk,check_status,\nweb,a,3,"HTTP status, and ""more""",* L7OK,\nweb,b,,,L4CON,\n\n',
  );
  t.equal(rows.length, 2);
  t.match(rows[0], { pxname: 'web', svname: 'a', scur: '3', last_chk: 'HTTP status, and "more"' });
  t.match(rows[1], { svname: 'b', scur: '', last_chk: '', check_status: 'L4CON' });
  t.same(rows.map(checkStatus), ['L7OK', 'L4CON']);
  t.same(readStatistics(''), []);
  t.end();
});
