/**
 * How a request went. Result-Code has the values of RFC 6733, 7.1 and of the applications that the IETF made (credit
 * control: RFC 8506, 9); 3GPP's own come as an Experimental-Result with the vendor beside them (TS 29.272, 7.4). The
 * thousands tell the class: 2 success, 3 a protocol error (the answer has the E bit), 4 try again later, 5 never.
 */

export const results = {
  DIAMETER_MULTI_ROUND_AUTH: 1001,
  DIAMETER_SUCCESS: 2001,
  DIAMETER_LIMITED_SUCCESS: 2002,
  DIAMETER_COMMAND_UNSUPPORTED: 3001,
  DIAMETER_UNABLE_TO_DELIVER: 3002,
  DIAMETER_REALM_NOT_SERVED: 3003,
  DIAMETER_TOO_BUSY: 3004,
  DIAMETER_LOOP_DETECTED: 3005,
  DIAMETER_REDIRECT_INDICATION: 3006,
  DIAMETER_APPLICATION_UNSUPPORTED: 3007,
  DIAMETER_INVALID_HDR_BITS: 3008,
  DIAMETER_INVALID_AVP_BITS: 3009,
  DIAMETER_UNKNOWN_PEER: 3010,
  DIAMETER_AUTHENTICATION_REJECTED: 4001,
  DIAMETER_OUT_OF_SPACE: 4002,
  ELECTION_LOST: 4003,
  DIAMETER_END_USER_SERVICE_DENIED: 4010,
  DIAMETER_CREDIT_CONTROL_NOT_APPLICABLE: 4011,
  DIAMETER_CREDIT_LIMIT_REACHED: 4012,
  DIAMETER_AVP_UNSUPPORTED: 5001,
  DIAMETER_UNKNOWN_SESSION_ID: 5002,
  DIAMETER_AUTHORIZATION_REJECTED: 5003,
  DIAMETER_INVALID_AVP_VALUE: 5004,
  DIAMETER_MISSING_AVP: 5005,
  DIAMETER_RESOURCES_EXCEEDED: 5006,
  DIAMETER_CONTRADICTING_AVPS: 5007,
  DIAMETER_AVP_NOT_ALLOWED: 5008,
  DIAMETER_AVP_OCCURS_TOO_MANY_TIMES: 5009,
  DIAMETER_NO_COMMON_APPLICATION: 5010,
  DIAMETER_UNSUPPORTED_VERSION: 5011,
  DIAMETER_UNABLE_TO_COMPLY: 5012,
  DIAMETER_INVALID_BIT_IN_HEADER: 5013,
  DIAMETER_INVALID_AVP_LENGTH: 5014,
  DIAMETER_INVALID_MESSAGE_LENGTH: 5015,
  DIAMETER_INVALID_AVP_BIT_COMBO: 5016,
  DIAMETER_NO_COMMON_SECURITY: 5017,
  DIAMETER_USER_UNKNOWN: 5030,
  DIAMETER_RATING_FAILED: 5031,
} as const;

/** Values of Experimental-Result-Code with 3GPP's vendor number (TS 29.272, 7.4). */
export const experimentalResults = {
  DIAMETER_AUTHENTICATION_DATA_UNAVAILABLE: 4181,
  DIAMETER_ERROR_CAMEL_SUBSCRIPTION_PRESENT: 4182,
  DIAMETER_ERROR_USER_UNKNOWN: 5001,
  DIAMETER_ERROR_ROAMING_NOT_ALLOWED: 5004,
  DIAMETER_ERROR_UNKNOWN_EPS_SUBSCRIPTION: 5420,
  DIAMETER_ERROR_RAT_NOT_ALLOWED: 5421,
  DIAMETER_ERROR_EQUIPMENT_UNKNOWN: 5422,
  DIAMETER_ERROR_UNKNOWN_SERVING_NODE: 5423,
} as const;

const names = new Map<number, string>(Object.entries(results).map(([name, code]) => [code, name]));
const experimentalNames = new Map<number, string>(
  Object.entries(experimentalResults).map(([name, code]) => [code, name]),
);

/** How a request went; `vendor` 0 is the IETF, 10415 is 3GPP. */
export interface Result {
  readonly code: number;
  readonly vendor: number;
}

/** The name of a result with its number, for messages to people. */
export const resultName = ({ code, vendor }: Result): string => {
  const name = (vendor === 0 ? names : experimentalNames).get(code);
  return name === undefined ? `result ${code} of vendor ${vendor}` : `${name} (${code})`;
};

/** Whether the request was fulfilled. */
export const isSuccess = ({ code }: Result): boolean => code >= 2000 && code < 3000;

/** Whether an answer with this result has the E bit (RFC 6733, 7.1.3). */
export const isProtocolError = ({ code, vendor }: Result): boolean => vendor === 0 && code >= 3000 && code < 4000;
