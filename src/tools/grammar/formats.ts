// Formats of JSON Schema as grammars of a string's characters; those not here are left to validation.

const DIGIT_2 = "[0-9]{2}";
const MONTH_DAY =
  `("0" [13578] | "1" [02]) "-" ("0" [1-9] | [12] [0-9] | "3" [01]) | ` +
  `("0" [469] | "11") "-" ("0" [1-9] | [12] [0-9] | "30") | "02-" ("0" [1-9] | "1" [0-9] | "2" [0-8])`;
const FOURTHS = '"0" [48] | [2468] [048] | [13579] [26]';
const LEAP_YEAR = `${DIGIT_2} (${FOURTHS}) | ("00" | ${FOURTHS}) "00"`;
/** RFC 3339: every day that exists; without leap seconds. */
const DATE = `[0-9]{4} "-" (${MONTH_DAY}) | (${LEAP_YEAR}) "-02-29"`;
const TIME =
  `([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,6})? ` +
  `("Z" | [+\\-] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9])`;
const HEX = "[0-9a-fA-F]";
const OCTET = '("25" [0-5] | "2" [0-4] [0-9] | "1" [0-9] [0-9] | [1-9] [0-9] | [0-9])';
const LABEL = "[a-zA-Z0-9] ([a-zA-Z0-9\\-]{0,61} [a-zA-Z0-9])?";
const ATOM = "[a-zA-Z0-9_+\\-]{1,32}";
/** Unreserved characters and sub-delimiters of RFC 3986, and `%20`-like escapes. */
const URI_CHARACTER = `([a-zA-Z0-9\\-._~!$&'()*+,;=] | "%" ${HEX} ${HEX})`;

const DURATION_TIME =
  '"T" [0-9]{1,4} ("H" ([0-9]{1,4} "M" ([0-9]{1,4} "S")?)? | "M" ([0-9]{1,4} "S")? | "S")';

/** The rule's body by format; `@name` stands for the rule of another one. */
export const FORMATS: Readonly<Record<string, string>> = {
  date: DATE,
  time: TIME,
  "date-time": '@date "T" @time',
  duration:
    `"P" ([0-9]{1,4} "W" | ${DURATION_TIME} | ` +
    `[0-9]{1,4} ("Y" ([0-9]{1,4} "M" ([0-9]{1,4} "D")?)? | "M" ([0-9]{1,4} "D")? | "D") (${DURATION_TIME})?)`,
  uuid: `${HEX}{8} "-" ${HEX}{4} "-" ${HEX}{4} "-" ${HEX}{4} "-" ${HEX}{12}`,
  ipv4: `${OCTET} "." ${OCTET} "." ${OCTET} "." ${OCTET}`,
  "domain-label": LABEL,
  hostname: '@domain-label ("." @domain-label){0,3}',
  email: `${ATOM} ("." ${ATOM}){0,3} "@" @domain-label ("." @domain-label){1,3}`,
  "uri-character": URI_CHARACTER,
  "uri-path": '"/" (@uri-character | [:@/])*',
  "uri-rest": '("?" (@uri-character | [:@/?])*)? ("#" (@uri-character | [:@/?])*)?',
  uri:
    '[a-zA-Z] [a-zA-Z0-9+\\-.]{0,15} ":" ("//" [a-zA-Z0-9\\-._~]+ (":" [0-9]{1,5})? @uri-path? | ' +
    "@uri-character (@uri-character | [:@/])*) @uri-rest",
};

/** Formats that validation checks and the grammar only takes for strings. */
export const CHECKED_FORMATS = new Set([
  "ipv6",
  "uri-reference",
  "uri-template",
  "url",
  "json-pointer",
  "json-pointer-uri-fragment",
  "relative-json-pointer",
  "regex",
  "iso-time",
  "iso-date-time",
  "byte",
]);
