/** The conversation with an FRR daemon against a server that answers as one does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { VtyConversation, askDaemon } from '../../../src/kernel/vty.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'xiyou-vty-'));
t.teardown(() => rmSync(directory, { recursive: true }));
let count = 0;

const answer = (text: string, code = 0): Buffer => Buffer.concat([Buffer.from(text), Buffer.from([0, 0, 0, code])]);

/** A socket where `answers` says what comes back for a command; undefined is silence. `enable` is granted. */
const listening = async (
  t: Test,
  answers: (command: string, socket: Socket) => Buffer | undefined,
): Promise<{ file: string; heard: string[] }> => {
  count += 1;
  const file = path.join(directory, `${count}.vty`);
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (piece: Buffer) => {
      for (const command of piece.toString().split('\0').slice(0, -1)) {
        heard.push(command);
        const bytes = command === 'enable' ? answer('') : answers(command, socket);
        if (bytes !== undefined) socket.write(bytes);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(file, resolve));
  t.teardown(() => server.close());
  return { file, heard };
};

void t.test('many commands in one conversation, answers in however many pieces they come', async (t) => {
  const { file, heard } = await listening(t, (command, socket) => {
    if (command !== 'long') return answer(`so ${command}`);
    const whole = answer('{"a":1}');
    socket.write(whole.subarray(0, 9));
    setImmediate(() => socket.write(whole.subarray(9)));
    return undefined;
  });
  const conversation = await VtyConversation.open(file);
  t.equal(await conversation?.ask('one'), 'so one');
  t.equal(await conversation?.ask('long'), '{"a":1}');
  t.equal(await conversation?.ask('two'), 'so two');
  conversation?.close();
  t.same(heard, ['enable', 'one', 'long', 'two']);
  t.equal(await askDaemon(file, 'three'), 'so three');
});

void t.test('what is refused is no answer, and the conversation goes on', async (t) => {
  const { file } = await listening(t, (command) => answer(command, command === 'bad' ? 2 : 0));
  const conversation = await VtyConversation.open(file);
  t.equal(await conversation?.ask('bad'), undefined);
  t.equal(await conversation?.ask('good'), 'good');
  conversation?.close();
  t.equal(await askDaemon(file, 'bad'), undefined);
});

void t.test('nobody at the socket, one who goes away, and one who hangs', async (t) => {
  t.equal(await VtyConversation.open(path.join(directory, 'nobody')), undefined);
  const { file } = await listening(t, (command, socket) => {
    if (command === 'die') socket.destroy();
    return undefined;
  });
  const conversation = await VtyConversation.open(file);
  t.equal(await conversation?.ask('die'), undefined);
  await conversation?.end;
  t.equal(conversation?.closed, true);
  t.equal(await conversation?.ask('anything'), undefined, 'and it stays so');
  const hanging = await VtyConversation.open(file, 20);
  t.equal(await hanging?.ask('wait'), undefined);
  t.equal(hanging?.closed, true);
  t.equal(await askDaemon(file, 'wait', 20), undefined);
});
