// Places in the binlog of one server: a file and an offset in it.

/** Whether a place in the binlog of one server comes before another. Its file names sort by length, then text. */
export function isBeforePlace(
  left: {file: string; offset: number},
  right: {file: string; offset: number},
): boolean {
  if (left.file === right.file) return left.offset < right.offset;
  return left.file.length === right.file.length
    ? left.file < right.file
    : left.file.length < right.file.length;
}
