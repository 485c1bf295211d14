/**
 * The types of GTPv2 messages (3GPP TS 29.274, table 6.1-1), and which message answers which: a request is sent again
 * until one of its answers comes (7.6).
 */

export const messageType = {
  'Echo Request': 1,
  'Echo Response': 2,
  'Version Not Supported Indication': 3,
  'SRVCC PS to CS Request': 25,
  'SRVCC PS to CS Response': 26,
  'SRVCC PS to CS Complete Notification': 27,
  'SRVCC PS to CS Complete Acknowledge': 28,
  'SRVCC PS to CS Cancel Notification': 29,
  'SRVCC PS to CS Cancel Acknowledge': 30,
  'SRVCC CS to PS Request': 31,
  'Create Session Request': 32,
  'Create Session Response': 33,
  'Modify Bearer Request': 34,
  'Modify Bearer Response': 35,
  'Delete Session Request': 36,
  'Delete Session Response': 37,
  'Change Notification Request': 38,
  'Change Notification Response': 39,
  'Remote UE Report Notification': 40,
  'Remote UE Report Acknowledge': 41,
  'Modify Bearer Command': 64,
  'Modify Bearer Failure Indication': 65,
  'Delete Bearer Command': 66,
  'Delete Bearer Failure Indication': 67,
  'Bearer Resource Command': 68,
  'Bearer Resource Failure Indication': 69,
  'Downlink Data Notification Failure Indication': 70,
  'Trace Session Activation': 71,
  'Trace Session Deactivation': 72,
  'Stop Paging Indication': 73,
  'Create Bearer Request': 95,
  'Create Bearer Response': 96,
  'Update Bearer Request': 97,
  'Update Bearer Response': 98,
  'Delete Bearer Request': 99,
  'Delete Bearer Response': 100,
  'Delete PDN Connection Set Request': 101,
  'Delete PDN Connection Set Response': 102,
  'PGW Downlink Triggering Notification': 103,
  'PGW Downlink Triggering Acknowledge': 104,
  'Identification Request': 128,
  'Identification Response': 129,
  'Context Request': 130,
  'Context Response': 131,
  'Context Acknowledge': 132,
  'Forward Relocation Request': 133,
  'Forward Relocation Response': 134,
  'Forward Relocation Complete Notification': 135,
  'Forward Relocation Complete Acknowledge': 136,
  'Forward Access Context Notification': 137,
  'Forward Access Context Acknowledge': 138,
  'Relocation Cancel Request': 139,
  'Relocation Cancel Response': 140,
  'Configuration Transfer Tunnel': 141,
  'Detach Notification': 149,
  'Detach Acknowledge': 150,
  'CS Paging Indication': 151,
  'RAN Information Relay': 152,
  'Alert MME Notification': 153,
  'Alert MME Acknowledge': 154,
  'UE Activity Notification': 155,
  'UE Activity Acknowledge': 156,
  'ISR Status Indication': 157,
  'UE Registration Query Request': 158,
  'UE Registration Query Response': 159,
  'Create Forwarding Tunnel Request': 160,
  'Create Forwarding Tunnel Response': 161,
  'Suspend Notification': 162,
  'Suspend Acknowledge': 163,
  'Resume Notification': 164,
  'Resume Acknowledge': 165,
  'Create Indirect Data Forwarding Tunnel Request': 166,
  'Create Indirect Data Forwarding Tunnel Response': 167,
  'Delete Indirect Data Forwarding Tunnel Request': 168,
  'Delete Indirect Data Forwarding Tunnel Response': 169,
  'Release Access Bearers Request': 170,
  'Release Access Bearers Response': 171,
  'Downlink Data Notification': 176,
  'Downlink Data Notification Acknowledge': 177,
  'PGW Restart Notification': 179,
  'PGW Restart Notification Acknowledge': 180,
  'Update PDN Connection Set Request': 200,
  'Update PDN Connection Set Response': 201,
  'Modify Access Bearers Request': 211,
  'Modify Access Bearers Response': 212,
  'MBMS Session Start Request': 231,
  'MBMS Session Start Response': 232,
  'MBMS Session Update Request': 233,
  'MBMS Session Update Response': 234,
  'MBMS Session Stop Request': 235,
  'MBMS Session Stop Response': 236,
  'SRVCC CS to PS Response': 240,
  'SRVCC CS to PS Complete Notification': 241,
  'SRVCC CS to PS Complete Acknowledge': 242,
  'SRVCC CS to PS Cancel Notification': 243,
  'SRVCC CS to PS Cancel Acknowledge': 244,
} as const;

export type MessageName = keyof typeof messageType;

const types = new Map<string, number>(Object.entries(messageType));
const names = new Map<number, string>(Object.entries(messageType).map(([name, type]) => [type, name]));

/** The name of a type, `message type 250` for one that has none. */
export const messageName = (type: number): string => names.get(type) ?? `message type ${type}`;

/** What the names do not tell: the request of the gateway that a command leads to answers the command (7.2.5 ff.). */
const triggered: Readonly<Record<number, readonly number[]>> = {
  [messageType['Modify Bearer Command']]: [messageType['Update Bearer Request']],
  [messageType['Delete Bearer Command']]: [messageType['Delete Bearer Request']],
  [messageType['Bearer Resource Command']]: [
    messageType['Create Bearer Request'],
    messageType['Update Bearer Request'],
    messageType['Delete Bearer Request'],
  ],
};

/** "X Request" is answered by "X Response", "X Notification" by "X Acknowledge", "X Command" by its failure. */
const namedAnswers = (name: string): number[] => {
  const [, stem, kind] = /^(.+) (Request|Notification|Command)$/u.exec(name) ?? [];
  const candidates: Readonly<Record<string, readonly string[]>> = {
    Request: [`${stem} Response`],
    Notification: [`${stem} Acknowledge`, `${name} Acknowledge`],
    Command: [`${stem} Failure Indication`],
  };
  return (candidates[kind ?? ''] ?? []).flatMap((candidate) => types.get(candidate) ?? []);
};

const answers = new Map<number, readonly number[]>(
  Object.entries(messageType)
    .map(([name, type]) => [type, [...namedAnswers(name), ...(triggered[type] ?? [])]] as const)
    .filter(([, list]) => list.length > 0),
);
const commands = new Set(Object.keys(triggered).map(Number));

/** The types that answer a message of this type, the usual one first; empty when it is no request. */
export const answersTo = (type: number): readonly number[] => answers.get(type) ?? [];

/** Whether a message of this type wants an answer. */
export const isRequest = (type: number): boolean => answers.has(type);

const allAnswers = new Set([...answers.values()].flat());

/** Whether a message of this type may answer another. */
export const isAnswer = (type: number): boolean => allAnswers.has(type);

/** Whether the standard has this type. */
export const isKnown = (type: number): boolean => names.has(type);

/** Commands have the sequence numbers with the highest bit set, and lend them to what they trigger (5.5.1 and 7.6). */
export const isCommand = (type: number): boolean => commands.has(type);
