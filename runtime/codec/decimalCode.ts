// Generated pieces for MySQL's packed DECIMAL: groups of nine digits in four bytes, big-endian, negative ones inverted.
// Format: MySQL source, strings/decimal.cc, decimal2bin. The text is MySQL's own: no leading zeros, all decimals.

/** Bytes that 0 to 9 digits take. */
const digitBytes = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

/** Bytes of a packed DECIMAL(precision, scale). */
export function packedBytes(precision: number, scale: number): number {
  return digitGroups(precision, scale).reduce((sum, group) => sum + group.bytes, 0);
}

/** Code that appends the text of the DECIMAL at p to bytes at o, and moves both on. */
export function packedDecimal(precision: number, scale: number): string {
  const all = digitGroups(precision, scale);
  const whole = all.filter(group => group.whole);
  const decimals = all.filter(group => !group.whole);
  const read = (index: number) => readGroup(all[index]!.bytes, index === 0);
  return [
    'neg=(input[p]&128)===0?-1:0;if(neg!==0)bytes[o++]=45;lead=1;',
    ...whole.map((group, index) => read(index) + wholeDigits(group.digits)),
    'if(lead!==0)bytes[o++]=48;',
    ...(scale > 0 ? ['bytes[o++]=46;'] : []),
    ...decimals.map((group, index) => read(whole.length + index) + digits(group.digits)),
  ].join('');
}

/** Digits that are packed together. */
export interface DigitGroup {
  digits: number;
  bytes: number;
  /** Before the point. */
  whole: boolean;
}

/** The groups in order: the short one comes first before the point and last after it. */
export function digitGroups(precision: number, scale: number): DigitGroup[] {
  const before = precision - scale;
  const full = (count: number) => Array.from({length: Math.floor(count / 9)}, () => 9);
  const whole = [before % 9, ...full(before)].filter(count => count > 0);
  const after = [...full(scale), scale % 9].filter(count => count > 0);
  return [
    ...whole.map(count => ({digits: count, bytes: digitBytes[count]!, whole: true})),
    ...after.map(count => ({digits: count, bytes: digitBytes[count]!, whole: false})),
  ];
}

/** Takes a group into v. The first bit of the whole value is the sign, inverted. */
function readGroup(bytes: number, first: boolean): string {
  if (bytes === 4) return `v=view.getInt32(p)^neg${first ? '^-2147483648' : ''};p+=4;`;
  const parts = Array.from({length: bytes}, (_, k) => {
    const shift = 8 * (bytes - 1 - k);
    return shift === 0 ? `input[p+${k}]` : `input[p+${k}]<<${shift}`;
  });
  const mask = 2 ** (8 * bytes) - 1;
  const sign = first ? `^${2 ** (8 * bytes - 1)}` : '';
  return `v=(${parts.join('|')})^(neg&${mask})${sign};p+=${bytes};`;
}

/** Writes v with all its `count` digits. */
function digits(count: number): string {
  return `for(q=o+${count - 1};q>=o;q--){a=v/10|0;bytes[q]=48+v-a*10;v=a;}o+=${count};`;
}

/** Writes v without leading zeros while no digit was written (lead). */
function wholeDigits(count: number): string {
  return (
    'if(lead!==0){if(v!==0){n=v>=100000000?9:v>=10000000?8:v>=1000000?7:v>=100000?6:v>=10000?5:' +
    'v>=1000?4:v>=100?3:v>=10?2:1;' +
    'for(q=o+n-1;q>=o;q--){a=v/10|0;bytes[q]=48+v-a*10;v=a;}o+=n;lead=0;}}' +
    `else{${digits(count)}}`
  );
}
