import test from 'ava';
import {isSyncError} from '../../../runtime/base/errors.ts';
import {parseTask} from '../../../runtime/spec/parse.ts';
import {transformSpec} from '../../../runtime/spec/transforms.ts';
import {transformSteps, type Step} from '../../../runtime/spec/transformSteps.ts';
import {taskWith} from '../../support/taskInput.ts';

const tableKeys = ['objects', 0, 'tables', 0];

/** `code place: cause` of every finding about transforms, and the way out. */
function findings(transforms: unknown[]): [found: string, fix: string][] {
  return parseTask(taskWith([...tableKeys, 'transforms'], transforms)).findings.map(found => [
    `${found.code} ${found.where!.replace('objects[0].tables[0].', '')}: ${found.cause}`,
    found.fix,
  ]);
}

const wrongScripts: [script: string, cause: RegExp, fix: RegExp][] = [
  ['e_set(`a`, str_lowr(`a`))', /SYNC1106 .*Character 19 calls str_lowr/, /Write str_lower/],
  ['e_sett(`a`, 1)', /SYNC1106 .*Character 8 calls e_sett/, /Write e_set/],
  ['e_set(a, 1)', /SYNC1101 .*character 14, near "a, 1\)": a column in backquotes/, /grammar/],
  ['e_set(`a` 1)', /SYNC1101 .*character 18, .*a comma is missing/, /grammar/],
  ['e_set(`a`, 1', /SYNC1101 .*a \) is missing/, /grammar/],
  ['e_drop() e_drop()', /SYNC1101 .*character 17, .*e_compose/, /grammar/],
  ['e_if(op_gt(`a`, 1))', /SYNC1101 .*a comma is missing/, /grammar/],
  ['e_if(op_gt(`a`), e_drop())', /SYNC1101 .*op_gt takes 2 values, not 1/, /grammar/],
  ['e_set(`a`, `b` + 1)', /SYNC1101 .*a \) is missing/, /grammar/],
  [
    'e_set(`a`, b)',
    /SYNC1101 .*character 19, .*b is no constant; columns stand in backquotes/,
    /grammar/,
  ],
  ['e_set(`a`, __SCN__)', /SYNC1103 .*__SCN__ at character 19/, /column of the key/],
  ['e_set(`a`, regex_match(`a`, "x"))', /SYNC1103 .*regex_match/, /LIKE/],
  ['e_set(`a`, cast_string_to_double(`a`))', /SYNC1103 .*inexact/, /DECIMAL/],
  ['e_set(`a`, dt_str(`d`, "EEEE"))', /SYNC1103 .*EEEE is not known/, /yyyy-MM-dd/],
  ['e_set(`a`, dt_add(`d`, centuries=1))', /SYNC1101 .*dt_add takes years=/, /grammar/],
  ['e_set(`a`, str_format("{} {}", `b`))', /SYNC1101 .*2 places \{\} and 1 values/, /grammar/],
  ['e_set(`a`, str_strip(`a`, "xy"))', /SYNC1103 .*other characters than spaces/, /Write ' '/],
  ['e_set(`a`, "x)', /SYNC1101 .*a string has no end/, /grammar/],
  ['e_set(`a`, 1e5)', /SYNC1103 .*exponent/, /all its digits/],
  ['(`a` ? 1 : 2)', /SYNC1101 .*an action such as e_set/, /grammar/],
  ['e_set(`a`, (`b` ? 1))', /SYNC1101 .*a : is missing/, /grammar/],
];

for (const [script, cause, fix] of wrongScripts)
  test(`the script ${script} is answered with its place and a way out`, t => {
    const found = findings([{script: `script:${script}`}]);
    t.is(found.length, 1);
    t.regex(found[0]![0], cause);
    t.regex(found[0]![1], fix);
    t.true(found[0]![0].includes('transforms[0].script'));
  });

const wrongTransforms: [transform: object, cause: RegExp, fix: RegExp][] = [
  [
    {column: 'a', set: 'LOWR(a)'},
    /SYNC1106 transforms\[0\].set: Character 1 calls LOWR/,
    /Write LOWER/,
  ],
  [{column: 'a', set: 'a +'}, /SYNC1101 transforms\[0\].set: .*ends too early/, /grammar/],
  [{column: 'a', set: 'NOW()'}, /SYNC1104 transforms\[0\].set: NOW\(\) at character 1/, /constant/],
  [{column: 'a', set: 'a; DROP'}, /SYNC1101 .*";" cannot stand here/, /grammar/],
  [{column: 'a', set: 'SHA2(a, 256)'}, /SYNC1103 .*without a key/, /transform hash/],
  [{column: 'a', set: 'CASE WHEN a THEN 1 END'}, /SYNC1103 .*CASE/, /IF\(condition/],
  [{column: 'a', cast: 'JSON'}, /SYNC1103 transforms\[0\].cast: the type JSON in CAST/, /SIGNED/],
  [{column: 'a', default: "'x"}, /SYNC1101 transforms\[0\].default: .*no end/, /grammar/],
  [{drop: 'a = 1 OR'}, /SYNC1101 transforms\[0\].drop: .*ends too early/, /grammar/],
  [{drop: 'a = (SELECT 1)'}, /SYNC1104 transforms\[0\].drop: a subquery/, /constant/],
  [{column: 'a'}, /SYNC1001 transforms\[0\]: .*exactly one of set, default/, /Change/],
  [{column: 'a', set: '1', truncate: 5}, /SYNC1001 .*not set and truncate/, /Change/],
  [{set: '1'}, /SYNC1001 transforms\[0\].column: .*is required with set/, /Change/],
  [
    {column: 'a', drop: 'a'},
    /SYNC1001 transforms\[0\].column: .*must not be given with drop/,
    /Change/,
  ],
  [
    {column: 'a', mask: {from: 5, to: 2}},
    /SYNC1001 transforms\[0\].mask.to: .*must not be below from/,
    /Change/,
  ],
  [{column: 'a', mask: {from: -1, to: 2}}, /SYNC1001 transforms\[0\].mask.from/, /Change/],
  [{column: 'a', truncate: 0}, /SYNC1001 transforms\[0\].truncate/, /Change/],
  [{column: 'a', hsah: 'k'}, /SYNC1002 transforms\[0\].hsah/, /transforms\[0\].hash/],
  [{column: 'a', set: 5}, /SYNC1001 transforms\[0\].set: .*must be a text/, /Change|Write/],
];

for (const [transform, cause, fix] of wrongTransforms)
  test(`the transform ${JSON.stringify(transform)} is answered with its place and a way out`, t => {
    const found = findings([transform]);
    t.true(found.length > 0);
    const matching = found.find(([text]) => cause.test(text));
    t.truthy(matching, JSON.stringify(found));
    t.regex(matching![1], fix);
  });

test('a filter is read when the task is, before anything is connected', t => {
  const [found] = parseTask(taskWith([...tableKeys, 'where'], 'id >')).findings;
  t.like(found, {code: 'SYNC1101', where: 'objects[0].tables[0].where'});
});

const steps = (script: string): Step[] =>
  transformSteps([transformSpec.parse({script: `script:${script}`})]);

test('the flow of a script becomes conditions of its steps', t => {
  const [first, second] = steps(
    'e_compose(e_if(op_gt(`id`, 3), e_drop()), e_if_else(is_null(`a`), e_set(`a`, 0), e_set(`b`, (`c` ? "x" : "y"))))',
  );
  t.like(first, {kind: 'drop', condition: {kind: 'compare', sign: '>'}});
  t.like(second, {kind: 'set', column: 'a', guard: {kind: 'is', what: 'null', negated: false}});
  const cases = steps(
    'e_switch(op_eq(`a`, 1), e_set(`b`, 1), op_eq(`a`, 2), e_set(`b`, 2), default=e_drop())',
  );
  t.like(cases[1], {guard: {kind: 'and', left: {what: 'true', negated: true}}});
  t.like(cases[2], {kind: 'drop', condition: {kind: 'and'}});
});

test('nesting and length of scripts are bounded', t => {
  const deep = (count: number) => `${'e_if(true, '.repeat(count)}e_drop()${')'.repeat(count)}`;
  t.is(steps(deep(50)).length, 1);
  const error = t.throws(() => steps(deep(200)));
  t.true(isSyncError(error) && error.code === 'SYNC1101');
  const many = t.throws(() => steps(`e_compose(${'e_drop(), '.repeat(300)}e_drop())`));
  t.true(isSyncError(many) && many.code === 'SYNC1101');
});
