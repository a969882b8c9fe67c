import test from "ava";
import { findDuplicateKey } from "../../src/utils/duplicate-keys.js";

const finds = test.macro({
  exec: (t, json: string, key: string | null) => {
    JSON.parse(json);
    t.is(findDuplicateKey(json), key);
  },
  title: (_, json: string) => `duplicate key in ${json}`,
});

test(finds, '{"a":1,"b":2}', null);
test(finds, '{"a":1,"b":{"a":2},"c":[{"a":1},{"a":1}]}', null);
test(finds, '{"a":1,"b":2,"a" : 3}', "a");
test(finds, '{"x":{"a":[1,{"b":1,"b":2}]}}', "b");
test(finds, String.raw`{"a":1,"\u0061":2}`, "a");
test(finds, String.raw`{"a\"":"\\","a\\":"{\"a\":1,\"a\":2}"}`, null);
test(finds, '["a","a",{"a":"a"}]', null);
test(finds, '{"a":"b","b":["a","b"]}', null);
test(finds, '"a"', null);
test(finds, '{"__proto__":1,"__proto__":2}', "__proto__");
